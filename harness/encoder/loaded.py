"""A model that is ready to run: tokens, body and head, in batches on every core."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt
import torch

from harness.checkpoint.modules import Role
from harness.checkpoint.recipe import Recipe
from harness.data.vectors import NearZero, SparseVectors
from harness.encoder import Body, Encoded, EncoderFacts, Head, HeadOutput
from harness.encoder.heads import joined
from harness.encoder.packing import pack_batches
from harness.encoder.precision import compute_in
from harness.encoder.steps import Steps, encoded, prompted
from harness.encoder.tokens import Tokenize, Tokens
from harness.errors import InputError


@dataclass(frozen=True, eq=False)
class LoadedEncoder:
    """A checkpoint made ready to run on this machine.

    Attributes:
        facts: what it is, its fingerprint among them.
        recipe: as read from the checkpoint.
        tokenize, body, head: from texts to weights.
        steps: what is done to those then.
        device: where the body and the head run.
        threads: batches encoded at the same time; each runs on one core.
    """

    facts: EncoderFacts
    recipe: Recipe
    tokenize: Tokenize
    body: Body
    head: Head
    steps: Steps
    device: torch.device
    threads: int

    @property
    def fingerprint(self) -> str:
        """See `EncoderFacts`."""
        return self.facts.fingerprint

    @property
    def vocab_size(self) -> int:
        """The number of dimensions."""
        return self.facts.vocab_size

    def encode(self, texts: Sequence[str], role: Role) -> Encoded:
        """Encode texts as queries or as documents (they differ by their prompt only).

        Raises:
            InputError: a weight comes out as NaN or infinite.
        """
        return self.encode_tokens(self.tokens(texts, role), role)

    def tokens(self, texts: Sequence[str], role: Role) -> Tokens:
        """The first half of `encode`: it needs no model, and may run beside the second half."""
        return self.tokenize(prompted(texts, self.recipe, role))

    def encode_tokens(self, tokens: Tokens, role: Role) -> Encoded:
        """The second half of `encode`: a text without any token has no active dimension.

        Raises:
            InputError: a weight comes out as NaN or infinite.
        """
        compute_in(self.facts.precision)
        filled, without = np.flatnonzero(tokens.lengths), np.flatnonzero(tokens.lengths == 0)
        batches = [
            filled[batch] for batch in pack_batches(tokens.lengths[filled], self.facts.batch_tokens)
        ]
        with _one_core_each(self.threads) as pool:
            parts = list(pool.map(lambda batch: self._batch(tokens, batch), batches))
        back = np.argsort(np.concatenate([*batches, without]), kind="stable")
        rows = joined([*parts, _nothing(len(without), self.vocab_size)])
        vectors = rows.vectors.take(back).check(f"the {role} vectors")
        done = self.steps(HeadOutput(vectors, rows.near.take(back)), tokens)
        return encoded(done, tokens)

    def on(self, threads: int) -> "LoadedEncoder":
        """The same encoder with another number of threads; its vectors are the same."""
        return replace(self, threads=threads)

    def _batch(self, tokens: Tokens, batch: npt.NDArray[np.int64]) -> HeadOutput:
        torch.set_num_threads(1)  # of this thread; see _one_core_each
        lengths = tokens.lengths[batch]
        ids = torch.from_numpy(tokens.of(batch)).to(self.device)
        with torch.inference_mode():
            hidden = self.body(ids, lengths)
            if not bool(torch.isfinite(hidden).all()):
                raise InputError(
                    "The model gives NaN or infinite values inside: its weights are damaged, or "
                    "they overflow in this precision."
                )
            return self.head(hidden, np.concatenate(([0], np.cumsum(lengths))))


@contextmanager
def _one_core_each(threads: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that each run torch on one core.

    One batch for each core beats one batch over all cores: there is nothing to wait for inside a
    batch, and the result does not depend on how many cores there are.
    """
    before = torch.get_num_threads()
    try:
        yield _pool(threads)
    finally:
        torch.set_num_threads(before)


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    # Kept for the life of the process, so that a shard does not start its threads anew.
    return ThreadPoolExecutor(threads, "encode")


def _nothing(texts: int, vocab_size: int) -> HeadOutput:
    indptr = np.zeros(texts + 1, np.int64)
    empty = SparseVectors(indptr, np.zeros(0, np.int32), np.zeros(0, np.float32), vocab_size)
    return HeadOutput(empty, NearZero.none(texts))
