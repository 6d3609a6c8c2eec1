"""The numbers in a card's Markdown tables: one measure to a row, or one measure to a column.

A table of one measure to a row has a value column, or a column for each data set (or model). A
table of one measure to a column compares models, or data sets, row by row. Tables of the course of
training are left alone: their numbers are those of checkpoints that nobody has.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from harness.card import PublishedEvaluation, same_name
from harness.card.markdown import Table, printable
from harness.claims.published import (
    PublishedNumber,
    Unit,
    digits,
    measure_key,
    own_unit,
    read,
    unit_of,
)
from harness.errors import InputError
from harness.measures.names import ParsedName, parse_name

MOST_NUMBERS: Final = 20_000
_COURSE = {"epoch", "step", "training loss"}
_VALUE = {"", "value", "values", "score", "scores", "result", "results"}
_DATASET = {"dataset", "datasets", "data set", "task", "benchmark", "corpus", "collection"}
_NOTHING = {"", "-", "--", "–", "—", "n/a", "na", "x", "?"}


class Cell(NamedTuple):
    """One printed number and whose it is."""

    model: str
    dataset: str
    key: str
    text: str
    unit: Unit | None


@dataclass(frozen=True)
class TableFacts:
    """What one table gives, what was assumed of it and what in it was not used."""

    evaluations: tuple[PublishedEvaluation, ...] = ()
    recovered: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


def read_table(table: Table, source: str, own: frozenset[str]) -> TableFacts:
    """The numbers of one table; none where it has no measure in its head or its first column.

    Args:
        table: the table.
        source: the card's name, for messages.
        own: names of the card's model as `same_name` gives them; a column that bears one of them
            shows that columns are models and not data sets.

    Raises:
        InputError: it has more than MOST_NUMBERS numbers.
    """
    if _COURSE & {head.lower() for head in table.header}:
        return TableFacts()
    where = f"{source} table '{table.heading}', line {table.line}"
    if any(map(split_measure, table.header)):
        return _gather(_measure_to_column(table), where)
    if not any(measure_key(row[0]) for row in table.rows):
        return TableFacts()
    facts = _gather(_measure_to_row(table, own), where)
    unsure = [
        name
        for name in table.header[1:]
        if name.lower() not in _VALUE and not _known(name, table, own)
    ]
    if not unsure:
        return facts
    told = f"{where}: the columns {', '.join(unsure[:5])} were taken for data sets."
    return TableFacts(facts.evaluations, (told,), facts.refused)


def split_measure(text: str) -> tuple[str, ParsedName] | None:
    """The data set and the measure in a heading that names both; None where it names no measure.

    `NanoMSMARCO_dot_ndcg@10` gives (NanoMSMARCO, dot_ndcg@10); `MRR@10 (dev)` gives (dev, mrr@10);
    `Recall@10 (%) ↑` gives recall@10 in percent.
    """
    plain = text[:150].strip(" ↑↓\t")
    whole = parse_name(plain)
    if whole is not None:
        return ("", whole)
    name, paren, inner = plain.replace("(%)", "").partition("(")
    dataset = inner.rstrip(") ") if paren and same_name(inner) != "dot" else ""
    starts = [0, *(at + 1 for at, letter in enumerate(name) if letter in " _:/")]
    for start in starts:
        found = parse_name(name[start:]) if "@" in name[start:] or start == 0 else None
        if found is not None:
            if "%" in plain and own_unit(found.key) != "count":
                found = found._replace(unit="percent")
            return (name[:start].strip(" _:/") or dataset, found)
    return None


def _known(name: str, table: Table, own: frozenset[str]) -> bool:
    return same_name(name) in own or same_name(name) in map(same_name, table.datasets)


def _measure_to_column(table: Table) -> Iterator[Cell]:
    heads = [split_measure(head) for head in table.header]
    dataset_at = next((i for i, h in enumerate(table.header) if h.lower() in _DATASET), None)
    model_at = next((i for i, h in enumerate(heads) if h is None and i != dataset_at), None)
    caption = table.datasets[0] if len(table.datasets) == 1 else ""
    for at, head in enumerate(heads):
        if head is None:
            continue
        dataset, measure = head
        column = [row[at] if at < len(row) else "" for row in table.rows]
        unit = measure.unit or unit_of(measure.key, column)
        for row, text in zip(table.rows, column, strict=True):
            label = "" if dataset_at is None or dataset_at >= len(row) else row[dataset_at]
            model = "" if model_at is None or model_at >= len(row) else row[model_at]
            if label == "" and same_name(model) in map(same_name, table.datasets):
                label, model = model, ""
            yield Cell(model, label or dataset or caption, measure.key, text, unit)


def _measure_to_row(table: Table, own: frozenset[str]) -> Iterator[Cell]:
    heads = [split_measure(row[0]) for row in table.rows]
    models = any(same_name(name) in own for name in table.header[1:] if same_name(name))
    caption = table.datasets[0] if len(table.datasets) == 1 else ""
    for at, name in enumerate(table.header[1:], start=1):
        column = [row[at] if at < len(row) else "" for row in table.rows]
        unit = unit_of(
            "",
            [
                text
                for head, text in zip(heads, column, strict=True)
                if head and own_unit(head[1].key) is None
            ],
        )
        whose = "" if name.lower() in _VALUE else name
        for head, text in zip(heads, column, strict=True):
            if head is not None:
                dataset = caption if models or not whose else whose
                yield Cell(
                    whose if models else "",
                    head[0] or dataset,
                    head[1].key,
                    text,
                    head[1].unit or own_unit(head[1].key) or unit,
                )


def _gather(cells: Iterator[Cell], where: str) -> TableFacts:
    """Cells as evaluations, one for each model and data set."""
    found: dict[tuple[str, str], dict[str, PublishedNumber]] = {}
    refused: list[str] = []
    contradicted: set[tuple[str, str, str]] = set()
    for count, cell in enumerate(cells):
        if count >= MOST_NUMBERS:
            raise InputError(
                f"{where} has more than {MOST_NUMBERS:,} numbers; give the card of one model."
            )
        if cell.text.lower() in _NOTHING:
            continue
        if digits(cell.text) is None:
            shown = printable(cell.text)
            refused.append(f"{where}: {cell.key} is '{shown}', which is not a number; not used.")
            continue
        try:
            published = read(cell.key, cell.text, where, cell.unit)
        except InputError as error:
            refused.append(str(error))
            continue
        numbers = found.setdefault((cell.model, cell.dataset), {})
        if numbers.setdefault(cell.key, published).text != published.text:
            contradicted.add((cell.model, cell.dataset, cell.key))
    for model, dataset, key in sorted(contradicted):
        del found[model, dataset][key]
        refused.append(f"{where}: {key} is given twice with different values; neither is used.")
    evaluations = tuple(
        PublishedEvaluation(dataset, where, tuple(numbers.values()), model=model)
        for (model, dataset), numbers in found.items()
        if numbers
    )
    return TableFacts(evaluations, (), tuple(refused))
