"""Relevant documents of each query and their ranks, in ragged columns: what a kernel is given."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Relevant:
    """The relevant documents of each query in the order that a measure needs.

    Attributes:
        offsets: int64 [queries + 1]; query q owns rows `offsets[q]` to `offsets[q + 1]`.
        ranks: int64 [n]; the rank, counted from 0; `depth` or more when the document is not in the
            ranking, all different within a query.
        gains: int64 [n]; 1 or more.
        depth: how far down the rankings were looked at; 0 where all are empty.
    """

    offsets: npt.NDArray[np.int64]
    ranks: npt.NDArray[np.int64]
    gains: npt.NDArray[np.int64]
    depth: int

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """int64 [queries]: how many relevant documents each query has."""
        return np.diff(self.offsets)

    @property
    def query(self) -> npt.NDArray[np.int64]:
        """int64 [n]: the number of the query that owns each row."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @property
    def row(self) -> npt.NDArray[np.int64]:
        """int64 [n]: the number of each row within its query, from 0."""
        return np.arange(len(self.ranks)) - np.repeat(self.offsets[:-1], self.counts)

    def first(self, most: int) -> "Relevant":
        """No more than the first `most` relevant documents of each query."""
        kept = self.row < most
        offsets = np.concatenate(([0], np.cumsum(np.minimum(self.counts, most))))
        return Relevant(offsets, self.ranks[kept], self.gains[kept], self.depth)
