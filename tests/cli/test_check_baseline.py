"""`harness check` with a baseline: the three questions, and how a baseline is replaced."""

import json
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from harness.experiment.result import read_result
from tests.support.compared import pruned, save, scores
from tests.support.fakes import result

WORSE = np.concatenate([np.full(20, -0.1), np.full(10, 0.05), np.zeros(30)])
"""Of ndcg@10: -.025 in the mean; 30 of 60 queries changed."""


@pytest.fixture
def task(tiny_bert, folder):
    """What a result of `experiment` is of."""
    whole = result()
    return {
        "model": replace(whole.model, id=str(tiny_bert), revision=""),
        "collection": replace(whole.collection, id=str(folder)),
    }


@pytest.fixture
def checked(cli, experiment, tmp_path, task):
    """`harness check` of a result against a baseline, in JSON unless `style` says otherwise."""

    def call(tables, *arguments, by=WORSE, values=None, style="json", **changed):
        before = scores()
        after = before.copy()
        after[:, 1] += by
        baseline = save(tmp_path / "kept", "mine", before, **task)
        save(tmp_path / "out", "mine", after, **(task | changed))
        given = ("--results", tmp_path / "out", "--baseline", baseline, *arguments)
        found = cli("check", experiment(values or {}, tables), *given, "--format", style)
        return (found[0], json.loads(found[1]), found[2]) if style == "json" and found[1] else found

    return call


def test_without_budgets_every_difference_is_off_as_before(checked):
    code, found, _ = checked("")
    assert (code, found["holds"]) == (1, False)
    assert found["verdicts"]["dot_ndcg@10"] == "off"
    assert found["same"]["answer"] == "changed"
    code, found, _ = checked("", by=np.zeros(60))
    assert (code, found["holds"], found["same"]["answer"]) == (0, True, "unchanged")


@pytest.mark.parametrize(("budget", "code"), [(0.0251, 0), (0.0249, 1)])
def test_a_budget_of_change_is_two_sided_and_says_what_may_differ(checked, budget, code):
    for by in (WORSE, -WORSE):
        tables = f'[budgets.change]\n"ndcg@10" = {budget}'
        found_code, found, _ = checked(tables, by=by)
        assert found_code == code
        (one,) = found["budgets"]
        assert one["verdict"] == ("kept" if code == 0 else "broken")
        assert one["measured"] - one["base"] == pytest.approx(np.mean(by))
        assert found["verdicts"] == {}


@pytest.mark.parametrize(
    ("between", "code"),
    [
        ("corpus_active_dims = [200, 200]", 0),
        ("corpus_active_dims = [150, 199.9]", 1),
        ("corpus_active_dims = [200.1, 300]", 1),
        ("truncated_documents = [0, 0.01]", 0),
        ("truncated_documents = [0, 0.009]", 1),
        ("empty_documents = [0, 0]", 0),
        ("empty_queries = [0.1, 1]", 1),
        ("postings = [9_807_200, 9_807_200]", 0),  # 200 dims of each of 49,036 documents
        ('"ndcg@10" = [0.9, 1]', 1),
    ],
)
def test_a_range_needs_no_baseline(cli, experiment, tmp_path, task, between, code):
    save(tmp_path / "out", "mine", scores(), **task)
    path = experiment({}, f"[budgets.between]\n{between}")
    found_code, out, _ = cli("check", path, "--results", tmp_path / "out", "--format", "json")
    assert found_code == code
    assert json.loads(out)["budgets"][0]["verdict"] == ("broken" if code else "kept")


def test_a_speed_is_never_judged_by_another_run(checked):
    code, found, _ = checked("[budgets]\ndocuments_per_second = 0.9", by=np.zeros(60))
    assert (code, found["budgets"][0]["verdict"]) == (0, "not judged")
    assert "same run" in found["budgets"][0]["because"]
    assert (
        "not judged: no reference"
        in checked("[budgets]\ndocuments_per_second = 0.9", by=np.zeros(60), style="table")[1]
    )


@pytest.mark.parametrize(
    ("margin", "given", "answer", "code"),
    [
        (0.2, (), "held", 0),
        (0.002, (), "regressed", 1),
        (0.002, ("--undecided", "pass"), "regressed", 1),
        (0.025, (), "undecided", 1),
        (0.025, ("--undecided", "pass"), "undecided", 0),
    ],
)
def test_a_margin_is_of_queries_that_were_not_asked(checked, task, margin, given, answer, code):
    tables = f'[margin]\n"ndcg@10" = {margin}'
    model = replace(task["model"], recipe=pruned().recipe)
    found_code, found, _ = checked(tables, *given, model=model)
    assert found["baseline_differs"] == ["another recipe.max_active_dims: 32 and all"]
    assert (found_code, found["margins"][0]["answer"]) == (code, answer)
    assert found["holds"] is (code == 0)


def test_a_measure_without_a_budget_is_shown_and_not_judged(checked):
    code, out, _ = checked('[margin]\n"mrr@10" = 0.9', style="table")
    assert code == 0
    assert "ndcg@10" in out
    assert "Every judged budget and margin is kept: it holds." in out


def test_published_numbers_are_judged_beside_budgets(checked):
    tables = '[budgets.change]\n"ndcg@10" = 0.5'
    code, found, _ = checked(tables, values={"mrr@10": "0.9999"})
    assert (code, found["verdicts"]) == (1, {"mrr@10": "off"})


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ('[margin]\n"ndcg@10" = 0.1', "that with --baseline"),
        ('[budgets.change]\n"ndcg@10" = 0.1', "with --baseline"),
        ("[budgets.between]\navg_flops = [1, 2]", "budget of avg_flops"),
    ],
)
def test_what_cannot_be_judged_is_never_passed_over(cli, experiment, tmp_path, task, tables, said):
    save(tmp_path / "out", "mine", scores(), **task)
    code, out, err = cli("check", experiment({}, tables), "--results", tmp_path / "out")
    assert (code, out) == (2, "")
    assert said in err


def test_a_margin_without_scores_of_the_queries_is_refused(cli, experiment, tmp_path, task):
    baseline = save(tmp_path / "kept", "mine", scores(), **task)
    save(tmp_path / "out", "mine", scores(), **task)
    given = ("--results", tmp_path / "out", "--baseline", baseline)
    path = experiment({}, '[margin]\n"ndcg@10" = 0.1')
    assert cli("check", path, *given)[0] == 0
    for lacking in ("kept", "out"):
        other = tmp_path / lacking / "mine.per-query.csv"
        text = other.read_text()
        other.unlink()
        code, out, err = cli("check", path, *given)
        assert (code, out) == (2, "")
        assert "none beside it" in err
        other.write_text(text)


# a baseline of a commit


def git(folder, *arguments):
    given = ("-c", "user.name=x", "-c", "user.email=x", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *given, *arguments], check=True, capture_output=True)


def test_a_baseline_of_a_commit(cli, experiment, tmp_path, task, monkeypatch):
    top = tmp_path / "top"
    before = scores()
    save(top, "mine", before, **task)
    git(top, "init", "-q", "-b", "main")
    git(top, "add", ".")
    git(top, "commit", "-q", "-m", "a release")
    after = before.copy()
    after[:, 1] += WORSE
    save(top, "mine", after, **task)
    monkeypatch.chdir(top)
    path = experiment({}, '[margin]\n"ndcg@10" = 0.002')
    for given in ("git:main", "git:main:mine.json", f"git:HEAD:{top / 'mine.json'}"):
        code, out, _ = cli("check", path, "-o", ".", "--baseline", given, "--format", "json")
        assert code == 1
        assert json.loads(out)["margins"][0]["answer"] == "regressed"
    for given, said in (
        ("git:nowhere", "There is no commit"),
        ("git:--all", "no branch, tag or commit"),
        ("git:", "names no commit"),
        ("git:main:", "names no commit or no file"),
        ("git:main:other.json", "has no file"),
        ("git:main:mine.per-query.csv", "not a readable result"),
    ):
        code, out, err = cli("check", path, "-o", ".", "--baseline", given)
        assert (code, out) == (2, "")
        assert said in err
    git(top, "rm", "-q", "--cached", "mine.per-query.csv")
    git(top, "commit", "-q", "-m", "without the scores of the queries")
    code, _, err = cli("check", path, "-o", ".", "--baseline", "git:main")
    assert code == 2
    assert "git:main has none beside it" in err


# a new baseline


def test_a_new_baseline_keeps_the_reason_and_what_it_replaced(checked, cli, experiment, tmp_path):
    kept = tmp_path / "kept" / "mine.json"
    update = ("--update-baseline", "--because", "32 dims from now on")
    code, found, err = checked('[margin]\n"ndcg@10" = 0.002', *update)
    assert (code, found["holds"]) == (0, False)
    assert "says why" in err
    new = read_result(kept)
    assert new.scores == read_result(tmp_path / "out" / "mine.json").scores
    (change,) = new.baseline_history
    assert change.because == "32 dims from now on"
    assert change.replaced["dot_ndcg@10"] == pytest.approx(scores()[:, 1].mean())
    assert change.replaced_weights_sha256 == "a" * 64
    given = ("--results", tmp_path / "out", "--baseline", kept)
    path = experiment({}, '[margin]\n"ndcg@10" = 0.002')
    code, out, _ = cli("check", path, *given, "--format", "json")
    assert (code, json.loads(out)["same"]["answer"]) == (0, "unchanged")
    assert cli("check", path, *given, "--update-baseline", "--because", "again")[0] == 0
    assert [one.because for one in read_result(kept).baseline_history] == [
        "32 dims from now on",
        "again",
    ]


def test_a_first_baseline_is_made(cli, experiment, tmp_path, task):
    save(tmp_path / "out", "mine", scores(), **task)
    (tmp_path / "kept").mkdir()
    first = tmp_path / "kept" / "release.json"
    given = ("--results", tmp_path / "out", "--baseline", first)
    path = experiment({}, '[margin]\n"ndcg@10" = 0.1')
    assert cli("check", path, *given)[0] == 2
    assert cli("check", path, *given, "--update-baseline", "--because", "the first")[0] == 0
    assert read_result(first).baseline_history[0].replaced is None
    assert (tmp_path / "kept" / "release.per-query.csv").is_file()
    assert cli("check", path, *given)[0] == 0


def test_what_is_absolute_still_fails_where_the_baseline_is_replaced(checked):
    update = ("--update-baseline", "--because", "it is what it is")
    assert checked("[budgets.between]\ncorpus_active_dims = [1, 2]", *update)[0] == 1
    assert checked("", *update, values={"mrr@10": "0.9999"})[0] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--update-baseline", "--because", "x"), "name it with --baseline"),
        (("--baseline", "git:main", "--update-baseline", "--because", "x"), "writes into a file"),
        (("--baseline", "kept.json", "--update-baseline"), "needs a reason"),
        (("--baseline", "kept.json", "--because", "x"), "give both"),
        (("--baseline", "out/mine.json", "--update-baseline", "--because", "x"), "very result"),
        (("--baseline", "my.toml", "--update-baseline", "--because", "x"), "not a readable result"),
        (("--baseline", "new.txt", "--update-baseline", "--because", "x"), "a .json file"),
        (("--baseline", "x/new.json", "--update-baseline", "--because", "x"), "cannot be written"),
    ],
)
def test_half_of_a_new_baseline_is_refused(
    cli, experiment, tmp_path, task, monkeypatch, arguments, said
):
    path = save(tmp_path / "out", "mine", scores(), **task)
    before = path.read_bytes()
    claimed = experiment({"ndcg@10": f"{scores()[:, 1].mean():.4f}"})
    monkeypatch.chdir(tmp_path)
    code, _, err = cli("check", claimed, "-o", "out", *arguments)
    assert code in (2, 3)
    assert said in err
    assert path.read_bytes() == before


def test_a_result_without_a_history_is_written_as_before():
    from harness.experiment.result import to_json

    assert "baseline_history" not in to_json(result())
