"""Rankings of many queries as arrays, and the same with documents of near or equal score moved."""

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from harness.measures.intervals import UNIT
from harness.measures.near_ties import SCORE_ERROR

ABSENT: Final = 2**39
"""The rank of a document that is not in its ranking."""

Chains = Literal["near", "any"]
"""Which neighbours may change places: those within float32 error, unless a chain of them is of one
score and so keeps its rule on every machine; or those and all of equal score."""


@dataclass(frozen=True, eq=False)
class RankingTable:
    """Rankings, best first, one row for each query that was searched.

    Attributes:
        documents: int64 [rows, depth]; numbers of documents, -1 from a row's count on.
        scores: float64 [rows, depth]; 0 from there on.
        counts: int64 [rows].
    """

    documents: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float64]
    counts: npt.NDArray[np.int64]

    @property
    def filled(self) -> npt.NDArray[np.bool_]:
        """Bool [rows, depth]: where a document stands."""
        return np.asarray(np.arange(self.documents.shape[1]) < self.counts[:, None])

    @property
    def matched(self) -> npt.NDArray[np.int64]:
        """int64 [rows]: documents of a score above 0."""
        return np.asarray((self.filled & (self.scores > 0)).sum(1), np.int64)

    def tied(self, depth: int | None = None) -> npt.NDArray[np.bool_]:
        """Bool [rows]: rows with two neighbours of equal score, the first above a depth."""
        equal = self.filled[:, 1:] & (self.scores[:, 1:] == self.scores[:, :-1])
        return np.asarray(equal[:, :depth].any(1))


def chained(
    table: RankingTable,
    grades: npt.NDArray[np.int64],
    chains: Chains,
    weights: npt.NDArray[np.float64] | None,
    *,
    best: bool,
) -> RankingTable:
    """The table with the best, or the worst, order of grades inside every chain.

    Args:
        table: rankings.
        grades: int64 [rows, depth]; the grade of each document for its query, 0 where not judged.
        chains: which neighbours form one.
        weights: float64 [rows]; the sum of each query vector, by which the float32 error goes;
            None: it is not known, and only equal scores are near.
        best: the best order, or the worst.
    """
    filled, scores = table.filled, table.scores
    equal = filled[:, 1:] & (scores[:, 1:] == scores[:, :-1])
    near = equal & (scores[:, 1:] > 0)
    if weights is not None:
        error = SCORE_ERROR * UNIT * (scores + weights[:, None])
        gap = scores[:, :-1] - scores[:, 1:]
        near = filled[:, 1:] & (scores[:, 1:] > 0) & (gap <= error[:, :-1] + error[:, 1:])
    if chains == "any":
        near |= equal
    starts = np.concatenate((np.ones((len(scores), 1), bool), ~near), axis=1).ravel()
    chain = np.cumsum(starts) - 1
    worth = grades.ravel()
    if chains == "near":
        flat, first = scores.ravel(), np.flatnonzero(starts)
        last = np.append(first[1:] - 1, len(flat) - 1)
        worth = np.where((flat[first] == flat[last])[chain], 0, worth)
    order = np.lexsort((-worth if best else worth, chain))  # stable: equal worth keeps its order
    moved = table.documents.ravel()[order].reshape(table.documents.shape)
    return replace(table, documents=moved)
