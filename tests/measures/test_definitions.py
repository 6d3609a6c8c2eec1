"""The measures beyond the card's six: by hand, against trec_eval, ir_measures and ranx itself."""

import json
import math
import subprocess
import sys
from itertools import pairwise

import ir_measures
import numpy as np
import pytest
import pytrec_eval
import ranx
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.data.run import Run
from harness.errors import InputError
from harness.measures import Policy, score
from harness.measures.names import Measure
from tests.measures.test_measures import (
    DOCS,
    judgements,
    qrels_of,
    queries,
    rankings,
    scored,
)
from tests.support import ROOT

ranked = st.permutations(DOCS).flatmap(
    lambda docs: st.integers(1, len(docs)).map(
        lambda size: [(doc, float(-rank)) for rank, doc in enumerate(docs[:size])]
    )
)
"""Rankings that are not empty and have no ties: what peers break them by is another matter."""


def of(text, run, judged, policy="trec", level=1):
    """One measure of query 1."""
    measure = Measure.parse(text)
    scores = scored({"1": run}, {"1": judged}, Policy(policy, level), [measure])
    return scores.means[measure]


RUN = [("a", 5.0), ("b", 4.0), ("c", 3.0), ("d", 2.0), ("e", 1.0)]
JUDGED = [("a", 0), ("b", 1), ("d", 3), ("f", 1), ("g", 0), ("e", -1)]  # c is not judged
LOG = [math.log2(rank + 1) for rank in range(1, 6)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("r_precision", 1 / 3),  # of a, b and c
        ("num_rel_ret", 2),
        ("num_rel_ret@3", 1),
        ("f1@2", 2 * (1 / 2 * 1 / 3) / (1 / 2 + 1 / 3)),
        ("rbp(p=0.5)", 0.5 * (0.5 + 0.5**3)),
        ("dcg@5", 1 / LOG[1] + 3 / LOG[3]),
        ("dcg_burges@5", 1 / LOG[1] + 7 / LOG[3]),
        ("ndcg_burges@5", (1 / LOG[1] + 7 / LOG[3]) / (7 / LOG[0] + 1 / LOG[1] + 1 / LOG[2])),
        ("bpref", (1 / 2 + 1 / 2 + 0) / 3),  # a is before b and before d, of a and g
        ("judged@1", 1),
        ("judged@3", 2 / 3),
        ("judged@5", 4 / 5),  # with e, as ir_measures counts
        ("judged@10", 4 / 5),  # of the five there are
    ],
)
def test_by_hand(text, value):
    assert of(text, RUN, JUDGED) == pytest.approx(value, abs=1e-15)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("r_precision", 1 / 3),
        ("dcg@5", 1 / LOG[1] + 1 / LOG[3]),  # a gain of 1 for each relevant document
        ("dcg_burges@5", 1 / LOG[1] + 1 / LOG[3]),
        ("bpref", (1 / 2 + 1 / 2 + 0) / 3),
        ("judged@3", 2 / 3),
    ],
)
def test_by_hand_with_the_semantics_of_sentence_transformers(text, value):
    assert of(text, RUN, JUDGED, "st") == pytest.approx(value, abs=1e-15)
    assert of("ndcg_burges@5", RUN, JUDGED, "st") == of("ndcg@5", RUN, JUDGED, "st")


def test_under_st_only_queries_with_a_relevant_document_are_in_the_mean():
    run, judged = {"1": RUN, "2": RUN}, {"1": JUDGED, "2": [("a", 0)]}
    measures = [Measure("bpref"), Measure("judged", 5)]
    means = {name: scored(run, judged, Policy(name), measures).means for name in ("st", "trec")}
    assert means["st"]["bpref"] == pytest.approx(1 / 3)
    assert means["trec"]["bpref"] == pytest.approx((1 / 3 + 0) / 2)
    assert means["st"]["judged@5"] == pytest.approx(4 / 5)
    assert means["trec"]["judged@5"] == pytest.approx((4 / 5 + 1 / 5) / 2)


def test_a_document_listed_twice_counts_twice_in_the_denominators_of_these_too():
    run, judged = [("a", 2.0), ("b", 1.0)], [("a", 1), ("a", 1), ("b", 0)]
    assert of("r_precision", run, judged, "st") == 1 / 2
    assert of("bpref", run, judged, "st") == 1 / 2
    assert of("num_rel_ret", run, judged, "st") == 1
    assert of("judged@2", run, judged, "st") == 1


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.sampled_from("1234"), rankings), queries(judgements), st.integers(1, 2))
def test_f1_is_trec_evals_set_f_where_every_ranking_is_as_deep_as_the_cutoff(run, judged, level):
    judged = {query_id: [*pairs, ("z", 0)] for query_id, pairs in judged.items()}
    for query_id in run.keys() & judged.keys():
        k = len(run[query_id])
        if not k:
            continue
        ours = of(f"f1@{k}", run[query_id], judged[query_id], level=level)
        evaluator = pytrec_eval.RelevanceEvaluator(
            {query_id: dict(judged[query_id])}, {"set_F"}, relevance_level=level
        )
        theirs = evaluator.evaluate({query_id: dict(run[query_id])})[query_id]["set_F"]
        assert ours == pytest.approx(theirs, abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(ranked, judgements, st.sampled_from([1, 3, 10, 100]))
def test_judged_is_that_of_ir_measures(ranking, judged, k):
    if not judged:
        return
    (theirs,) = ir_measures.judged.calc_aggregate(
        [ir_measures.Judged @ k], {"1": dict(judged)}, {"1": dict(ranking)}
    ).values()
    assert of(f"judged@{k}", ranking, judged) == pytest.approx(theirs, abs=1e-12)


RANX = {
    "r_precision": ("r_precision", 0),
    "f1@3": ("f1", 3),
    "dcg@5": ("dcg", 5),
    "dcg_burges@5": ("dcg_burges", 5),
    "ndcg_burges@5": ("ndcg_burges", 5),
    "num_rel_ret@4": ("hits", 4),
    "num_rel_ret": ("hits", 0),
}


def by_ranx(name, parameter, ranking, judged):
    """A kernel of ranx on one query, fed as `ranx.evaluate` does: documents by number, best first.

    The arrays are of the kinds that ours are, so that nothing is compiled anew.
    """
    best = sorted(judged, key=lambda pair: -pair[1])
    qrels = np.array([[(DOCS.index(doc), grade) for doc, grade in best]])
    run = np.array([(DOCS.index(doc), 0) for doc, _ in ranking])
    kernel = getattr(ranx.metrics, name)
    return kernel(qrels, np.broadcast_to(run, (1, *run.shape)), parameter)[0]


@settings(deadline=None, max_examples=40)
@given(ranked, st.dictionaries(st.sampled_from(DOCS), st.integers(1, 4), min_size=1))
def test_ranx_itself_gives_the_same_of_what_it_was_made_for(ranking, judged):
    """Positive grades and no ties; `rbp` with grades of 1, for ranx weighs by grade."""
    judged = list(judged.items())
    one = [(doc, 1) for doc, _ in judged]
    for text, kernel in RANX.items():
        assert of(text, ranking, judged) == pytest.approx(by_ranx(*kernel, ranking, judged)), text
    theirs = by_ranx("rank_biased_precision", 0.8, ranking, one)
    assert of("rbp.80", ranking, judged) == pytest.approx(theirs)


def test_why_rbp_is_given_gains_of_1():
    """By the definition a document is relevant or not, and no query scores above 1."""
    ranking, judged = [("a", 1.0)], [("a", 3)]
    assert by_ranx("rank_biased_precision", 0.5, ranking, judged) == 1.5
    assert of("rbp.50", ranking, judged) == 0.5


def test_why_bpref_is_not_computed_by_ranx():
    """It divides 0 by 0 where no document is judged and not relevant, and takes -1 for judged."""
    ranking, judged = [("b", 2.0), ("a", 1.0)], [("a", 1)]
    assert math.isnan(by_ranx("bpref", 0, ranking, judged))
    assert of("bpref", ranking, judged) == 1

    assert by_ranx("bpref", 0, ranking, [("a", 1), ("b", -1)]) == 0
    theirs = pytrec_eval.RelevanceEvaluator({"1": {"b": -1, "a": 1}}, {"bpref"})
    assert theirs.evaluate({"1": dict(ranking)})["1"]["bpref"] == 1
    assert of("bpref", ranking, [("b", -1), ("a", 1)]) == 1


def test_bpref_prefers_what_is_ranked_before_the_first_r_others():
    """trec_eval's own example (bpref_bug): of 6 relevant and 4 others, 4 and 1 are retrieved."""
    run = [(doc, -float(rank)) for rank, doc in enumerate(["n1", "r1", "r2", "r3", "r4"])]
    judged = [(f"r{n}", 1) for n in range(1, 7)] + [(f"n{n}", 0) for n in range(1, 5)]
    assert of("bpref", run, judged) == pytest.approx((4 * (3 / 4) + 2 * 0) / 6)


@settings(deadline=None, max_examples=40)
@given(ranked, judgements, st.floats(0.01, 0.99))
def test_rbp_grows_with_each_relevant_document_by_its_weight(ranking, judged, p):
    """The share of attention: 1 - p^n for n relevant documents on top, whatever follows."""
    if not judged:
        return
    measure = Measure("rbp", p=p)
    perfect = [(doc, 1) for doc, _ in ranking]
    assert of(str(measure), ranking, perfect) == pytest.approx(1 - p ** len(ranking))
    so_far = [of(str(measure), ranking[:n], judged) for n in range(len(ranking) + 1)]
    grades = dict(judged)
    for rank, (before, after) in enumerate(pairwise(so_far)):
        relevant = grades.get(ranking[rank][0], 0) >= 1
        assert after - before == pytest.approx((1 - p) * p**rank * relevant, abs=1e-12)


@pytest.mark.parametrize("text", ["dcg_burges@10", "ndcg_burges@10"])
def test_a_grade_whose_power_of_two_is_no_number_is_refused(text):
    run, judged = [("a", 1.0)], [("a", 901)]
    measure = Measure.parse(text)
    with pytest.raises(InputError, match=r"two to the power of its grade, .* the grade 901"):
        score(
            Run.from_rankings("t", {"1": run}), qrels_of({"1": judged}), [measure], Policy("trec")
        )
    assert of(text, run, judged, "st") == 1
    assert of(text, run, [("a", 900)]) > 0


ROW = """
import sys
from harness.measures.definitions import TABLE, Definition
TABLE["found"] = Definition("a measure of a newcomer", "hit_rate", spellings=("fd",))
from harness.cli import run
sys.exit(run(sys.argv[1:]))
"""


def test_a_measure_is_one_row(tmp_path):
    """A newcomer's walk: a row in the table, and options, keys and scores know the measure."""
    (tmp_path / "run").write_text("q Q0 d1 1 2.0 t\nq Q0 d2 2 1.0 t\np Q0 d9 1 1.0 t\n")
    (tmp_path / "qrels").write_text("q 0 d2 1\np 0 d3 1\n")
    done = subprocess.run(
        [sys.executable, "-c", ROW, "score", "--run", tmp_path / "run", "--qrels",
         tmp_path / "qrels", "--measures", "FD@2,found@1", "--format", "json"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["scores"] == {"found@2": 0.5, "found@1": 0.0}
