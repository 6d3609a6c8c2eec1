"""Offline, nothing of ours starts a connection: not the hub's client, nor pip, nor ir_datasets."""

import json
import os
import subprocess
import sys

import pytest

from harness.system.network import NotAskedError, asking, is_offline, offline, without_password
from tests.support import ROOT

PROGRAM = """
import json, os, socket, subprocess, sys

arguments = json.loads(sys.argv[1])
tried = []

def refused(what):
    def refuse(*arguments, **_):
        if what != "Popen" or "pip" in arguments[0] or arguments[0][0] == "gsutil":
            tried.append(what)
            raise AssertionError(what)
        return popen(*arguments, **_)
    return refuse

popen = subprocess.Popen
socket.socket.connect = refused("connect")
socket.socket.connect_ex = refused("connect_ex")
socket.getaddrinfo = refused("getaddrinfo")
subprocess.Popen.__init__ = refused("Popen")

from harness.cli import run

told = [run(one) for one in arguments]
sys.stdout.flush()
print(json.dumps({"codes": told, "tried": tried}))
"""

ASSETS = (
    ("fetch", "crowdrag-splade-tiny"),  # a wheel, by pip
    ("fetch", "insuranceqa-splade-tiny"),  # no wheel: off the index's own page
)
HUB = (("card", "naver/nobody"), ("fetch", "splade-ensembledistil-dl19"))
IRDS = tuple(
    ("eval", "--model", "{model}", "--collection", name)
    for name in (
        "beir/scifact/test",
        "vaswani",
        "msmarco-passage/trec-dl-2019/judged",
        "msmarco-pool/qna",
        "msmarco-pool/hub",
    )
)


@pytest.mark.parametrize(
    ("switch", "before", "commands"),
    [
        ({}, ["--offline"], (*ASSETS, *HUB, *IRDS)),
        ({"HF_HUB_OFFLINE": "1"}, [], (*ASSETS, *HUB, IRDS[1])),
        ({"HF_HUB_OFFLINE": "", "TRANSFORMERS_OFFLINE": "yes"}, [], (*ASSETS, *HUB)),
    ],
    ids=["option", "environment", "older environment"],
)
def test_offline_no_command_starts_a_connection(tmp_path, tiny_bert, switch, before, commands):
    folders = {
        name: str(tmp_path / name) for name in ("HARNESS_CACHE", "HF_HOME", "IR_DATASETS_HOME")
    }
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "TRANSFORMERS_"))}
    filled = [[*before, *(one.format(model=tiny_bert) for one in line)] for line in commands]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(filled)],
        env=clean | folders | switch | {"PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told == {"codes": [3] * len(commands), "tried": []}, done.stderr
    sentences = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(sentences) == len(commands)
    for sentence in sentences:
        assert "HF_HUB_OFFLINE is set (or --offline given)" in sentence


def test_offline_ends_with_its_block(monkeypatch):
    monkeypatch.delenv("TRANSFORMERS_OFFLINE", raising=False)
    for before in (None, "0"):
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        if before is not None:
            monkeypatch.setenv("HF_HUB_OFFLINE", before)
        assert not is_offline()
        with offline():
            assert is_offline()
        assert not is_offline()
        assert os.environ.get("HF_HUB_OFFLINE") == before


def test_a_download_asks_each_time_that_it_begins(monkeypatch):
    class Mirror:
        url = "https://somewhere"

        @asking
        def stream(self):
            return b"content"

    assert asking(Mirror.stream) is Mirror.stream
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    assert Mirror().stream() == b"content"
    monkeypatch.setenv("HF_HUB_OFFLINE", "on")
    with pytest.raises(NotAskedError, match="https://somewhere"):
        Mirror().stream()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:secret@mirror.org/simple", "https://mirror.org/simple"),
        ("https://token@mirror.org:8080/a@b", "https://mirror.org:8080/a@b"),
        ("https://mirror.org", "https://mirror.org"),
        ("https://me:secret@[half", "an address that cannot be read"),
    ],
)
def test_an_address_is_shown_without_its_password(url, shown):
    assert without_password(url) == shown
