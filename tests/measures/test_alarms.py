"""What looks wrong with a run and its qrels is said, and a sound one is silent."""

import json

import pytest

from harness.cli import run as run_command
from harness.data.qrels import Judgement, Qrels
from harness.data.run import Run
from harness.measures import Policy, score
from harness.measures.alarms import run_alarms
from harness.measures.names import Measure


def alarms(rankings, judged, level=1):
    run = Run.from_rankings(
        "r", {q: [(d, 9.0 - n) for n, d in enumerate(docs)] for q, docs in rankings.items()}
    )
    qrels = Qrels(
        {q: tuple(Judgement(d, grade) for d, grade in of.items()) for q, of in judged.items()}
    )
    found = score(run, qrels, [Measure("ndcg", 10)], Policy("trec", level))
    return run_alarms(run, qrels, found, level)


def test_a_sound_run_raises_none():
    assert alarms({"q1": ["d1", "d2"], "q2": ["d3"]}, {"q1": {"d2": 1}, "q2": {"d3": 0}}) == ()


@pytest.mark.parametrize(
    ("ranked", "judged", "said"),
    [
        ("D1", "d1", "'D1' and 'd1' differ only in case"),
        ("d1\u00a0", "d1", "differ only in white space"),
        ("msmarco_passage_01", "1", "what stands before or after a number"),
        ("a", "b", "no document id in common ('a' and 'b', say): are they of one collection?"),
    ],
)
def test_ids_of_two_spellings_are_told(ranked, judged, said):
    (found,) = alarms({"q1": [ranked]}, {"q1": {judged: 1}})
    assert found.startswith("None of 1 answered queries has a judged document in its ranking")
    assert said in found


def test_a_part_of_the_queries_is_counted():
    (found,) = alarms(
        {"q1": ["d1"], "q2": ["x"]}, {"q1": {"d1": 1}, "q2": {"d2": 1}, "q3": {"d": 1}}
    )
    assert found.startswith("1 of 2 answered queries has a judged document")
    assert "(first: 'q2') score 0." in found
    assert "in common" not in found


def test_a_judged_document_that_is_not_relevant_is_no_alarm():
    assert alarms({"q1": ["d1"]}, {"q1": {"d1": 0, "d2": 1}}) == ()


def test_queries_that_are_documents_are_told_with_the_option():
    ranked = {"d1": ["d1", "d2"], "d2": ["d2", "d1"], "d3": ["d1", "d3"]}
    judged = {"d1": {"d2": 1}, "d2": {"d1": 1}, "d3": {"d1": 1}}
    (found,) = alarms(ranked, judged)
    assert found.startswith("2 of 3 queries find the document of their own id first")
    assert "--ignore-identical-ids" in found
    # A document that answers the query of its number is what was looked for.
    assert alarms(ranked, {q: of | {q: 1} for q, of in judged.items()}) == ()
    # One in a hundred is an accident of ids that are numbers.
    many = {str(n): ["a"] for n in range(99)} | {"d1": ["d1", "a"]}
    assert alarms(many, {q: {"a": 1} for q in many}) == ()


@pytest.mark.parametrize("style", ["table", "json", "markdown"])
def test_the_command_says_them_in_every_format(tmp_path, capsys, style):
    (tmp_path / "run").write_text("q1 Q0 D1 1 2.0 t\n")
    (tmp_path / "qrels").write_text("q1 0 d1 1\n")
    given = ("--run", str(tmp_path / "run"), "--qrels", str(tmp_path / "qrels"))
    assert run_command(["score", *given, "--format", style]) == 0
    out, err = capsys.readouterr()
    assert err.startswith("Alarm: None of 1 answered queries has a judged document")
    assert err.count("\n") == 1
    if style == "json":
        assert json.loads(out)["alarms"] == [err.removeprefix("Alarm: ").strip()]
