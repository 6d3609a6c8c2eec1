"""Variables that a library would stumble over, told by name before it is imported."""

import os
import subprocess
import sys

import pytest

from harness.errors import InputError
from harness.system.environment import check_environment, unset_empty_folders
from tests.support import ROOT


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NUMBA_NUM_THREADS", "0"),
        ("NUMBA_NUM_THREADS", "-1"),
        ("NUMBA_NUM_THREADS", "many"),
        ("NUMBA_NUM_THREADS", "99999999"),
        ("RAYON_NUM_THREADS", "x"),
        ("SOURCE_DATE_EPOCH", "yesterday"),
        ("SOURCE_DATE_EPOCH", "-1"),
        ("SOURCE_DATE_EPOCH", "²"),
        ("SOURCE_DATE_EPOCH", "9" * 400),
        ("HF_ENDPOINT", "http://localhost:99999"),
        ("HF_ENDPOINT", "http://["),
        ("HF_ENDPOINT", "huggingface.co"),
        ("HF_ENDPOINT", "file:///etc"),
        ("HF_HUB_DOWNLOAD_TIMEOUT", "soon"),
        ("HF_HUB_ETAG_TIMEOUT", "0"),
    ],
)
def test_what_no_library_could_use_is_refused_by_name(name, value):
    with pytest.raises(InputError, match=f"The environment variable {name} is ") as refused:
        check_environment({name: value})
    assert len(str(refused.value)) < 250


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NUMBA_NUM_THREADS", "4"),
        ("NUMBA_NUM_THREADS", ""),
        ("SOURCE_DATE_EPOCH", "0"),
        ("SOURCE_DATE_EPOCH", "1767225600"),
        ("HF_ENDPOINT", "https://hf-mirror.com/"),
        ("HF_ENDPOINT", "http://[::1]:8080"),
        ("HF_HUB_DOWNLOAD_TIMEOUT", "30"),
        ("HARNESS_CACHE", "anything"),
    ],
)
def test_what_can_be_used_is_let_through(name, value):
    check_environment({name: value})


@pytest.mark.parametrize("name", ["NUMBA_NUM_THREADS", "SOURCE_DATE_EPOCH", "HF_ENDPOINT"])
def test_the_command_line_looks_before_it_runs(cli, monkeypatch, name):
    monkeypatch.setenv(name, "http://localhost:99999")
    code, out, err = cli("check", "crowdrag-splade-tiny")
    assert (code, out) == (2, "")
    assert err.startswith(f"Error: The environment variable {name} is ")
    assert err.count("\n") == 1


def test_an_empty_folder_is_one_that_is_not_set():
    """ir_datasets, imported with an empty IR_DATASETS_HOME, makes twenty folders where it is."""
    variables = {"IR_DATASETS_HOME": "", "HF_HOME": " ", "XDG_CACHE_HOME": "/x"}
    unset_empty_folders(variables)
    assert variables == {"XDG_CACHE_HOME": "/x"}


def test_no_folder_is_made_where_a_command_runs(tmp_path):
    """The whole way, since a library's import makes them."""
    environment = os.environ | {"IR_DATASETS_HOME": "", "PYTHONPATH": str(ROOT)}
    program = "from harness.cli import run; run(['--version']); import ir_datasets"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.returncode == 0
    assert list(tmp_path.iterdir()) == []
