"""Reports for pipelines from the commands that judge: eval, check, compare, reproduce."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from harness.experiment.parts import ExampleOutcome
from tests.cli.conftest import claims
from tests.support.compared import save, scores
from tests.support.fakes import result
from tests.support.junit_rules import check_junit
from tests.support.runner_commands import command_of

WORSE = np.concatenate([np.full(20, -0.1), np.full(10, 0.05), np.zeros(30)])
"""Of ndcg@10: -.025 in the mean; 30 of 60 queries changed."""

BUDGET = '[budgets.change]\n"ndcg@10" = 0.01\n'
INJECTED = "q1\u2028::error::forged ##[add-mask]e \x1b[31m\u202e<b>"


@pytest.fixture(autouse=True)
def no_runner(monkeypatch):
    """The machine that runs the tests may itself be one of a pipeline."""
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def github(monkeypatch, tmp_path):
    """The environment of a step of GitHub; its summary's file."""
    path = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    return path


@pytest.fixture
def files(tmp_path):
    """The two options, and what stands in their files: the cases of JUnit, and what is off."""
    junit, quality = tmp_path / "junit.xml", tmp_path / "quality.json"

    class Files:
        options = ("--junit", junit, "--code-quality", quality)
        paths = (junit, quality)

        def read(self):
            found = {}
            for case in check_junit(junit.read_text()).iter("testcase"):
                (*told,) = case
                state = told[0].tag if told else "held"
                found[case.get("name")] = (state, told[0].get("message") if told else "")
            return found, json.loads(quality.read_text())

    return Files()


@pytest.fixture
def checked(cli, experiment, tmp_path, tiny_bert, folder):
    """`harness check` of a result, whose baseline has other scores, against a baseline."""
    whole = result()
    task = {
        "model": replace(whole.model, id=str(tiny_bert), revision=""),
        "collection": replace(whole.collection, id=str(folder)),
    }

    def call(tables, *arguments, by=WORSE, values=None, ids=None, baseline=True, **changed):
        before = scores()
        after = before.copy()
        after[:, 1] += by
        kept = save(tmp_path / "kept", "mine", before, ids=ids, **task)
        save(tmp_path / "out", "mine", after, ids=ids, **(task | changed))
        given = ("--results", tmp_path / "out", *(("--baseline", kept) if baseline else ()))
        return cli("check", experiment(values or {}, tables), *given, *arguments)

    return call


# harness check


def test_a_broken_budget_is_a_failure_in_each_report_and_the_exit_code_is_the_verdict(
    checked, files, github
):
    code, out, err = checked(BUDGET, "--format", "json", *files.options)
    assert (code, json.loads(out)["holds"]) == (1, False)
    cases, quality = files.read()
    state, told = cases["budget of ndcg@10"]
    assert state == "failure"
    measured = scores()[:, 1].mean() - 0.025
    assert re.match(rf"{measured:.7g} is measured, and .+ to .+ is allowed", told)
    assert [one["check_name"] for one in quality] == ["harness/budget of ndcg@10"]
    (annotation,) = filter(None, map(command_of, err.splitlines()))
    name, properties, message = annotation
    assert (name, message) == ("error", told)
    assert properties == {"file": "my.toml", "title": "mine: budget of ndcg@10"}
    assert quality[0]["location"]["path"] == "my.toml"
    first, moved, most, matters = github.read_text().splitlines()
    assert first.startswith("- mine: does NOT hold.")
    assert "it holds" not in first
    assert "ndcg@10 -0.0250" in moved
    assert "30 of 60 queries changed" in moved
    assert len(re.findall(r"\bq1?\d \(-0\.100\)", most)) == 5  # of q0 to q19, which lost most
    assert "budget of ndcg@10" in matters


def test_a_green_check_gives_an_empty_list_no_annotation_and_the_same_output(
    checked, files, github, monkeypatch
):
    tables = '[budgets.change]\n"ndcg@10" = 0.1\n[margin]\n"ndcg@10" = 0.1\n'
    code, out, err = checked(tables, "--format", "json", *files.options)
    cases, quality = files.read()
    assert (code, quality) == (0, [])
    assert cases == {"budget of ndcg@10": ("held", ""), "margin of ndcg@10": ("held", "")}
    assert not list(filter(None, map(command_of, err.splitlines())))
    assert "- mine: holds." in github.read_text()
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name)
    assert checked(tables, "--format", "json") == (0, out, err)


@pytest.mark.parametrize(
    ("undecided", "code", "state", "kind"),
    [("fail", 1, "failure", "error"), ("pass", 0, "skipped", "warning")],
)
def test_an_undecided_margin_is_told_with_its_reason_as_it_is_judged(
    checked, files, github, undecided, code, state, kind
):
    tables = '[margin]\n"ndcg@10" = 0.025\n'
    found, _, err = checked(tables, "--undecided", undecided, *files.options)
    cases, quality = files.read()
    assert (found, cases["margin of ndcg@10"][0], len(quality)) == (code, state, code)
    assert "undecided: the true difference may be" in cases["margin of ndcg@10"][1]
    assert [one[0] for one in map(command_of, err.splitlines()) if one] == [kind]
    assert "undecided" in github.read_text()


def test_what_cannot_be_judged_is_skipped_with_the_reason(checked, files, github):
    code, _, err = checked("[budgets]\ndocuments_per_second = 0.9", *files.options, by=0 * WORSE)
    cases, quality = files.read()
    state, told = cases["budget of documents_per_second"]
    assert (code, state, quality) == (0, "skipped", [])
    assert "same run" in told
    assert [one[0] for one in map(command_of, err.splitlines()) if one] == ["warning"]
    assert "1 not judged" in github.read_text()


def test_a_published_number_that_was_not_measured_fails_as_it_does_for_the_verdict(checked, files):
    code, _, _ = checked("", *files.options, values={"recall@10": "0.5"}, by=0 * WORSE)
    cases, quality = files.read()
    assert code == 1
    assert cases["recall@10"] == ("failure", "0.5 is published, and it was not measured (a card)")
    assert len(quality) == 1


def test_a_card_and_a_baseline_may_have_a_number_of_one_name(checked, files):
    code, _, _ = checked("", *files.options, values={"dot_ndcg@10": "0.9999"})
    cases, quality = files.read()
    named = [name for name in cases if name.startswith("dot_ndcg@10")]
    assert (code, len(named)) == (1, 2)
    assert {cases[name][0] for name in named} == {"failure"}
    assert len({one["fingerprint"] for one in quality}) == len(quality)


def test_two_usage_examples_of_one_source_are_two_cases(checked, files):
    examples = tuple(
        ExampleOutcome("a card", holds, "" if holds else "0.1 is 0.2") for holds in (True, False)
    )
    code, _, _ = checked("", *files.options, by=0 * WORSE, examples=examples)
    cases, _ = files.read()
    assert code == 1
    assert cases["usage example, a card"] == ("held", "")
    assert cases["usage example, a card (2)"] == ("failure", "0.1 is 0.2")


def test_the_exit_code_is_the_same_with_reports_and_without(checked, files, github, monkeypatch):
    for tables, by in ((BUDGET, WORSE), (BUDGET, 0 * WORSE), ('[margin]\n"ndcg@10" = 0.1', WORSE)):
        given = [checked(tables, *more, by=by)[0] for more in ((), files.options)]
        with monkeypatch.context() as outside:
            outside.delenv("GITHUB_ACTIONS")
            outside.delenv("GITHUB_STEP_SUMMARY")
            given += [checked(tables, *more, by=by)[0] for more in ((), files.options)]
        assert len(set(given)) == 1


def test_a_query_id_and_an_alarm_are_no_command_of_the_runner(checked, files, github):
    ids = [f"{INJECTED}{n}" for n in range(60)]
    ids[1] = "::error::forged by an id"
    alarms = ("::error::forged by an alarm", INJECTED)
    code, out, err = checked(BUDGET, *files.options, ids=ids, alarms=alarms)
    assert code == 1
    assert [one[2] for one in map(command_of, err.splitlines()) if one] == [
        files.read()[0]["budget of ndcg@10"][1]
    ]
    assert not list(filter(None, map(command_of, out.splitlines())))
    page = github.read_text()
    assert page.count("\n") == 5
    assert "forged" in page
    assert not {"\u2028", "\x1b", "\u202e"} & set(page)
    assert "<b>" not in page


# harness compare


def test_a_comparison_of_two_is_reported_and_its_moved_queries_obey_nobody(
    cli, tmp_path, files, github
):
    ids = ["::error::forged", *(f"##[add-mask]{n}" for n in range(59))]
    before = scores()
    after = before.copy()
    after[:, 1] += WORSE
    systems = [
        save(tmp_path / name, "mine", by, ids=ids) for name, by in (("a", before), ("b", after))
    ]
    given = ("--budget", "ndcg@10=0.01", "--margin", "mrr@10=0.1", *files.options)
    for style in ("table", "json", "markdown"):
        code, out, err = cli("compare", *systems, *given, "--format", style)
        assert code == 1
        assert not list(filter(None, map(command_of, out.splitlines())))
        assert [one[1]["file"] for one in map(command_of, err.splitlines()) if one] == [
            "b/mine.json"
        ]
        if style == "json":
            moved = {one["query_id"] for one in json.loads(out)["moved"]}
            assert moved <= set(ids)
    cases, quality = files.read()
    assert cases["budget of ndcg@10"][0] == "failure"
    assert cases["margin of mrr@10"][0] == "held"
    assert quality[0]["location"]["path"] == "b/mine.json"
    assert "does NOT hold" in github.read_text()
    assert cli("compare", *systems, *files.options)[0] == 0
    assert files.read() == ({}, [])


def test_reports_are_of_two_systems(cli, tmp_path, files):
    three = [save(tmp_path / name, "mine", scores()) for name in "abc"]
    code, _, err = cli("compare", *three, *files.options)
    assert code == 2
    assert "give two" in err
    assert not any(path.exists() for path in files.paths)


# harness eval and reproduce


def test_an_evaluation_and_a_reproduction_are_reported(
    cli, evaluated, tiny_bert, folder, tmp_path, files, github
):
    code, out, _ = evaluated("--format", "json", *files.options)
    found = json.loads(out)
    assert code == 0
    assert files.read() == ({}, [])  # nothing is published, so nothing was asked
    values = {"ndcg@10": f"{found['scores']['dot_ndcg@10']:.4f}", "mrr@10": "0.0123"}
    path = tmp_path / "mine.toml"
    path.write_text(claims(tiny_bert, folder, values))
    machine = ("--device", "cpu", "--threads", "1", "--results", tmp_path / "out")
    for command in ("eval", "reproduce"):
        github.write_text("")
        code, out, err = cli(command, path, *machine, "--format", "json", *files.options)
        json.loads(out)
        cases, quality = files.read()
        assert code == 1
        assert cases["ndcg@10"] == ("held", "")
        state, told = cases["mrr@10"]
        assert (state, len(quality)) == ("failure", 1)
        assert re.fullmatch(r"[01]\.\d+ is measured, and 0\.0123 is published \(a card\)", told)
        (one,) = filter(None, map(command_of, err.splitlines()))
        assert (one[0], one[1]["file"], one[2]) == ("error", "mine.toml", told)
        assert 1 <= github.read_text().count("\n") <= 5


def test_a_usage_example_that_ends_the_evaluation_is_a_failure_too(
    cli, tiny_bert, folder, tmp_path, files, github
):
    path = tmp_path / "mine.toml"
    example = 'source = "a card"\nqueries = ["a"]\ndocuments = ["b"]\nsimilarity = [["99.5"]]'
    path.write_text(claims(tiny_bert, folder, {}, f"[[examples]]\n{example}"))
    out = ("--results", tmp_path / "out", "--device", "cpu", "--threads", "1")
    code, _, err = cli("eval", path, *out, *files.options)
    assert code == 1
    cases, quality = files.read()
    (name,) = cases
    assert cases[name][0] == "failure"
    assert "not the published one" in cases[name][1]
    assert len(quality) == 1
    assert "does NOT hold" in github.read_text()
    assert [one[0] for one in map(command_of, err.splitlines()) if one] == ["error"]
    code, _, _ = cli("reproduce", path, *out, *files.options)
    assert (code, {state for state, _ in files.read()[0].values()}) == (1, {"failure"})


def test_what_a_reproduction_cannot_judge_is_skipped_and_no_code_is_0(cli, tmp_path, files):
    path = tmp_path / "mine.toml"
    path.write_text(claims(tmp_path / "no-model", tmp_path / "no-folder", {"ndcg@10": "0.5"}))
    code, _, _ = cli("reproduce", path, "--results", tmp_path / "out", *files.options)
    cases, quality = files.read()
    assert code in (2, 3)
    assert quality == []
    assert [state for state, _ in cases.values()] == ["skipped"]
    assert all(told for _, told in cases.values())


def test_a_dry_run_leaves_earlier_reports(cli, experiment, tmp_path, files, checked):
    checked(BUDGET, *files.options)
    before = [path.read_bytes() for path in files.paths]
    path = experiment({"ndcg@10": "0.5"})
    assert cli("reproduce", path, "--dry-run", *files.options)[0] == 0
    assert [path.read_bytes() for path in files.paths] == before


# refused before the work


@pytest.fixture
def commands(cli, experiment, tmp_path):
    """The four commands on what is not there, so that their work fails by exit code 2."""
    out = ("--results", tmp_path / "nowhere")
    gone = tmp_path / "gone"
    given = (
        ("eval", "--model", gone, "--collection", gone, *out),
        ("check", experiment({"ndcg@10": "0.5"}), *out),
        ("compare", gone / "a.json", gone / "b.json"),
        ("reproduce", gone / "mine.toml", *out),
    )
    return lambda *more: [cli(*one, *more) for one in given]


@pytest.mark.parametrize("option", ["--junit", "--code-quality"])
def test_a_file_of_others_is_refused_before_the_work(commands, tmp_path, option):
    path = tmp_path / "notes.txt"
    path.write_text("mine")
    for code, out, err in commands(option, path):
        assert (code, out) == (2, "")
        assert "no report of harness" in err
    assert path.read_text() == "mine"


def test_a_path_that_cannot_be_written_is_refused_before_the_work(commands, tmp_path):
    (tmp_path / "file").write_text("")
    for code, out, err in commands("--junit", tmp_path / "file" / "junit.xml"):
        assert (code, out) == (3, "")
        assert "cannot be made" in err


def test_one_path_for_two_files_is_refused_before_the_work(commands, evaluated, tmp_path):
    same = tmp_path / "report"
    for code, _, err in commands("--junit", same, "--code-quality", tmp_path / "." / "report"):
        assert code == 2
        assert "two files" in err
    (name,) = re.findall(r"\S+\.json", evaluated()[1])
    code, _, err = evaluated("--junit", name)
    assert code == 2
    assert "two files" in err or "no report" in err
    json.loads((tmp_path / "out" / name.rpartition("/")[2]).read_text())


def test_a_summary_that_cannot_be_written_is_exit_code_3_before_the_work(
    commands, checked, tmp_path, monkeypatch
):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "no" / "summary.md"))
    for code, out, err in commands():
        assert (code, out) == (3, "")
        assert "GITHUB_STEP_SUMMARY" in err
    assert checked(BUDGET)[0] == 3


def test_a_report_of_an_earlier_day_does_not_outlive_a_run_that_could_not_judge(
    checked, commands, files
):
    assert checked(BUDGET, *files.options, by=0 * WORSE)[0] == 0
    assert all(path.exists() for path in files.paths)
    for code, _, _ in commands(*files.options):
        assert code in (2, 3)
        assert not any(path.exists() for path in files.paths[:1])


def test_reports_go_into_a_folder_that_is_made(checked, tmp_path):
    path = tmp_path / "reports" / "junit.xml"
    assert checked(BUDGET, "--junit", path)[0] == 1
    check_junit(path.read_text())


def test_a_source_is_text_in_every_report(cli, checked, experiment, tmp_path, files, github):
    checked("", by=0 * WORSE)  # whose result it is
    path = experiment({"ndcg@10": "0.9999"})
    path.write_text(path.read_text().replace('"a card"', json.dumps(INJECTED)))
    code, out, err = cli("check", path, "--results", tmp_path / "out", *files.options)
    (case,) = files.read()[0].values()
    assert (code, case[0]) == (1, "failure")
    assert "::error::forged" in case[1]
    assert [one[2] for one in map(command_of, err.splitlines()) if one] == [case[1]]
    assert not list(filter(None, map(command_of, out.splitlines())))
    texts = (out, err, github.read_text(), *(one.read_text() for one in files.paths))
    assert not any({"\u2028", "\x1b", "\u202e"} & set(text) for text in texts)
