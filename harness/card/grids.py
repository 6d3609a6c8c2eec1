"""Grids: models by data sets, as results on BEIR are printed, the measure named once.

`## Detailed results (nDCG@10)` and under it `| Model | NQ | FiQA |`, or the same turned around; or
the measure in the corner of the table, or in a line above it.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.card import same_name
from harness.card.cells import (
    OURS,
    Cell,
    column,
    has_number,
    is_average,
    number_in,
    of_set,
    split_measure,
)
from harness.card.dataset_names import is_set
from harness.card.markdown import plain
from harness.card.pipe_tables import Table
from harness.claims.published import unit_of
from harness.measures.names import ParsedName

UNNAMED_MEASURE: Final = (
    "its numbers stand under the names of data sets, and neither the table nor its heading names "
    "the measure; not used."
)
"""Of a grid that gives no cell."""

UNKNOWN_SETS: Final = (
    "neither its rows nor its columns bear a data set or model that we know; not used."
)
"""Likewise."""

_CLAIM: Final = re.compile(r"^[-*+] |[0-9]\.[0-9]")

_SIZES: Final = re.compile(
    r"\b(params?|parameters|size|dims?|flops|latency|ms|qps|speed|memory|mb|gb|year|rank|#|layers|"
    r"vocab|tokens|index)\b",
    re.IGNORECASE,
)


class Grid(NamedTuple):
    """A grid's numbers, or why it gives none; and labels with numbers that are of no data set."""

    cells: tuple[Cell, ...] = ()
    why: str = ""
    left: tuple[str, ...] = ()


def grid(table: Table, own: frozenset[str]) -> Grid | None:
    """The numbers of a grid; None where it is no grid.

    Args:
        table: the table.
        own: names of the card's model, which show where the models stand in a grid whose data sets
            are not known.
    """
    corner = split_measure(table.header[0]) if not has_number(column(table.rows, 0)) else None
    turned = not any(map(is_set, table.header[1:]))
    if turned and not any(is_set(row[0]) for row in table.rows):
        if corner is None:
            return None
        turned = any(same_name(head) in own | OURS for head in table.header[1:])
        if not turned and not any(same_name(row[0]) in own | OURS for row in table.rows):
            return Grid(why=UNKNOWN_SETS)
    places = [
        (table.header[at], row[0], row[at] if at < len(row) else "")
        for row in table.rows
        for at in range(1, len(table.header))
    ]
    if not turned:
        places = [(row, head, text) for head, row, text in places]
    labels = {label for _, label, _ in places}
    used = {one for one in labels if of_set(one) or (corner and not _SIZES.search(one))}
    measure = corner[1] if corner else _measure(table)
    texts = [text for _, label, text in places if label in used]
    if not has_number(texts):
        return None
    if measure is None:
        return Grid(why=UNNAMED_MEASURE)
    unit = measure.unit or unit_of(measure.key, texts)
    left = dict.fromkeys(n for _, n, text in places if n not in used and number_in(text))
    cells = (
        Cell(model, _set(name), measure.key, text, unit)
        for model, name, text in places
        if name in used
    )
    return Grid(tuple(cells), left=tuple(left))


def _set(name: str) -> str:
    return "Average" if is_average(name) else name


def _measure(table: Table) -> ParsedName | None:
    """The measure that the nearest text above a grid names; None where that names several."""
    # A bullet, or a line with a number, claims something of its own.
    above = [one for one in table.above if not _CLAIM.search(one)]
    for text in (plain(table.below), *map(plain, above), table.heading, *table.parents):
        found = {parsed[1] for part in _parts(text[:300]) if (parsed := split_measure(part))}
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def _parts(text: str) -> Iterator[str]:
    yield from re.findall(r"\(([^()]{1,60})\)", text)
    yield from (word.strip("(),:;.*_") for word in text.split() if "@" in word)
    yield from re.findall(r"\b[A-Za-z]{1,10} @ ?[0-9]{1,5}k?\b", text)
