"""The numbers in a card's Markdown tables: one measure to a row, or one measure to a column.

A table of one measure to a row has a value column, or a column for each data set (or model). A
table of one measure to a column compares models, or data sets, row by row. Where every number is of
the same measure, it is a grid of models by data sets. Tables of the course of training are left
alone: their numbers are those of checkpoints that nobody has.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from harness.card import PublishedEvaluation, same_name
from harness.card.cells import (
    NOTHING,
    OURS,
    Cell,
    column,
    has_number,
    number_in,
    split_measure,
    without_cutoff,
)
from harness.card.claimed import LIMIT
from harness.card.dataset_names import said
from harness.card.grids import grid
from harness.card.markdown import plain, printable
from harness.card.measure_columns import measure_to_column, without_measure
from harness.card.measure_rows import measure_to_row
from harness.card.parameters import parameters_of
from harness.card.pipe_tables import Table
from harness.claims.published import PublishedNumber, read
from harness.errors import InputError

MOST_NUMBERS: Final = 20_000
MOST_CELLS: Final = 100_000
"""Cells of one table; leaderboards have some hundred rows of some dozen data sets."""

_COURSE = {"epoch", "step", "steps", "training loss"}
_EVALUATOR = re.compile(
    r"(sparse |cross encoder |multi vector )?"
    r"(information retrieval|nano beir|reranking|reciprocal rank fusion)"
)
_BOLD = re.compile(r"(?:\*\*|__|<b>|<strong>).{1,200}(?:\*\*|__|</b>|</strong>)[:.]?|.{1,100}:")


@dataclass(frozen=True)
class TableFacts:
    """What one table gives, what was assumed of it and what in it was not used.

    Attributes:
        measureless: it has numbers, and nothing in it or above it names a measure.
    """

    evaluations: tuple[PublishedEvaluation, ...] = ()
    recovered: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    measureless: bool = False


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
            replace(one, parameters={**given.values, **one.parameters}, task=_task(table.heading))
            for one in facts.evaluations
        ),
        refused=(*facts.refused, *([unread] if given.unread and facts.evaluations else [])),
    )


def _task(heading: str) -> str:
    """The kind of task where a heading is the name of an evaluator of sentence-transformers."""
    found = _EVALUATOR.fullmatch(heading.lower()) if len(heading) < 60 else None
    return "-".join(found[0].split()) if found else ""


def _numbers(table: Table, source: str, own: frozenset[str]) -> TableFacts:
    where = f"{source} table '{table.heading}', line {table.line}"
    if _COURSE & {head.lower() for head in table.header}:
        measures = without_cutoff(table.header) or any("@" in head for head in table.header)
        told = f"{where}: its numbers are of the course of training, not of the model; not used."
        return TableFacts(refused=(told,) if measures else ())
    if len(table.rows) * len(table.header) > MOST_CELLS:
        return TableFacts(refused=(f"{where}: it is larger than any table of results; not used.",))
    table = _with_one_head(table)
    caption = _caption(table)
    cells = measure_to_column(table, caption)
    if cells is not None:
        facts = _gather(cells, where)
        others = printable(", ".join(without_measure(table)), 200)
        told = f"{where}: of the columns {others} no measure is known; not used."
        return replace(facts, refused=(*facts.refused, *([told] if others else [])))
    rows = measure_to_row(table, caption, own)
    if rows is not None:
        facts = _gather(rows.cells, where)
        left = f"{where}: the columns {', '.join(rows.left)} are no scores; not used."
        unsure = f"{where}: the columns {', '.join(rows.unsure[:5])} were taken for data sets."
        return TableFacts(
            facts.evaluations,
            (unsure,) if rows.unsure else (),
            (*facts.refused, *([left] if rows.left else [])),
        )
    return _of_grid(table, where, own)


def _with_one_head(table: Table) -> Table:
    """A table whose first row says the measures of its columns, that row put into the head.

    An empty cell of the head stands for the one to its left, as in merged cells.
    """
    below = table.rows[0][1:] if table.rows else ()
    if not below or not all(split_measure(text) for text in below if text) or not any(below):
        return table
    head, above = [table.header[0]], ""
    for name, measure in zip(table.header[1:], (*below, *[""] * len(table.header)), strict=False):
        above = name or above
        head.append(f"{above} {measure}".strip())
    return table._replace(header=tuple(head), rows=table.rows[1:])


def _of_grid(table: Table, where: str, own: frozenset[str]) -> TableFacts:
    found = grid(table, own)
    if found is None:
        named = without_cutoff((*table.header, *column(table.rows, 0)))
        numbers = any(has_number(row) for row in table.rows)
        if named and numbers:
            why = f"{where}: '{printable(named)}' is no measure with its cutoff; not used."
            return TableFacts(refused=(why,))
        return TableFacts(measureless=numbers)
    if found.why:
        return TableFacts(refused=(f"{where}: {found.why}",))
    facts = _gather(found.cells, where)
    left = f"{where}: {', '.join(found.left[:10])} are no data sets that we know; not used."
    return replace(facts, refused=(*facts.refused, *([left] if found.left else [])))


def _caption(table: Table) -> str:
    """The data set that the text above a table names: a bullet, a line in bold, the heading."""
    if table.datasets:
        return table.datasets[0] if len(table.datasets) == 1 else ""
    for text in table.above[:1]:
        marked = _BOLD.fullmatch(text) is not None
        if found := said(plain(text), marked=marked and not text.startswith(("-", "* "))):
            return found
    return next((name for text in (table.heading, *table.parents) if (name := said(text))), "")


def _gather(cells: Iterable[Cell], where: str) -> TableFacts:
    """Cells as evaluations, one for each model, data set, split and limit."""
    found: dict[tuple[str, str, str, str], dict[str, PublishedNumber]] = {}
    refused: list[str] = []
    contradicted: set[tuple[tuple[str, str, str, str], str]] = set()
    for count, cell in enumerate(cells):
        if count >= MOST_NUMBERS:
            raise InputError(
                f"{where} has more than {MOST_NUMBERS:,} numbers; give the card of one model."
            )
        if cell.text.lower() in NOTHING:
            continue
        text = number_in(cell.text)
        if text is None:
            shown = printable(cell.text)
            refused.append(f"{where}: {cell.key} is '{shown}', which is not a number; not used.")
            continue
        percent = "%" if "%" in cell.text else ""
        try:
            published = read(cell.key, text + percent, where, cell.unit)
        except InputError as error:
            refused.append(str(error))
            continue
        identity = (_model(cell.model), cell.dataset, cell.split, cell.limit)
        numbers = found.setdefault(identity, {})
        if numbers.setdefault(cell.key, published).text != published.text:
            contradicted.add((identity, cell.key))
    for identity, key in sorted(contradicted):
        del found[identity][key]
        refused.append(f"{where}: {key} is given twice with different values; neither is used.")
    evaluations = tuple(
        PublishedEvaluation(
            dataset,
            where,
            tuple(numbers.values()),
            model=model,
            split=split,
            parameters={LIMIT: limit} if limit else {},
        )
        for (model, dataset, split, limit), numbers in found.items()
        if numbers
    )
    return TableFacts(evaluations, (), tuple(refused))


def _model(label: str) -> str:
    """The model of a row, "" where the author calls it their own."""
    bare = re.sub(r"\s*\((?:ours|this model|our model)\)$", "", label, flags=re.IGNORECASE)
    return "" if same_name(bare) in OURS else bare
