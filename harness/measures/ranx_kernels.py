"""ranx, behind one door: every retrieval measure is computed by its compiled kernels.

ranx compares documents by number, so each document is named by its place in the ranking: the
ranking of every query is then the same list 0, 1, 2, ..., and all that was retrieved is said by the
numbers of the relevant documents. This keeps our order of ties (`ranx.Run` would sort anew, with an
unstable sort), lets a relevant document count twice where a source says so, and makes an empty
ranking an ordinary case (`ranx.Run` refuses it).

The kernels are called directly and not through `ranx.evaluate`, which sets numba to one thread for
good after a set of fewer than ten queries, and fails on one measure with return_mean=False.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.errors import UnreachableError

Kernel = Callable[[npt.NDArray[np.int64], npt.NDArray[np.int64], int], npt.NDArray[np.float64]]
"""(relevant [queries, rows, (number, gain)], rankings of the same form, cutoff) -> scores."""

_ONE_AT_A_TIME = threading.Lock()
"""ranx sets numba's `workqueue` threading layer, which aborts the process on concurrent calls."""


@dataclass(frozen=True, eq=False)
class Relevant:
    """The relevant documents of each query in ragged columns, in the order that a measure needs.

    Attributes:
        offsets: int64 [queries + 1]; query q owns rows `offsets[q]` to `offsets[q + 1]`.
        places: int64 [n]; the place in the ranking, counted from 0; `depth` or more when the
            document is not in the ranking, all different within a query.
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

    def first(self, most: int) -> "Relevant":
        """No more than the first `most` relevant documents of each query."""
        counts = self.counts
        row = np.arange(len(self.ranks)) - np.repeat(self.offsets[:-1], counts)
        kept = row < most
        offsets = np.concatenate(([0], np.cumsum(np.minimum(counts, most))))
        return Relevant(offsets, self.ranks[kept], self.gains[kept], self.depth)


def score(kernel: str, relevant: Relevant, cutoff: int) -> npt.NDArray[np.float64]:
    """One measure of every query.

    Args:
        kernel: the name of a function of `ranx.metrics`.
        relevant: what was relevant, and where it was ranked.
        cutoff: how far down the rankings are looked at; beyond their end there is nothing relevant.

    Returns:
        float64 [queries]; 0 where nothing is relevant.

    Raises:
        UnreachableError: numba finds no folder for its compiled kernels.
    """
    compute = _kernel(kernel)
    ranking = np.arange(min(cutoff, relevant.depth))
    ranking = np.stack((ranking, np.zeros_like(ranking)), axis=1)
    counts = relevant.counts
    scores = np.zeros(len(counts))
    # Padded to the next power of two, a block of queries is at most twice its data, however
    # unequal the queries are; one type of argument means one compilation of each kernel.
    widths = np.where(counts > 0, 1 << np.ceil(np.log2(np.maximum(counts, 1))).astype(np.int64), 0)
    for width in np.unique(widths[widths > 0]).tolist():
        queries = np.flatnonzero(widths == width)
        # Padding has gain 0, so it is not relevant, and a place of its own: ranx's ideal ranking
        # is made of all rows, and a padded row at place 0 would be ranked as the document there.
        rows = np.zeros((len(queries), width, 2), dtype=np.int64)
        rows[:, :, 0] = -1
        filled = np.arange(width) < counts[queries, None]
        source = (relevant.offsets[queries, None] + np.arange(width))[filled]
        rows[filled] = np.stack((relevant.ranks[source], relevant.gains[source]), axis=1)
        rankings = np.broadcast_to(ranking, (len(queries), *ranking.shape))
        with _ONE_AT_A_TIME:
            scores[queries] = compute(rows, rankings, cutoff)
    return scores


def _kernel(name: str) -> Kernel:
    try:
        from ranx import metrics
    except RuntimeError as error:
        if "locator" not in str(error):
            raise
        raise UnreachableError(
            "numba finds no folder to keep ranx's compiled kernels in; set NUMBA_CACHE_DIR to a "
            "folder that can be written."
        ) from error
    kernel: Kernel = getattr(metrics, name)
    return kernel
