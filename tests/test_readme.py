"""The README says what is true of the code."""

import doctest
import re

import pytest

from harness.cli import COMMANDS
from tests.support.readme import ROOT, written

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_derived_parts_are_up_to_date():
    assert written(README) == README, "run `python -m tests.support.readme`"


def test_every_command_and_exit_code_is_explained():
    assert [name for name in COMMANDS if f"`harness {name}`" not in README] == []
    for code in (0, 1, 2, 3, 70, 130, 141):
        assert f"\n| {code} | " in README


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
