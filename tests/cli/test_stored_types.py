"""Weights stored in another type than float32: said before the work, in the result and its page."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.support import models

SAID = "The weights are stored in bfloat16 and computed in float32; sentence-transformers 6"


@pytest.fixture
def folder(tiny_bert, tmp_path):
    folder = shutil.copytree(tiny_bert, tmp_path / "model")
    path = folder / "model.safetensors"
    save_file({n: t.to(torch.bfloat16) for n, t in load_file(path).items()}, path, {"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"dtype": "bfloat16"}))
    return folder


@pytest.fixture
def source(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    texts = {f"d{n}": text for n, text in enumerate(models.texts()[:8])}
    models.save_beir(tmp_path / "beir", texts, {"q": "a storm"}, [("q", "d1", 1)])
    return ("--model", folder, "--collection", tmp_path / "beir", "--device", "cpu")


def test_it_is_said_once_and_stands_in_the_result_and_on_its_page(cli, source, tmp_path):
    code, out, err = cli("eval", *source, "--format", "json")
    assert (code, err.count("\n"), err.count(SAID)) == (0, 1, 1)
    assert [SAID in alarm for alarm in json.loads(out)["alarms"]] == [True]
    (path,) = (tmp_path / "results").glob("*.json")
    result = json.loads(path.read_text())
    assert result["model"]["stored_dtype"] == "bfloat16"
    assert SAID in result["alarms"][0]
    page = path.with_suffix(".md").read_text()
    assert f"weights {result['model']['weights_sha256'][:12]}, stored in bfloat16" in page
    assert "Alarm: The weights are stored in bfloat16" in page


@pytest.mark.parametrize("command", ["eval", "encode"])
def test_it_is_said_before_the_work(cli, source, tmp_path, command):
    (tmp_path / "beir" / "corpus.jsonl").unlink()
    code, _, err = cli(command, *source)
    first, second = err.splitlines()
    assert code == 2
    assert first.startswith(f"Alarm: {SAID}")
    assert second.startswith("Error: ")
