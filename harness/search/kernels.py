"""Inverted-index kernels: a block of documents as postings, and queries scored on it.

Both run without the interpreter's lock (nogil), in threads of Python's own. numba's parallel loops
would start a threading layer (OpenMP, TBB or a pool that must not be entered twice) whose thread
count and fork behaviour torch and ranx would share, and they compile several times slower.
"""

from collections.abc import Callable
from typing import NamedTuple, ParamSpec, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

P = ParamSpec("P")
R = TypeVar("R")

LANES = 64
"""Scores looked at together: a stretch of a block in which none reaches the threshold is passed
over with a few vector comparisons."""

DENSE_SHARE = 0.12
"""A term in at least this share of a block's documents is a dense column there: adding a whole
column runs in vector instructions, adding postings does not."""


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile on first use; keep the machine code on disk where there is a place to keep it.

    numba looks for one when the function is defined (NUMBA_CACHE_DIR, beside this file, the user's
    cache folder) and raises RuntimeError where none can be written.
    No fastmath: products and sums are rounded one by one, in the order written, without FMA.
    """
    try:
        return cast("Callable[P, R]", numba.njit(nogil=True, cache=True)(function))
    except RuntimeError:
        return cast("Callable[P, R]", numba.njit(nogil=True)(function))


class Block(NamedTuple):
    """Up to 65,536 consecutive documents as an inverted index.

    Term t's postings are `documents[starts[t]:starts[t + 1]]` with `weights` alike; if there are
    `dense_from` of them or more, also the row `column[t]` of `dense`.
    """

    starts: npt.NDArray[np.int32]  # [vocabulary + 1]
    documents: npt.NDArray[np.uint16]  # [postings], positions within the block
    weights: npt.NDArray[np.float32]  # [postings]
    column: npt.NDArray[np.int32]  # [vocabulary], defined for dense terms only
    dense: npt.NDArray[np.float32]  # [dense terms, documents rounded up to whole LANES]
    dense_from: int


class Queries(NamedTuple):
    """The queries' rows, as `SparseVectors` has them."""

    indptr: npt.NDArray[np.int64]
    indices: npt.NDArray[np.int32]
    values: npt.NDArray[np.float32]


@compiled
def index_block(
    indptr: npt.NDArray[np.int64],
    indices: npt.NDArray[np.int32],
    values: npt.NDArray[np.float32],
    vocab_size: int,
    dense_share: float,
) -> Block:
    """Transpose rows (CSR; `indptr` may start above 0) into postings, documents ascending."""
    rows = len(indptr) - 1
    first, last = indptr[0], indptr[rows]
    width = (rows + LANES - 1) // LANES * LANES
    dense_from = max(1, int(np.ceil(dense_share * rows)))

    # A counting sort by term. Counts lie two places ahead, so that after the running sum
    # starts[t + 1] is where term t begins; filling moves it to where t ends and t + 1 begins.
    starts = np.zeros(vocab_size + 2, np.int32)
    for i in range(first, last):
        starts[indices[i] + 2] += 1
    column = np.empty(vocab_size, np.int32)
    columns = 0
    for term in range(vocab_size):
        if starts[term + 2] >= dense_from:
            column[term] = columns
            columns += 1
        starts[term + 2] += starts[term + 1]

    documents = np.empty(last - first, np.uint16)
    weights = np.empty(last - first, np.float32)
    for row in range(rows):
        for i in range(indptr[row], indptr[row + 1]):
            place = starts[indices[i] + 1]
            documents[place] = row
            weights[place] = values[i]
            starts[indices[i] + 1] = place + 1

    dense = np.zeros((columns, width), np.float32)
    for term in range(vocab_size):
        if starts[term + 1] - starts[term] >= dense_from:
            for place in range(starts[term], starts[term + 1]):
                dense[column[term], documents[place]] = weights[place]
    return Block(starts, documents, weights, column, dense, dense_from)


@compiled
def replace_smallest(heap: npt.NDArray[np.uint64], key: np.uint64) -> None:
    """Put `key` in the place of the smallest of a min-heap, and restore the heap."""
    hole = 0
    size = len(heap)
    while True:
        child = 2 * hole + 1
        if child >= size:
            break
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= key:
            break
        heap[hole] = heap[child]
        hole = child
    heap[hole] = key


@compiled
def add_scores(block: Block, queries: Queries, query: int, scores: npt.NDArray[np.float32]) -> bool:
    """Add one query's scores to `scores` (all 0 before); whether any document has a term of it.

    A score is summed in the order of the query's terms. A dense column adds 0 where a document
    lacks the term, which changes no sum of numbers >= 0: so neither the block size nor the share
    from which terms are dense changes a bit of any score.
    """
    matched = False
    for i in range(queries.indptr[query], queries.indptr[query + 1]):
        term, weight = queries.indices[i], queries.values[i]
        start, end = block.starts[term], block.starts[term + 1]
        if end - start >= block.dense_from:
            values = block.dense[block.column[term]]
            for document in range(len(scores)):
                scores[document] += weight * values[document]
        else:
            for place in range(start, end):
                scores[block.documents[place]] += weight * block.weights[place]
        matched |= end > start
    return matched


@compiled
def keep_best(
    bits: npt.NDArray[np.uint32],
    tie_break: npt.NDArray[np.uint32],
    heap: npt.NDArray[np.uint64],
) -> None:
    """Let the documents of a block into the heap of one query's largest ranking keys.

    Args:
        bits: uint32 [width]; the bits of the block's scores, 0 for a document that is not matched.
        tie_break: uint32 [documents of the block].
        heap: uint64 [places]; a min-heap, at first all 0.
    """
    found = np.empty(LANES + 1, np.int64)
    for lane in range(0, len(bits), LANES):
        # A score equal to the smallest kept counts as well: its document may be preferred.
        least = max(np.uint32(heap[0] >> np.uint64(32)), np.uint32(1))
        largest = np.uint32(0)
        for document in range(lane, lane + LANES):
            largest = max(largest, bits[document])
        if largest < least:
            continue
        count = 0
        for document in range(lane, lane + LANES):  # without a branch, which would be mispredicted
            found[count] = document
            count += bits[document] >= least
        for document in found[:count]:
            key = np.uint64(bits[document]) << np.uint64(32)
            key |= np.uint64(0xFFFFFFFF) - np.uint64(tie_break[document])
            if key > heap[0]:
                replace_smallest(heap, key)


@compiled
def rank_block(
    block: Block,
    queries: Queries,
    first: int,
    last: int,
    tie_break: npt.NDArray[np.uint32],
    keys: npt.NDArray[np.uint64],
) -> None:
    """Score a block for the queries first .. last - 1; keep each query's largest ranking keys.

    Args:
        block: the documents.
        queries: all queries.
        first: the first query to score.
        last: the query to stop before.
        tie_break: uint32 [documents of the block].
        keys: uint64 [queries, places]; rows first .. last - 1 are written (see `keep_best`).
    """
    scores = np.zeros(block.dense.shape[1], np.float32)
    bits = scores.view(np.uint32)
    for query in range(first, last):
        if add_scores(block, queries, query, scores):
            keep_best(bits, tie_break, keys[query])
            scores[:] = 0
