"""`harness score`: any run, without a model, at once."""

import json
import os
import subprocess
import sys

import pytest

from tests.support import ROOT


@pytest.fixture
def ranked(tmp_path):
    run_path, qrels = tmp_path / "r.run", tmp_path / "q.txt"
    run_path.write_text("q1 Q0 d1 1 2.0 t\nq1 Q0 d2 2 1.0 t\nq3 Q0 d1 1 1.0 t\n")
    qrels.write_text("q1 0 d2 1\nq2 0 d1 2\n")
    return "--run", run_path, "--qrels", qrels


def test_score_by_hand(cli, ranked, tmp_path):
    code, out, _ = cli(
        *("score", *ranked, "--measures", "mrr@10,recall@1", "--format", "json"),
        *("--per-query", tmp_path / "each.csv", "--policy", "trec"),
    )
    found = json.loads(out)
    assert code == 0
    assert found["scores"] == {"mrr@10": 0.25, "recall@1": 0.0}
    assert (found["policy"], found["relevance_level"]) == ("trec", 1)
    assert found["counts"] == {
        "queries": 2,
        "unanswered": 1,
        "unjudged_queries": 1,
        "no_relevant": 0,
    }
    assert (
        tmp_path / "each.csv"
    ).read_text() == "query_id,mrr@10,recall@1\nq1,0.5,0.0\nq2,0.0,0.0\n"


def test_score_takes_every_spelling_and_the_ties_of_trec_eval_10(cli, tmp_path):
    run_path, qrels = tmp_path / "r.run", tmp_path / "q.txt"
    run_path.write_text("q1 Q0 d1 1 20.000000001 t\nq1 Q0 d2 2 20.0 t\n")
    qrels.write_text("q1 0 d1 1\nq1 0 d2 0\n")
    asked = "dot_mrr@10,R@1k,NDCG@10 (%),bpref,rbp.50,judged@5"
    for policy, mrr, bpref, rbp in (("trec", 0.5, 0, 0.25), ("trec10", 1, 1, 0.5)):
        code, out, _ = cli(
            *("score", "--run", run_path, "--qrels", qrels, "--policy", policy),
            *("--measures", asked, "--format", "json"),
        )
        scores = json.loads(out)["scores"]
        assert code == 0
        assert list(scores) == [
            *("mrr@10", "recall@1000", "ndcg@10", "bpref", "rbp(p=0.5)", "judged@5"),
        ]
        assert (scores["mrr@10"], scores["bpref"], scores["rbp(p=0.5)"]) == (mrr, bpref, rbp)
        assert (scores["recall@1000"], scores["judged@5"]) == (1, 1)


SLOW_TO_START = (
    "datasets email.mime huggingface_hub ir_datasets llvmlite matplotlib numba pandas pydantic "
    "ranx scipy seaborn tokenizers torch transformers harness.claims harness.experiment"
)


@pytest.mark.parametrize("style", ["table", "json", "markdown"])
def test_scoring_a_small_run_starts_quickly(ranked, tmp_path, style):
    """It imports no compiler, no plotting and no DataFrame, and finds no folder to compile into."""
    arguments = ["score", *map(str, ranked), "--per-query", str(tmp_path / "e.csv")]
    program = (
        "import sys\nfrom harness.cli import run\n"
        f"code = run({[*arguments, '--format', style]!r})\n"
        f"print(code, sorted(set(sys.modules) & set({SLOW_TO_START!r}.split())))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "numba")},
    )
    assert done.stdout.splitlines()[-1] == "0 []"
    assert not (tmp_path / "numba").exists()


def test_score_for_people(cli, ranked):
    code, out, err = cli("score", *ranked, "--measures", "mrr@10")
    assert (code, err) == (0, "")
    assert "mrr@10" in out
    assert "0.250000" in out
    assert "2 queries evaluated under policy st; 1 unanswered (each scores 0)" in out
