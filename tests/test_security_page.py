"""The page on security names safeguards by tests that are there."""

import ast
import re

import pytest

from tests.support import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("|") and "](../tests/" in line]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_every_safeguard_is_held_by_a_test_of_that_name(row):
    held = row.split("|")[3]
    for link, names in re.findall(r"\]\(\.\./(tests/[^)]+)\)([^\[]*)", held):
        tree = ast.parse((ROOT / link).read_text(encoding="utf-8"))
        there = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        named = re.findall(r"`(test_\w+)`", names)
        assert named, link
        assert set(named) <= there


def test_the_page_has_its_rows_and_its_links():
    assert len(ROWS) > 12
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / link).exists(), link
    assert "@" not in re.sub(r"`[^`]*`", "", PAGE)  # no address that nobody reads
