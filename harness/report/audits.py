"""An audit for people: findings, candidates and a conclusion, as plain text or as markdown."""

import textwrap
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from harness.card.audit import Finding
from harness.card.audit.card import Audited
from harness.card.markdown import printable
from harness.card.naming import NONE
from harness.report.cards import harmless, section
from harness.report.tables import Style, as_text

_LONGEST = 4_000  # characters of one finding
_WIDTH = 100
_TELLING = 0.3
"""A set is told where it is that likely, or where the digits give away how many queries it has."""


def audit_text(audited: Iterable[Audited], style: Style = "table") -> str:
    """A table of findings for each evaluation, the impossible ones first."""
    safe = harmless(style)
    return "\n\n".join(
        "\n\n".join(
            filter(
                None,
                (
                    safe(_label(one)),
                    _findings(one, style),
                    _candidates(one, style),
                    _conclusion(one, style),
                ),
            )
        )
        for one in audited
    )


def audit_data(audited: Iterable[Audited]) -> list[dict[str, Any]]:
    """The same as a list of objects of JSON's types."""
    return [
        {
            "dataset": one.dataset,
            "model": one.model,
            "where": one.where,
            "impossible": one.audit.impossible,
            "queries": one.audit.queries,
            "findings": [asdict(finding) for finding in one.audit.findings],
            "left_out": one.audit.left_out,
            "maker": {"name": one.audit.maker, "why": one.audit.maker_why},
            "candidates": [asdict(candidate) for candidate in one.candidates],
        }
        for one in audited
    ]


def _label(one: Audited) -> str:
    named = one.dataset or "(unnamed)"
    return f"Data set {named}{f', model {one.model}' if one.model else ''} ({one.where})"


def _findings(one: Audited, style: Style) -> str:
    order = ("impossible", "suspicious", "consistent")
    found = sorted(one.audit.findings, key=lambda finding: order.index(finding.verdict))
    if style == "table":
        return "\n".join(_folded(finding) for finding in found)
    rows = [
        {
            "verdict": finding.verdict,
            "test": finding.test,
            "measures": ", ".join(finding.measures),
            "numbers": finding.numbers,
            "why": finding.why,
        }
        for finding in found
    ]
    return as_text(rows, ("verdict", "test", "measures", "numbers", "why"), style)


def _folded(finding: Finding) -> str:
    """A finding as a paragraph: a table of such sentences is wider than any terminal."""
    paragraph = f"{finding.numbers}; because {finding.why}."
    body = textwrap.fill(
        printable(paragraph, _LONGEST),
        _WIDTH,
        initial_indent=" " * 4,
        subsequent_indent=" " * 4,
        break_on_hyphens=False,
    )
    return f"{finding.verdict}: {finding.test}\n{body}"


def _candidates(one: Audited, style: Style) -> str:
    """The known sets that these numbers can be of; nothing where none stands out."""
    told = [candidate for candidate in one.candidates if candidate.name != NONE]
    if not told or (not one.audit.queries and told[0].probability < _TELLING):
        return ""
    return section(
        "Which data set?",
        (f"{round(100 * c.probability)}% {c.name}: {c.why}" for c in one.candidates),
        style,
    )


def _conclusion(one: Audited, style: Style) -> str:
    impossible = sum(finding.verdict == "impossible" for finding in one.audit.findings)
    queries = one.audit.queries
    counted = f"Whole counts at {queries:,} queries and multiples. " if queries else ""
    said = f"{counted}Impossible: {impossible or 'nothing'}."
    made = "" if one.audit.maker == "unknown" else f"Made by {one.audit.maker}. "
    said = f"{made}{said}"
    left = textwrap.fill(harmless(style)(one.audit.left_out), _WIDTH, break_on_hyphens=False)
    return f"{left}\n\n{said}" if left else said
