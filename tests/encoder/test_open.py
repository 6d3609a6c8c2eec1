"""An encoder is loaded when a text must be encoded, and is then the one that was remembered."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import version
from itertools import islice

import pytest

import harness.encoder.build
import harness.encoder.opening
from harness.checkpoint.open import open_checkpoint
from harness.encoder import EncoderOptions
from harness.encoder.fingerprint import fingerprint, machine, request
from harness.encoder.open import open_encoder
from harness.encoder.vector_cache import VectorCache
from harness.errors import InputError, UnreachableError
from tests.support import ROOT, models

TEXTS = ("yeast makes bread rise", "what does yeast do", "")


@pytest.fixture
def store(tmp_path):
    return VectorCache(tmp_path / "vectors")


@pytest.fixture
def builds(monkeypatch):
    """Every model that was loaded."""
    whole = harness.encoder.build.build_encoder
    found = []

    def build(*arguments, **options):
        found.append(whole(*arguments, **options))
        return found[-1]

    monkeypatch.setattr(harness.encoder.build, "build_encoder", build)
    return found


def opened(folder, store, **options):
    return open_encoder(
        open_checkpoint(str(folder)), EncoderOptions(device="cpu", threads=1, **options), store
    )


def encoded(encoder, store):
    return [shard.vectors.to_dense().tolist() for shard in store.encoded(encoder, TEXTS, "query")]


def test_a_model_is_loaded_once_and_then_remembered(tiny_bert, store, builds):
    first = opened(tiny_bert, store)
    vectors = encoded(first, store)
    again = opened(tiny_bert, store)
    assert encoded(again, store) == vectors
    assert [again.term(n) for n in range(again.vocab_size)] == [
        builds[0].tokenize.term(n) for n in range(first.vocab_size)
    ]
    assert again.facts == first.facts == builds[0].facts
    assert len(builds) == 1
    # A text that was never encoded needs the model, which is the one remembered.
    new = [s.vectors.to_dense().tolist() for s in store.encoded(again, ("flour",), "document")]
    assert new == [builds[1].encode(["flour"], "document").vectors.to_dense().tolist()]
    assert len(builds) == 2


@pytest.mark.parametrize("name", ["opened-*.json", "vocabulary.json"])
@pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b'{"sha256": "", "facts": {}}', None])
def test_what_is_remembered_and_damaged_is_found_out(tiny_bert, store, builds, name, damage):
    first = opened(tiny_bert, store)
    (path,) = store.root.glob(f"*/{name}")
    sound = path.read_bytes()
    path.write_bytes(sound.replace(b"2", b"3") if damage is None else damage)
    again = opened(tiny_bert, store)
    assert again.facts == first.facts
    assert again.term(7) == builds[0].tokenize.term(7)
    assert len(builds) == 2
    assert path.read_bytes() == sound
    opened(tiny_bert, store).term(7)
    assert len(builds) == 2


def test_a_model_that_comes_out_otherwise_is_refused_and_forgotten(tiny_bert, store, monkeypatch):
    opened(tiny_bert, store)
    whole = harness.encoder.build.build_encoder

    def otherwise(*arguments, **options):
        model = whole(*arguments, **options)
        return replace(model, facts=replace(model.facts, fingerprint="0" * 64, body="padded"))

    monkeypatch.setattr(harness.encoder.build, "build_encoder", otherwise)
    again = opened(tiny_bert, store)
    with pytest.raises(UnreachableError, match=r"body packed and padded.*start again"):
        again.encode(TEXTS, "query")
    assert not list(store.root.glob("*/opened-*.json"))
    assert opened(tiny_bert, store).facts.body == "padded"


def test_a_request_is_of_what_decides_the_encoder(tiny_bert, monkeypatch):
    checkpoint = open_checkpoint(str(tiny_bert))
    keys = [
        request(checkpoint, EncoderOptions("cpu")),
        request(checkpoint, EncoderOptions("cpu", "float32", "float32", None, None)),
        request(checkpoint, EncoderOptions("cpu", "auto", "tf32", None, None)),
        request(checkpoint, EncoderOptions("cpu", "auto", "float32", None, 100)),
        request(replace(checkpoint, weights_sha256="0"), EncoderOptions("cpu")),
    ]
    for name, value in (("ATEN_CPU_CAPABILITY", "avx2"), ("MKL_CBWR", "COMPATIBLE")):
        monkeypatch.setenv(name, value)
        keys.append(request(checkpoint, EncoderOptions("cpu")))
    monkeypatch.setattr("harness.encoder.fingerprint.processor", lambda: "another one")
    keys.append(request(checkpoint, EncoderOptions("cpu")))
    monkeypatch.setattr("harness.encoder.fingerprint.runnable", lambda: ("another",))
    keys.append(request(checkpoint, EncoderOptions("cpu")))
    monkeypatch.setattr("harness.encoder.fingerprint._versions", lambda: {"torch": "0"})
    keys.append(request(checkpoint, EncoderOptions("cpu")))
    assert len({*keys}) == len(keys)


def test_without_signs_of_a_gpu_auto_is_the_processor(tiny_bert, monkeypatch):
    checkpoint = open_checkpoint(str(tiny_bert))
    monkeypatch.setattr("harness.encoder.fingerprint.may_have_gpu", lambda: False)
    plain = request(checkpoint, EncoderOptions("cpu"))
    assert request(checkpoint, EncoderOptions("auto")) == plain
    monkeypatch.setattr("harness.encoder.fingerprint.may_have_gpu", lambda: True)
    monkeypatch.setattr("harness.encoder.device.describe", lambda name: f"what {name} is")
    assert request(checkpoint, EncoderOptions("auto")) != plain


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def changed_values(value):
    """Another value of the same kind."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return f"{value}x"
        case list():
            return [*value, 1]
        case dict():
            return {**value, "another": 1}
        case _:
            return "another"


def test_each_file_and_each_key_of_a_checkpoint_is_part_of_the_fingerprint(tiny_bert, tmp_path):
    """Hidden activations, layers, norms: whatever a configuration says may move a bit."""
    folder = shutil.copytree(tiny_bert, tmp_path / "model")
    known = {request(open_checkpoint(str(folder)), EncoderOptions("cpu"))}
    tried = 0
    for path in files(folder):
        sound = path.read_bytes()
        variants = [sound + b"\n"]
        content = json.loads(sound) if path.suffix == ".json" else None
        if isinstance(content, dict) and path.name != "tokenizer.json":
            variants += [
                json.dumps({**content, key: changed_values(value)}).encode()
                for key, value in content.items()
                if key != "architectures"
            ]
        for variant in variants:
            path.write_bytes(variant)
            key = request(open_checkpoint(str(folder)), EncoderOptions("cpu"))
            assert key not in known, (path.name, variant[:200])
            known.add(key)
            tried += 1
        path.write_bytes(sound)
    assert tried > 30


def test_another_activation_with_the_same_weights_is_another_model(tiny_bert, tmp_path, store):
    """The stale vector: gelu's vectors were served for relu."""
    folder = shutil.copytree(tiny_bert, tmp_path / "model")
    before = encoded(opened(folder, store), store)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_act": "relu"}))
    after = encoded(opened(folder, store), store)
    assert after != before
    assert after == encoded(opened(folder, VectorCache(tmp_path / "empty")), store)


def test_a_role_may_be_left_out_where_it_changes_nothing(tiny_bert):
    encoder = opened(tiny_bert, None)
    assert encoder.encode(TEXTS).to_scipy().shape == (3, encoder.vocab_size)
    encoder.recipe = replace(encoder.recipe, query_prompt="query: ")
    with pytest.raises(InputError, match='role="query"'):
        encoder.encode(TEXTS)


PROGRAM = """
import sys
from harness.cli import run
code = run(sys.argv[1:])
heavy = {"torch", "transformers", "tokenizers", "huggingface_hub", "ir_datasets"}
print(code, sorted(heavy & sys.modules.keys()))
"""


def test_a_second_evaluation_loads_neither_transformers_nor_torch(tiny_bert, tmp_path):
    documents = dict(islice(models.sampler().corpus, 30))
    folder = models.save_beir(
        tmp_path / "beir", documents, {"q": "what does yeast do"}, [("q", min(documents), 1)]
    )
    told = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, "eval", "--model", str(tiny_bert), "--collection",
             str(folder), "--results", str(tmp_path / "results"), "--device", "cpu"],
            env={"PYTHONPATH": str(ROOT), "HARNESS_CACHE": str(tmp_path / "cache"),
                 "HOME": str(tmp_path), "PATH": os.environ["PATH"]},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        told.append(done.stdout.splitlines())
    assert "'torch', 'transformers'" in told[0][-1]
    # ranx imports ir_datasets on its own behalf.
    assert told[1][-1] == "0 ['ir_datasets']"
    assert told[0][:-2] == told[1][:-2]  # all but seconds and this line


WATCH = """
import json, os, sys
from pathlib import Path
folder = Path(sys.argv[1])
opened = set()
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes, os.PathLike)):
        opened.add(os.path.realpath(os.fsdecode(arguments[0])))
hashed = set()
import harness.checkpoint.open as opening
whole = opening.sha256
def listed(paths):
    paths = list(paths)
    hashed.update(os.path.realpath(path) for path in paths)
    return whole(paths)
opening.sha256 = listed
checkpoint = opening.open_checkpoint(str(folder))
sys.addaudithook(watch)
from harness.encoder.build import build_encoder
build_encoder(checkpoint)
inside = {name for name in opened if Path(name).is_relative_to(folder.resolve())}
print(json.dumps([sorted(inside), sorted(inside - hashed)]))
"""


def test_every_file_that_a_loader_opens_is_part_of_the_fingerprint(tiny_bert, tmp_path):
    """Watched through Python's own audit events, whatever this version of transformers reads."""
    folder = shutil.copytree(tiny_bert, tmp_path / "model")
    done = subprocess.run(
        [sys.executable, "-c", WATCH, str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    opened, unknown = json.loads(done.stdout.splitlines()[-1])
    assert str((folder / "config.json").resolve()) in opened
    assert unknown == []


def test_what_an_evaluation_writes_beside_the_model_does_not_change_it(tiny_bert, tmp_path):
    """Results kept in the model's own folder made it another model at each evaluation."""
    folder = shutil.copytree(tiny_bert, tmp_path / "model")
    before = open_checkpoint(str(folder))
    (folder / "results").mkdir()
    for path in ("sampler-model.json", "trainer_state.json", "results/sampler-model.json"):
        (folder / path).write_text("{}")
    assert open_checkpoint(str(folder)) == before


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"head": "tree"}, "head is 'tree'; it is one of auto, screened, float32"),
        ({"precision": "bf16"}, "precision is 'bf16'; it is one of float32, tf32"),
        ({"threads": 0}, "threads is 0; a whole number of 1 or more"),
        ({"threads": True}, "threads is True"),
        ({"batch_tokens": 0}, "batch_tokens is 0"),
        ({"batch_tokens": 1.5}, r"batch_tokens is 1\.5"),
    ],
)
def test_an_option_that_is_not_understood_is_refused(options, sentence):
    with pytest.raises(InputError, match=sentence):
        EncoderOptions(**options)


def test_one_text_and_an_unknown_role_are_refused(tiny_bert):
    """A text is a list of letters to Python, and any other role would get the documents' prompt."""
    encoder = opened(tiny_bert, None)
    with pytest.raises(InputError, match="put the one text in brackets"):
        encoder.encode("yeast")
    with pytest.raises(InputError, match="role is 'querry'; it is one of query, document"):
        encoder.encode(["yeast"], "querry")


def test_what_computes_is_part_of_the_fingerprint(tiny_bert, monkeypatch):
    """Dropping torch or the device from it went unseen."""
    checkpoint = open_checkpoint(str(tiny_bert))
    options = EncoderOptions(device="cpu", head="float32", threads=1)
    names = [harness.encoder.build.build_encoder(checkpoint, options).fingerprint]
    with monkeypatch.context() as patch:
        patch.setattr(harness.encoder.opening, "kind_of", lambda _: "another GPU")
        names.append(harness.encoder.build.build_encoder(checkpoint, options).fingerprint)
    packages = machine()["packages"]
    for package in ("torch", "transformers", "tokenizers", "safetensors", "llvmlite", "numpy"):
        assert packages[package] == version(package)
        monkeypatch.setattr(
            "harness.encoder.fingerprint._versions", lambda p=package: packages | {p: "0"}
        )
        names.append(fingerprint(checkpoint, {}))
    assert len({*names}) == len(names)
