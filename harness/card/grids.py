"""Grids: models by data sets, as results on BEIR are printed, the measure named once above.

`## Detailed results (nDCG@10)` and under it `| Model | NQ | FiQA |`, or the same turned around.
"""

import re
from collections.abc import Iterator
from typing import Final

from harness.card import same_name
from harness.card.cells import Cell, split_measure
from harness.card.pipe_tables import Table
from harness.claims.published import digits, unit_of
from harness.measures.names import ParsedName

UNNAMED_MEASURE: Final = (
    "its numbers stand under the names of data sets, and neither the table nor its heading names "
    "the measure; not used."
)
"""Of a grid that gives no cell."""

_SETS = frozenset(
    (
        *("arguana", "climatefever", "cqadupstack", "cqadupstackretrieval", "dbpedia"),
        *("dbpediaentity", "fever", "fiqa", "fiqa2018", "hotpotqa", "msmarco", "nfcorpus", "nq"),
        *("quora", "quoraretrieval", "scidocs", "scifact", "touche", "touche2020", "treccovid"),
        "webistouche2020",
    )
)
"""The sets of BEIR as tables write them (`Trec Covid`, `TRECCOVID`), by `same_name`."""


def grid(table: Table) -> tuple[Cell, ...] | None:
    """The numbers of a grid: none where its measure is not named; None where it is no grid."""
    columns = [at for at, name in enumerate(table.header) if at and _is_set(name)]
    rows = [row for row in table.rows if _is_set(row[0])]
    if columns:
        places = [(row[0], table.header[at], row, at) for row in table.rows for at in columns]
    else:
        others = range(1, len(table.header))
        places = [(table.header[at], row[0], row, at) for row in rows for at in others]
    texts = [row[at] if at < len(row) else "" for _, _, row, at in places]
    if not any(digits(text) is not None for text in texts):
        return None
    measure = _measure(table.heading)
    if measure is None:
        return ()
    unit = measure.unit or unit_of(measure.key, texts)
    return tuple(
        Cell(model, name, measure.key, text, unit)
        for (model, name, _, _), text in zip(places, texts, strict=True)
    )


def _measure(heading: str) -> ParsedName | None:
    """The measure in a heading's brackets or among its words; None where there are several."""
    found = {parsed[1] for part in _parts(heading[:300]) if (parsed := split_measure(part))}
    return found.pop() if len(found) == 1 else None


def _parts(heading: str) -> Iterator[str]:
    yield from re.findall(r"\(([^()]{1,60})\)", heading)
    yield from (word.strip("(),:;") for word in heading.split() if "@" in word)


def _is_set(name: str) -> bool:
    return same_name(name[:80]).removeprefix("nano").removeprefix("beir") in _SETS
