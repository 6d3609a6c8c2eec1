"""No pickle is ever loaded unless it is asked for by name, and then nothing but tensors: one whose
loading would make a file makes none, wherever it lies."""

import json
import os
import pickle
import shutil

import pytest
import torch

from harness.checkpoint.weights import check_weights
from harness.cli import run
from harness.errors import InputError
from tests.support import models


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (os.mkdir, (self.path,))


@pytest.fixture
def mark(tmp_path):
    return tmp_path / "unpickled"


@pytest.fixture(params=["pickle", "torch", "torch, older"])
def bomb(request, mark, tmp_path):
    """Bytes that make `mark` when Python or torch loads them."""
    path = tmp_path / "bomb"
    if request.param == "pickle":
        path.write_bytes(pickle.dumps(Bomb(mark)))
    else:
        zipped = request.param == "torch"
        torch.save({"w": Bomb(mark)}, path, _use_new_zipfile_serialization=zipped)
    content = path.read_bytes()
    path.unlink()
    return content


def test_the_bomb_is_one(mark):
    pickle.loads(pickle.dumps(Bomb(mark)))
    assert mark.exists()


@pytest.fixture
def collection(tmp_path):
    return models.save_beir(
        tmp_path / "beir", {"d1": "a storm"}, {"q1": "storm"}, [("q1", "d1", 1)]
    )


@pytest.fixture
def evaluate(tmp_path, capsys, monkeypatch, collection):
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))

    def call(model, *more):
        arguments = ("--model", str(model), "--collection", str(collection), "--device", "cpu")
        code = run(["eval", *arguments, "--results", str(tmp_path / "out"), *more])
        return code, capsys.readouterr().err

    return call


def index(folder, shard):
    weights = folder / "model.safetensors"
    named = dict.fromkeys(("bert.embeddings.word_embeddings.weight", "cls.predictions.bias"), shard)
    content = {"metadata": {}, "weight_map": named}
    (folder / "model.safetensors.index.json").write_text(json.dumps(content))
    weights.rename(folder / "decoy.safetensors")


@pytest.mark.parametrize(
    "shard", ["pytorch_model-1.bin", "../out.safetensors", "/x.safetensors", "a\\b.safetensors", 7]
)
def test_an_index_leads_to_no_pickle_and_not_out_of_the_folder(tiny_bert, tmp_path, shard):
    """Not to one of tensors only either, which transformers would load."""
    folder = shutil.copytree(tiny_bert, tmp_path / "model")
    index(folder, shard)
    with pytest.raises(InputError, match="is no safetensors file of this folder"):
        check_weights(folder)


def test_an_adapter_is_not_left_out_in_silence(tiny_bert, tmp_path):
    folder = shutil.copytree(tiny_bert, tmp_path / "model")
    (folder / "adapter_config.json").write_text("{}")
    with pytest.raises(InputError, match="merge_and_unload"):
        check_weights(folder)


PLACES = {
    "alone": ("pytorch_model.bin", lambda folder: (folder / "model.safetensors").unlink()),
    "as safetensors": ("model.safetensors", lambda folder: None),
    "by the index": ("pytorch_model-1.bin", lambda folder: index(folder, "pytorch_model-1.bin")),
    "by the index, named .safetensors": ("a.safetensors", lambda f: index(f, "a.safetensors")),
    "beside a decoy": (
        "pytorch_model.bin",
        lambda folder: (folder / "model.safetensors").rename(folder / "decoy.safetensors"),
    ),
    "as the tokenizer": ("tokenizer.json", lambda folder: None),
    "as the configuration": ("config.json", lambda folder: None),
    "as modules": ("modules.json", lambda folder: None),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_pickle_in_the_place_of_something_that_is_read(
    evaluate, tiny_bert, tmp_path, bomb, mark, place
):
    name, change = PLACES[place]
    folder = shutil.copytree(tiny_bert, tmp_path / "model")
    change(folder)
    (folder / name).write_bytes(bomb)
    code, err = evaluate(folder)
    assert not mark.exists()
    assert code == 2, err
    assert err.startswith("Error: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("place", ["pytorch_model.bin", "pytorch_model-1.bin"])
def test_a_pickle_that_is_asked_for_is_read_and_not_run(
    evaluate, tiny_bert, tmp_path, bomb, mark, place
):
    """Alone, beside safetensors, or as a shard: tensors only are loaded."""
    folder = shutil.copytree(tiny_bert, tmp_path / "model")
    (folder / place).write_bytes(bomb)
    named = {"metadata": {}, "weight_map": {"w": place}}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(named))
    code, err = evaluate(folder, "--weights", "pytorch_model.bin")
    assert not mark.exists()
    assert code == 2, err
    assert err.startswith(f"Error: {folder / place} ")
    assert err.count("\n") == 1


def test_no_experiment_asks_for_a_pickle(evaluate, tiny_bert, tmp_path, capsys, bomb, mark):
    """Whoever runs it does, on the command line: a file may be anybody's."""
    folder = shutil.copytree(tiny_bert, tmp_path / "model")
    (folder / "pytorch_model.bin").write_bytes(bomb)
    text = f'name = "mine"\n[model]\nid = "{folder}"\nweights = "pytorch_model.bin"\n'
    (tmp_path / "mine.toml").write_text(f'{text}[collection]\nid = "{tmp_path / "beir"}"\n')
    assert run(["eval", str(tmp_path / "mine.toml"), "--results", str(tmp_path / "out")]) == 2
    assert "weights" in capsys.readouterr().err
    assert not mark.exists()


def test_pickles_beside_what_is_read_are_not_looked_at(evaluate, tiny_bert, tmp_path, bomb, mark):
    folder = shutil.copytree(tiny_bert, tmp_path / "model")
    for name in (
        *("pytorch_model.bin", "training_args.bin", "optimizer.pt", "model.pkl", "vocab.pkl"),
        *("adapter_model.bin", "tf_model.h5", "flax_model.msgpack", "scheduler.pt"),
    ):
        (folder / name).write_bytes(bomb)
    code, err = evaluate(folder)
    assert (code, err) == (0, "")
    assert not mark.exists()


def test_a_pickle_as_a_shard_of_the_vector_cache(evaluate, tiny_bert, tmp_path, bomb, mark):
    assert evaluate(tiny_bert)[0] == 0
    kept = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert any(path.suffix == ".safetensors" for path in kept)
    for path in kept:
        if path.suffix == ".safetensors":
            path.write_bytes(bomb)
    shutil.rmtree(tmp_path / "out")
    evaluate(tiny_bert)
    assert not mark.exists()


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"])
def test_a_pickle_in_a_collection(evaluate, collection, tiny_bert, bomb, mark, name):
    (collection / name).write_bytes(bomb)
    code, err = evaluate(tiny_bert)
    assert not mark.exists()
    assert (code, err.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    "arguments",
    [
        ("score", "--run", "{bomb}", "--qrels", "{bomb}"),
        ("check", "{bomb}.toml"),
        ("mean", "m", "{bomb}"),
        ("card", "{bomb}"),
        ("audit", "{bomb}"),
        ("eval", "{bomb}.toml"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_pickle_as_a_file_that_a_command_is_given(tmp_path, capsys, bomb, mark, arguments):
    for name in ("bomb", "bomb.toml"):
        (tmp_path / name).write_bytes(bomb)
    code = run([one.format(bomb=tmp_path / "bomb") for one in arguments])
    assert not mark.exists()
    assert (code, capsys.readouterr().err.count("\n")) == (2, 1)
