"""`--weights pytorch_model.bin`: asked for on the command line, and said wherever a result is."""

import json
import shutil

import pytest
import torch

import harness
from harness.checkpoint.tensors import read_tensors
from harness.errors import InputError
from tests.support import models

ASKED = ("--weights", "pytorch_model.bin")


@pytest.fixture
def folder(tiny_bert, tmp_path):
    """A checkpoint whose weights are a pickle only."""
    folder = shutil.copytree(tiny_bert, tmp_path / "model")
    tensors = {n: torch.tensor(t) for n, t in read_tensors(folder / "model.safetensors").items()}
    torch.save(tensors, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    return folder


@pytest.fixture
def collection(tmp_path, monkeypatch):
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    texts = {f"d{n}": text for n, text in enumerate(models.texts()[:12])}
    queries = {f"q{n}": text for n, text in enumerate(models.questions()[:3])}
    return models.save_beir(tmp_path / "beir", texts, queries, [(q, "d1", 1) for q in queries])


@pytest.fixture
def evaluate(cli, tmp_path, collection):
    def call(model, *more, results="out"):
        of = ("--model", model, "--collection", collection, "--results", tmp_path / results)
        return cli("eval", *of, "--device", "cpu", "--format", "json", *more)

    return call


def written(tmp_path, results="out", end=".json"):
    (path,) = (p for p in (tmp_path / results).glob(f"*{end}") if p.name != "README.md")
    return path.read_text(encoding="utf-8")


def test_the_numbers_are_those_of_safetensors_and_the_result_names_the_pickle(
    evaluate, folder, tiny_bert, tmp_path, cli
):
    code, out, err = evaluate(folder, *ASKED)
    assert (code, err) == (0, "")
    _, other, _ = evaluate(tiny_bert, results="safe")
    assert json.loads(out)["scores"] == json.loads(other)["scores"]
    pickled, safe = (json.loads(written(tmp_path, one))["model"] for one in ("out", "safe"))
    assert pickled["weights_file"] == "pytorch_model.bin"
    assert "weights_file" not in safe
    assert pickled["weights_sha256"] != safe["weights_sha256"]
    told = f"weights {pickled['weights_sha256'][:12]}, read from the pickle pytorch_model.bin"
    assert told in written(tmp_path, end=".md")
    assert cli("report", "--results", tmp_path / "out")[0] == 0
    assert told in written(tmp_path, end=".md")


def test_without_the_option_the_sentence_says_how(evaluate, folder):
    code, out, err = evaluate(folder)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "there is only pytorch_model.bin" in err
    assert "--weights pytorch_model.bin loads it (tensors only, no code of it runs)" in err
    assert "refs/pr/N" in err


def test_where_both_lie_the_option_decides(evaluate, folder, tiny_bert, tmp_path):
    shutil.copy(tiny_bert / "model.safetensors", folder)
    assert evaluate(folder, results="safe")[0] == 0
    assert evaluate(folder, *ASKED)[0] == 0
    assert "weights_file" not in json.loads(written(tmp_path, "safe"))["model"]
    assert json.loads(written(tmp_path))["model"]["weights_file"] == "pytorch_model.bin"


def test_a_second_evaluation_finds_the_vectors_of_the_first(evaluate, folder, monkeypatch):
    first = evaluate(folder, *ASKED)
    monkeypatch.setattr("harness.checkpoint.masked_lm.load_model", None)
    assert evaluate(folder, *ASKED)[:2] == first[:2]


def test_encode_has_the_option_too(cli, folder, collection):
    of = ("encode", "--model", folder, "--collection", collection)
    assert cli(*of)[0] == 2
    code, out, _ = cli(*of, *ASKED)
    assert (code, "3 queries and 12 documents" in out) == (0, True)


@pytest.mark.parametrize("command", ["eval", "encode", "fetch"])
def test_nothing_else_can_be_asked_for(cli, command):
    code, _, err = cli(command, "--weights", "model.pkl")
    assert (code, err.count("\n")) == (2, 1)
    assert "pytorch_model.bin" in err


def test_sentence_transformers_is_given_no_pickle(evaluate, folder):
    code, _, err = evaluate(folder, *ASKED, "--encoder", "sentence-transformers")
    assert (code, err.count("\n")) == (2, 1)
    assert "is given safetensors only" in err
    with pytest.raises(InputError, match="is given safetensors only"):
        harness.load_encoder(str(folder), weights=ASKED[1], encoder="sentence-transformers")


def test_from_python(folder, tiny_bert, collection, tmp_path):
    with pytest.raises(InputError, match="there is only pytorch_model"):
        harness.load_encoder(str(folder))
    pickled = harness.load_encoder(str(folder), weights="pytorch_model.bin")
    safe = harness.load_encoder(str(tiny_bert))
    difference = pickled.encode(["a storm"]).to_scipy() - safe.encode(["a storm"]).to_scipy()
    assert difference.nnz == 0
    outcome = harness.evaluate(
        str(folder), str(collection), weights="pytorch_model.bin", cache=tmp_path / "cache"
    )
    assert outcome.result.model.weights_file == "pytorch_model.bin"
    experiment = harness.Experiment.of(str(folder), str(collection))
    again = harness.reproduce(experiment, weights="pytorch_model.bin", cache=tmp_path / "cache")
    assert again.scores == outcome.scores
    with pytest.raises(InputError, match="what can be asked for"):
        harness.evaluate(str(folder), str(collection), weights="model.safetensors")
