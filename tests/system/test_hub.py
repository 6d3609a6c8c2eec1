"""The real hub client against a local server: what is fetched, what is asked, what is said.

The client reads its settings when it is imported, so each case runs in a process of its own.
"""

import json
import os
import socket
import subprocess
import sys

import pytest

from tests.support import ROOT
from tests.support.hub_server import Repository, serving

PATTERNS = ("*.json", "*.safetensors", "*/*.json")
PROGRAM = """
import json, sys, time
from harness.errors import HarnessError
from harness.system.hub import has_snapshot, snapshot

repo_id, revision, kind, patterns = json.loads(sys.argv[1])
started = time.monotonic()
try:
    folder, commit = snapshot(repo_id, revision, tuple(patterns), kind)
except HarnessError as error:
    told = {"error": str(error), "exit": error.exit_code, "kind": type(error).__name__}
else:
    files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    told = {"files": files, "commit": commit}
told["seconds"] = time.monotonic() - started
told["here"] = has_snapshot(repo_id, revision, tuple(patterns), kind)
print(json.dumps(told))
"""


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "repository"
    (folder / "1_SpladePooling").mkdir(parents=True)
    for name in ("config.json", "model.safetensors", "1_SpladePooling/config.json"):
        (folder / name).write_text(f'{{"this is": "{name}"}}')
    for pickle in ("pytorch_model.bin", "training_args.bin", "optimizer.pt"):
        (folder / pickle).write_bytes(b"\x80\x04runs code")
    return Repository(folder, ("main", "v1"))


@pytest.fixture
def fetch(tmp_path):
    """Run `snapshot` and `has_snapshot` with a hub and settings of their own."""

    def run(url, repo_id="someone/mini", revision="main", kind="model", **settings):
        arguments = json.dumps([repo_id, revision, kind, PATTERNS])
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
        home = {"HF_ENDPOINT": url, "HF_HOME": str(tmp_path / "home")}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, arguments],
            env=inherited | {"PYTHONPATH": str(ROOT)} | home | settings,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def refused_url():
    """An address where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"


def test_a_snapshot_is_fetched_once_and_found_again_without_a_network(repository, fetch):
    wanted = ["1_SpladePooling/config.json", "config.json", "model.safetensors"]
    with serving({"someone/mini": repository}) as hub:
        first = fetch(hub.url)
        assert first["files"] == wanted
        assert first["commit"] == repository.commit
        assert first["here"]
        assert hub.fetched == {"config.json", "model.safetensors"}  # and no pickle
        for revision in ("main", repository.commit):
            asked = len(hub.requests)
            again = fetch(hub.url, revision=revision, HF_HUB_OFFLINE="1")
            assert (again["files"], again["commit"]) == (wanted, repository.commit)
            assert hub.requests[asked:] == []  # not a single request
    assert fetch(refused_url())["files"] == wanted


def test_a_tag_and_a_commit_are_revisions_too(repository, fetch):
    with serving({"someone/mini": repository}) as hub:
        for revision in ("v1", repository.commit):
            assert fetch(hub.url, revision=revision)["commit"] == repository.commit


def test_a_data_set_is_not_a_model(repository, fetch):
    with serving(datasets={"someone/mini": repository}) as hub:
        told = fetch(hub.url, kind="dataset")
        assert (told["commit"], told["here"]) == (repository.commit, True)
        told = fetch(hub.url)
        assert (told["kind"], told["here"]) == ("InputError", False)


@pytest.mark.parametrize(
    ("asked", "exit_code", "sentence"),
    [
        ({"repo_id": "someone/none"}, 2, "The hub has no model 'someone/none' at revision 'main'"),
        ({"revision": "v9"}, 2, "The hub's model 'someone/mini' has no revision 'v9'."),
        ({"revision": "0" * 40}, 2, "has no revision '0000"),
        ({"repo_id": "../etc/passwd"}, 2, "is neither a folder here nor a hub id (owner/name)."),
        ({"repo_id": "naver/gated"}, 3, "only approved accounts read 'naver/gated'"),
        ({"HF_HUB_OFFLINE": "1"}, 3, "not in the hub's cache and HF_HUB_OFFLINE is set"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_can_not_be_had_is_one_sentence_and_a_code(
    repository, fetch, asked, exit_code, sentence
):
    models = {"someone/mini": repository, "naver/gated": Repository(repository.folder, gated=True)}
    with serving(models) as hub:
        told = fetch(hub.url, **asked)
        assert told["exit"] == exit_code
        assert sentence in told["error"]
        assert "\n" not in told["error"]
        assert not told["here"]
        if "HF_HUB_OFFLINE" in asked:
            assert hub.requests == []


def test_a_hub_that_does_not_answer_is_told_soon(fetch):
    url = refused_url()
    told = fetch(url)
    assert told["exit"] == 3
    assert f"could not be fetched from {url} and is not in the hub's cache" in told["error"]
    assert "\n" not in told["error"]
    assert told["seconds"] < 10


def test_a_file_that_is_missing_of_a_snapshot_is_seen(repository, fetch, tmp_path):
    with serving({"someone/mini": repository}) as hub:
        fetch(hub.url)
        (weights,) = (tmp_path / "home").rglob("model.safetensors")
        weights.unlink()
        told = fetch(hub.url, HF_HUB_OFFLINE="1")
        assert (told["exit"], told["here"]) == (3, False)
        assert fetch(hub.url)["here"]  # with a network it is fetched again
