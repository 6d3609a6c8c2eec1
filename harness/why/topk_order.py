"""The order of equal scores that torch.topk and a heap leave: sentence-transformers until 2026-07.

Before its commit 110bb37e (2026-07-31) its InformationRetrievalEvaluator took the best documents of
each chunk of the corpus by `torch.topk(..., sorted=False)`, pushed (score, id) pairs one by one
onto a heap of limited size, whose least pair falls out, and sorted what was left by score alone: of
equal scores the order in the heap's array decides. On a CPU that is reproducible; a GPU's topk has
another order.
"""

import heapq
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from harness.data.vectors import SparseVectors

_AT_ONCE = 256
"""Queries scored at a time: a chunk of 50,000 documents takes 51 MB."""


def topk_order(
    queries: SparseVectors,
    documents: SparseVectors,
    ids: Sequence[str],
    *,
    depth: int,
    chunk: int,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Rank all documents for each query as that evaluator did on a CPU.

    Args:
        queries: a row for each query.
        documents: a row for each document.
        ids: of the documents; the heap compares them where scores are equal.
        depth: the largest cutoff of its measures.
        chunk: its corpus_chunk_size.

    Returns:
        Numbers of documents, int64, and scores, float64; both [queries, min(depth, documents)].
    """
    width = min(depth, len(documents))
    ranked = np.empty((len(queries), width), np.int64)
    scores = np.empty((len(queries), width), np.float64)
    matrix = documents.to_scipy().T.tocsc()
    for start in range(0, len(queries), _AT_ONCE):
        some = np.arange(start, min(start + _AT_ONCE, len(queries)), dtype=np.int64)
        heaps: list[list[tuple[float, str, int]]] = [[] for _ in some]
        rows = queries.take(some).to_scipy()
        for first in range(0, len(documents), chunk):
            dense = (rows @ matrix[:, first : first + chunk]).toarray()
            _push(heaps, dense, first, ids, depth)
        for row, heap in zip(some.tolist(), heaps, strict=True):
            best = sorted(heap, key=lambda pair: -pair[0])
            ranked[row] = [number for _, _, number in best]
            scores[row] = [score for score, _, _ in best]
    return ranked, scores


def _push(
    heaps: list[list[tuple[float, str, int]]],
    dense: npt.NDArray[np.float32],
    first: int,
    ids: Sequence[str],
    depth: int,
) -> None:
    import torch

    values, places = torch.topk(
        torch.from_numpy(dense), min(depth, dense.shape[1]), dim=1, largest=True, sorted=False
    )
    for heap, row, at in zip(heaps, values.tolist(), places.tolist(), strict=True):
        for score, place in zip(row, at, strict=True):
            entry = (score, ids[first + place], first + place)
            if len(heap) < depth:
                heapq.heappush(heap, entry)
            else:
                heapq.heappushpop(heap, entry)
