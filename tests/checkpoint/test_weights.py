"""Which files weights are read from, and what of them is a sentence instead of other numbers."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from harness.checkpoint.masked_lm import load_model
from harness.checkpoint.open import open_checkpoint
from harness.encoder.build import build_encoder
from harness.errors import InputError

BIAS = "bert.encoder.layer.1.output.dense.bias"


@pytest.fixture
def folder(tiny_bert, tmp_path):
    return shutil.copytree(tiny_bert, tmp_path / "model")


def change(folder, change):
    path = folder / "model.safetensors"
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path, metadata={"format": "pt"})


def put(name, value):
    return lambda tensors: tensors.update({name: value})


def index(folder, shards):
    content = {"metadata": {}, "weight_map": shards}
    (folder / "model.safetensors.index.json").write_text(json.dumps(content))


def shard(folder):
    """The weights in two files, by an index."""
    tensors = load_file(folder / "model.safetensors")
    names = [f"model-0000{n}-of-00002.safetensors" for n in (1, 2)]
    where = {one: names[n % 2] for n, one in enumerate(sorted(tensors))}
    for name in names:
        half = {one: tensors[one] for one in tensors if where[one] == name}
        save_file(half, folder / name, metadata={"format": "pt"})
    (folder / "model.safetensors").unlink()
    index(folder, where)
    return names


def refused(folder):
    with pytest.raises(InputError) as found:
        build_encoder(open_checkpoint(str(folder)))
    assert "\n" not in str(found.value)
    return str(found.value)


def test_shards_are_read_as_one(folder, tiny_bert):
    names = shard(folder)
    assert [path.name for path in open_checkpoint(str(folder)).weights] == names
    one, other = load_model(tiny_bert).state_dict(), load_model(folder).state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f, names: (f / names[0]).unlink(), "00001-of-00002.safetensors is missing"),
        (lambda f, names: index(f, {}), "it names no file"),
        (lambda f, names: index(f, None), "'None' is no safetensors file of this folder"),
        (lambda f, names: put_into(f / names[1], f / names[0]), "as model-00001-of-00002"),
        (lambda f, names: (f / names[0]).write_bytes(b""), "cannot be loaded"),
    ],
)
def test_shards_that_do_not_belong_together(folder, spoil, said):
    spoil(folder, shard(folder))
    assert said in refused(folder)


def put_into(path, source):
    """A weight of one shard into another: transformers would take the last that it meets."""
    tensors = load_file(path)
    name, one = next(iter(load_file(source).items()))
    save_file(tensors | {name: one + 1}, path, metadata={"format": "pt"})


def test_a_file_beside_what_is_read_is_neither_hashed_nor_asked_for_its_type(folder, tiny_bert):
    """Such as a variant in half precision: `model.fp16.safetensors`."""
    save_file({"x": torch.zeros(2).half()}, folder / "model.fp16.safetensors")
    one, other = open_checkpoint(str(folder)), open_checkpoint(str(tiny_bert))
    assert one.weights_sha256 == other.weights_sha256


def test_weights_under_another_name_are_not_guessed(folder):
    (folder / "model.safetensors").rename(folder / "model.fp16.safetensors")
    assert "no model.safetensors and no index" in refused(folder)
    assert "model.fp16.safetensors is read by no name" in refused(folder)


def test_weights_in_a_folder_below_are_named(folder):
    (folder / "onnx").mkdir()
    (folder / "model.safetensors").rename(folder / "onnx" / "model.safetensors")
    assert "onnx/model.safetensors is not read" in refused(folder)


def test_a_file_that_config_json_names_is_not_read_in_its_place(folder):
    """transformers 5 would: another model than the one whose hash is told."""
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"transformers_weights": "x.bin"}))
    assert "transformers_weights is 'x.bin'; only model.safetensors" in refused(folder)


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (put(BIAS, torch.zeros(0)), f"{BIAS} (1 tensors in all) have another shape"),
        (put(BIAS, torch.zeros(32, 0)), f"{BIAS} (1 tensors in all) have another shape"),
        (put(BIAS, torch.zeros(())), f"{BIAS} (1 tensors in all) have another shape"),
        (put("bert.extra", torch.zeros(0)), "bert.extra (1 tensors in all) have no place"),
        (put(BIAS, torch.zeros(32, dtype=torch.int8)), f"{BIAS} are stored as whole numbers (I8;"),
        (put(BIAS, torch.zeros(32).long()), f"{BIAS} are stored as whole numbers (I64;"),
        (put(BIAS, torch.zeros(32).bool()), f"{BIAS} are stored as whole numbers (BOOL;"),
    ],
)
def test_tensors_that_are_no_weights(folder, alter, said):
    change(folder, alter)
    assert said in refused(folder)


def test_quantized_weights_in_a_pickle_are_refused_as_well(folder):
    tensors = load_file(folder / "model.safetensors") | {BIAS: torch.zeros(32, dtype=torch.uint8)}
    torch.save(tensors, folder / "pytorch_model.bin")
    with pytest.raises(InputError, match=r"stored as whole numbers .uint8"):
        build_encoder(open_checkpoint(str(folder), chosen="pytorch_model.bin"))
