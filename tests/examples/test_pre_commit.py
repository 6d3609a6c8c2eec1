"""The hook of pre-commit: its pattern, and its entry on files that hold and on others."""

import re
import shutil

import pytest
import yaml

from tests.examples.conftest import BROKEN
from tests.support.readme import ROOT

FOLDER = ROOT / "examples" / "pre-commit"
CONFIGURATION = yaml.safe_load((FOLDER / ".pre-commit-config.yaml").read_text())
HOOK = CONFIGURATION["repos"][0]["hooks"][0]


@pytest.fixture
def committed(repository):
    """Run the hook's entry on those of some files that pre-commit would give it."""
    tool = repository.folder / HOOK["entry"].split()[1]
    tool.parent.mkdir()
    shutil.copy(FOLDER / tool.name, tool)

    def call(*files):
        given = [name for name in files if re.search(HOOK["files"], name)]
        assert given
        return repository.bash(f"{HOOK['entry']} {' '.join(given)}")

    return call


def test_the_pattern_takes_experiments_and_results_only():
    for name, wanted in (
        ("experiments/mine.toml", True),
        ("results/mine.json", True),
        ("results/mine.per-query.csv", False),
        ("other/experiments/mine.toml", False),
        ("README.md", False),
    ):
        assert bool(re.search(HOOK["files"], name)) is wanted


def test_what_holds_is_committed_and_what_does_not_is_not(repository, committed):
    code, out, _ = committed("experiments/mine.toml", "results/mine.json", "README.md")
    assert code == 0
    assert out.count("Every judged budget and margin is kept") == 1  # one experiment, once
    repository.experiment.write_text(repository.experiment.read_text() + BROKEN)
    code, out, _ = committed("experiments/mine.toml")
    assert code == 1
    assert "budget of ndcg@10 is broken" in out


def test_a_result_that_regressed_against_the_last_commit_is_not_committed(repository, committed):
    result = repository.folder / "results" / "mine.json"
    scores = result.with_name("mine.per-query.csv")
    names, *lines = [line.split(",") for line in scores.read_text().splitlines()]
    place = names.index("ndcg@10")
    before = [float(line[place]) for line in lines]
    for line in lines:
        line[place] = repr(max(float(line[place]) - 0.2, 0.0))
    after = [float(line[place]) for line in lines]
    scores.write_text("".join(f"{','.join(line)}\n" for line in (names, *lines)))
    text = result.read_text()
    found = re.search(r'"dot_ndcg@10": ([\d.e-]+)', text)
    assert float(found[1]) == pytest.approx(sum(before) / len(before))
    spoiled = text.replace(found[0], f'"dot_ndcg@10": {sum(after) / len(after)!r}')
    result.write_text(spoiled)
    code, out, err = committed("results/mine.json")
    assert code == 1, out + err
    assert "regressed" in out


def test_what_says_nothing_is_refused_by_name(repository, committed):
    shutil.copy(
        repository.folder / "results" / "mine.json", repository.folder / "results" / "x.json"
    )
    code, out, _ = committed("results/x.json")
    assert code == 2
    assert "results/x.json belongs to no experiment" in out
    repository.experiment.write_text("name =")
    code, out, _ = committed("experiments/mine.toml")
    assert code == 2
    assert "not valid TOML" in out
