"""The plugin for pytest, in a pytest of its own: what holds passes, what does not says why."""

import shutil

import pytest

from tests.support.readme import ROOT

MORE = """
import pytest

pytestmark = pytest.mark.experiment("experiments/mine.toml")


@pytest.mark.budgets({"ndcg@10": (0.9, 1), "corpus_active_dims": (0, 1), "mrr@10": (0, 1)})
def test_broken(result):
    assert result.holds


@pytest.mark.budgets({"no-such-number": (0, 1)})
def test_unknown(result):
    assert result.holds


def test_same_evaluation(evaluate):
    assert evaluate("experiments/mine.toml") is evaluate("experiments/mine.toml")


def test_scores_by_name(result):
    assert result.scores["ndcg@10"] == result.scores["dot_ndcg@10"] > 0.2
"""


@pytest.mark.whole
def test_a_kept_budget_passes_and_a_broken_one_says_each_number(repository):
    for path in (ROOT / "examples" / "pytest").glob("*.py"):
        shutil.copy(path, repository.folder)
    (repository.folder / "test_more.py").write_text(MORE)
    options = "-q -p no:cacheprovider -o addopts= --strict-markers -rA"
    code, out, err = repository.bash(f"python -m pytest {options} test_retrieval.py test_more.py")
    assert code == 1, out + err
    ended = {
        line.split("::")[1].split()[0]: line.split()[0] for line in out.splitlines() if "::" in line
    }
    assert ended == {
        "test_every_published_number_is_reproduced": "PASSED",
        "test_it_is_good_and_sparse_enough": "PASSED",
        "test_same_evaluation": "PASSED",
        "test_scores_by_name": "PASSED",
        "test_broken": "FAILED",
        "test_unknown": "ERROR",
    }
    assert "harness: mine does not hold" in out
    told = out.split("harness: mine does not hold")[1].splitlines()[1:3]
    assert told[0].startswith("ndcg@10 is 0.25")
    assert told[0].endswith(", and 0.9 to 1 is allowed")
    assert told[1].startswith("corpus_active_dims is ")
    assert "where False = <mine: ndcg@10 is 0.25" in out
    assert "no-such-number" in out
