"""The README says what is true of the code."""

import doctest
import re

import pytest

from harness.cli import COMMANDS
from harness.experiment.result import read_result
from harness.experiment.spec import DEFAULT
from harness.report.files import summary
from tests.support.readme import ROOT, written

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_derived_parts_are_up_to_date():
    assert written(README) == README, "run `python -m tests.support.readme`"


def test_every_command_and_exit_code_is_explained():
    assert [name for name in COMMANDS if f"`harness {name}`" not in README] == []
    for code in (0, 1, 2, 3, 70, 130, 141):
        assert f"\n| {code} | " in README


def test_the_output_that_is_shown_is_that_of_the_committed_result():
    result = read_result(ROOT / "results" / f"{DEFAULT}.json")
    page = summary(result, result.comparisons).splitlines()
    shown = README.split("```\nmeasure ")[1].split("\n```")[0].splitlines()[1:]
    assert len(shown) > 5
    assert [line for line in shown if line != "…" and line not in map(str.rstrip, page)] == []


def test_every_linked_file_exists():
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / link).exists(), link


@pytest.mark.real
def test_python_examples_give_what_they_show(monkeypatch, asset):
    asset("splade-tiny")
    asset("crowdrag-25")
    monkeypatch.chdir(ROOT)
    found = doctest.testfile(
        str(ROOT / "README.md"), module_relative=False, optionflags=doctest.ELLIPSIS
    )
    assert found.attempted > 15
    assert found.failed == 0
