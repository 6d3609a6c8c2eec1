from itertools import pairwise, permutations, product
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.data.qrels import Judgement, Qrels
from harness.data.run import Run
from harness.measures import Policy, score
from harness.measures.names import Measure
from harness.measures.near_ties import MARGIN, SCORE_ERROR, DeepRun, ranking_intervals
from tests.support import oracle

UNIT = 2.0**-24
MEASURES = [
    *map(Measure.parse, ("accuracy@1", "precision@3", "recall@3", "ndcg@3", "mrr@3", "map@3")),
    *map(Measure.parse, ("f1@2", "dcg@3", "r_precision", "rbp(p=0.5)", "bpref", "judged@2")),
]
DEPTH = 4
DOCS = [f"d{n}" for n in range(7)]


def deep(rankings, depth=DEPTH, weights=1.0):
    run = Run.from_rankings("test", rankings)
    return DeepRun(run, depth, np.full(len(run), weights))


def intervals(found, qrels, measures, policy):
    scores = score(found.first(), qrels, measures, policy)
    return scores, ranking_intervals(found, qrels, measures, policy, scores)


def chains(ranking):
    """The ranking cut wherever a gap is wider than both errors."""
    parts = [[ranking[0]]]
    for (_, before), (doc, value) in pairwise(ranking):
        errors = SCORE_ERROR * UNIT * (before + 1) + SCORE_ERROR * UNIT * (value + 1)
        if value > 0 and before - value <= errors:
            parts[-1].append((doc, value))
        else:
            parts.append([(doc, value)])
    return parts


def orders(ranking):
    """Every order that another program may give, cut at the depth."""
    shuffled = product(*(list(permutations(part)) for part in chains(ranking)))
    for order in shuffled:
        docs = [doc for part in order for doc, _ in part][:DEPTH]
        yield docs


def value(measure, ranking, judgements, policy):
    argument = measure.p if measure.p is not None else measure.cutoff
    pairs = list(judgements.items())
    return getattr(oracle, measure.name)(ranking, pairs, argument, policy.name, policy.level)


def is_evaluated(judgements, policy):
    return oracle.is_evaluated(list(judgements.items()), policy.name, policy.level)


steps = st.lists(st.sampled_from([0.0, 1e-7, 1e-6, 0.5]), min_size=2, max_size=6)
grades = st.dictionaries(st.sampled_from(DOCS), st.integers(-1, 3), max_size=5)


@given(
    st.lists(st.tuples(steps, st.permutations(DOCS), grades), min_size=1, max_size=2),
    st.sampled_from([Policy("st"), Policy("st", 2), Policy("trec10"), Policy("trec10", 2)]),
)
@settings(max_examples=100)
def test_the_ends_are_the_best_and_the_worst_of_all_orders(drawn, policy):
    rankings, judged = {}, {}
    for n, (gaps, docs, grade) in enumerate(drawn):
        values = 1.0 + np.concatenate((np.cumsum(gaps[::-1])[::-1], [0.0]))
        listed = list(zip(docs, values.tolist(), strict=False))
        descending = policy.convention.ties.descending
        listed.sort(key=lambda one: one[0], reverse=descending)
        rankings[f"q{n}"] = sorted(listed, key=lambda one: -one[1])
        judged[f"q{n}"] = grade
    asked = [q for q in judged if is_evaluated(judged[q], policy)]
    ways = prod(len(list(orders(rankings[q]))) for q in asked)
    if not asked or ways > 3000:
        return
    qrels = Qrels.of({q: judged[q] for q in asked})
    scores, found = intervals(deep({q: rankings[q] for q in asked}), qrels, MEASURES, policy)
    for measure in MEASURES:
        low = high = 0.0
        for q in asked:
            values = [value(measure, o, judged[q], policy) for o in orders(rankings[q])]
            low, high = low + min(values) / len(asked), high + max(values) / len(asked)
        if measure in found:
            ends = found[measure].low, found[measure].high
            assert ends == pytest.approx((low, high), abs=1e-12)
        else:
            assert high == pytest.approx(low, abs=1e-12)
            assert scores.means[measure] == pytest.approx(low, abs=1e-12)


def test_a_near_tie_of_a_relevant_document_is_named():
    found = deep({"q": [("a", 20.0), ("b", 20.0 - 2e-6), ("c", 3.0)], "r": [("a", 5.0)]})
    qrels = Qrels.of({"q": {"b": 1}, "r": {"a": 1}})
    _, near = intervals(
        found, qrels, [Measure.parse("mrr@10"), Measure.parse("recall@2")], Policy()
    )
    assert list(map(str, near)) == ["mrr@10"]
    (interval,) = near.values()
    assert (interval.low, interval.high) == (0.75, 1.0)
    assert interval.because == "near-ties of query q (documents a, b)"


@pytest.mark.parametrize(
    ("second", "grades"),
    [
        (20.0 - 1e-3, {"b": 1}),  # further apart than two errors
        (20.0 - 2e-6, {"a": 1, "b": 1}),  # both relevant
        (20.0 - 2e-6, {"c": 1}),  # neither
    ],
)
def test_no_interval_where_no_order_matters(second, grades):
    found = deep({"q": [("a", 20.0), ("b", second), ("c", 3.0)]})
    assert not intervals(found, Qrels.of({"q": grades}), MEASURES[:4], Policy())[1]


def test_documents_that_share_nothing_with_the_query_are_no_near_ties():
    found = deep({"q": [("a", 2.0), ("b", 0.0), ("c", 0.0)]})
    assert not intervals(found, Qrels.of({"q": {"c": 1}}), MEASURES, Policy())[1]


def test_a_near_tie_at_the_last_place_reaches_below_it():
    found = deep({"q": [("a", 9.0), ("b", 8.0), ("c", 8.0 - 1e-6)]}, depth=2)
    _, near = intervals(found, Qrels.of({"q": {"c": 1}}), [Measure.parse("recall@2")], Policy())
    (interval,) = near.values()
    assert (interval.low, interval.high) == (0.0, 1.0)
    assert found.first().docs("q") == ["a", "b"]
    assert MARGIN >= 1


def test_a_chain_below_the_depth_moves_nothing():
    found = deep({"q": [("a", 9.0), ("b", 8.0), ("c", 8.0 - 1e-6)]}, depth=1)
    assert not intervals(found, Qrels.of({"q": {"c": 1}}), MEASURES, Policy())[1]


def test_more_near_ties_than_are_shown_are_counted():
    rankings = {f"q{n}": [(f"a{n}", 2.0), (f"b{n}", 2.0)] for n in range(5)}
    judged = Qrels({q: (Judgement(docs[1][0], 1),) for q, docs in rankings.items()})
    _, near = intervals(deep(rankings), judged, [Measure.parse("mrr@10")], Policy())
    (interval,) = near.values()
    assert interval.because.endswith("query q2 (documents a2, b2) and of 2 more queries")
    assert (interval.low, interval.high) == (0.5, 1.0)
