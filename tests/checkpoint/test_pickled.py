"""A pickle of weights: tensors by their names, and whatever else it is a sentence, unrun."""

import collections
import contextlib
import json
import os
import pickle
import random
import shutil
import struct
import zipfile

import pytest
import torch

from harness.checkpoint import weights
from harness.checkpoint.masked_lm import load_model
from harness.checkpoint.open import open_checkpoint
from harness.checkpoint.pickled import read_pickle
from harness.checkpoint.tensors import read_tensors
from harness.errors import InputError

LAYOUTS = pytest.mark.parametrize("zipped", [True, False], ids=["zip", "before torch 1.6"])


def save(content, path, *, zipped=True):
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "pytorch_model.bin"


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, path, call=os.mkdir):
        self.does = (call, (str(path),))

    def __reduce__(self):
        return self.does


def refused(path):
    """The one sentence with which it is refused."""
    with pytest.raises(InputError) as found:
        read_pickle(path)
    assert str(path) in str(found.value)
    assert "\n" not in str(found.value)
    return str(found.value)


@LAYOUTS
def test_names_types_and_shapes_are_those_that_torch_loads(path, zipped):
    shared = torch.arange(6.0).reshape(2, 3)
    tensors = collections.OrderedDict(
        a=shared,
        tied=shared,
        turned=shared.T,
        part=shared[1],
        parameter=torch.nn.Parameter(torch.ones(2)),
        half=torch.ones(3, dtype=torch.float16),
        brain=torch.ones(1, 2, 3, dtype=torch.bfloat16),
        double=torch.ones(1, dtype=torch.float64),
        ids=torch.arange(4)[None],
        mask=torch.ones(2, dtype=torch.bool),
        scalar=torch.tensor(2.5),
        nothing=torch.ones(0, 7),
    )
    save(tensors, path, zipped=zipped)
    loaded = torch.load(path, weights_only=True)
    assert [(one.name, one.dtype, one.shape) for one in read_pickle(path)] == [
        (name, str(one.dtype).removeprefix("torch."), tuple(one.shape))
        for name, one in loaded.items()
    ]


@LAYOUTS
def test_a_module_s_own_state_is_read(path, zipped):
    """It is an OrderedDict with its versions beside it (BUILD)."""
    save(torch.nn.BatchNorm1d(3).state_dict(), path, zipped=zipped)
    assert [one.name for one in read_pickle(path)][:2] == ["weight", "bias"]


def test_weights_saved_on_a_gpu_are_read_on_any_machine(path, monkeypatch):
    monkeypatch.setattr(torch.serialization, "location_tag", lambda storage: "cuda:7")
    save({"weight": torch.ones(2)}, path)
    assert read_pickle(path)[0].shape == (2,)
    assert read_tensors(path)["weight"].tolist() == [1, 1]


@LAYOUTS
@pytest.mark.parametrize("call", [os.mkdir, os.remove, eval, exec, __import__, print], ids=str)
def test_a_bomb_is_refused_by_its_name_and_does_nothing(path, tmp_path, zipped, call):
    mark = tmp_path / "mark"
    save({"w": torch.ones(1), "b": Bomb(mark, call)}, path, zipped=zipped)
    said = refused(path)
    module = call.__module__.replace("builtins", "__builtin__")  # as protocol 2 spells it
    assert f"asks for {module}.{call.__name__}, which is none of the few names" in said
    assert "nothing of it was run" in said
    assert not mark.exists()


@pytest.mark.parametrize(
    "program",
    [
        pickle.dumps({"w": 1}, 4),  # instructions of a later protocol
        b"\x80\x02(ios\nmkdir\n.",
        b"\x80\x02(X\x01\x00\x00\x00acos\nmkdir\no.",
        b"\x80\x02\x82\x01.",  # of the registry of extensions
        b"\x80\x02}r\xff\xff\xff\xff.",  # four billion places of memory
        b"\x80\x02ccollections\nOrderedDict\n}X\x01\x00\x00\x00aK\x01s\x86b.",
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n)R.",
        b"\x80\x02X\x01\x00\x00\x00aQ.",
        b"\x80\x02ctorch\nload\n.",
        b"\x80\x02ctorch.serialization\nload\n.",
        b"\x80\x02cbuiltins\nbytearray\nM\xff\xff\x85R.",
        b"\x80\x02]q\x00h\x00a.",  # a list of itself
        b"\x80\x02\x8d" + b"\xff" * 7 + b"\x7f.",  # a text of 9 exabytes
        b"\x80\x02X\xff\xff\xff\xff.",
        b"\x80\x02}.",
        b"\x80\x02}X\x01\x00\x00\x00aK\x01s.",
        b"\x80\x02",
        b"",
    ],
    ids=range(18),
)
def test_a_program_that_is_no_state_dict(path, program):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", program)
    refused(path)


@LAYOUTS
def test_a_cut_file_is_one_sentence_wherever_it_is_cut(path, zipped):
    whole = save({"w": torch.ones(50), "v": torch.ones(3)}, path, zipped=zipped).read_bytes()
    for size in (0, 1, 4, 20, 100, 200, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        refused(path)


@LAYOUTS
def test_damage_anywhere_ends_in_tensors_or_a_sentence(path, zipped):
    whole = save(torch.nn.Linear(5, 4).state_dict(), path, zipped=zipped).read_bytes()
    chance = random.Random(5)
    for _ in range(400):
        damaged = bytearray(whole)
        at = chance.randrange(min(len(whole), 900))
        damaged[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(4))
        path.write_bytes(damaged)
        with contextlib.suppress(InputError):
            assert all(isinstance(one.shape, tuple) for one in read_pickle(path))


def test_what_is_no_file_of_weights_at_all(path):
    path.mkdir()
    with pytest.raises(InputError, match="is a folder"):
        read_pickle(path)
    path.rmdir()
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    assert "Git LFS pointer" in refused(path)
    path.unlink()
    os.mkfifo(path)
    assert "named pipe" in refused(path)


def test_a_compressed_zip_is_a_bomb(path, tmp_path):
    plain = save({"w": torch.zeros(300_000)}, tmp_path / "plain")
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for member in source.infolist():
            z.writestr(member.filename, source.read(member))
    assert path.stat().st_size < 10_000
    assert "compressed zip file" in refused(path)


def test_two_members_of_one_name_are_not_told_apart(path, tmp_path):
    save({"w": torch.zeros(3)}, path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("pytorch_model/DATA.PKL", b"\x80\x02}.")
    assert "two members" in refused(path)


def test_more_than_the_file_has_is_not_made_room_for(path):
    """A view without strides costs nothing to save, and as much as it shows to be used."""
    save({"w": torch.zeros(1).expand(1 << 40)}, path)
    assert "asks for 4,398,046,511,104 of memory" in refused(path)


@pytest.mark.parametrize("numbers", [7, 1 << 40])
def test_a_storage_larger_than_what_is_stored(path, numbers):
    save({"w": torch.zeros(6)}, path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    program = parts["pytorch_model/data.pkl"]
    count = b"\x8a\x06" + struct.pack("<q", numbers)[:6]
    parts["pytorch_model/data.pkl"] = program.replace(b"K\x06tq", count + b"tq")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert "more numbers than are stored" in refused(path)


def test_a_tensor_that_leads_out_of_its_storage(path):
    save({"w": torch.zeros(6)}, path)
    content = path.read_bytes()
    at = content.index(b"K\x06\x85")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert at > 0
    program = parts["pytorch_model/data.pkl"]
    parts["pytorch_model/data.pkl"] = program.replace(b"K\x06\x85", b"K\x07\x85")
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    assert "leads out of its storage" in refused(path)


@pytest.mark.parametrize(
    "content",
    [
        {"state_dict": {"w": torch.ones(1)}},
        {"w": torch.ones(1), "epoch": 3},
        {3: torch.ones(1)},
        [torch.ones(1)],
        torch.ones(1),
        {},
    ],
    ids=str,
)
def test_tensors_that_are_no_state_dict(path, content):
    save(content, path)
    assert "tensor" in refused(path)


@pytest.mark.parametrize(
    ("release", "good"), [("2.5.1", False), ("2.6.0", True), ("2.13.0+cpu", True), ("10.0", True)]
)
def test_torch_before_2_6_is_refused(monkeypatch, release, good):
    """There `weights_only=True` was no safeguard (CVE-2025-32434)."""
    monkeypatch.setattr(weights, "version", lambda package: release)
    if good:
        assert weights.check_choice("pytorch_model.bin")
        return
    with pytest.raises(InputError, match=r"torch 2\.5\.1 can run code.*needs torch 2\.6"):
        weights.check_choice("pytorch_model.bin")
    assert not weights.check_choice(None)


@pytest.fixture
def folder(tiny_bert, tmp_path):
    """A checkpoint whose weights are a pickle only."""
    return as_pickle(shutil.copytree(tiny_bert, tmp_path / "model"))


def as_pickle(folder, *, zipped=True):
    tensors = {n: torch.tensor(t) for n, t in read_tensors(folder / "model.safetensors").items()}
    save(tensors, folder / "pytorch_model.bin", zipped=zipped)
    (folder / "model.safetensors").unlink()
    return folder


def change(folder, change):
    tensors = torch.load(folder / "pytorch_model.bin", weights_only=True)
    change(tensors)
    save(tensors, folder / "pytorch_model.bin")


@LAYOUTS
def test_the_model_is_the_one_of_safetensors_to_the_bit(tiny_bert, tmp_path, zipped):
    folder = as_pickle(shutil.copytree(tiny_bert, tmp_path / "model"), zipped=zipped)
    one = load_model(tiny_bert).state_dict()
    other = load_model(folder, pickled=True).state_dict()
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def drop(name):
    return lambda tensors: tensors.pop(name)


def put(name, value):
    return lambda tensors: tensors.update({name: value})


BIAS = "bert.encoder.layer.1.output.dense.bias"


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (drop(BIAS), f"lack {BIAS}"),
        (put("bert.encoder.layer.2.output.dense.bias", torch.zeros(32)), "have no place"),
        (put(BIAS, torch.zeros(31)), f"{BIAS} .1 tensors in all. have another shape"),
        (put(BIAS, torch.full((32,), torch.nan)), f"{BIAS} hold NaN"),
        (put(BIAS, torch.full((32,), 1e39, dtype=torch.float64)), f"{BIAS} hold NaN or inf"),
    ],
)
def test_all_that_safetensors_are_asked_pickles_are_too(folder, alter, said):
    change(folder, alter)
    with pytest.raises(InputError, match=said):
        load_model(folder, pickled=True)


def test_a_size_that_no_stored_weight_has(folder):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"hidden_size": 99999}))
    with pytest.raises(InputError, match=r"hidden_size is 99999, and no weights of that size"):
        load_model(folder, pickled=True)


def shard(folder):
    tensors = torch.load(folder / "pytorch_model.bin", weights_only=True)
    names = [f"pytorch_model-0000{n}-of-00002.bin" for n in (1, 2)]
    halves = list(tensors)[:9], list(tensors)[9:]
    for name, half in zip(names, halves, strict=True):
        save({one: tensors[one] for one in half}, folder / name)
    where = {one: name for name, half in zip(names, halves, strict=True) for one in half}
    (folder / "pytorch_model.bin.index.json").write_text(
        json.dumps({"metadata": {}, "weight_map": where})
    )
    (folder / "pytorch_model.bin").unlink()
    return names


def test_shards_of_a_pickle_are_read_as_one(folder, tiny_bert):
    names = shard(folder)
    opened = open_checkpoint(str(folder), chosen="pytorch_model.bin")
    assert [path.name for path in opened.weights] == names
    assert opened.pickle_name == "pytorch_model.bin.index.json"
    one, other = load_model(tiny_bert).state_dict(), load_model(folder, pickled=True).state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f, names: (f / names[1]).unlink(), "00002-of-00002.bin is missing"),
        (lambda f, names: shutil.copy(f / names[0], f / names[1]), "as pytorch_model-00001-of"),
        (lambda f, names: index(f, {}), "names no file"),
        (lambda f, names: index(f, {"a": "../x.bin"}), "'../x.bin' is no .bin file"),
        (lambda f, names: index(f, {"a": "x.safetensors"}), "is no .bin file"),
        (lambda f, names: index(f, None), "'None' is no .bin file"),
    ],
)
def test_shards_that_do_not_belong_together(folder, spoil, said):
    spoil(folder, shard(folder))
    with pytest.raises(InputError, match=said):
        open_checkpoint(str(folder), chosen="pytorch_model.bin")


def index(folder, shards):
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": shards}))


def test_a_bomb_is_refused_when_the_checkpoint_is_opened(folder, tmp_path):
    """Before anything heavy is loaded."""
    mark = tmp_path / "mark"
    save({"w": Bomb(mark)}, folder / "pytorch_model.bin")
    with pytest.raises(InputError, match=r"asks for (posix|nt)\.mkdir"):
        open_checkpoint(str(folder), chosen="pytorch_model.bin")
    assert not mark.exists()


def test_hashes_tell_pickles_and_safetensors_apart(folder, tiny_bert):
    shutil.copy(tiny_bert / "model.safetensors", folder)
    safe = open_checkpoint(str(folder))
    pickled = open_checkpoint(str(folder), chosen="pytorch_model.bin")
    assert (safe.pickle_name, pickled.pickle_name) == (None, "pytorch_model.bin")
    assert safe.weights_sha256 == open_checkpoint(str(tiny_bert)).weights_sha256
    assert pickled.weights_sha256 != safe.weights_sha256
    assert pickled.tokenizer_sha256 == safe.tokenizer_sha256


def test_a_pickle_that_is_asked_for_and_is_not_there(tiny_bert):
    with pytest.raises(InputError, match=r"there is no pytorch_model\.bin, which --weights asks"):
        open_checkpoint(str(tiny_bert), chosen="pytorch_model.bin")


@pytest.mark.parametrize("name", ["model.bin", "model.safetensors", "../x", "", 3])
def test_nothing_else_can_be_asked_for(tiny_bert, name):
    with pytest.raises(InputError, match=r"pytorch_model\.bin is what can be asked for"):
        open_checkpoint(str(tiny_bert), chosen=name)
