"""`harness check`: two-sided, by claims and by an earlier result."""

import json
from dataclasses import replace

import pytest

from harness.experiment.parts import ExampleOutcome
from harness.experiment.result import write_result
from tests.support.fakes import SCORES, result


@pytest.fixture
def alike(tiny_bert, folder):
    """What a result of `experiment` is of."""
    whole = result()
    return {
        "model": replace(whole.model, id=str(tiny_bert), revision=""),
        "collection": replace(whole.collection, id=str(folder)),
    }


@pytest.fixture
def checked(cli, experiment, tmp_path, alike):
    """`harness check` of a result with these scores against these claims."""

    def call(scores, values, *arguments, more="", **changed):
        changed = alike | changed
        write_result(result(name="mine", scores=scores, **changed), tmp_path / "mine.json")
        return cli("check", experiment(values, more), "--results", tmp_path, *arguments)

    return call


@pytest.mark.parametrize(
    ("by", "code"), [(0, 0), (0.00004, 0), (-0.00004, 0), (0.002, 1), (-0.002, 1)]
)
def test_check_is_two_sided(checked, by, code):
    found, out, err = checked({"dot_ndcg@10": 0.7457 + by}, {"ndcg@10": "0.7457"})
    assert (found, err) == (code, "")
    assert ("it holds" in out) is (code == 0)


def test_check_in_json(checked):
    code, out, _ = checked(SCORES, {"ndcg@10": "0.7457", "mrr@10": "0.9"}, "--format", "json")
    found = json.loads(out)
    assert code == 1
    assert found["verdicts"] == {"ndcg@10": "match", "mrr@10": "off"}
    assert found["holds"] is False
    assert found["scores"] == SCORES


def test_check_in_markdown(checked):
    code, out, _ = checked(SCORES, {"ndcg@10": "0.7457"}, "--format", "markdown")
    assert code == 0
    assert "| ndcg@10 " in out


def test_check_fails_on_what_was_not_measured_and_on_an_example(checked):
    assert checked(SCORES, {"map@100": "0.5"})[0] == 1
    broken = (ExampleOutcome("a README", False, "x"),)
    assert checked(SCORES, {"ndcg@10": "0.7457"}, examples=broken)[0] == 1


@pytest.mark.parametrize(
    ("pattern", "verdicts"),
    [("*@*", ["close", "close"]), ("mrr@*", ["off", "close"]), ("*_dims", ["off", "off"])],
)
def test_a_deviation_of_several_measures(checked, pattern, verdicts):
    excuse = f'[[deviations]]\nmeasures = ["{pattern}"]\ntolerance = 0.002\nbecause = "ties"'
    published = {"ndcg@10": "0.7467", "mrr@10": "0.6739"}
    code, out, _ = checked(SCORES, published, "--format", "json", more=excuse)
    assert list(json.loads(out)["verdicts"].values()) == verdicts
    assert code == int("off" in verdicts)


@pytest.mark.parametrize("by", [0.002, -0.002, 1e-6, -1e-6])
def test_check_against_an_earlier_result(checked, tmp_path, by):
    baseline = tmp_path / "earlier.json"
    write_result(result(), baseline)
    same = ("--baseline", baseline)
    assert checked(SCORES, {"ndcg@10": "0.7457"}, *same)[0] == 0
    moved = SCORES | {"dot_accuracy@1": SCORES["dot_accuracy@1"] + by}
    assert checked(moved, {"ndcg@10": "0.7457"}, *same)[0] == 1
    for named in ('measure = "accuracy@1"', 'measures = ["acc*@*"]'):
        excuse = f'[[deviations]]\n{named}\ntolerance = 0.003\nbecause = "ties"'
        assert checked(moved, {"ndcg@10": "0.7457"}, *same, more=excuse)[0] == 0


@pytest.mark.parametrize("style", ["table", "json"])
def test_a_baseline_without_a_score_in_common_is_no_verdict(checked, tmp_path, style):
    """An earlier result of other measures, and one whose scores somebody has emptied."""
    earlier = tmp_path / "earlier.json"
    write_result(result(scores={"dot_map@100": 0.5}), earlier)
    code, out, err = checked(SCORES, {}, "--baseline", earlier, "--format", style)
    assert (code, out) == (2, "")
    assert "no score in common" in err
    emptied(earlier)
    code, out, err = checked(SCORES, {}, "--baseline", earlier, "--format", style)
    assert (code, out) == (2, "")
    assert "'scores' is empty" in err


def emptied(path):
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"scores": {}, "intervals": {}}))


def test_a_check_of_nothing_is_no_verdict(cli, checked, experiment, tmp_path):
    code, out, err = checked(SCORES, {})
    assert (code, out) == (2, "")
    assert "publishes nothing" in err
    shown = (ExampleOutcome("a README", True, ""),)
    assert checked(SCORES, {}, examples=shown)[0] == 0  # an example is something
    emptied(tmp_path / "mine.json")
    for values in ({}, {"ndcg@10": "0.7457"}):
        code, out, err = cli("check", experiment(values), "--results", tmp_path)
        assert (code, out) == (2, "")
        assert "'scores' is empty" in err


def test_a_mean_and_a_report_of_emptied_results_are_refused(cli, tmp_path):
    results = tmp_path / "results"
    results.mkdir()
    parts = [results / "a.json", results / "b.json"]
    for path in parts:
        write_result(result(name=path.stem), path)
        emptied(path)
    for command in (("mean", "all", *parts), ("report",)):
        code, out, err = cli(*command, "--results", results)
        assert (code, out) == (2, "")
        assert "'scores' is empty" in err
