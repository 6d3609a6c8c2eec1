"""What is done to vectors behind the last model: static weights, Normalize, the largest only."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from harness.checkpoint.modules import Role
from harness.checkpoint.recipe import Recipe
from harness.data.vectors import NearZero, SparseVectors
from harness.encoder import Encoded, HeadOutput
from harness.encoder.tokens import Tokens

_SMALLEST_NORM = 1e-12
"""A vector shorter than that is divided by it, as torch's `normalize` has it."""


@dataclass(frozen=True, eq=False)
class Steps:
    """The last steps of a recipe.

    Attributes:
        recipe: names them.
        weights: float32 [vocabulary], the static weights; None: no such step.
    """

    recipe: Recipe
    weights: npt.NDArray[np.float32] | None = None

    def __call__(self, rows: HeadOutput, tokens: Tokens) -> HeadOutput:
        """The finished rows of texts, one for each text of `tokens`."""
        vectors, near = rows
        for step in self.recipe.steps:
            if step == "normalize":
                vectors = normalized(vectors)
            elif self.weights is not None:
                vectors, near = _weighted(vectors, near, tokens, self.weights)
        if self.recipe.max_active_dims is not None:
            vectors = largest(vectors, self.recipe.max_active_dims)
        return HeadOutput(vectors, near)


def prompted(texts: Sequence[str], recipe: Recipe, role: Role) -> Sequence[str]:
    """The texts with the prompt of their role before each."""
    prompt = recipe.query_prompt if role == "query" else recipe.document_prompt
    return [prompt + text for text in texts] if prompt else texts


def encoded(rows: HeadOutput, tokens: Tokens) -> Encoded:
    """Finished rows with the counts of their tokens."""
    counts = int(tokens.offsets[-1]), tokens.truncated, tokens.unknown
    return Encoded(rows.vectors, *counts, rows.near)


def present(tokens: Tokens, weights: npt.NDArray[np.float32]) -> SparseVectors:
    """Each text's terms with their static weights, however often a term stands there.

    x_v = w_v if v is among the tokens of the text, else 0: sentence-transformers'
    SparseStaticEmbedding. A weight of 0 is no active dimension.

    Args:
        tokens: of the texts.
        weights: float32 [vocabulary], none below 0.
    """
    size = len(weights)
    rows = np.repeat(np.arange(len(tokens), dtype=np.int64), tokens.lengths)
    places = np.unique(rows * size + tokens.ids)
    entries = places % size
    kept = weights[entries] > 0
    rows, entries = places[kept] // size, entries[kept]
    counts = np.bincount(rows, minlength=len(tokens))
    return SparseVectors(
        np.concatenate(([0], np.cumsum(counts))), entries.astype(np.int32), weights[entries], size
    )


def normalized(vectors: SparseVectors) -> SparseVectors:
    """Each row divided by its Euclidean norm, or by 1e-12 where that is smaller."""
    rows = np.repeat(np.arange(len(vectors)), vectors.active_dims)
    squares = np.bincount(rows, np.square(vectors.values, dtype=np.float64), minlength=len(vectors))
    norms = np.maximum(np.sqrt(squares), _SMALLEST_NORM).astype(np.float32)
    return SparseVectors(
        vectors.indptr, vectors.indices, vectors.values / norms[rows], vectors.vocab_size
    )


def largest(vectors: SparseVectors, limit: int) -> SparseVectors:
    """Each row with only its `limit` largest weights; of equal ones the lower dimension stays."""
    row = np.repeat(np.arange(len(vectors)), vectors.active_dims)
    order = np.lexsort((vectors.indices, -vectors.values, row))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order)) - np.repeat(vectors.indptr[:-1], vectors.active_dims)
    return _kept(vectors, place < limit)


def _weighted(
    vectors: SparseVectors, near: NearZero, tokens: Tokens, weights: npt.NDArray[np.float32]
) -> tuple[SparseVectors, NearZero]:
    """Multiplied by the static weights of the text's own terms, special tokens included."""
    size = len(weights)
    own = present(tokens, weights)

    def places(
        indptr: npt.NDArray[np.int64], indices: npt.NDArray[np.int32]
    ) -> npt.NDArray[np.int64]:
        rows = np.repeat(np.arange(len(indptr) - 1, dtype=np.int64), np.diff(indptr))
        return rows * size + indices

    at = places(own.indptr, own.indices)
    here = np.isin(places(vectors.indptr, vectors.indices), at, assume_unique=True)
    products = vectors.values * weights[vectors.indices]
    found = _kept(replace(vectors, values=products), here & (products > 0))
    stays = np.isin(places(near.indptr, near.indices), at, assume_unique=True)
    return found, NearZero(_ends(near.indptr, stays), near.indices[stays], near.active[stays])


def _kept(vectors: SparseVectors, keep: npt.NDArray[np.bool_]) -> SparseVectors:
    """Only some of the entries."""
    return SparseVectors(
        _ends(vectors.indptr, keep),
        vectors.indices[keep],
        vectors.values[keep],
        vectors.vocab_size,
    )


def _ends(indptr: npt.NDArray[np.int64], keep: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """The bounds of the rows when only some entries are kept."""
    ends: npt.NDArray[np.int64] = np.concatenate(([0], np.cumsum(keep)))[indptr]
    return ends
