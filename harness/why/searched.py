"""Rankings from vectors: searched again under every order of equal scores, exactly."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from harness.collection import Collection
from harness.data.vectors import SparseVectors
from harness.measures.near_ties import MARGIN
from harness.measures.policy import CONVENTIONS
from harness.search import search, tie_break_ranks
from harness.why.placed import Judgements, judgements_of
from harness.why.rankings import Rankings
from harness.why.rules import CHUNKS, DEPTHS
from harness.why.tables import RankingTable
from harness.why.topk_order import topk_order

MOST: Final = 2_000_000
"""Documents whose vectors are held in memory for it: some 3 GB."""

_DEEP = 30_000_000  # places of a table beyond which no deeper ranking is tried than is published

Ids = npt.NDArray[np.bytes_]


@dataclass(frozen=True, eq=False)
class Vectors:
    """Vectors of a whole collection.

    Attributes:
        query_ids: ids of the rows of `queries`.
        queries, documents: the vectors; of documents in the order of the corpus.
        doc_ids: bytes [documents].
        threads: of the search.
    """

    query_ids: tuple[str, ...]
    queries: SparseVectors
    documents: SparseVectors
    doc_ids: Ids
    threads: int


def searched_rankings(
    vectors: Vectors, collection: Collection, own_ties: str, own_depth: int, deepest: int
) -> Rankings:
    """Search the vectors under every order of equal scores.

    Args:
        vectors: of the collection.
        collection: whose queries and judgements they are.
        own_ties: the order of the result.
        own_depth: the depth of the result.
        deepest: the deepest published cutoff.
    """
    ids = vectors.doc_ids
    depths = (own_depth, max(own_depth, deepest))
    tried = set(depths) | {depth for depth in DEPTHS if depth <= max(depths)}
    if len(vectors.query_ids) * max(DEPTHS) <= _DEEP:
        tried |= set(DEPTHS)
    depth = min(max(tried) + 1 + MARGIN, len(ids))
    orders = {c.name: tie_break_ranks(ids, c.ties) for c in CONVENTIONS.values()}
    base = _search(vectors, orders[own_ties], depth)
    # A tie that the last place cuts shows only one place further down.
    if not base.tied().any():
        corpus = ("corpus", "corpus reversed", *(f"topk {size}" for size in chunks(len(ids))))
        tables = dict.fromkeys((*orders, *corpus), base)
        first = last = base
    else:
        tables = _in_all_orders(vectors, orders, own_ties, base, depth, max(100, deepest))
        judged = np.isin(ids, _encoded(collection))
        first = _search(vectors, _preferring(judged), depth)
        last = _search(vectors, _preferring(~judged), depth)
    return Rankings(
        "the cached vectors, searched again",
        tables,
        (first, last),
        _judgements(vectors, collection),
        _sums(vectors.queries),
        tuple(sorted(tried)),
        {},
        (),
    )


def chunks(documents: int) -> tuple[int, ...]:
    """Sizes of chunks that cut a corpus differently; one that holds all of it stands for all."""
    return tuple(size for n, size in enumerate(CHUNKS) if n == 0 or size < documents)


def _in_all_orders(
    vectors: Vectors,
    orders: dict[str, npt.NDArray[np.int64]],
    own_ties: str,
    base: RankingTable,
    depth: int,
    topk: int,
) -> dict[str, RankingTable]:
    number = np.arange(len(vectors.doc_ids), dtype=np.int64)
    known = {orders[own_ties].tobytes(): base}
    tables = {}
    for name, order in (
        orders | {"corpus": number, "corpus reversed": number[::-1].copy()}
    ).items():
        key = order.tobytes()
        if key not in known:
            known[key] = _search(vectors, order, depth)
        tables[name] = known[key]
    rows = np.flatnonzero(base.tied(topk))
    queries = vectors.queries.take(rows)
    ids = [doc_id.decode() for doc_id in vectors.doc_ids.tolist()]
    for size in chunks(len(ids)):
        ranked, scores = topk_order(queries, vectors.documents, ids, depth=topk, chunk=size)
        width = ranked.shape[1]
        documents, values = base.documents[:, :width].copy(), base.scores[:, :width].copy()
        documents[rows], values[rows] = ranked, scores
        counts = np.minimum(base.counts, width)
        tables[f"topk {size}"] = RankingTable(documents, values, counts)
    return tables


def _search(vectors: Vectors, order: npt.NDArray[np.int64], depth: int) -> RankingTable:
    top = search(
        vectors.queries,
        [vectors.documents],
        tie_break=order,
        depth=depth,
        threads=vectors.threads,
        fill=True,
    )
    return RankingTable(top.documents, top.scores.astype(np.float64), top.counts)


def _preferring(chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Tie-break ranks that put some documents before all others."""
    order = np.argsort(~chosen, kind="stable")
    ranks = np.empty(len(chosen), np.int64)
    ranks[order] = np.arange(len(chosen))
    return ranks


def _encoded(collection: Collection) -> Ids:
    judged = collection.qrels.by_query.values()
    return np.array(sorted({doc.encode() for each in judged for doc, grade in each if grade > 0}))


def _judgements(vectors: Vectors, collection: Collection) -> Judgements:
    asked = [query.query_id for query in collection.queries]
    wanted = {doc for judged in collection.qrels.by_query.values() for doc, _ in judged}
    names = np.array(sorted({name.encode() for name in (*wanted, *asked)}))
    numbers = {
        vectors.doc_ids[n].decode(): n
        for n in np.flatnonzero(np.isin(vectors.doc_ids, names)).tolist()
    }
    return judgements_of(collection.qrels, asked, vectors.query_ids, vectors.query_ids, numbers)


def _sums(rows: SparseVectors) -> npt.NDArray[np.float64]:
    ends = np.concatenate(([0.0], np.cumsum(rows.values, dtype=np.float64)))
    return np.asarray(np.diff(ends[rows.indptr]))
