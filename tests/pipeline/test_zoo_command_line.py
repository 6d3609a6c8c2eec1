"""Some of the zoo by the command line: the same 20 numbers, or exit code 2 with the sentence."""

import json
from pathlib import Path

import pytest

from harness.experiment.result import read_result
from tests.support.zoo.held import hold_result, reference
from tests.support.zoo.rows import ROWS

pytestmark = pytest.mark.usefixtures("one_thread")

BY_NAME = {f"{row.kind}: {row.name}": row for row in ROWS}
EVALUATED = (
    "settings: everything at once",
    "stored: Bert in bfloat16",
    "static: static queries",
    "two: two models, prompts",
    "by role: both lengths",
    "csr: mean, cosine",
)
REFUSED = (
    "obeyed: processing_kwargs",
    "no encoder: no model_type",
    "unrouted: no route for queries",
    "by batch: FNet",
    "another head: BGE-M3",
)


@pytest.fixture
def evaluated(cli, tmp_path, monkeypatch):
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))

    def call(place):
        options = ("--collection", "sampler", "--device", "cpu", "--results", tmp_path / "out")
        return cli("eval", "--model", place, *options, "--format", "json")

    return call


@pytest.mark.parametrize("name", EVALUATED)
def test_the_numbers_of_their_evaluator(name, evaluated, tmp_path):
    row = BY_NAME[name]
    place = row.make(tmp_path)
    code, out, err = evaluated(place)
    assert (code, "Traceback" in err) == (0, False)
    hold_result(row, reference(row, place), read_result(Path(json.loads(out)["result"])))


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_is_one_sentence_and_exit_code_2(name, evaluated, tmp_path):
    row = BY_NAME[name]
    code, out, err = evaluated(row.make(tmp_path))
    assert (code, out) == (2, "")
    assert row.refused in " ".join(err.split())
    assert "Traceback" not in err
    assert not (tmp_path / "out").exists()
