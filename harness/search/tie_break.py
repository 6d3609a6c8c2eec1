"""Tie-break ranks: the order of documents of equal score, as one integer for each document."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from harness.data.ties import Ties
from harness.errors import InputError


def tie_break_ranks(
    doc_ids: Sequence[str] | npt.NDArray[np.bytes_], ties: Ties
) -> npt.NDArray[np.int64]:
    """For each document, its place in the order that decides ties: 0 is preferred to 1.

    Ids compare by their UTF-8 bytes, which is the order of their code points and of Python's
    strings, never by locale and never as numbers: "10" stands before "9".

    Args:
        doc_ids: the ids in the order of the corpus: strings, or their UTF-8 bytes as a numpy array
            (`dtype="S"`, sorted many times faster; numpy drops NUL bytes at the end of an id).
        ties: which end of that order is preferred. Scores are dot products in float32 here, so
            that it makes no difference as what they are compared.

    Returns:
        int64 [documents]: a permutation of 0 .. documents - 1.

    Raises:
        InputError: an id stands twice (a tie between the two would have no order).
    """
    if isinstance(doc_ids, np.ndarray):
        order = np.argsort(doc_ids, kind="stable")
        ordered = doc_ids[order]
        repeated = np.flatnonzero(ordered[1:] == ordered[:-1])
        twice = ordered[repeated[0]].decode("utf-8", "replace") if len(repeated) else None
    else:
        ids = doc_ids
        order = np.array(sorted(range(len(ids)), key=ids.__getitem__), np.int64)
        pairs = zip(order[:-1].tolist(), order[1:].tolist(), strict=True)
        twice = next((ids[one] for one, next_one in pairs if ids[one] == ids[next_one]), None)
    if twice is not None:
        raise InputError(
            f'Document id "{twice}" stands twice; give each document an id of its own.'
        )
    tie_break = np.empty(len(order), np.int64)
    places = np.arange(len(order), dtype=np.int64)
    tie_break[order] = places[::-1] if ties.descending else places
    return tie_break
