"""A card and its audit as text: for a terminal, for markdown, and as plain data for JSON."""

import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Any

from harness.card import Card, PublishedEvaluation, UsageExample, same_name
from harness.card.audit import Finding
from harness.card.audit.card import Audited
from harness.card.markdown import printable
from harness.card.naming import NONE
from harness.claims.published import PublishedNumber, bare
from harness.report.tables import Style, as_text
from harness.system import inert

_LONGEST = 400  # characters of one text
_WIDTH = 100
_TELLING = 0.3
"""A set is told where it is that likely, or where the digits give away how many queries it has."""


def card_text(card: Card, style: Style = "table", weights: Iterable[str] = ()) -> str:
    """What a card says: numbers at full precision with their places, example, build, training.

    Args:
        card: what it is of.
        style: of the text.
        weights: sentences on the model's weights, which stand beside the card and not in it.
    """
    safe = _safe(style)
    parts = [
        f"{safe(card.name or '(unnamed)')}: {_count(card)}",
        _numbers(card, style),
        *(_section(title, lines, style) for title, lines in _sections(card)),
        _section("Weights (not said by the card)", weights, style),
    ]
    return "\n\n".join(part for part in parts if part)


def card_data(card: Card) -> dict[str, Any]:
    """The same as one object of JSON's types; here every place of a number is named."""
    return {
        "name": card.name,
        "source": card.source,
        "numbers": [
            _number(one, number) | {"value": number.value, "full_precision": one.full_precision}
            for one in card.evaluations
            for number in one.published
        ],
        "usage": asdict(card.usage) if card.usage else None,
        "architecture": asdict(card.architecture),
        "training": asdict(card.training),
        "disagreements": [str(one) for one in card.disagreements],
        "recovered": list(card.recovered),
        "refused": list(card.refused),
    }


def audit_text(audited: Iterable[Audited], style: Style = "table") -> str:
    """A table of findings for each evaluation, the impossible ones first."""
    safe = _safe(style)
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


def _count(card: Card) -> str:
    total = sum(len(one.published) for one in card.evaluations)
    return f"{total} numbers in {len(card.evaluations)} places." if total else "no number."


def _numbers(card: Card, style: Style) -> str:
    """Each number once, where it is most precise: full precision stands first in a card."""
    rows: dict[tuple[str, str, str], dict[str, str]] = {}
    for one in card.evaluations:
        for number in one.published:
            key = (same_name(one.model), same_name(one.dataset), bare(number.measure))
            rows.setdefault(key, _number(one, number))
    columns = ["data set", "model", "measure", "published", "unit", "where"]
    used = [name for name in columns if any(row[name] for row in rows.values())]
    return as_text(rows.values(), used, style) if rows else ""


def _number(one: PublishedEvaluation, number: PublishedNumber) -> dict[str, str]:
    return {
        "data set": one.dataset,
        "model": one.model,
        "measure": number.measure,
        "published": number.text,
        "unit": number.unit,
        "where": number.source,
    }


def _sections(card: Card) -> Iterator[tuple[str, Iterable[str]]]:
    if card.usage is not None:
        yield f"Usage example ({card.usage.where})", _usage(card.usage)
    build = asdict(card.architecture) | {"modules": None}
    yield "Architecture", [*_facts(build), *card.architecture.modules]
    training = asdict(card.training)
    settings = training.pop("hyperparameters")
    yield "Training", [*_facts(training), *(f"{key}: {value}" for key, value in settings.items())]
    yield "The card contradicts itself", map(str, card.disagreements)
    yield "Recovered", card.recovered
    yield "Not used", card.refused


def _usage(usage: UsageExample) -> Iterator[str]:
    if usage.model_id:
        yield f"model: {usage.model_id}"
    yield from (f"query: {_short(text)}" for text in usage.queries)
    if not usage.symmetric:
        yield from (f"document: {_short(text)}" for text in usage.documents)
    yield from (f"printed: {', '.join(row)}" for row in usage.similarity)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."


def _facts(values: dict[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        if value not in (None, ()):
            shown = ", ".join(map(str, value)) if isinstance(value, tuple) else value
            yield f"{name.replace('_', ' ')}: {shown}"


def _section(title: str, lines: Iterable[str], style: Style) -> str:
    safe = _safe(style)
    listed = [safe(line) for line in lines]
    if not listed:
        return ""
    mark, gap = ("- ", "\n\n") if style == "markdown" else ("  ", "\n")
    return f"{safe(title)}{gap}" + "\n".join(f"{mark}{line}" for line in listed)


def _safe(style: Style) -> Callable[[str], str]:
    """What makes a card's text harmless: to a terminal, and to markdown and HTML."""

    def safe(text: str) -> str:
        plain = printable(text, 2 * _LONGEST)
        return inert.markdown(plain) if style == "markdown" else plain

    return safe


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
        printable(paragraph, 10 * _LONGEST),
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
    return _section(
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
    left = textwrap.fill(_safe(style)(one.audit.left_out), _WIDTH, break_on_hyphens=False)
    return f"{left}\n\n{said}" if left else said
