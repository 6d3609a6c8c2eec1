"""A repository as the examples want it, with a tiny model, the sampler and a baseline in git."""

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.cli import run
from harness.experiment.result import read_result
from tests.support.readme import ROOT

BROKEN = '\n[budgets.between]\n"ndcg@10" = [0.9, 1]\n'


@dataclass(frozen=True)
class Repository:
    """A repository in which the steps of an example are run."""

    folder: Path
    bin: Path
    environment: dict

    @property
    def experiment(self):
        return self.folder / "experiments" / "mine.toml"

    def bash(self, script, **more):
        """Run a script as a step of a pipeline is run: (exit code, stdout, stderr)."""
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.folder,
            env=self.environment | more,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def git(self, *arguments):
        given = ("-c", "user.name=x", "-c", "user.email=x", "-c", "commit.gpgsign=false")
        subprocess.run(
            ["git", *given, *arguments], cwd=self.folder, check=True, capture_output=True
        )

    def commit(self):
        self.git("add", ".")
        self.git("commit", "-q", "-m", "x")


@pytest.fixture(scope="session")
def evaluated(tmp_path_factory, tiny_bert):
    """The repository before git knows of it, and the cache of its vectors."""
    folder = tmp_path_factory.mktemp("repository")
    experiment = folder / "experiments" / "mine.toml"
    experiment.parent.mkdir()
    text = f'name = "mine"\n[model]\nid = "{tiny_bert}"\n[collection]\nid = "sampler"\n'
    experiment.write_text(text)
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("HARNESS_CACHE", str(cache))
        out = ("--results", str(folder / "results"), "--device", "cpu")
        assert run(["eval", str(experiment), *out]) == 0
    measured = read_result(folder / "results" / "mine.json").scores["dot_ndcg@10"]
    claims = f'[published]\nsource = "a card"\n[published.values]\n"ndcg@10" = "{measured:.4f}"\n'
    experiment.write_text(f'{text}{claims}[margin]\n"ndcg@10" = 0.01\n')
    shutil.copytree(folder / "results", folder / "baseline")
    (folder / "requirements.txt").write_text("harness\n")
    return folder, cache


@pytest.fixture
def repository(evaluated, tmp_path):
    """A copy under git, whose shell finds `harness` and `python` of these tests."""
    before, cache = evaluated
    folder, commands = tmp_path / "repository", tmp_path / "bin"
    shutil.copytree(before, folder)
    commands.mkdir()
    for name, more in (("python", ""), ("harness", "-m harness")):
        (commands / name).write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {more} "$@"\n')
        (commands / name).chmod(0o755)
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    environment = kept | {
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HARNESS_CACHE": str(cache),
    }
    found = Repository(folder, commands, environment)
    found.git("init", "-q", "-b", "main")
    found.commit()
    return found
