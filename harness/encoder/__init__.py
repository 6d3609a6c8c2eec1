"""Texts to sparse vectors: tokens -> body -> head, in batches packed by tokens.

Reading order: `open` (from a checkpoint to an encoder; loads nothing that it can do without),
`encoder` (what it gives), `fingerprint` (what decides a bit of a vector), `vector_cache` and
`shards` (vectors on disk), `float32` (how far two correct programs lie apart); then, with torch,
`build` (the model on this machine), `loaded`, `tokens` (texts to token ids), `packing` (which texts
share a batch), `body`, `packed` and `products` (token ids to the vectors in front of the vocabulary
head), `heads`, `screen` and `tensor_cores` (those to weights: plain, on a CPU, on a GPU).

This module itself imports neither torch nor transformers: an evaluation that finds every vector in
the cache needs neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol, get_args

import numpy as np
import numpy.typing as npt

from harness.checkpoint.modules import Role
from harness.checkpoint.recipe import Recipe
from harness.data.vectors import NearZero, SparseVectors
from harness.errors import InputError

if TYPE_CHECKING:
    import torch

    from harness.encoder.tokens import Vocabulary

Precision = Literal["float32", "tf32"]
HeadChoice = Literal["auto", "screened", "float32"]
Products = Literal["torch", "onednn"]
ProductsChoice = Literal["auto", "torch", "onednn"]
Library = Literal["harness", "sentence-transformers"]


@dataclass(frozen=True)
class EncoderOptions:
    """How this machine runs an encoder.

    Attributes:
        device: `cpu`, `cuda`, `cuda:1`, or `auto` (a GPU where there is one).
        head: `screened` (low precision screens, float32 decides), `float32`, or the better one.
        products: who multiplies the body's matrices: `torch` (MKL, cuBLAS, …), `onednn`, or the
            faster one that is known for this processor.
        precision: of matrix products: `float32`, or on a GPU `tf32`, which keeps 10 of a number's
            23 bits and so gives other scores.
        threads: batches at a time on a CPU; None: as many as cores are open to this process.
        batch_tokens: tokens in a batch; None: what suits the device.
        encoder: who encodes: `harness`, or `sentence-transformers` where a model is none of ours
            (slower; it has its own heads and batches).

    Raises:
        InputError: a head, products, a precision or an encoder that there is not, a number below
            1, or a choice that sentence-transformers does not have.
    """

    device: str = "auto"
    head: HeadChoice = "auto"
    precision: Precision = "float32"
    threads: int | None = None
    batch_tokens: int | None = None
    encoder: Library = "harness"
    products: ProductsChoice = "auto"

    def __post_init__(self) -> None:
        choices = (
            ("head", HeadChoice),
            ("products", ProductsChoice),
            ("precision", Precision),
            ("encoder", Library),
        )
        for name, known in choices:
            if getattr(self, name) not in get_args(known):
                raise InputError(
                    f"{name} is {getattr(self, name)!r}; it is one of {', '.join(get_args(known))}."
                )
        for name in ("threads", "batch_tokens"):
            number = getattr(self, name)
            if number is not None and (type(number) is not int or number < 1):
                raise InputError(f"{name} is {number!r}; a whole number of 1 or more is needed.")
        own = (self.head, self.products, self.precision, self.batch_tokens)
        if self.encoder != "harness" and own != ("auto", "auto", "float32", None):
            raise InputError(
                f"{self.encoder} encodes with its own head and products, in float32 and in its own "
                "batches: leave head, products, precision and batch_tokens as they are."
            )


AUTO: Final = EncoderOptions()
"""What suits this machine."""


class Body(Protocol):
    """Everything in front of the vocabulary head, without padding in what it takes and gives."""

    @property
    def name(self) -> str:
        """What stands in the fingerprint."""

    def __call__(self, ids: "torch.Tensor", lengths: npt.NDArray[np.int64]) -> "torch.Tensor":
        """int64 [tokens] of texts laid end to end -> float32 [tokens, hidden]."""


class HeadOutput(NamedTuple):
    """What a head gives: the weights of each text, and which of its entries are near zero."""

    vectors: SparseVectors
    near: NearZero


class Head(Protocol):
    """The vocabulary head with its pooling: the vectors of a batch's tokens to weights."""

    @property
    def name(self) -> str:
        """What stands in the provenance."""

    def __call__(self, hidden: "torch.Tensor", offsets: npt.NDArray[np.int64]) -> HeadOutput:
        """float32 [tokens, hidden], offsets int64 [texts + 1] -> one row for each text."""


class Encoded(NamedTuple):
    """Sparse vectors of some texts, in the order of the texts, with encoding statistics.

    Attributes:
        vectors: one row for each text.
        tokens: how many tokens were encoded, special tokens included; None: another library
            encoded and does not say.
        truncated: how many texts were cut at the length limit; None: likewise.
        unknown: how many of the tokens are the tokenizer's unknown token; None: likewise.
        near: the entries of each text whose logit lies within its float32 error of zero; None:
            likewise.
    """

    vectors: SparseVectors
    tokens: int | None
    truncated: int | None
    unknown: int | None
    near: NearZero | None

    def to_scipy(self) -> Any:  # noqa: ANN401 - scipy has no types
        """The vectors as a scipy CSR array, float32 [texts, vocabulary]."""
        return self.vectors.to_scipy()


@dataclass(frozen=True)
class EncoderFacts:
    """What is known of an encoder without loading it, once it has been loaded here.

    Attributes:
        fingerprint: SHA-256 over all that decides a bit of a vector (see the module of that name);
            vectors of one fingerprint may be mixed.
        vocab_size: the number of dimensions.
        max_length: tokens kept of a text.
        head, body: which of the implementations runs on this machine.
        products: who multiplies the body's matrices; `none`: it has none.
        precision: of the matrix products that decide a weight.
        device: where it runs, for the provenance; a GPU with its name.
        batch_tokens: tokens in a batch at the most (one text may be longer); 0: no batches.
    """

    fingerprint: str
    vocab_size: int
    max_length: int
    head: str
    body: str
    products: str
    precision: Precision
    device: str
    batch_tokens: int


class Prepared(Protocol):
    """What the first half of an encoder makes of texts: their tokens, or the texts themselves."""

    def __len__(self) -> int:
        """How many texts."""


class Model(Protocol):
    """An encoder that is ready to run on this machine."""

    @property
    def facts(self) -> EncoderFacts:
        """What it is, its fingerprint among them."""

    @property
    def recipe(self) -> Recipe:
        """As read from the checkpoint."""

    @property
    def tokenize(self) -> "Vocabulary":
        """What its dimensions are called."""

    @property
    def threads(self) -> int:
        """Batches at the same time."""

    def encode(self, texts: Sequence[str], role: Role) -> Encoded:
        """Both halves."""

    def tokens(self, texts: Sequence[str], role: Role) -> Prepared:
        """The first half: it needs no model, and may run beside the second half."""

    def encode_tokens(self, tokens: Any, role: Role) -> Encoded:  # noqa: ANN401 - its own `tokens`
        """The second half."""
