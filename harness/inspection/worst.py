"""The queries that lost most against another result, each with the reason.

A query loses because a relevant document falls: the one whose discounted gain, 1 / log2(1 + rank)
within the cutoff, fell most. It falls because others overtake it; the first of those that is not
relevant is looked at. Its lead over that document, the difference of the two scores, has changed by
the changes of all contributions to either score: the largest are the reason.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from harness.data.run import Run
from harness.inspection.against import comparable, rank, require_comparable
from harness.inspection.cached_vectors import CachedVectors
from harness.inspection.contributions import contributions
from harness.measures import score
from harness.measures.names import Measure

CAUSES = 4
"""So many contributions are named for each query."""


@dataclass(frozen=True)
class Cause:
    """A contribution that has changed to the document's harm.

    Attributes:
        name: of the dimension.
        lost: whether the document lost it; else the other one gained it.
        change: of the document's lead; below 0.
    """

    name: str
    lost: bool
    change: float


@dataclass(frozen=True)
class Fall:
    """A relevant document that fell, and one that overtook it.

    Attributes:
        doc_id: the document.
        ranks: its rank before and now; None: it was not, or is not, in the ranking.
        other: the document that overtook it.
        other_ranks: likewise.
        overtaken_by: how many documents overtook it.
        lead: its score less the other's, before and now.
        causes: the largest first; none where dimensions of the two models cannot be compared.
    """

    doc_id: str
    ranks: tuple[int | None, int | None]
    other: str
    other_ranks: tuple[int | None, int | None]
    overtaken_by: int
    lead: tuple[float, float]
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class LostQuery:
    """A query that scores less than before.

    Attributes:
        query_id, text: of the query.
        before, now: the measure in the other result and in this one.
        fall: why; None: no relevant document fell.
    """

    query_id: str
    text: str
    before: float
    now: float
    fall: Fall | None


@dataclass(frozen=True)
class Worst:
    """The queries that lost most.

    Attributes:
        measure: by which.
        queries: the largest loss first.
        lost, won, same: how many queries of all did so.
        mean: of the change over all queries.
        comparable: whether dimensions of one name are the same.
    """

    measure: str
    queries: tuple[LostQuery, ...]
    lost: int
    won: int
    same: int
    mean: float
    comparable: bool


@dataclass(frozen=True)
class _Pair:
    """A document and the one that overtook it, before their vectors are known."""

    doc_id: str
    other: str
    overtaken_by: int


def worst(
    mine: CachedVectors, run: Run, theirs: CachedVectors, before: Run, measure: Measure, count: int
) -> Worst:
    """The queries that lost most.

    Args:
        mine: this result.
        run: its rankings.
        theirs: the other result, on the same collection.
        before: its rankings.
        measure: of each query.
        count: how many queries to show.

    Raises:
        InputError: the two results are of different things.
        UnreachableError: a vector is not in the cache.
    """
    require_comparable(mine.opened, theirs.opened)
    now, then = (
        _per_query(one, ranking, measure) for one, ranking in ((mine, run), (theirs, before))
    )
    changes = {query_id: now[query_id] - then[query_id] for query_id in now}
    lost = sorted((q for q in changes if changes[q] < 0), key=changes.__getitem__)
    shown = lost[:count]
    pairs = {q: _fallen(mine, run, before, q, measure) for q in shown}
    same = comparable(mine, theirs)
    falls = _falls(mine, run, theirs, before, pairs, comparable=same)
    texts = {query.query_id: query.text for query in mine.opened.asked}
    return Worst(
        measure=str(measure),
        queries=tuple(LostQuery(q, texts[q], then[q], now[q], falls.get(q)) for q in shown),
        lost=len(lost),
        won=sum(change > 0 for change in changes.values()),
        same=sum(change == 0 for change in changes.values()),
        mean=math.fsum(changes.values()) / len(changes),
        comparable=same,
    )


def _per_query(vectors: CachedVectors, run: Run, measure: Measure) -> dict[str, float]:
    opened = vectors.opened
    found = score(run, opened.collection.qrels, [measure], opened.policy, kernels="numpy")
    return dict(zip(found.query_ids, found.per_query[measure].tolist(), strict=True))


def _fallen(
    mine: CachedVectors, run: Run, before: Run, query_id: str, measure: Measure
) -> _Pair | None:
    """The relevant document that cost most, and the first that overtook it."""
    opened = mine.opened
    now = {doc: n for n, doc in enumerate(run.docs(query_id), 1)}
    then = {doc: n for n, doc in enumerate(before.docs(query_id), 1)}
    relevant = opened.collection.qrels.relevant(query_id, opened.policy.level)
    last = 1 + max(len(now), len(then))

    def loss(doc: str) -> tuple[float, int]:
        gains = [_gain(places.get(doc), measure.cutoff) for places in (then, now)]
        return gains[0] - gains[1], now.get(doc, last) - then.get(doc, last)

    doc = max(relevant, key=loss, default=None)
    if doc is None or loss(doc) <= (0.0, 0):
        return None
    place, was = now.get(doc, last), then.get(doc, last)
    passed = [d for d, n in now.items() if n < place and then.get(d, last + 1) > was]
    if not passed:
        return None
    other = next((d for d in passed if d not in relevant), passed[0])
    return _Pair(doc, other, len(passed))


def _gain(rank: int | None, cutoff: int | None) -> float:
    if rank is None or (cutoff is not None and rank > cutoff):
        return 0.0
    return 1 / math.log2(1 + rank)


def _falls(
    mine: CachedVectors,
    run: Run,
    theirs: CachedVectors,
    before: Run,
    pairs: Mapping[str, _Pair | None],
    *,
    comparable: bool,
) -> dict[str, Fall]:
    found = {query_id: pair for query_id, pair in pairs.items() if pair is not None}
    if not found:
        return {}
    now, then = (_products(vectors, found) for vectors in (mine, theirs))
    return {
        query_id: Fall(
            pair.doc_id,
            (rank(before, query_id, pair.doc_id), rank(run, query_id, pair.doc_id)),
            pair.other,
            (rank(before, query_id, pair.other), rank(run, query_id, pair.other)),
            pair.overtaken_by,
            (_lead(then[query_id]), _lead(now[query_id])),
            _causes(then[query_id], now[query_id]) if comparable else (),
        )
        for query_id, pair in found.items()
    }


_Products = tuple[dict[str, float], dict[str, float]]
"""What each dimension adds to the score of a document and of the one that overtook it."""


def _products(vectors: CachedVectors, pairs: Mapping[str, _Pair]) -> dict[str, _Products]:
    queries = vectors.queries(list(pairs))
    documents = vectors.documents(
        {doc for pair in pairs.values() for doc in (pair.doc_id, pair.other)}
    )

    def products(query_id: str, doc_id: str) -> dict[str, float]:
        shared = contributions(queries[query_id].vector, documents[doc_id].vector)
        return {vectors.name(t): product for t, product in shared.by_dimension().items()}

    return {q: (products(q, pair.doc_id), products(q, pair.other)) for q, pair in pairs.items()}


def _lead(products: _Products) -> float:
    return math.fsum(products[0].values()) - math.fsum(products[1].values())


def _causes(then: _Products, now: _Products) -> tuple[Cause, ...]:
    """What has changed to the document's harm: its own losses, and the other's gains."""
    found: list[Cause] = []
    for old, new, lost in ((then[0], now[0], True), (then[1], now[1], False)):
        for name in {**old, **new}:
            change = new.get(name, 0.0) - old.get(name, 0.0)
            harm = change if lost else -change
            if harm < 0:
                found.append(Cause(name, lost, harm))
    return tuple(sorted(found, key=lambda cause: cause.change)[:CAUSES])
