"""Tables of one measure to a column: their rows are models, or data sets, or both in columns."""

from collections.abc import Iterator

from harness.card import same_name
from harness.card.cells import (
    DATASET,
    LIMIT,
    MODEL,
    SPLIT,
    Cell,
    column,
    has_number,
    of_set,
    split_measure,
)
from harness.card.pipe_tables import Table
from harness.claims.published import unit_of
from harness.measures.names import ParsedName

Head = tuple[str, ParsedName]


def measure_to_column(table: Table, caption: str) -> Iterator[Cell] | None:
    """The cells of such a table; None where no column is one of a measure.

    Args:
        table: the table.
        caption: the data set that the text above it names, or "".
    """
    heads = [split_measure(head) for head in table.header]
    if heads and heads[0] and not has_number(column(table.rows, 0)):
        heads[0] = None  # the corner of a grid
    return _cells(table, heads, caption) if any(heads) else None


def without_measure(table: Table) -> tuple[str, ...]:
    """Heads of the columns of such a table that have numbers and name no measure: latencies, say.

    Args:
        table: the table.
    """
    labels = DATASET | MODEL | SPLIT | LIMIT
    return tuple(
        head
        for at, head in enumerate(table.header)
        if head
        and head.lower().strip() not in labels
        and split_measure(head) is None
        and has_number(column(table.rows, at))
    )


def _cells(table: Table, heads: list[Head | None], caption: str) -> Iterator[Cell]:
    labels = [at for at, head in enumerate(heads) if head is None]
    dataset_at = _named(table, labels, DATASET)
    split_at = _named(table, labels, SPLIT)
    limit_at = _named(table, labels, LIMIT)
    taken = {dataset_at, split_at, limit_at}
    model_at = _named(table, labels, MODEL)
    if model_at is None:
        textual = (
            at for at in labels if at not in taken and not has_number(column(table.rows, at))
        )
        model_at = next(textual, None)
        if dataset_at is None and model_at is not None and _are_sets(table, model_at):
            dataset_at, model_at = model_at, None
    caption = caption or _of_all(heads)
    for at, head in enumerate(heads):
        if head is None:
            continue
        dataset, measure = head
        texts = column(table.rows, at)
        unit = measure.unit or unit_of(measure.key, texts)
        for row, text in zip(table.rows, texts, strict=True):
            label, model = _label(row, dataset_at), _label(row, model_at)
            if label == "" and same_name(model) in map(same_name, table.datasets):
                label, model = model, ""
            yield Cell(
                model,
                label or dataset or caption,
                measure.key,
                text,
                unit,
                _label(row, split_at),
                _label(row, limit_at),
            )


def _named(table: Table, labels: list[int], names: set[str]) -> int | None:
    return next((at for at in labels if table.header[at].lower().strip() in names), None)


def _label(row: tuple[str, ...], at: int | None) -> str:
    return "" if at is None or at >= len(row) else row[at]


def _are_sets(table: Table, at: int) -> bool:
    """Whether the labels of a column are data sets, nearly all of them."""
    labels = [text for text in column(table.rows, at) if text]
    return bool(labels) and sum(map(of_set, labels)) * 3 >= len(labels) * 2


def _of_all(heads: list[Head | None]) -> str:
    """The one data set that some measures name, for those that name none.

    `MSMARCO MRR@10 | Recall@10 | Corpus Active Dims` is all of MSMARCO.
    """
    named = {same_name(head[0]): head[0] for head in heads if head and head[0]}
    return next(iter(named.values())) if len(named) == 1 else ""
