"""What the terms of a collection's vectors cost: activity, dead dimensions, FLOPS term by term.

One pass over the shards in the cache; what is kept is a few numbers for each dimension.

avg_flops = sum over dimensions t of (share of queries with t) x (share of documents with t)
(Paria et al., ICLR 2020), so each dimension has its own part of it, and the parts are all of it.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from harness.checkpoint.modules import Role
from harness.data.vectors import SparseVectors
from harness.errors import InputError
from harness.inspection.cached_vectors import CachedVectors
from harness.inspection.function_words import is_function_word
from harness.inspection.term_statistics import (
    Concentration,
    FunctionWordLoad,
    Side,
    TermCost,
    TermStatistics,
)
from harness.system.progress import Advance, Progress, no_progress


def term_statistics(
    vectors: CachedVectors, top: int = 10, watch: Progress = no_progress
) -> TermStatistics:
    """Count what the dimensions of a result's queries and documents do.

    Args:
        vectors: of the result, all of which must be in the cache.
        top: how many terms to name.
        watch: shows how far it has come.

    Raises:
        UnreachableError: vectors are not in the cache.
    """
    result = vectors.opened.result
    queries = _counted(_rows(vectors, "query"))
    with watch("read the vectors of the documents", result.collection.documents, "docs") as advance:
        documents = _counted(_told(_rows(vectors, "document"), advance))
    flops = queries.share * documents.share
    on_list = _on_list(vectors, flops.size)
    by = {"documents": documents.counts.astype(np.float64), "flops": flops}
    ranked = {name: np.argsort(-values, kind="stable")[:top] for name, values in by.items()}
    named = {
        name: tuple(_cost(int(t), vectors, queries, documents, flops, on_list) for t in order)
        for name, order in ranked.items()
    }
    return TermStatistics(
        vocab_size=flops.size,
        queries=queries,
        documents=documents,
        flops=flops,
        dead=int(((queries.counts == 0) & (documents.counts == 0)).sum()),
        unmatched=int(((queries.counts == 0) & (documents.counts > 0)).sum()),
        function_words=None if on_list is None else _load(queries, documents, flops, on_list),
        concentration={name: _concentration(values) for name, values in by.items()},
        most_active=tuple(one for one in named["documents"] if one.documents),
        most_expensive=tuple(one for one in named["flops"] if one.flops),
    )


def cached_shards(vectors: CachedVectors, role: Role) -> Iterator[tuple[Sequence[str], str]]:
    """The texts of each shard of a side, and the id of its first text."""
    if role == "document":
        for shard in vectors.shards():
            yield [doc.text for doc in shard], shard[0].doc_id
    else:
        for queries in vectors.query_shards():
            yield [query.text for query in queries], queries[0].query_id


def _rows(vectors: CachedVectors, role: Role) -> Iterator[SparseVectors]:
    for texts, first in cached_shards(vectors, role):
        found = vectors.cached(texts, role)
        if found is None:
            raise vectors.missing(role, first)
        yield vectors.compared(found[1].vectors)


def _told(rows: Iterator[SparseVectors], advance: Advance) -> Iterator[SparseVectors]:
    for part in rows:
        yield part
        advance(len(part))


def _counted(shards: Iterator[SparseVectors]) -> Side:
    side: Side | None = None
    for rows in shards:
        counts = np.bincount(rows.indices, minlength=rows.vocab_size)
        weights = np.zeros(rows.vocab_size)
        np.add.at(weights, rows.indices, rows.values)
        if side is None:
            side = Side(len(rows), counts, weights)
        else:
            side = Side(side.texts + len(rows), side.counts + counts, side.weights + weights)
    if side is None:
        raise InputError("There is no text.")
    return side


def _on_list(vectors: CachedVectors, size: int) -> npt.NDArray[np.bool_] | None:
    if not vectors.has_terms:
        return None
    return np.array([is_function_word(vectors.name(t)) for t in range(size)], bool)


def _cost(
    t: int,
    vectors: CachedVectors,
    queries: Side,
    documents: Side,
    flops: npt.NDArray[np.float64],
    on_list: npt.NDArray[np.bool_] | None,
) -> TermCost:
    count = int(documents.counts[t])
    return TermCost(
        name=vectors.name(t),
        dimension=t,
        documents=float(documents.share[t]),
        queries=float(queries.share[t]),
        weight=float(documents.weights[t]) / count if count else 0.0,
        flops=float(flops[t]),
        share=_part(float(flops[t]), float(flops.sum())),
        function_word=None if on_list is None else bool(on_list[t]),
    )


def _load(
    queries: Side,
    documents: Side,
    flops: npt.NDArray[np.float64],
    on_list: npt.NDArray[np.bool_],
) -> FunctionWordLoad:
    def share(values: npt.NDArray[np.int64] | npt.NDArray[np.float64]) -> float:
        return _part(float(values[on_list].sum()), float(values.sum()))

    return FunctionWordLoad(
        dimensions=int(on_list.sum()),
        document_entries=share(documents.counts),
        query_entries=share(queries.counts),
        document_weight=share(documents.weights),
        query_weight=share(queries.weights),
        flops=share(flops),
    )


def _concentration(values: npt.NDArray[np.float64]) -> Concentration:
    ordered = np.sort(values)[::-1]
    total = float(ordered.sum())
    if not total:
        return Concentration(0, 0.0)
    running = np.cumsum(ordered)
    half = int(np.searchsorted(running, total / 2)) + 1
    return Concentration(half, float(ordered[:100].sum()) / total)


def _part(value: float, of: float) -> float:
    return value / of if of else 0.0
