"""A card as text: for a terminal, for markdown, and as plain data for JSON."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from harness.card import Architecture, Card, PublishedEvaluation, UsageExample
from harness.card.claimed import ClaimedEvaluation
from harness.card.joined import joined
from harness.card.markdown import printable
from harness.claims.published import PublishedNumber, similarity
from harness.report.tables import Style, as_text
from harness.system import inert

_LONGEST = 400  # characters of one text


def card_text(
    card: Card,
    style: Style = "table",
    weights: Iterable[str] = (),
    claimed: Sequence[ClaimedEvaluation] = (),
) -> str:
    """What a card says: numbers at full precision with their places, example, build, training.

    Args:
        card: what it is of.
        style: of the text.
        weights: sentences on the model's weights, which stand beside the card and not in it.
        claimed: what it claims of its own model, evaluation by evaluation; one is not listed.
    """
    safe = harmless(style)
    parts = [
        f"{safe(card.name or '(unnamed)')}: {_count(card)}",
        _numbers(card, style),
        section("Evaluations (--evaluation N)", _evaluations(claimed), style),
        *(section(title, lines, style) for title, lines in _sections(card)),
        section("Weights (not said by the card)", weights, style),
    ]
    return "\n\n".join(part for part in parts if part)


def _evaluations(claimed: Sequence[ClaimedEvaluation]) -> Iterator[str]:
    if len(claimed) > 1:
        for number, one in enumerate(claimed, start=1):
            yield f"{number}: {one.label} ({len(one.numbers)} numbers)"


def card_data(card: Card, claimed: Iterable[ClaimedEvaluation] = ()) -> dict[str, Any]:
    """The same as one object of JSON's types; here every place of a number is named."""
    return {
        "name": card.name,
        "source": card.source,
        "numbers": [
            _number(one, number) | {"value": number.value, "full_precision": one.full_precision}
            for one in card.evaluations
            for number in one.published
        ],
        "evaluations": [
            {
                "data set": one.dataset,
                "split": one.split,
                "config": one.config,
                "revision": one.revision,
                "similarity": one.similarity,
                "order": one.order,
                "parameters": dict(one.parameters),
                "measures": {number.measure: number.text for number in one.numbers},
                "where": list(one.where),
            }
            for one in claimed
        ],
        "usage": asdict(card.usage) if card.usage else None,
        "architecture": asdict(card.architecture),
        "training": asdict(card.training),
        "disagreements": [str(one) for one in card.disagreements],
        "recovered": list(card.recovered),
        "refused": list(card.refused),
    }


def _count(card: Card) -> str:
    total = sum(len(one.published) for one in card.evaluations)
    return f"{total} numbers in {len(card.evaluations)} places." if total else "no number."


def _numbers(card: Card, style: Style) -> str:
    """Each number once, where it is most precise: full precision stands first in a card."""
    rows: dict[tuple[int, str], dict[str, str]] = {}
    for at, places in enumerate(joined(card.evaluations)):
        named: dict[str, set[str | None]] = {}
        for one in places:
            for number in one.published:
                functions = named.setdefault(number.name, set())
                # `ndcg@10` of a table is the `dot_ndcg@10` of the metadata.
                if not functions or None not in functions | {similarity(number.measure)}:
                    rows.setdefault((at, number.measure), _number(one, number))
                functions.add(similarity(number.measure))
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
    yield "Architecture", _architecture(card.architecture)
    training = asdict(card.training)
    settings = training.pop("hyperparameters")
    yield "Training", [*_facts(training), *(f"{key}: {value}" for key, value in settings.items())]
    yield "The card contradicts itself", map(str, card.disagreements)
    yield "Recovered", card.recovered
    yield "Not used", card.refused


def _architecture(build: Architecture) -> Iterator[str]:
    yield from _facts(asdict(build) | {"modules": None, "routes": None})
    routed = {module for modules in build.routes.values() for module in modules}
    yield from (module for module in build.modules if module not in routed)
    yield from (f"{way}: {module}" for way, modules in build.routes.items() for module in modules)


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


def section(title: str, lines: Iterable[str], style: Style) -> str:
    """A title and its lines, made harmless; "" where there are none."""
    safe = harmless(style)
    listed = [safe(line) for line in lines]
    if not listed:
        return ""
    mark, gap = ("- ", "\n\n") if style == "markdown" else ("  ", "\n")
    return f"{safe(title)}{gap}" + "\n".join(f"{mark}{line}" for line in listed)


def harmless(style: Style) -> Callable[[str], str]:
    """What makes a card's text harmless: to a terminal, and to markdown and HTML."""

    def safe(text: str) -> str:
        plain = printable(text, 2 * _LONGEST)
        return inert.markdown(plain) if style == "markdown" else plain

    return safe
