"""An encoder without a model: each term of a text has the weight that stands in a table."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.checkpoint.modules import Role
from harness.checkpoint.recipe import Recipe
from harness.data.vectors import NearZero
from harness.encoder import Encoded, EncoderFacts, HeadOutput
from harness.encoder.steps import Steps, encoded, present, prompted
from harness.encoder.tokens import Tokenize, Tokens


@dataclass(frozen=True, eq=False)
class StaticEncoder:
    """Static weights made ready to use: inference-free encoding of queries (arXiv 2411.04403).

    Attributes:
        facts: what it is, its fingerprint among them.
        recipe: as read from the checkpoint.
        tokenize: texts to terms, without special tokens.
        weights: float32 [vocabulary], none below 0.
        steps: what is done to the vectors then.
        threads: of the tokenizer.
    """

    facts: EncoderFacts
    recipe: Recipe
    tokenize: Tokenize
    weights: npt.NDArray[np.float32]
    steps: Steps
    threads: int

    def encode(self, texts: Sequence[str], role: Role) -> Encoded:
        """Both halves."""
        return self.encode_tokens(self.tokens(texts, role), role)

    def tokens(self, texts: Sequence[str], role: Role) -> Tokens:
        """The first half of `encode`."""
        return self.tokenize(prompted(texts, self.recipe, role))

    def encode_tokens(self, tokens: Tokens, role: Role) -> Encoded:
        """The second half of `encode`: nothing of it is rounded, so nothing is near zero."""
        rows = present(tokens, self.weights).check(f"the {role} vectors")
        return encoded(self.steps(HeadOutput(rows, NearZero.none(len(rows))), tokens), tokens)
