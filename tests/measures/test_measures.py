"""Measures against hand-computed values, a plain-Python oracle and pytrec_eval."""

import math
import threading

import ir_measures
import numpy as np
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.data.qrels import Judgement, Qrels
from harness.data.run import Run
from harness.errors import InputError, UnreachableError
from harness.measures import Counts, Policy, ranx_kernels, score
from harness.measures.definitions import TABLE
from harness.measures.names import CARD, RETRIEVAL, Measure
from harness.measures.relevant import Relevant
from tests.support import oracle

MEASURES = [
    *(
        Measure(name, cutoff)
        for name in RETRIEVAL
        if TABLE[name].cutoff != "none"
        for cutoff in (1, 2, 10, 1000)
    ),
    *map(Measure, ("r_precision", "num_rel_ret", "bpref")),
    *(Measure("rbp", p=p) for p in (0.5, 0.95)),
]
DOCS = [*"abcdefgh", "é", "ｚ", "𝐚"]  # the last two differ in code point and in UTF-16 order
SCORES = [0.0, -1.5, 1.0, 1.0 + 2**-40, 1.0 - 2**-40, 3.0, 1e39, 2e39, 1e-50]

rankings = st.dictionaries(st.sampled_from(DOCS), st.sampled_from(SCORES)).map(
    lambda ranking: list(ranking.items())
)
runs = st.dictionaries(st.sampled_from(["1", "2", "3", "4", "extra"]), rankings)
judgements = st.dictionaries(st.sampled_from(DOCS), st.integers(-2, 3)).map(
    lambda grades: list(grades.items())
)
lists = st.lists(st.tuples(st.sampled_from(DOCS), st.integers(-1, 2)), max_size=12)


def qrels_of(judged):
    return Qrels({q: tuple(Judgement(*pair) for pair in pairs) for q, pairs in judged.items()})


def queries(values):
    return st.dictionaries(st.sampled_from(["1", "2", "3", "4", "5"]), values, min_size=1)


def scored(run, judged, policy, measures=MEASURES):
    """Scores, or None where the data has nothing to evaluate (asserted to be so).

    Computed by ranx and again in numpy, which must be the same to the last bit.
    """
    given = Run.from_rankings("t", run), qrels_of(judged), measures, policy
    try:
        ours, quick = (score(*given, kernels=kernels) for kernels in ("ranx", "numpy"))
        for measure in measures:
            assert ours.per_query[measure].tobytes() == quick.per_query[measure].tobytes(), measure
        assert dict(ours.means) == dict(quick.means)
        assert (ours.query_ids, ours.counts) == (quick.query_ids, quick.counts)
    except InputError:
        answers = {q for q, ranking in run.items() if ranking}
        nothing = not any(
            oracle.is_evaluated(j, policy.name, policy.level) for j in judged.values()
        )
        assert nothing or (answers and answers.isdisjoint(judged))
        return None
    return ours


def check_against_oracle(run, judged, policy):
    scores = scored(run, judged, policy)
    if scores is None:
        return
    evaluated = [
        q for q, pairs in judged.items() if oracle.is_evaluated(pairs, policy.name, policy.level)
    ]
    assert list(scores.query_ids) == evaluated
    for measure in MEASURES:
        expected = [
            getattr(oracle, measure.name)(
                oracle.order(run.get(q, []), policy.name),
                judged[q],
                measure.cutoff if measure.p is None else measure.p,
                policy.name,
                policy.level,
            )
            for q in evaluated
        ]
        assert scores.per_query[measure].tolist() == pytest.approx(expected, abs=1e-12), measure
        assert scores.means[measure] == pytest.approx(sum(expected) / len(expected), abs=1e-12)
    assert scores.counts == Counts(
        len(evaluated),
        sum(not run.get(q) for q in evaluated),
        sum(q not in judged for q in run),
        sum(not oracle.relevant(pairs, policy.level) for pairs in judged.values()),
    )


@settings(deadline=None, max_examples=60)
@given(runs, queries(lists), st.integers(1, 2))
def test_st_agrees_with_the_oracle(run, judged, level):
    check_against_oracle(run, judged, Policy("st", level))


@settings(deadline=None, max_examples=60)
@given(runs, queries(judgements), st.integers(1, 3), st.sampled_from(["trec", "trec10"]))
def test_trec_agrees_with_the_oracle(run, judged, level, name):
    check_against_oracle(run, judged, Policy(name, level))


@settings(deadline=None, max_examples=60)
@given(runs, queries(judgements), st.integers(1, 2))
def test_trec_agrees_with_pytrec_eval(run, judged, level):
    # Without a grade of 0 or more in every query pytrec_eval 0.5.11 writes outside its arrays.
    judged = {query_id: [*pairs, ("z", 0)] for query_id, pairs in judged.items()}
    scores = scored(run, judged, Policy("trec", level))
    if scores is None:
        return
    names = {"accuracy": "success", "precision": "P", "recall": "recall"}
    names |= {"ndcg": "ndcg_cut", "map": "map_cut"}
    whole = {"r_precision": "Rprec", "num_rel_ret": "num_rel_ret"}
    measures = [
        measure for measure in MEASURES if measure.name in names and measure.cutoff is not None
    ]
    asked = {f"{names[m.name]}.{m.cutoff}" for m in measures} | {"recip_rank", *whole.values()}
    grades = {q: dict(pairs) for q, pairs in judged.items()}
    evaluator = pytrec_eval.RelevanceEvaluator(grades, asked, relevance_level=level)
    # Beside any other measure pytrec_eval's bpref ends the process (a segmentation fault).
    alone = pytrec_eval.RelevanceEvaluator(grades, {"bpref"}, relevance_level=level)
    # pytrec_eval leaves out what the run lacks; given an empty ranking it scores 0, as -c does.
    expected = evaluator.evaluate({q: dict(run.get(q, {})) for q in judged})
    bpref = alone.evaluate({q: dict(run.get(q, {})) for q in judged})
    first_two = {q: oracle.order(run.get(q, []), "trec")[:2] for q in judged}
    cut = evaluator.evaluate(
        {q: {d: -float(rank) for rank, d in enumerate(docs)} for q, docs in first_two.items()}
    )
    assert set(scores.query_ids) == set(expected)
    for place, query_id in enumerate(scores.query_ids):
        for measure in measures:
            key = f"{names[measure.name]}_{measure.cutoff}"
            ours = scores.per_query[measure][place]
            assert ours == pytest.approx(expected[query_id][key], abs=1e-9), measure
        ours = scores.per_query["bpref"][place]
        assert ours == pytest.approx(bpref[query_id]["bpref"], abs=1e-9)
        for name, key in whole.items():
            ours = scores.per_query[name][place]
            assert ours == pytest.approx(expected[query_id][key], abs=1e-9), name
        for cutoff, theirs in ((1000, expected), (2, cut)):
            ours = scores.per_query[Measure("mrr", cutoff)][place]
            assert ours == pytest.approx(theirs[query_id]["recip_rank"], abs=1e-9)


def test_trec_agrees_with_ir_measures_on_cut_reciprocal_ranks():
    run = {"1": [("a", 3.0), ("b", 2.0), ("c", 1.0)], "2": [("c", 2.0), ("a", 1.0)], "4": []}
    judged = {"1": [("c", 2)], "2": [("a", 1), ("b", 1)], "3": [("a", 0)], "4": [("a", 1)]}
    for cutoff, by_hand in ((1, 0), (2, 1 / 2 / 4), (3, (1 / 3 + 1 / 2) / 4)):
        # Not ir_measures.pytrec_eval: called directly it ignores the cutoff of RR.
        (theirs,) = ir_measures.msmarco.calc_aggregate(
            [ir_measures.RR @ cutoff],
            {q: dict(pairs) for q, pairs in judged.items()},
            {q: dict(pairs) for q, pairs in run.items()},
        ).values()
        scores = scored(run, judged, Policy("trec"), [Measure("mrr", cutoff)])
        assert scores.means[Measure("mrr", cutoff)] == pytest.approx(by_hand, abs=1e-12)
        assert theirs == pytest.approx(by_hand, abs=1e-12)


def test_a_document_listed_twice_counts_twice_in_the_denominators():
    scores = scored({"1": [("a", 1.0)]}, {"1": [("a", 1), ("a", 1)]}, Policy("st"))
    assert scores.means["recall@1"] == 0.5
    assert scores.means["precision@1"] == 1
    assert scores.means["map@10"] == 0.5
    assert scores.means["ndcg@10"] == pytest.approx(1 / (1 + 1 / math.log2(3)))  # 0.6131
    assert round(scores.means["ndcg@10"], 4) == 0.6131


def test_a_document_listed_twice_does_not_take_the_place_of_another():
    run, judged = {"1": [("a", 2.0), ("b", 1.0)]}, {"1": [("a", 1), ("a", 1), ("b", 1)]}
    scores = scored(run, judged, Policy("st"), [Measure("map", 2), Measure("map", 3)])
    assert list(scores.means.values()) == pytest.approx([2 / 2, 2 / 3])


def test_trec_refuses_a_document_judged_twice():
    with pytest.raises(InputError, match=r"'a' is judged twice for query '1'"):
        score(
            Run.from_rankings("t", {"1": [("a", 1.0)]}),
            qrels_of({"1": [("a", 0), ("a", 1)]}),
            CARD,
            Policy("trec"),
        )


def test_an_unanswered_query_scores_0_and_is_counted():
    run = {"1": [("a", 1.0)], "2": [], "9": [("a", 1.0)]}
    judged = {"1": [("a", 1)], "2": [("a", 1)], "3": [("a", 1)], "4": [("b", -1)]}
    scores = scored(run, judged, Policy("st"))
    assert scores.counts == Counts(queries=3, unanswered=2, unjudged_queries=1, no_relevant=1)
    assert scores.per_query["recall@10"].tolist() == [1, 0, 0]
    assert scores.means["recall@10"] == pytest.approx(1 / 3)


def test_a_run_that_is_empty_scores_0():
    scores = score(Run.from_rankings("t", {}), qrels_of({"1": [("a", 1)]}), CARD, Policy())
    assert list(scores.means) == list(map(str, CARD))
    assert set(scores.means.values()) == {0.0}


def test_queries_of_very_unequal_judgements_are_scored_alike():
    run = {str(n): [(f"d{place}", -float(place)) for place in range(40)] for n in range(9)}
    judged = {
        str(n): [(f"d{place}", place % 4) for place in range(3, 4 + 3**n % 97)] for n in range(9)
    }
    check_against_oracle(run, judged, Policy("st"))
    check_against_oracle(run, judged, Policy("trec", 2))


def test_a_cutoff_beyond_every_ranking_needs_no_memory_of_its_size():
    scores = scored(
        {"1": [("a", 1.0)]}, {"1": [("a", 1)]}, Policy(), [Measure("precision", 999_999_999)]
    )
    assert scores.means["precision@999999999"] == pytest.approx(1 / 999999999, rel=1e-12)


def test_judgements_of_other_queries_are_refused_with_both_ids():
    with pytest.raises(InputError, match=r"it has 'q1' where the qrels have '1'"):
        score(
            Run.from_rankings("t", {"q1": [("a", 1.0)]}),
            qrels_of({"1": [("a", 1)]}),
            CARD,
            Policy(),
        )


@pytest.mark.parametrize("judged", [{}, {"1": []}, {"1": [("a", 1)]}])
def test_nothing_to_evaluate_is_refused(judged):
    with pytest.raises(InputError, match=r"hold no document of grade 2 or more"):
        score(Run.from_rankings("t", {}), qrels_of(judged), CARD, Policy("st", 2))


def test_every_measure_has_a_row_and_an_oracle():
    assert set(TABLE) == set(RETRIEVAL)
    assert all(callable(getattr(oracle, name)) for name in RETRIEVAL)


def test_scoring_leaves_the_number_of_threads_alone():
    import numba

    before = numba.get_num_threads()
    scored({"1": [("a", 1.0)]}, {"1": [("a", 1)]}, Policy())
    assert numba.get_num_threads() == before


def test_two_threads_may_score_at_once():
    run = {str(n): [("a", 1.0), ("b", 0.5)] for n in range(50)}
    judged = {str(n): [("b", 1)] for n in range(50)}
    means = []

    def work():
        for _ in range(20):
            means.extend(scored(run, judged, Policy("st"), [Measure("mrr", 10)]).means.values())

    threads = [threading.Thread(target=work) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert means == [0.5] * 80


def test_numba_without_a_folder_is_explained(monkeypatch):
    import builtins

    real = builtins.__import__

    def broken(name, *rest):
        if name == "ranx":
            raise RuntimeError("cannot cache function '_hits': no locator available for file")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", broken)
    none = Relevant(np.array([0, 1]), np.array([0]), np.array([1]), 1)
    with pytest.raises(UnreachableError, match="NUMBA_CACHE_DIR"):
        ranx_kernels.compute("hits", none, Measure("num_rel_ret", 1))
