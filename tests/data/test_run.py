import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.data.run import Run, ScoredDoc
from harness.data.ties import Ties
from harness.errors import InputError
from tests.support import oracle

SCORES = [0.0, -0.0, 1.0, 1.0 + 2**-40, -2.5, 3e38, 1e300]
rankings = st.dictionaries(
    st.text(max_size=3),
    st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=2), st.sampled_from(SCORES)),
).map(lambda run: {query: list(docs.items()) for query, docs in run.items()})


ST, TREC = Ties("ascending"), Ties("descending", "float32")
RULES = {"st": ST, "trec": TREC, "trec10": Ties("descending", "float64")}


@given(rankings, st.sampled_from(list(RULES)))
def test_ordered_is_the_order_of_the_oracle_and_loses_nothing(rankings, policy):
    ties = RULES[policy]
    run = Run.from_rankings("t", rankings).ordered(ties)
    assert run.query_ids == tuple(rankings)
    for query_id, ranking in rankings.items():
        assert [doc for doc, _ in run[query_id]] == oracle.order(ranking, policy)
        assert sorted(run[query_id]) == sorted(ranking)
    assert run.ordered(ties) is run


def test_ties_by_hand():
    run = Run.from_rankings("t", {"q": [("b", 1.0), ("a", 1.0), ("c", 1.0 + 2**-40), ("d", 2.0)]})
    assert [doc for doc, _ in run.ordered(ST)["q"]] == ["d", "c", "a", "b"]
    assert [doc for doc, _ in run.ordered(TREC)["q"]] == ["d", "c", "b", "a"]
    assert [doc for doc, _ in run["q"]] == ["b", "a", "c", "d"]  # the run itself stays as it was


def test_scores_that_are_one_float32_tie_by_trec_eval_9_and_not_by_10():
    run = Run.from_rankings("t", {"q": [("d1", 20.000000001), ("d2", 20.0)]})
    assert run.ordered(RULES["trec"]).docs("q") == ("d2", "d1")
    assert run.ordered(RULES["trec10"]).docs("q") == ("d1", "d2")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("random",), '"ascending" or "descending", not "random"'),
        (("ascending", "float16"), 'not "float16"'),
    ],
)
def test_another_rule_of_ties_is_refused(words, says):
    with pytest.raises(InputError, match=says):
        Ties(*words)


def test_doc_ids_tie_by_code_point():
    docs = ["\U0001d41a", "\uff5a", "z", "é"]  # UTF-16 would put the first before the second
    run = Run.from_rankings("t", {"q": [(doc, 1.0) for doc in docs]})
    assert run.ordered(ST).docs("q") == ("z", "é", "\uff5a", "\U0001d41a")
    assert run.ordered(TREC).docs("q") == ("\U0001d41a", "\uff5a", "é", "z")


def test_reads_like_a_mapping_of_rankings():
    run = Run.from_rankings("mine", {"1": [("a", 2), ("b", 1.5)], "2": []})
    assert len(run) == 2
    assert "2" in run
    assert "3" not in run
    assert run["1"] == (ScoredDoc("a", 2.0), ScoredDoc("b", 1.5))
    assert run["1"][0].score == 2.0
    assert list(run) == [("1", run["1"]), ("2", ())]
    assert run.docs("1") == ("a", "b")
    assert run.docs("3") == ()
    with pytest.raises(KeyError):
        run["3"]


def test_an_empty_run_is_a_run():
    run = Run.from_rankings("t", {})
    assert len(run) == 0
    assert list(run.ordered(TREC)) == []


@pytest.mark.parametrize("score", [float("nan"), float("inf"), float("-inf")])
def test_a_score_that_is_not_finite_is_refused_with_its_ids(score):
    with pytest.raises(InputError, match=r"query 'q2' gives document 'b' the score -?(nan|inf)"):
        Run.from_rankings("t", {"q1": [("a", 1.0)], "q0": [], "q2": [("a", 1.0), ("b", score)]})


def test_a_document_twice_in_a_ranking_is_refused_with_its_ids():
    rankings = {"q1": [("a", 1.0)], "q2": [("a", 1.0), ("b", 0.5), ("a", 0.1)]}
    with pytest.raises(InputError, match="query 'q2' ranks document 'a' twice"):
        Run.from_rankings("t", rankings)


def test_a_query_twice_is_refused():
    with pytest.raises(InputError, match="query 'q' has two rankings"):
        Run("t", ("p", "q", "q"), np.array([0, 1, 1, 2]), ("a", "b"), np.array([1.0, 2.0]))
