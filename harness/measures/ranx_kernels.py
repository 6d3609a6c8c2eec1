"""Retrieval measures by ranx's compiled kernels: the only module that imports ranx.

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

import numpy as np
import numpy.typing as npt

from harness.errors import UnreachableError
from harness.measures.names import Measure
from harness.measures.relevant import Relevant

Kernel = Callable[[npt.NDArray[np.int64], npt.NDArray[np.int64], float], npt.NDArray[np.float64]]
"""(relevant [queries, rows, (number, gain)], rankings of the same form, cutoff or p) -> scores."""

_ONE_AT_A_TIME = threading.Lock()
"""ranx sets numba's `workqueue` threading layer, which aborts the process on concurrent calls."""


def compute(kernel: str, relevant: Relevant, measure: Measure) -> npt.NDArray[np.float64]:
    """One measure of every query.

    Args:
        kernel: the name of a function of `ranx.metrics`.
        relevant: what was relevant, and where it was ranked.
        measure: its cutoff says how far down the rankings are looked at; beyond their end there is
            nothing relevant.

    Returns:
        float64 [queries]; 0 where nothing is relevant.

    Raises:
        UnreachableError: numba finds no folder for its compiled kernels.
    """
    function = _kernel(kernel)
    cutoff = relevant.depth if measure.cutoff is None else measure.cutoff
    parameter = (measure.cutoff or 0) if measure.p is None else measure.p
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
            scores[queries] = function(rows, rankings, parameter)
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
