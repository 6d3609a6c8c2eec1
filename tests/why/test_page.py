"""docs/why.md has the table of conventions that the code has."""

from harness.why import rules
from harness.why.conventions import tools
from tests.support import ROOT


def table():
    """A line for each rule, as the page has it."""
    aspects = (
        rules.OWN,
        rules.ties([50_000], corpus=True),
        rules.ZEROS,
        rules.depth([100]),
        rules.level([2]),
        rules.REPEATS,
        rules.QUERIES,
        rules.GAINS,
        rules.MAP,
        rules.RECALL,
        rules.MRR,
        rules.PRECISION,
    )
    return [
        f"| {aspect.about} (`{aspect.name}`) | {rule.name} | {rule.text} | {rule.whose} |"
        for aspect in aspects
        for rule in (*aspect.rules, *([rules.ANY] if aspect.name == "ties" else []))
    ]


def test_the_page_has_every_rule_and_whose_it_is():
    page = (ROOT / "docs" / "why.md").read_text(encoding="utf-8")
    lines = page.splitlines()
    start = lines.index("| what | rule | what it does | whose |") + 2
    assert lines[start : start + len(table())] == table()
    for tool in tools():
        assert f"- {tool}" in page
