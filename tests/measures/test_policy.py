"""Policies: where their table says that they part, and how trec_eval 10 parts from 9."""

import math
from dataclasses import replace

import pytest

from harness.errors import InputError
from harness.measures import Policy
from harness.measures.names import Measure
from harness.measures.policy import CONVENTIONS, NAMES, ST, TREC, TREC10
from tests.measures.test_measures import scored


def test_the_two_policies_part_where_their_table_says():
    run = {"1": [("a", 1.0 + 2**-40), ("b", 1.0)]}
    judged = {"1": [("a", 1), ("c", 1), ("d", 3)], "2": [("a", 0)]}
    ours = {name: scored(run, judged, Policy(name)) for name in ("st", "trec")}
    mean = {name: lambda text, s=s: s.means[text] for name, s in ours.items()}
    assert ours["st"].query_ids == ("1",)  # query 2 has nothing relevant
    assert ours["trec"].query_ids == ("1", "2")
    assert mean["st"]("mrr@10") == 1  # a before b in float64
    assert mean["trec"]("mrr@10") == 0.5 / 2  # in float32 they tie, and b comes before a
    assert mean["st"]("map@2") == 1 / 2  # of min(2, 3)
    assert mean["trec"]("map@2") == pytest.approx(0.5 / 3 / 2)  # of 3
    assert mean["st"]("ndcg@2") == pytest.approx(1 / (1 + 1 / math.log2(3)))
    assert mean["trec"]("ndcg@2") == pytest.approx((1 / math.log2(3)) / (3 + 1 / math.log2(3)) / 2)


def test_policies_that_do_not_exist_are_refused():
    with pytest.raises(InputError, match="'beir' is no policy: choose one of st, trec, trec10"):
        Policy("beir")
    with pytest.raises(InputError, match="level is 0"):
        Policy("trec", 0)


def test_a_policy_prints_what_it_is():
    assert str(Policy("st")) == "st"
    assert str(Policy("trec", 2)) == "trec, relevant from grade 2"


def test_the_facts_are_those_of_the_table():
    assert NAMES == ("st", "trec", "trec10")
    assert [CONVENTIONS[name].name for name in NAMES] == list(NAMES)
    facts = {
        "ties": lambda c: (c.ties.doc_ids, c.ties.scores),
        "switches": lambda c: (
            c.ranks_unmatched,
            c.graded_gains,
            c.caps_map,
            c.evaluates_all_judged,
            c.refuses_repeats,
        ),
    }
    found = {name: [fact(c) for c in (ST, TREC, TREC10)] for name, fact in facts.items()}
    assert found["ties"] == [
        ("ascending", "float64"),
        ("descending", "float32"),
        ("descending", "float64"),
    ]
    assert found["switches"] == [
        (True, False, True, False, False),
        (False, True, False, True, True),
        (False, True, False, True, True),
    ]


def test_trec_eval_10_compares_scores_as_double_where_9_ties_them():
    """Checked once against both programs: 226,200 scores of 150 runs with near ties, none apart."""
    run, judged = {"1": [("d1", 20.000000001), ("d2", 20.0)]}, {"1": [("d1", 1)]}
    mrr = [Measure("mrr", 10)]
    assert scored(run, judged, Policy("trec"), mrr).means["mrr@10"] == 0.5
    assert scored(run, judged, Policy("trec10"), mrr).means["mrr@10"] == 1.0


@pytest.mark.parametrize(
    ("fact", "changed"),
    [
        ("ties", "mrr@10"),
        ("graded_gains", "ndcg@2"),
        ("caps_map", "map@2"),
        ("evaluates_all_judged", "precision@2"),
    ],
)
def test_every_fact_is_asked_for_on_its_own(fact, changed, monkeypatch):
    """A convention that is trec's but for one fact, which is st's."""
    mixed = replace(TREC, name="mixed", **{fact: getattr(ST, fact)})
    monkeypatch.setitem(CONVENTIONS, "mixed", mixed)
    run = {"1": [("a", 1.0 + 2**-40), ("b", 1.0)]}
    judged = {"1": [("a", 1), ("c", 1), ("d", 3)], "2": [("z", 0)]}
    measures = list(map(Measure.parse, ("mrr@10", "ndcg@2", "map@2", "precision@2")))
    ours, trec = (scored(run, judged, Policy(name), measures) for name in ("mixed", "trec"))
    assert ours.means[changed] != trec.means[changed]
    assert (ours.query_ids == trec.query_ids) is (fact != "evaluates_all_judged")
    if fact in {"graded_gains", "caps_map"}:
        assert [name for name in trec.means if ours.means[name] != trec.means[name]] == [changed]


def test_a_policy_is_a_value():
    assert Policy("trec10", 2) == Policy("trec10", 2) != Policy("trec", 2)
    assert Policy("trec10").convention is TREC10
    assert Policy() == Policy(ST.name, 1)
