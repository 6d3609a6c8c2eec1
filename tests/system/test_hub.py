"""The real hub client against a local server: what is fetched, what is asked, what is said.

The client reads its settings when it is imported, so each case runs in a process of its own.
"""

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from harness.system import hub
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


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("repository")
    (folder / "1_SpladePooling").mkdir()
    for name in ("config.json", "model.safetensors", "1_SpladePooling/config.json"):
        (folder / name).write_text(f'{{"this is": "{name}"}}')
    for pickle in ("pytorch_model.bin", "training_args.bin", "optimizer.pt"):
        (folder / pickle).write_bytes(b"\x80\x04runs code")
    return Repository(folder, ("main", "v1"))


def environment(**settings):
    """Ours, with these settings of the client and no others."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
    return inherited | {"PYTHONPATH": str(ROOT)} | settings


@pytest.fixture
def fetch(tmp_path):
    """Run `snapshot` and `has_snapshot` with a hub and settings of their own."""

    def run(url, repo_id="someone/mini", revision="main", kind="model", **settings):
        arguments = json.dumps([repo_id, revision, kind, PATTERNS])
        home = {"HF_ENDPOINT": url, "HF_HOME": str(tmp_path / "home")}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, arguments],
            env=environment(**home | settings),
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
        ({"repo_id": "../etc/passwd"}, 2, "is neither a file or folder here nor a hub id"),
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


def test_the_password_of_a_hub_is_not_told(fetch):
    told = fetch(refused_url().replace("//", "//me:secret@"))
    assert told["exit"] == 3
    assert "secret" not in told["error"]


def test_a_file_that_is_missing_of_a_snapshot_is_seen(repository, fetch, tmp_path):
    with serving({"someone/mini": repository}) as hub:
        fetch(hub.url)
        (weights,) = (tmp_path / "home").rglob("model.safetensors")
        weights.unlink()
        told = fetch(hub.url, HF_HUB_OFFLINE="1")
        assert (told["exit"], told["here"]) == (3, False)
        assert fetch(hub.url)["here"]  # with a network it is fetched again


# without the client


LIGHT = """
import json, sys
from harness.system.hub import has_snapshot

repo_id, revision, kind = json.loads(sys.argv[1])
ours = has_snapshot(repo_id, revision, ("config.json", "*.safetensors"), kind)
asked = "huggingface_hub" in sys.modules

from huggingface_hub import try_to_load_from_cache

theirs = [
    isinstance(try_to_load_from_cache(repo_id, name, revision=revision, repo_type=kind), str)
    for name in ("config.json", "model.safetensors")
]
print(json.dumps({"ours": ours, "theirs": all(theirs), "asked": asked}))
"""


def half_fetched(home, kind):
    """The client was stopped within the weights: a blob has its temporary name and no link."""
    (weights,) = (home / "hub").glob(f"{kind}s--*/snapshots/*/model.safetensors")
    blob = weights.resolve()
    weights.unlink()
    blob.rename(blob.with_name(f"{blob.name}.0123abcd.incomplete"))


def only_refs(home, kind):
    """The client was stopped before the first file."""
    shutil.rmtree(home / "hub" / f"{kind}s--someone--mini" / "snapshots")


def another_repository(home, kind):
    folder = home / "hub" / f"{kind}s--someone--mini"
    folder.rename(folder.with_name(f"{kind}s--someone--mini2"))


@pytest.fixture(scope="module")
def cached(repository, tmp_path_factory):
    """HF_HOME as the client leaves it when it has fetched the model and the data set."""
    home = tmp_path_factory.mktemp("fetched")
    with serving({"someone/mini": repository}, {"someone/mini": repository}) as hub:
        for kind in ("model", "dataset"):
            subprocess.run(
                [
                    *(sys.executable, "-c", PROGRAM),
                    json.dumps(["someone/mini", "main", kind, PATTERNS]),
                ],
                env=environment(HF_ENDPOINT=hub.url, HF_HOME=str(home)),
                capture_output=True,
                check=True,
            )
    return home


@pytest.mark.parametrize(
    ("change", "revision", "here", "asked"),
    [
        (lambda home, kind: None, "main", True, True),
        (lambda home, kind: None, "v1", False, True),  # not the revision that was fetched
        (half_fetched, "main", False, True),
        (only_refs, "main", False, True),
        (another_repository, "main", False, False),
        (lambda home, kind: shutil.rmtree(home), "main", False, False),
    ],
    ids=["whole", "another revision", "half fetched", "only refs", "another", "nothing"],
)
@pytest.mark.parametrize("kind", ["model", "dataset"])
def test_what_is_here_is_what_the_client_says(
    cached, tmp_path, change, revision, here, asked, kind
):
    """And the client is loaded only where the repository has a folder in its cache."""
    home = shutil.copytree(cached, tmp_path / "home", symlinks=True)
    change(home, kind)
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, json.dumps(["someone/mini", revision, kind])],
        env=environment(HF_HOME=str(home)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == {"ours": here, "theirs": here, "asked": asked}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"XDG_CACHE_HOME": "/xdg"},
        {"HF_HOME": "~/hf"},
        {"HF_HOME": "$WHERE/hf", "XDG_CACHE_HOME": "/xdg"},
        {"HUGGINGFACE_HUB_CACHE": "~/older", "HF_HOME": "/hf"},
        {"HF_HUB_CACHE": "~/$WHERE/newer", "HUGGINGFACE_HUB_CACHE": "/older", "HF_HOME": "/hf"},
        {"HF_HOME": ""},
        {"HF_HUB_CACHE": ""},
        {"HF_HOME": "~nobody-of-this-name/hf"},
    ],
    ids=str,
)
def test_the_cache_is_where_the_client_has_it(monkeypatch, settings):
    for name in ("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/me", "WHERE": "there", **settings}.items():
        monkeypatch.setenv(name, value)
    spec = importlib.util.find_spec("huggingface_hub.constants")
    theirs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(theirs)  # read anew, in this environment
    monkeypatch.delitem(sys.modules, "huggingface_hub.constants", raising=False)
    assert hub._cache() == Path(theirs.HF_HUB_CACHE)


def test_a_client_that_is_loaded_is_asked_for_its_cache(monkeypatch, tmp_path):
    """It reads its environment once: a later change of that moves nothing."""
    import huggingface_hub.constants

    monkeypatch.setenv("HF_HUB_CACHE", "/elsewhere")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    assert hub._cache() == tmp_path
