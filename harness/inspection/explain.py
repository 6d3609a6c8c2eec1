"""Why a document ranks where it does for a query: terms, contributions, and what outranks it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.data.run import Run
from harness.errors import InputError
from harness.inspection.cached_vectors import CachedVectors, EncodedText
from harness.inspection.contributions import Contributions, contributions, differences
from harness.inspection.explanation import (
    Contribution,
    Difference,
    ExplainedDocument,
    Ranked,
    RankExplanation,
    Term,
)


@dataclass(frozen=True)
class _Case:
    """One query of a result with its ranking."""

    vectors: CachedVectors
    query: EncodedText
    run: Run

    @property
    def ranking(self) -> list[Ranked]:
        if self.query.key not in self.run:
            return []
        docs = enumerate(self.run[self.query.key], 1)
        return [self.ranked(doc.doc_id, rank, doc.score) for rank, doc in docs]

    @property
    def grades(self) -> dict[str, int]:
        return grades(self.vectors, self.query.key)

    def ranked(self, doc_id: str, rank: int | None, score: float) -> Ranked:
        grade = self.grades.get(doc_id)
        level = self.vectors.opened.policy.level
        return Ranked(doc_id, rank, score, grade, grade is not None and grade >= level)


def grades(vectors: CachedVectors, query_id: str) -> dict[str, int]:
    """The grade of each judged document of a query; the highest where one stands there twice."""
    found: dict[str, int] = {}
    for doc_id, grade in vectors.opened.collection.qrels.by_query.get(query_id, ()):
        found[doc_id] = max(grade, found.get(doc_id, grade))
    return found


def explain(
    vectors: CachedVectors, run: Run, query_id: str, doc_id: str | None = None
) -> RankExplanation:
    """Explain the place of a document in the ranking of a query.

    Args:
        vectors: of the result.
        run: its rankings.
        query_id: of an evaluated query.
        doc_id: of any document; None: of the relevant ones the best ranked that is outranked by
            one that is not relevant, or else the best ranked.

    Raises:
        InputError: there is no such query or document, or nothing that could be explained.
        UnreachableError: a vector is not in the cache.
    """
    case = _Case(vectors, vectors.query(query_id), run)
    ranking = case.ranking
    relevant = _relevant(case, ranking)
    chosen, why = (doc_id, "") if doc_id is not None else _chosen(ranking, relevant)
    place = next((one for one in ranking if one.doc_id == chosen), None)
    above = ranking[: place.rank - 1] if place and place.rank else ranking
    rival = _rival(ranking, above, place)
    wanted = [chosen, *([rival.doc_id] if rival else [])]
    texts = vectors.documents(wanted)
    document = explained(case.query, texts[chosen], place or case.ranked(chosen, None, 0), vectors)
    against = explained(case.query, texts[rival.doc_id], rival, vectors) if rival else None
    return RankExplanation(
        query_id=query_id,
        text=case.query.text,
        terms=terms(case.query, vectors),
        has_terms=vectors.has_terms,
        ranking=tuple(ranking),
        relevant=relevant,
        depth=len(ranking),
        document=document,
        chosen=why,
        rival=against,
        differences=_differences(case.query, texts, rival, chosen, vectors),
        above=len(above),
        relevant_above=sum(one.relevant for one in above),
    )


def terms(text: EncodedText, vectors: CachedVectors) -> tuple[Term, ...]:
    """The dimensions of a text's vector, the heaviest first."""
    dimensions, weights = text.vector
    order = np.argsort(-weights, kind="stable")
    return tuple(_term(int(dimensions[n]), float(weights[n]), text, vectors) for n in order)


def explained(
    query: EncodedText, document: EncodedText, ranked: Ranked, vectors: CachedVectors
) -> ExplainedDocument:
    """A document's score for a query, taken apart.

    Args:
        query: with its vector.
        document: with its vector.
        ranked: its place in the query's ranking; its score is computed where it has none.
        vectors: name the dimensions.
    """
    found = contributions(query.vector, document.vector)
    printed = ranked.score if ranked.rank is not None else None
    if printed is None:
        ranked = Ranked(ranked.doc_id, None, found.total, ranked.grade, ranked.relevant)
    order = np.argsort(-found.products, kind="stable")
    return ExplainedDocument(
        ranked=ranked,
        text=document.text,
        terms=terms(document, vectors),
        contributions=tuple(_contribution(found, n, query, document, vectors) for n in order),
        total=found.total,
        as_searched=found.as_searched,
        printed=printed,
    )


def _term(dimension: int, weight: float, text: EncodedText, vectors: CachedVectors) -> Term:
    own = None if text.own is None else dimension in text.own
    return Term(vectors.name(dimension), dimension, weight, own)


def _contribution(
    found: Contributions,
    place: int,
    query: EncodedText,
    document: EncodedText,
    vectors: CachedVectors,
) -> Contribution:
    dimension = int(found.dimensions[place])
    return Contribution(
        _term(dimension, float(found.query[place]), query, vectors),
        _term(dimension, float(found.document[place]), document, vectors),
        float(found.products[place]),
    )


def _relevant(case: _Case, ranking: Sequence[Ranked]) -> tuple[Ranked, ...]:
    """The relevant documents, ranked ones first, then by grade."""
    level = case.vectors.opened.policy.level
    places = {one.doc_id: one for one in ranking}
    found = [
        places.get(doc_id) or case.ranked(doc_id, None, 0.0)
        for doc_id, grade in case.grades.items()
        if grade >= level
    ]
    last = len(ranking) + 1
    return tuple(sorted(found, key=lambda one: (one.rank or last, -(one.grade or 0))))


def _chosen(ranking: Sequence[Ranked], relevant: Sequence[Ranked]) -> tuple[str, str]:
    """The document to explain where none was named, and why it is this one."""
    other = next((one.rank or 0 for one in ranking if not one.relevant), len(ranking) + 1)
    for one in relevant:
        if one.rank is not None and one.rank > other:
            return one.doc_id, "the first relevant one that is outranked by one that is not"
    if relevant and relevant[0].rank is not None:
        return relevant[0].doc_id, "the first relevant one"
    if relevant:
        return relevant[0].doc_id, "a relevant one, none of which is in the ranking"
    if not ranking:
        raise InputError("The query has neither a ranking nor a relevant document: name one.")
    return ranking[0].doc_id, "the first one, as none is relevant"


def _rival(
    ranking: Sequence[Ranked], above: Sequence[Ranked], place: Ranked | None
) -> Ranked | None:
    """The nearest above that is not relevant, or the nearest; behind the first, the second."""
    others = [one for one in above if not one.relevant] or above
    if others:
        return others[-1]
    return ranking[1] if place and len(ranking) > 1 else None


def _differences(
    query: EncodedText,
    texts: dict[str, EncodedText],
    rival: Ranked | None,
    chosen: str,
    vectors: CachedVectors,
) -> tuple[Difference, ...]:
    if rival is None:
        return ()
    one, other = (contributions(query.vector, texts[key].vector) for key in (rival.doc_id, chosen))
    return tuple(Difference(vectors.name(t), a, b) for t, a, b in differences(one, other))
