"""What is tried before the work, and what is kept after it."""

import json
from dataclasses import replace

import pytest

from harness.encoder.encoder import Encoder
from harness.errors import UnreachableError
from harness.experiment.result import read_result, write_result
from tests.support import models
from tests.support.fakes import result


@pytest.fixture
def no_encoding(monkeypatch):
    """Encoding is a failure: what is refused must be refused before."""

    def refuse(*_):
        raise AssertionError("it was encoded")

    monkeypatch.setattr(Encoder, "encode_tokens", refuse)


def test_a_toml_of_another_model_replaces_no_result_of_its_name(
    cli, experiment, tmp_path, no_encoding
):
    path = tmp_path / "out" / "mine.json"
    path.parent.mkdir()
    write_result(result(name="mine"), path)
    before = path.read_bytes()
    code, out, err = cli("eval", experiment({}), "--results", path.parent, "--device", "cpu")
    assert (code, out) == (2, "")
    assert f"{path} holds the result of owner/model on pool" in err
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["mine.md", "mine.csv", "mine.json", "mine.run.gz"])
def test_a_stranger_s_file_stops_an_evaluation_before_it_encodes(
    cli, experiment, tmp_path, name, no_encoding
):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text('{"name": "a package"}')
    given = ("--results", tmp_path / "out", "--device", "cpu")
    code, out, err = cli("eval", experiment({}), *given)
    assert (code, out) == (2, "")
    assert f"{name} is there already and was not made by harness" in err
    assert [path.name for path in (tmp_path / "out").iterdir()] == [name]


def test_scores_are_printed_when_they_cannot_be_written(evaluated, monkeypatch):
    import harness.report.files

    def full(*_):
        raise UnreachableError("the disk is full.")

    monkeypatch.setattr(harness.report.files, "write_all", full)
    code, out, err = evaluated("--format", "json")
    assert code == 3
    assert len(json.loads(out)["scores"]) == 20
    assert err.splitlines()[-1] == "Error: the disk is full."
    code, out, _ = evaluated()
    assert code == 3
    assert "dot_ndcg@10" in out
    assert "NOT written to" in out


def test_a_result_that_differs_in_provenance_only_is_left_as_it_was(evaluated, tmp_path):
    assert evaluated()[0] == 0
    (path,) = (tmp_path / "out").glob("*.json")
    kept = read_result(path)
    elsewhere = replace(
        kept,
        model=replace(kept.model, head="screened-amx"),
        provenance=replace(kept.provenance, machine="another", threads=64),
    )
    write_result(elsewhere, path)
    before = {p.name: p.read_bytes() for p in path.parent.iterdir()}
    code, out, _ = evaluated()
    assert code == 0
    assert f"left as it was, as nothing but provenance differs: {path}" in out
    assert {p.name: p.read_bytes() for p in path.parent.iterdir()} == before
    # A file that is missing, or a score that moved, is written.
    path.with_suffix(".csv").unlink()
    assert "written to" in evaluated()[1]
    assert path.with_suffix(".csv").is_file()
    scores = {key: value + 1e-12 for key, value in kept.scores.items()}
    write_result(replace(kept, scores=scores), path)
    evaluated()
    assert read_result(path).scores == kept.scores


def test_ids_that_a_run_cannot_hold_are_evaluated_and_scored_again(cli, tiny_bert, tmp_path):
    documents = {"the bread": "yeast and bread", "100%": "a day on mercury", "c": "hiccups"}
    queries = {"what is it": "what does yeast do", "q 2": "how long is a day"}
    judged = [("what is it", "the bread", 1), ("q 2", "100%", 1)]
    collection = models.save_beir(tmp_path / "beir", documents, queries, judged)
    given = ("--model", tiny_bert, "--collection", collection, "--results", tmp_path / "out")
    code, out, err = cli("eval", *given, "--device", "cpu", "--format", "json")
    assert code == 0, err
    found = json.loads(out)["scores"]
    (run_file,) = (tmp_path / "out").glob("*.run.gz")
    qrels = collection / "qrels" / "test.tsv"
    code, out, err = cli("score", "--run", run_file, "--qrels", qrels, "--format", "json")
    assert (code, err) == (0, "")
    scored = json.loads(out)["scores"]
    assert scored["ndcg@10"] > 0
    assert scored == {m: found[f"dot_{m}"] for m in scored}
