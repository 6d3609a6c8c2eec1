"""What `harness card` says of the weights that lie beside a card."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from harness.card.stored_weights import stored_weights


@pytest.fixture
def folder(tiny_bert, tmp_path):
    folder = shutil.copytree(tiny_bert, tmp_path / "model")
    (folder / "README.md").write_text("# Mine\n\n| Metric | Value |\n|--|--|\n| ndcg@10 | 0.5 |\n")
    return folder


def store(folder, dtype):
    path = folder / "model.safetensors"
    save_file({n: t.to(dtype) for n, t in load_file(path).items()}, path, {"format": "pt"})


def test_float32_needs_no_word(cli, folder):
    assert "Weights" not in cli("card", folder)[1]
    assert json.loads(cli("card", folder, "--format", "json")[1])["weights"] == []


@pytest.mark.parametrize("style", ["table", "markdown"])
def test_another_type_is_named_with_what_others_do_with_it(cli, folder, style):
    """config.json of the checkpoint says float32, which is what transformers loads then."""
    store(folder, torch.float16)
    code, out, err = cli("card", folder, "--format", style)
    assert (code, err) == (0, "")
    assert "Weights (not said by the card)" in out.replace("\\", "")
    assert "The weights are stored in float16 and computed in float32, as sentence-trans" in out


def test_in_the_folder_of_a_module(folder, tmp_path):
    whole = tmp_path / "whole"
    whole.mkdir()
    store(folder, torch.bfloat16)
    folder.rename(whole / "0_Transformer")
    kind = "sentence_transformers.models.Transformer"
    (whole / "modules.json").write_text(json.dumps([{"path": "0_Transformer", "type": kind}]))
    (said,) = stored_weights(str(whole), "main")
    assert "stored in bfloat16" in said


def test_a_pickle_alone_is_named_and_not_looked_into(cli, folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    code, out, _ = cli("card", folder)
    assert code == 0
    assert "There is only pytorch_model.bin, a pickle: harness reads it by --weights" in out


@pytest.mark.parametrize("name", ["config.json", "modules.json", "model.safetensors.index.json"])
def test_a_card_is_read_whatever_lies_beside_it(cli, folder, name):
    (folder / "model.safetensors").rename(folder / "other.safetensors")
    (folder / name).write_text("{")
    code, out, err = cli("card", folder)
    assert (code, err) == (0, "")
    assert "0.5" in out
