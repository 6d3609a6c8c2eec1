"""Variables that a library would stumble over, told by name before it is imported."""

import pytest

from harness.errors import InputError
from harness.system.environment import check_environment


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
