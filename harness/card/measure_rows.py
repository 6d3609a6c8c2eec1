"""Tables of one measure to a row: their columns are values, models, or data sets."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.card import same_name
from harness.card.cells import (
    DATASET,
    MODEL,
    OURS,
    SPLIT,
    VALUE,
    Cell,
    column,
    has_number,
    number_in,
    of_set,
    split_measure,
)
from harness.card.dataset_names import said
from harness.card.pipe_tables import Table
from harness.claims.published import own_unit, unit_of
from harness.measures.names import ParsedName

_DIFFERENCES: Final = {
    *("change", "delta", "δ", "diff", "difference", "gain", "improvement", "relativegain", "std"),
    *("stddev", "stderr", "pvalue", "p", "n", "count", "support", "queries", "rank", "target"),
    *("relativechange", "relativeimprovement", "absolutechange", "improvementoverbase"),
}
"""Heads of columns whose numbers are no scores, as `same_name` gives them."""


class Rows(NamedTuple):
    """A table of one measure to a row.

    Attributes:
        cells: its numbers.
        unsure: heads that were taken for data sets although nothing shows that they are.
        left: heads of columns with numbers that are no scores.
    """

    cells: tuple[Cell, ...]
    unsure: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


class _Label(NamedTuple):
    """What a row is about: its measure, and data set, model and split in columns of their own."""

    dataset: str
    measure: ParsedName
    model: str
    split: str


def measure_to_row(table: Table, caption: str, own: frozenset[str]) -> Rows | None:
    """The cells of such a table; None where no column holds measures.

    Args:
        table: the table.
        caption: the data set that the text above it names, or "".
        own: names of the card's model: a column with one of them shows that columns are models.
    """
    measures_at = next((at for at in range(len(table.header)) if _holds_measures(table, at)), None)
    if measures_at is None:
        return None
    labels = _labels(table, measures_at)
    values = [
        at
        for at in range(len(table.header))
        if at > measures_at and has_number(_beside(table, labels, at))
    ]
    left = tuple(table.header[at] for at in values if same_name(table.header[at]) in _DIFFERENCES)
    values = [at for at in values if table.header[at] not in left]
    heads = [table.header[at] for at in values]
    models = any(same_name(head) in own | OURS for head in heads)
    bare = [label for label in labels if label is not None and not label.dataset]
    unsure = tuple(
        head
        for head in heads
        if head.lower() not in VALUE and bare and not models and not _known(head, table)
    )
    cells = [
        cell
        for at in values
        for cell in _column(table, at, labels, caption, whole=models, alone=len(values) == 1)
    ]
    if len(heads) == 1 and caption:
        unsure = ()
    return Rows(tuple(cells), unsure, left)


def _column(
    table: Table, at: int, labels: list[_Label | None], caption: str, *, whole: bool, alone: bool
) -> Iterator[Cell]:
    """The cells of one column; `whole` where the columns are models."""
    head = table.header[at]
    texts = column(table.rows, at)
    shares = [
        text
        for label, text in zip(labels, texts, strict=True)
        if label and own_unit(label.measure.key) is None
    ]
    unit = unit_of("", shares)
    named = "" if head.lower() in VALUE or split_measure(head) else head
    if alone and caption and not whole:
        named = ""
    for label, text in zip(labels, texts, strict=True):
        if label is not None:
            dataset = label.dataset or ("" if whole else named) or caption
            key = label.measure.key
            yield Cell(
                label.model or (named if whole or (label.dataset and not of_set(named)) else ""),
                dataset,
                key,
                text,
                label.measure.unit or own_unit(key) or unit,
                label.split,
            )


def _holds_measures(table: Table, at: int) -> bool:
    """Whether a column holds measures, beside cells that are none."""
    texts = column(table.rows, at)
    return any(split_measure(text) for text in texts) and not has_number(texts)


def _labels(table: Table, measures_at: int) -> list[_Label | None]:
    """What each row is about; None where that is no measure of ours.

    A row with nothing but a name is the title of those that follow.
    """
    heads = [head.lower().strip() for head in table.header[:measures_at]]
    title = ""
    found: list[_Label | None] = []
    before = [""] * measures_at
    for row in table.rows:
        measure = split_measure(row[measures_at]) if measures_at < len(row) else None
        if measure is None:
            alone = bool(row[0]) and not any(text for text in row[1:])
            title = said(row[0], marked=len(row) > 1) if alone else title
            found.append(None)
            continue
        # An empty cell stands for the one above it.
        before = [text or above for text, above in zip(row[:measures_at], before, strict=True)]
        given = dict(zip(heads, before, strict=True))
        dataset = _first(given, DATASET) or next((t for t in before if of_set(t)), "")
        model = _first(given, MODEL)
        others = [text for text in before if text not in (dataset, model)]
        found.append(
            _Label(
                measure[0] or dataset or title,
                measure[1],
                model or (others[0] if others and "" in heads and not number_in(others[0]) else ""),
                _first(given, SPLIT),
            )
        )
    return found


def _first(given: dict[str, str], names: set[str]) -> str:
    return next((text for head, text in given.items() if head in names), "")


def _beside(table: Table, labels: list[_Label | None], at: int) -> list[str]:
    texts = column(table.rows, at)
    return [text for label, text in zip(labels, texts, strict=True) if label is not None]


def _known(head: str, table: Table) -> bool:
    return of_set(head) or same_name(head) in map(same_name, table.datasets)
