"""Failures: one sentence and an exit code each."""

import errno
import json
import shutil
import subprocess
import sys

import click
import pytest

import harness.cli
from harness.cli import run
from harness.errors import InputError, UnreachableError
from tests.support import ROOT


def failing(monkeypatch, error):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(harness.cli.group, "main", fail)


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (InputError("No."), 2, "Error: No.\n"),
        (UnreachableError("No."), 3, "Error: No.\n"),
        (KeyboardInterrupt(), 130, "Error: Interrupted; what was finished is kept"),
        (click.Abort(), 130, "Error: Interrupted"),
        (MemoryError(), 3, "Error: The memory does not suffice"),
        (OSError(errno.ENOSPC, "full", "/x"), 3, "Error: The disk is full (/x)."),
        (OSError(errno.EDQUOT, "quota"), 3, "Error: The disk is full"),
        (OSError(errno.EIO, "bad disk", "/x"), 3, "Error: /x cannot be read: bad disk."),
        (OSError(errno.EMFILE, "too many"), 3, "Error: Something that was needed cannot be read"),
        (OSError(errno.ENAMETOOLONG, "too long", "/x"), 2, "Error: /x is no file that can be"),
        (ZeroDivisionError("x"), 70, "Error: This is a defect of harness (ZeroDivisionError: x)"),
    ],
)
def test_every_failure_is_one_sentence_and_its_exit_code(cli, monkeypatch, error, code, said):
    failing(monkeypatch, error)
    found, out, err = cli("list")
    assert (found, out) == (code, "")
    assert err.startswith(said)
    assert err.count("\n") == 1


def test_a_defect_can_be_looked_at(monkeypatch):
    failing(monkeypatch, ZeroDivisionError("x"))
    monkeypatch.setenv("HARNESS_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run(["list"])


def test_a_reader_that_goes_away_is_told_by_the_exit_code_alone():
    with subprocess.Popen(
        [sys.executable, "-m", "harness", "--help"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_a_result_of_another_model_of_the_same_file_name_is_kept(
    cli, tiny_bert, folder, tmp_path, monkeypatch
):
    for name in ("a/b", "a-b"):
        shutil.copytree(tiny_bert, tmp_path / "models" / name)
    monkeypatch.chdir(tmp_path / "models")
    given = ("--collection", folder, "--results", tmp_path / "out", "--device", "cpu")
    assert cli("eval", "--model", "a/b", *given)[0] == 0
    (path,) = (tmp_path / "out").glob("*.json")
    before = path.read_bytes()
    code, _, err = cli("eval", "--model", "a-b", *given)
    assert code == 2
    assert f"{path} holds the result of a/b on {folder}: give another folder" in err
    assert path.read_bytes() == before
    assert cli("eval", "--model", "./a/b/", *given)[0] == 0


def test_a_part_of_the_queries_is_another_result(cli, tiny_bert, tmp_path):
    results = tmp_path / "results"
    given = ("--model", tiny_bert, "--collection", "sampler", "--results", results)
    code, out, _ = cli("eval", *given, "--limit", 5, "--format", "json")
    assert code == 0
    summary = json.loads(out)
    assert summary["name"].endswith("-first-5")
    assert summary["counts"]["queries"] == 5
    assert [path.name for path in results.glob("*.json")] == [f"{summary['name']}.json"]
