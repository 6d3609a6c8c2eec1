"""The committed runs of the real checkpoint: cards of each convention, by plain Python."""

import random
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pytest

from harness.claims.claims import Claims
from harness.claims.published import bare, read
from harness.data.trec import read_run
from harness.experiment.result import read_result
from harness.measures.policy import Policy
from harness.pipeline.run_experiment import Settings
from harness.why.classes import collapsed
from harness.why.explain import explained_by
from harness.why.grid import grid_of
from harness.why.kept import kept_rankings
from harness.why.origin import aspects_of, rankings_of
from harness.why.question import question_of
from harness.why.sources import checkpoint_of, collection_of, vectors_of
from harness.why.verdict import WEAK, WhyAnswer, answer_of
from tests.support.conventions import SINGLE, numbers
from tests.why.worlds import holds, repeated, rounded

pytestmark = pytest.mark.real

RESULTS = Path(__file__).parents[2] / "results"
NAMES = ("crowdrag-splade-tiny", "insuranceqa-splade-tiny")
RULES = {
    "own": ["left out"],
    "depth": ["10"],
    "level": ["2", "3"],
    "gains": ["grades", "exponential"],
    "map": ["found", "R"],
    "recall": ["min(k, R)", "any"],
    "mrr": ["depth"],
    "queries": ["judged", "answered", "judged and answered", "asked"],
    "zeros": ["not ranked"],
    "repeats": ["once"],
}
ALL = [(aspect, rule) for aspect, names in RULES.items() for rule in names]


@dataclass(frozen=True, eq=False)
class Committed:
    """A committed result with its run, its collection and its grid, each made once."""

    name: str

    @cached_property
    def result(self):
        return read_result(RESULTS / f"{self.name}.json")

    @cached_property
    def run(self):
        return read_run(RESULTS / f"{self.name}.run.gz")

    @cached_property
    def checked(self):
        return collection_of(self.result)

    @cached_property
    def measures(self):
        keys = [bare(key).split("@") for key in self.result.scores if "@" in key]
        return [(name, int(cutoff)) for name, cutoff in keys]

    @cached_property
    def qrels(self):
        return {q: list(pairs) for q, pairs in self.checked.collection.qrels.by_query.items()}

    @cached_property
    def asked(self):
        return [query.query_id for query in self.checked.collection.queries]

    @cached_property
    def kept(self):
        return {query: dict(ranked) for query, ranked in self.run}

    @cached_property
    def known(self):
        return {}

    def numbers(self, scores=None, **rules):
        rules = SINGLE | rules
        key = (scores is None, *rules.items())
        if key not in self.known:
            ranked = self.kept if scores is None else scores
            self.known[key] = numbers(ranked, self.qrels, self.asked, rules, self.measures)
        return self.known[key]

    def question(self, texts, exact):
        found = tuple(read(key, text, "a card", exact=exact) for key, text in texts.items())
        return question_of(self.result, Claims("", "", found, ()))

    @cached_property
    def rankings(self):
        """Of the cached vectors where they are there, else the kept run."""
        question = self.question(repeated(self.numbers()), exact=True)
        return rankings_of(question, self.run, self.checked, Settings())

    @cached_property
    def grid(self):
        question = self.question(repeated(self.numbers()), exact=True)
        aspects = aspects_of(question, self.rankings)
        orders, judgements = self.rankings.orders, self.rankings.judgements
        return collapsed(grid_of(aspects, orders, judgements, question.measures))

    def answer(self, texts, *, exact=True):
        question = self.question(texts, exact)
        own, fits, queries = question.own, question.fits(), self.result.counts.queries
        return answer_of(self.grid, question.ranked, own, fits, queries=queries)


COMMITTED = {name: Committed(name) for name in NAMES}


@pytest.fixture(params=NAMES)
def committed(request, asset):
    asset("splade-tiny")
    asset("crowdrag-25" if "crowdrag" in request.param else "insuranceqa")
    return COMMITTED[request.param]


def possible(committed, rules):
    """The rules, without a level that the collection's grades do not reach."""
    highest = max(grade for pairs in committed.qrels.values() for _, grade in pairs)
    return {a: r for a, r in rules.items() if a != "level" or int(r) <= highest}


def tried(committed, rules):
    """The rules that these rankings reach: without cached vectors the kept run cannot take a
    query's own document out, since the rank after its last one is missing; it says so."""
    limited = committed.rankings.rules
    reached = {a: rule for a, rule in rules.items() if rule in limited.get(a, (rule,))}
    assert reached == rules or committed.rankings.notes
    return reached


def is_put_down_to_nothing_else(committed, found, texts, places, reached):
    """Of a rule that cannot be tried nothing is named; where it leaves no trace in digits this
    short, the other rules are."""
    if found.answer in (WhyAnswer.NONE, WhyAnswer.PARTLY):
        return not found.boxes
    others = committed.numbers(**reached)
    seen = repeated(others) if places is None else rounded(others, places)
    return seen == texts and holds(found.boxes, reached)


def is_told(found, rules, *, moved):
    """The convention is named, or nothing is off and it is listed beside the result's own."""
    if found.answer is WhyAnswer.NOTHING_OFF:
        return not moved or holds(found.boxes, rules)
    return found.answer is WhyAnswer.EXPLAINED and holds(found.boxes, rules)


@pytest.mark.parametrize(("aspect", "rule"), ALL)
@pytest.mark.parametrize("places", [None, 4, 3])
def test_a_card_of_each_rule_is_explained(committed, aspect, rule, places):
    rules = possible(committed, {aspect: rule})
    printed, own = committed.numbers(**rules), committed.numbers()
    texts = repeated(printed) if places is None else rounded(printed, places)
    found = committed.answer(texts, exact=places is None)
    reached = tried(committed, rules)
    if reached != rules:
        assert is_put_down_to_nothing_else(committed, found, texts, places, reached)
        return
    assert is_told(found, rules, moved=printed != own)
    if places is None and printed != pytest.approx(own, rel=1e-4):
        assert found.answer is WhyAnswer.EXPLAINED
        assert found.chance < WEAK
        assert not holds(found.boxes, {})


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("places", [None, 4])
def test_a_card_of_several_rules_is_explained(committed, seed, places):
    draw = random.Random(seed)
    chosen = {a: draw.choice(RULES[a]) for a in draw.sample(list(RULES), draw.randint(2, 4))}
    chosen = possible(committed, chosen)
    printed = committed.numbers(**chosen)
    texts = repeated(printed) if places is None else rounded(printed, places)
    found = committed.answer(texts, exact=places is None)
    reached = tried(committed, chosen)
    if reached != chosen:
        assert is_put_down_to_nothing_else(committed, found, texts, places, reached)
        return
    assert is_told(found, chosen, moved=True)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("places", [None, 4])
def test_a_changed_digit_is_explained_by_nothing(committed, seed, places):
    draw = random.Random(seed)
    rule = draw.choice([{}, {"gains": "grades"}, {"map": "found"}, {"recall": "any"}])
    printed = committed.numbers(**rule)
    key = draw.choice(["accuracy@1", "precision@3", "accuracy@10", "precision@10"])
    changed = printed | {key: printed[key] + draw.choice((-0.0031, 0.0031))}
    texts = repeated(changed) if places is None else rounded(changed, places)
    found = committed.answer(texts, exact=places is None)
    assert found.answer in (WhyAnswer.PARTLY, WhyAnswer.NONE)
    assert not found.boxes
    assert all(key not in partial.fits for partial in found.partials)


@pytest.mark.parametrize("places", [None, 4, 3])
def test_numbers_of_two_levels_are_explained_by_neither(places, asset):
    asset("crowdrag-25")
    committed = COMMITTED[NAMES[0]]
    one, other = committed.numbers(), committed.numbers(level="2")
    mixed = {k: (other if k.startswith("precision") else one)[k] for k in one}
    texts = repeated(mixed) if places is None else rounded(mixed, places)
    found = committed.answer(texts, exact=places is None)
    assert found.answer is WhyAnswer.PARTLY
    assert all(len(partial.fits) < len(mixed) for partial in found.partials)


def test_the_kept_run_gives_the_result_s_scores(committed):
    texts = repeated(committed.numbers())
    for measure, text in texts.items():
        assert float(text) == pytest.approx(committed.result.scores[f"dot_{measure}"], rel=1e-12)
    question = committed.question(texts, exact=True)
    evaluation = committed.result.evaluation
    kept = kept_rankings(
        committed.run, committed.checked.collection, committed.asked, evaluation, 100
    )
    assert explained_by(question, kept, ()).answer is WhyAnswer.NOTHING_OFF


@pytest.fixture(scope="module")
def every_score(asset):
    """All scores of CrowdRAG-25, by scipy from the cached vectors; else the tests are skipped."""
    asset("crowdrag-25")
    committed = COMMITTED[NAMES[0]]
    if committed.rankings.source == "the kept run":
        pytest.skip("the vectors of CrowdRAG-25 are not in the cache: `harness encode`")
    checkpoint = checkpoint_of(committed.result, Settings())
    of = vectors_of(checkpoint, committed.checked, Policy(), Settings(), encode=False).vectors
    scores = (of.queries.to_scipy() @ of.documents.to_scipy().T).toarray()
    ids = [doc_id.decode() for doc_id in of.doc_ids.tolist()]
    best = np.sort(np.argpartition(-scores, 1500, axis=1)[:, :1500], axis=1)
    return {
        query: {ids[n]: float(row[n]) for n in at.tolist()}
        for query, row, at in zip(of.query_ids, scores, best, strict=True)
    }


@pytest.mark.parametrize(
    "rules",
    [
        {"ties": "trec"},
        {"ties": "trec10", "gains": "grades"},
        {"ties": "corpus reversed", "map": "found"},
        {"ties": "corpus"},
        {"depth": "1000", "mrr": "depth"},
        {"depth": "1000", "mrr": "depth", "level": "3"},
    ],
)
@pytest.mark.parametrize("places", [None, 4])
def test_a_card_that_needs_more_than_the_kept_run_is_explained(every_score, rules, places):
    committed = COMMITTED[NAMES[0]]
    printed = committed.numbers(every_score, **rules)
    texts = repeated(printed) if places is None else rounded(printed, places)
    found = committed.answer(texts, exact=places is None)
    assert is_told(found, rules, moved=printed != pytest.approx(committed.numbers(), rel=1e-9))
    if places is None:
        assert holds(found.exact, rules)
