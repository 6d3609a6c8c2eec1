"""The numbers in a card's Markdown tables: one measure to a row, or one measure to a column.

A table of one measure to a row has a value column, or a column for each data set (or model). A
table of one measure to a column compares models, or data sets, row by row. Tables of the course of
training are left alone: their numbers are those of checkpoints that nobody has.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from harness.card import PublishedEvaluation, same_name
from harness.card.cells import Cell, split_measure
from harness.card.grids import UNNAMED_MEASURE, grid
from harness.card.markdown import printable
from harness.card.parameters import parameters_of
from harness.card.pipe_tables import Table
from harness.claims.published import PublishedNumber, digits, own_unit, read, unit_of
from harness.errors import InputError
from harness.measures.names import ParsedName

MOST_NUMBERS: Final = 20_000
_COURSE = {"epoch", "step", "training loss"}
_EVALUATOR = re.compile(
    r"(sparse |cross encoder |multi vector )?"
    r"(information retrieval|nano beir|reranking|reciprocal rank fusion)"
)
_VALUE = {"", "value", "values", "score", "scores", "result", "results"}
_DATASET = {"dataset", "datasets", "data set", "task", "benchmark", "corpus", "collection"}
_NOTHING = {"", "-", "--", "–", "—", "n/a", "na", "x", "?"}


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
    given = parameters_of(table.code)
    facts = _numbers(table, source, own)
    unread = (
        f"{source} table '{table.heading}', line {table.line}: its parameters were not understood."
    )
    return replace(
        facts,
        evaluations=tuple(
            replace(one, parameters=given.values, task=_task(table.heading))
            for one in facts.evaluations
        ),
        refused=(*facts.refused, *([unread] if given.unread and facts.evaluations else [])),
    )


def _task(heading: str) -> str:
    """The kind of task where a heading is the name of an evaluator of sentence-transformers."""
    found = _EVALUATOR.fullmatch(heading.lower()) if len(heading) < 60 else None
    return "-".join(found[0].split()) if found else ""


def _numbers(table: Table, source: str, own: frozenset[str]) -> TableFacts:
    if _COURSE & {head.lower() for head in table.header}:
        return TableFacts()
    where = f"{source} table '{table.heading}', line {table.line}"
    if any(map(split_measure, table.header)):
        return _gather(_measure_to_column(table), where)
    rows = [head for row in table.rows if (head := split_measure(row[0]))]
    if not rows:
        cells = grid(table)
        if cells:
            return _gather(iter(cells), where)
        return TableFacts(refused=() if cells is None else (f"{where}: {UNNAMED_MEASURE}",))
    facts = _gather(_measure_to_row(table, own), where)
    unsure = [
        name
        for name in table.header[1:]
        if name.lower() not in _VALUE
        and not all(dataset for dataset, _ in rows)
        and not _known(name, table, own)
    ]
    if not unsure:
        return facts
    told = f"{where}: the columns {', '.join(unsure[:5])} were taken for data sets."
    return TableFacts(facts.evaluations, (told,), facts.refused)


def _known(name: str, table: Table, own: frozenset[str]) -> bool:
    return same_name(name) in own or same_name(name) in map(same_name, table.datasets)


def _measure_to_column(table: Table) -> Iterator[Cell]:
    heads = [split_measure(head) for head in table.header]
    dataset_at = next((i for i, h in enumerate(table.header) if h.lower() in _DATASET), None)
    model_at = next((i for i, h in enumerate(heads) if h is None and i != dataset_at), None)
    caption = table.datasets[0] if len(table.datasets) == 1 else _of_all(heads)
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


def _of_all(heads: list[tuple[str, ParsedName] | None]) -> str:
    """The one data set that some measures name, for those that name none.

    `MSMARCO MRR@10 | Recall@10 | Corpus Active Dims` is all of MSMARCO.
    """
    named = {same_name(head[0]): head[0] for head in heads if head and head[0]}
    return next(iter(named.values())) if len(named) == 1 else ""


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
                    whose if models or head[0] else "",
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
