"""Texts to token ids, laid end to end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from harness.checkpoint.foreign_code import refused

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True, eq=False)
class Tokens:
    """The token ids of some texts.

    Attributes:
        ids: int64 [tokens], text after text, special tokens included.
        offsets: int64 [texts + 1]; text t owns `ids[offsets[t]:offsets[t + 1]]`.
        truncated: how many texts were cut at the length limit.
        unknown: how many ids are the unknown token.
    """

    ids: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]
    truncated: int
    unknown: int

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """int64 [texts]."""
        return np.diff(self.offsets)

    def of(self, texts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The ids of the given texts, end to end."""
        return np.concatenate([self.ids[self.offsets[t] : self.offsets[t + 1]] for t in texts])


class Vocabulary(Protocol):
    """What the dimensions are called."""

    def term(self, entry: int) -> str:
        """The vocabulary entry of a number, as the vocabulary spells it."""

    def terms(self, size: int) -> list[str]:
        """The first `size` entries, in the order of their numbers."""


class Tokenize(Vocabulary, Protocol):
    """Texts to tokens."""

    def __call__(self, texts: Sequence[str]) -> Tokens:
        """Tokenize all texts."""


def unknown_id(backend: "Tokenizer") -> int | None:
    """The number of a tokenizer's unknown token; None: it has none."""
    token = getattr(backend.model, "unk_token", None)
    return backend.token_to_id(token) if token else None


class FastTokenizer:
    """A tokenizer of the tokenizers library, already set to truncate and not to pad."""

    def __init__(
        self,
        backend: "Tokenizer",
        max_length: int,
        unknown_id: int | None,
        *,
        special_tokens: bool = True,
    ) -> None:
        self.backend = backend
        self._max_length = max_length
        self._unknown_id = unknown_id
        self._special_tokens = special_tokens

    def __call__(self, texts: Sequence[str]) -> Tokens:
        """Tokenize all texts; the library spreads them over the cores by itself.

        Raises:
            InputError: the tokenizer has no token for a text (an unknown word without one, say).
        """
        with refused("The tokenizer cannot take a text apart"):
            encodings = self.backend.encode_batch_fast(
                list(texts), add_special_tokens=self._special_tokens
            )
        lengths = np.fromiter((len(e) for e in encodings), np.int64, len(encodings))
        ids = np.fromiter((i for e in encodings for i in e.ids), np.int64, int(lengths.sum()))
        full = np.flatnonzero(lengths >= self._max_length)
        return Tokens(
            ids=ids,
            offsets=np.concatenate(([0], np.cumsum(lengths))),
            truncated=sum(1 for t in full if encodings[t].overflowing),
            unknown=0 if self._unknown_id is None else int((ids == self._unknown_id).sum()),
        )

    def term(self, entry: int) -> str:
        """The vocabulary entry of a number, as the vocabulary spells it."""
        return self.backend.id_to_token(entry) or f"[{entry}]"

    def terms(self, size: int) -> list[str]:
        """The first `size` entries, in the order of their numbers."""
        return [self.term(entry) for entry in range(size)]
