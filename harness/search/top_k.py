"""Top-k results: the best documents of each query, and the integer key by which they are ranked.

A *ranking key* is a uint64 that holds the whole order of one query's documents:

    bits 63..32   the score's float32 bits: for numbers >= 0 these order as the numbers do
    bits 31..0    2^32 - 1 - preference: of two equal scores the preferred document is larger

Preferences differ, so keys differ: "the depth largest keys" is one set, whatever the order in
which documents arrive, and one comparison of integers decides score and tie together. Key 0 is an
empty place, since a matched document scores above 0.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LOW = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, eq=False)
class Top:
    """Rankings, best first, one row for each query.

    Attributes:
        documents: int64 [queries, depth]; positions in the corpus, -1 from the query's count on.
        scores: float32 [queries, depth]; dot products, 0 from the query's count on.
        counts: int64 [queries]; how many documents each ranking holds.
    """

    documents: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32]
    counts: npt.NDArray[np.int64]


def top_of(
    keys: npt.NDArray[np.uint64], by_tie_break: npt.NDArray[np.int64], depth: int, *, fill: bool
) -> Top:
    """Read rankings out of ranking keys.

    Args:
        keys: uint64 [queries, min(depth, documents)] in any order; it is sorted in place.
        by_tie_break: int64 [documents]; the document of each preference.
        depth: the number of columns of the result.
        fill: whether documents of score 0 follow the matched ones, in order of preference.
    """
    queries, places = keys.shape
    keys.sort(axis=1)
    documents = np.full((queries, depth), -1, np.int64)
    scores = np.zeros((queries, depth), np.float32)
    counts = np.count_nonzero(keys, axis=1).astype(np.int64)
    # Row by row: a whole-array expression would hold several more arrays of queries x depth.
    for row, (ascending, count) in enumerate(zip(keys, counts.tolist(), strict=True)):
        best = ascending[places - count :][::-1]
        preferences = (LOW - (best & LOW)).astype(np.int64)
        documents[row, :count] = by_tie_break[preferences]
        scores[row, :count] = (best >> np.uint64(32)).astype(np.uint32).view(np.float32)
        if fill and count < places:
            # The first `places` preferences hold at most `count` matched documents, so at least
            # the `places - count` that are needed are among them.
            free = np.ones(places, bool)
            free[preferences[preferences < places]] = False
            documents[row, count:places] = by_tie_break[np.flatnonzero(free)[: places - count]]
    if fill:
        counts[:] = places
    return Top(documents, scores, counts)
