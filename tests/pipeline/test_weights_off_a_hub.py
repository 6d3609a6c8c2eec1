"""Pickled weights off a hub: fetched only where they are asked for, with the real client."""

import json
import os
import shutil
import subprocess
import sys

import pytest
import torch

from harness.checkpoint.tensors import read_tensors
from tests.support import ROOT, models
from tests.support.hub_server import Repository, serving

PROGRAM = """
import contextlib, io, json, sys
from harness.cli import run

told = []
for arguments in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(arguments)
    told.append([code, out.getvalue(), err.getvalue()])
print(json.dumps(told))
"""
ASKED = ("--weights", "pytorch_model.bin")


def harness(commands, folder, url):
    """What each command line gave, in one process (the client reads its settings once)."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HARNESS_"))}
    own = {
        "PYTHONPATH": str(ROOT),
        "HF_ENDPOINT": url,
        "HF_HOME": str(folder / "hf"),
        "HARNESS_CACHE": str(folder / "cache"),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(commands)],
        env=kept | own,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def repositories(tiny_bert, tmp_path_factory):
    """One with a pickle only; one as SFconvertbot's revisions are; one with neither."""
    root = tmp_path_factory.mktemp("hub")
    pickled = shutil.copytree(tiny_bert, root / "pickled")
    safe = read_tensors(pickled / "model.safetensors")
    torch.save({n: torch.tensor(t) for n, t in safe.items()}, pickled / "pytorch_model.bin")
    (pickled / "model.safetensors").unlink()
    (pickled / "training_args.bin").write_bytes(b"a pickle that nobody asks for")
    (pickled / "README.md").write_text("# Pickled\n\nnDCG@10 is 0.5.\n")
    halves = shutil.copytree(tiny_bert, root / "halves")
    (halves / "README.md").write_text("# Halves\n\nnDCG@10 is 0.5.\n")
    config = json.loads((halves / "config.json").read_text())
    (halves / "config.json").write_text(json.dumps(config | {"dtype": "bfloat16"}))
    nothing = shutil.copytree(pickled, root / "nothing")
    (nothing / "pytorch_model.bin").rename(nothing / "tf_model.h5")
    return {
        "naver/pickled": Repository(pickled),
        "naver/asked": Repository(pickled),
        "naver/converted": Repository(tiny_bert, ("refs/pr/7",)),
        "naver/nothing": Repository(nothing),
        "ibm/halves": Repository(halves, numbers={"BF16": 9, "I64": 1}),
    }


@pytest.fixture(scope="module")
def told(repositories, tmp_path_factory):
    """What the command lines said, what they wrote, and what they fetched."""
    folder = tmp_path_factory.mktemp("here")
    texts = {f"d{n}": text for n, text in enumerate(models.texts()[:8])}
    collection = models.save_beir(folder / "beir", texts, {"q": "a storm"}, [("q", "d1", 1)])

    def evaluating(name, *more):
        results = f"of-{name.partition('/')[2]}"
        of = ["--model", name, "--collection", str(collection), "--results", results]
        return ["eval", *of, "--device", "cpu", "--format", "json", *more]

    (folder / "mine.toml").write_text(
        'name = "mine"\n[model]\nid = "naver/asked"\n[collection]\nid = "beir"\n'
    )
    commands = {
        "refused": evaluating("naver/pickled"),
        "nothing": evaluating("naver/nothing"),
        "done": evaluating("naver/asked", *ASKED),
        "again": evaluating("naver/asked", *ASKED),
        "pinned": ["eval", "mine.toml", "--pin", *ASKED],
        "pinned, unasked": ["eval", "mine.toml"],
        "card of a pickle": ["card", "naver/pickled"],
        "card of halves": ["card", "ibm/halves", "--format", "json"],
        "offline": ["--offline", *evaluating("naver/asked", *ASKED)],
        "offline, unasked": ["--offline", *evaluating("naver/asked")],
        "converted": evaluating("naver/converted", "--revision", "refs/pr/7"),
    }
    with serving(repositories) as hub:
        said = harness(list(commands.values()), folder, hub.url)
    results = {p.parent.name: json.loads(p.read_text()) for p in folder.glob("of-*/*.json")}
    got = [r.removeprefix("GET /") for r in hub.requests if r.startswith("GET") and "/res" in r]
    told = dict(zip(commands, said, strict=True)) | {"results": results, "got": got}
    return told | {"toml": (folder / "mine.toml").read_text()}


def got(told, name):
    """Names of the files that were fetched of a repository."""
    return {path.rpartition("/")[2] for path in told["got"] if path.startswith(f"{name}/")}


def test_without_the_option_no_pickle_is_fetched_and_the_sentence_names_it(told):
    code, out, err = told["refused"]
    assert (code, out, err.count("\n")) == (2, "", 1), err
    assert "there is only pytorch_model.bin, a pickle" in err
    assert "--weights pytorch_model.bin loads it" in err
    assert "refs/pr/N" in err
    for name in ("naver/pickled", "naver/nothing"):
        assert "config.json" in got(told, name)
        assert not [file for file in got(told, name) if file.endswith((".bin", ".h5"))]


def test_a_repository_without_weights_is_said_to_have_none(told):
    code, _, err = told["nothing"]
    assert (code, err.count("\n")) == (2, 1)
    assert "there are no weights" in err


def test_with_the_option_it_is_fetched_and_evaluated(told, repositories):
    assert told["done"][0] == 0, told["done"]
    assert "pytorch_model.bin" in got(told, "naver/asked")
    assert "training_args.bin" not in got(told, "naver/asked")
    model = told["results"]["of-asked"]["model"]
    assert model["weights_file"] == "pytorch_model.bin"
    assert model["revision"] == repositories["naver/asked"].commit
    assert told["again"][:2] == told["done"][:2]
    assert told["offline"][:2] == told["done"][:2]


def test_an_experiment_is_pinned_to_the_commit_and_to_the_pickle(told, repositories):
    assert told["pinned"][0] == 0, told["pinned"]
    weights = told["results"]["of-asked"]["model"]["weights_sha256"]
    assert f'revision = "{repositories["naver/asked"].commit}"\n' in told["toml"]
    assert f'weights_sha256 = "{weights}"\n' in told["toml"]
    code, _, err = told["pinned, unasked"]
    assert code == 2
    assert "--weights pytorch_model.bin loads it" in err


def test_a_card_is_shown_with_what_its_weights_are_and_none_is_fetched(told):
    assert (
        "There is only pytorch_model.bin, a pickle: harness reads it by"
        in told["card of a pickle"][1]
    )
    (said,) = json.loads(told["card of halves"][1])["weights"]
    assert said.startswith("The weights are stored in bfloat16 and computed in float32; sentence-")
    assert "computes in bfloat16 (config.json says so)" in said
    assert got(told, "ibm/halves") == {"README.md", "config.json"}


def test_offline_it_is_still_not_read_unasked(told):
    code, _, err = told["offline, unasked"]
    assert code == 2
    assert "--weights pytorch_model.bin loads it" in err


def test_safetensors_at_a_pull_request_are_a_revision(told):
    assert told["converted"][0] == 0, told["converted"]
    numbers = [json.loads(told[one][1])["scores"] for one in ("done", "converted")]
    assert numbers[0] == numbers[1]
    assert "weights_file" not in told["results"]["of-converted"]["model"]
