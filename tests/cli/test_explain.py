"""`harness explain` at the command line: pages, JSON, refusals, and hostile text made inert."""

import json
import shutil

import pytest

from tests.cli.test_hostile_text import HOSTILE, raw
from tests.support import models


def test_a_page_fits_a_terminal(cli, done, monkeypatch):
    for width in (80, 120):
        monkeypatch.setenv("COLUMNS", str(width))
        code, out, err = cli("explain", done, "--query", "q01", "--top", "5")
        assert (code, err) == (0, "")
        assert max(map(len, out.splitlines())) <= width
        assert out.startswith("Query q01: ")
        assert "their float32 sum, to the last bit." in " ".join(out.split())
        assert "what adds to its score" in out
        assert "what makes the difference" in out
        assert "+ expansion: the term is no token of that text." in out


def test_a_result_is_named_by_its_name_too(cli, done):
    by_name = cli("explain", done.stem, "--results", done.parent, "-q", "q02")
    assert by_name == cli("explain", done, "-q", "q02")


def test_json_is_one_object_whose_contributions_sum_to_the_score(cli, done):
    code, out, err = cli("explain", done, "-q", "q01", "--against", done, "--format", "json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    document = found["document"]
    total = sum(part["product"] for part in document["contributions"])
    assert total == pytest.approx(document["printed"], rel=1e-6)
    assert document["as_searched"] == document["printed"]
    assert found["against"]["changed"] == []
    assert {"query_id", "text", "terms", "ranking", "relevant", "rival", "differences"} <= {*found}


def test_markdown_is_tables(cli, done):
    code, out, _ = cli("explain", done, "-q", "q01", "--format", "markdown")
    assert code == 0
    assert "| what adds to its score" in out


def test_worst_against_itself(cli, done):
    code, out, err = cli("explain", done, "--against", done, "--worst", "20")
    assert (code, err) == (0, "")
    assert "0 lost, 0 won, 6 are the same" in " ".join(out.split())
    code, out, _ = cli("explain", done, "--against", done, "--worst", "20", "--format", "json")
    assert (code, json.loads(out)["queries"]) == (0, [])


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "Give --query ID, or --worst N with --against"),
        (["-q", "q01", "--worst", "3"], 2, "Give --query ID, or --worst N with --against"),
        (["--worst", "3"], 2, "--worst needs the result that was better"),
        (["--worst", "3", "--against", "x", "-d", "y"], 2, "--doc goes with --query"),
        (["-q", "q0"], 2, "did you mean q0"),
        (["-q", "q01", "-d", "nothing"], 2, "has no document 'nothing'"),
        (["-q", "q01", "--against", "none.json"], 2, "There is no result none.json"),
        (["-q", "q01", "--model", "nowhere/at-all"], 3, "nowhere/at-all"),
        (["-q", "q01", "--collection", "./nowhere"], 2, "There is no folder ./nowhere"),
        (["-q", "q01", "--top", "0"], 2, "--top"),
    ],
)
def test_what_cannot_be_is_one_sentence(cli, done, arguments, code, said, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    found, out, err = cli("explain", done, *arguments)
    assert (found, out) == (code, "")
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    assert said in err


def test_a_measure_that_is_none(cli, done):
    code, out, err = cli("explain", done, "--against", done, "--worst", "2", "--measure", "ndgc@5")
    assert (code, out) == (2, "")
    assert "'ndgc@5' is not a measure" in err


def test_without_its_cache_or_its_run_a_result_says_what_is_missing(
    cli, done, monkeypatch, tmp_path
):
    run = done.with_name(f"{done.stem}.run.gz")
    moved = run.rename(tmp_path / "run.gz")
    code, out, err = cli("explain", done, "-q", "q01")
    assert (code, out) == (2, "")
    assert f"({run} is missing)" in err
    moved.rename(run)
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "empty"))
    code, out, err = cli("explain", done, "-q", "q01")
    assert (code, out) == (3, "")
    assert "harness explain --encode encodes the few texts that it needs" in err
    code, out, err = cli("explain", done, "-q", "q01", "--encode")
    assert code == 0
    assert "Sum of" in out


def test_a_model_that_was_moved_is_found_where_it_is_said_to_be(cli, done, tiny_bert, tmp_path):
    moved = shutil.copytree(tiny_bert, tmp_path / "moved")
    gone = tmp_path / "gone.json"
    content = json.loads(done.read_text(encoding="utf-8"))
    content["model"]["id"] = "./gone"
    gone.write_text(json.dumps(content))
    shutil.copy(done.with_name(f"{done.stem}.run.gz"), tmp_path / "gone.run.gz")
    code, out, err = cli("explain", gone, "-q", "q01")
    assert (code, out) == (2, "")
    assert "Say by --model where it lies now." in err
    code, out, err = cli("explain", gone, "-q", "q01", "--model", moved, "--against", gone)
    assert (code, err) == (0, "")
    assert "Not one contribution has changed." in out


def test_a_mean_has_no_rankings(cli, done, evaluated, folder, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    corpus = (other / "corpus.jsonl").read_text(encoding="utf-8")
    (other / "corpus.jsonl").write_text(corpus + '{"_id": "more", "text": "more"}\n')
    assert evaluated("--collection", other)[0] == 0
    parts = sorted(done.parent.glob("*.json"))
    assert cli("mean", "both", *parts, "--results", done.parent)[0] == 0
    code, out, err = cli("explain", "both", "--results", done.parent, "-q", "q01")
    assert (code, out) == (2, "")
    assert "has no rankings of its own: give the result of one collection" in err


def test_hostile_texts_and_ids_are_inert(cli, tiny_bert, tmp_path):
    hostile = f"yeast {HOSTILE}"
    documents = {f"d{HOSTILE}": hostile, "plain": f"bread and {HOSTILE} yeast", "x": "a day"}
    place = models.save_beir(
        tmp_path / "beir", documents, {"q": hostile}, [("q", "plain", 1), ("q", "x", 1)]
    )
    out_folder = tmp_path / "out"
    given = ("--model", tiny_bert, "--collection", place, "--device", "cpu", "--threads", "1")
    assert cli("eval", *given, "--results", out_folder)[0] == 0
    (path,) = out_folder.glob("*.json")
    for style in ("table", "json", "markdown"):
        for more in ((), ("-d", f"d{HOSTILE}"), ("-d", f"{HOSTILE}"), ("--against", path)):
            code, out, err = cli("explain", path, "-q", "q", *more, "--format", style)
            assert code == (2 if more[1:] == (HOSTILE,) else 0), err
            assert raw((out + err).encode()) == set()
    assert raw(cli("explain", path, "-q", HOSTILE)[2].encode()) == set()
