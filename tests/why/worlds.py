"""Small collections in which every rule can change something, with their exact scores."""

import random
from dataclasses import dataclass
from functools import cache

import numpy as np

from harness.claims.claims import Claims
from harness.claims.published import read
from harness.collection import Collection, Doc, Query
from harness.data.qrels import Judgement, Qrels
from harness.experiment.parts import EvaluationInfo, ResultCounts
from harness.why.classes import collapsed
from harness.why.explain import explained_by
from harness.why.grid import grid_of
from harness.why.origin import aspects_of
from harness.why.question import question_of
from harness.why.searched import Vectors, searched_rankings
from harness.why.verdict import answer_of
from tests.support import fakes
from tests.support.conventions import SINGLE, numbers

MEASURES = [
    *[("accuracy", k) for k in (1, 3, 5, 10)],
    *[("precision", k) for k in (1, 3, 5, 10)],
    *[("recall", k) for k in (1, 3, 5, 10)],
    ("ndcg", 10),
    ("mrr", 10),
    ("map", 5),
    ("map", 100),
]


@dataclass(frozen=True, eq=False)
class World:
    """A collection, its vectors, and every score of them.

    Attributes:
        scores: of each document by query, in the order of the corpus; multiples of 1/4.
        qrels: (doc, grade) pairs by query.
        asked: the queries of the collection.
        rankings: what `harness why` makes of the vectors.
    """

    collection: Collection
    vectors: Vectors
    scores: dict
    qrels: dict
    asked: list
    rankings: object

    def numbers(self, **rules):
        """What an evaluator of a convention prints, every digit."""
        return numbers(self.scores, self.qrels, self.asked, SINGLE | rules, MEASURES)

    def question(self, texts, exact=True):
        """The question of a result by sentence-transformers' convention beside these digits."""
        found = tuple(read(key, text, "a card", exact=exact) for key, text in texts.items())
        own = {f"dot_{key}": value for key, value in self.numbers().items()}
        result = fakes.result(
            scores=own,
            counts=ResultCounts(queries=len(self.asked), unanswered=0),
            evaluation=EvaluationInfo(
                policy="st",
                relevance_level=1,
                depth=100,
                ignore_identical_ids=False,
                similarity="dot",
            ),
            claims=Claims("", "", found, ()),
        )
        return question_of(result, result.claims)

    def explained(self, texts, exact=True):
        return explained_by(self.question(texts, exact), self.rankings, ())

    def answer(self, texts, exact=True):
        """The rules alone, on a grid that is scored once for all questions."""
        question = self.question(texts, exact)
        own, fits, queries = question.own, question.fits(), len(self.asked)
        return answer_of(self._grid(), question.ranked, own, fits, queries=queries)

    @cache  # noqa: B019 - a handful of worlds
    def _grid(self):
        question = self.question({f"{n}@{k}": "0.5" for n, k in MEASURES})
        aspects = aspects_of(question, self.rankings)
        return collapsed(
            grid_of(aspects, self.rankings.orders, self.rankings.judgements, question.measures)
        )


def repeated(values):
    return {key: repr(float(value)) for key, value in values.items()}


def rounded(values, places):
    return {key: f"{value:.{places}f}" for key, value in values.items()}


def holds(boxes, rules):
    """Whether a convention is among those that are named."""
    rules = SINGLE | rules
    return any(all(rules[a] in names for a, names in box.rules.items()) for box in boxes)


@cache
def world(seed, documents=130, queries=14, repeats=True):
    """A random world: few terms and weights, so that scores tie, and many documents match none."""
    draw = random.Random(seed)
    terms = range(24)
    ids = [str(n) for n in draw.sample(range(100, 999), documents)]
    rows = [
        {term: draw.choice((0.5, 1.0, 1.5)) for term in draw.sample(terms, draw.randint(1, 3))}
        for _ in ids
    ]
    for n in range(0, documents - 1, 5):  # the same text twice
        rows[n + 1] = rows[n]
    asked = [*draw.sample(ids, queries // 2), *(f"q{n}" for n in range(queries - queries // 2))]
    wants = [
        {term: draw.choice((0.5, 1.0)) for term in draw.sample(terms, draw.randint(1, 4))}
        for _ in asked
    ]
    wants[1] = {23 + 5: 1.0}  # matches nothing
    scores = {
        query: {
            doc: sum(weight * row.get(term, 0) for term, weight in want.items())
            for doc, row in zip(ids, rows, strict=True)
        }
        for query, want in zip(asked, wants, strict=True)
    }
    qrels = {}
    for query in asked[:-1]:  # the last is not judged
        best = sorted(ids, key=lambda doc, q=query: (-scores[q][doc], draw.random()))
        pool = [*best[:12], *draw.sample(ids, 6)]
        chosen = draw.sample(pool, draw.randint(2, 14))
        qrels[query] = [(doc, draw.choice((0, 1, 1, 2, 3))) for doc in dict.fromkeys(chosen)]
        if query in ids and draw.random() < 0.8:
            kept = [pair for pair in qrels[query] if pair[0] != query]
            qrels[query] = [(query, 3), *kept]
    qrels[asked[-2]] = [(ids[0], 0), (ids[1], 0)]  # judged, nothing relevant
    if repeats:
        some = qrels[asked[2]]
        some.append(next(pair for pair in some if pair[1] > 0))
    return made(ids, rows, asked, wants, scores, qrels)


def made(ids, rows, asked, wants, scores, qrels):
    judged = Qrels({q: tuple(Judgement(*pair) for pair in pairs) for q, pairs in qrels.items()})
    collection = Collection(
        "a world",
        [Doc(doc, "text") for doc in ids],
        tuple(Query(query, "text") for query in asked),
        judged,
    )
    vectors = Vectors(
        tuple(asked),
        fakes.vectors_of(wants, fakes.VOCAB),
        fakes.vectors_of(rows, fakes.VOCAB),
        np.array([doc.encode() for doc in ids]),
        1,
    )
    rankings = searched_rankings(vectors, collection, "st", 100, 100)
    return World(collection, vectors, scores, qrels, asked, rankings)
