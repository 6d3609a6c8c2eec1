"""Tables of scores and comparisons: for a terminal, as markdown, as CSV."""

import csv
import io
from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from tabulate import tabulate

from harness.system import inert

if TYPE_CHECKING:  # what scores a run needs neither claims nor pandas to print it
    from harness.claims.compare import Comparison
    from harness.measures import Scores

Style = Literal["table", "markdown"]

COLUMNS = ("measure", "measured", "published", "delta", "float32", "verdict")

COMPARISON_COLUMNS = (
    "measure",
    "measured",
    "published",
    "unit",
    "delta",
    "verdict",
    "because",
    "source",
    "low",
    "high",
)

_WIDEST = 300  # characters of a cell on a terminal


def comparison_table(comparisons: "Iterable[Comparison]", style: Style = "table") -> str:
    """A line for each number: measured (rounded), published (as printed), and their difference.

    Measured numbers are rounded to as many decimals as their source prints, but at most six; a
    difference is never rounded to nothing. `float32` is how far below and above the measured number
    another processor, library or batch may print it; that column stays away where nothing is open.
    """
    rows = [comparison_row(comparison) for comparison in comparisons]
    some = any(row["float32"] for row in rows)
    return as_text(rows, [name for name in COLUMNS if some or name != "float32"], style)


def comparison_row(comparison: "Comparison") -> dict[str, str]:
    """The cells of one number, by the names of `COLUMNS`; those of another table may stand beside.

    The texts are not made inert yet.
    """
    return {
        "measure": comparison.measure,
        "measured": _measured(comparison),
        "published": comparison.published.text if comparison.published else "",
        "delta": _delta(comparison.delta),
        "float32": _open(comparison),
        "verdict": str(comparison.verdict),
    }


def scores_table(scores: Mapping[str, float], style: Style = "table") -> str:
    """A line for each score, rounded to six decimals."""
    rows = [{"measure": key, "measured": f"{value:.6f}"} for key, value in scores.items()]
    return as_text(rows, COLUMNS[:2], style)


def comparison_csv(comparisons: "Iterable[Comparison]") -> str:
    """The same at full precision, with source and reason."""
    rows = [
        (
            c.measure,
            "" if c.measured is None else repr(c.measured),
            c.published.text if c.published else "",
            c.published.unit if c.published else "",
            "" if c.delta is None else repr(c.delta),
            str(c.verdict),
            c.because,
            c.published.source if c.published else "",
            "" if c.interval is None else repr(c.interval.low),
            "" if c.interval is None else repr(c.interval.high),
        )
        for c in comparisons
    ]
    return as_csv(COMPARISON_COLUMNS, rows)


def per_query_csv(ranked: "Scores") -> str:
    """A line for each evaluated query, a column for each measure, at full precision.

    The ids are cells as `inert.csv_cell` makes them; `inert.csv_text` takes that back.
    """
    columns = [values.tolist() for values in ranked.per_query.values()]
    return as_csv(("query_id", *ranked.per_query), zip(ranked.query_ids, *columns, strict=True))


NUMERIC: Final = frozenset({"measured", "published", "delta", "float32", "numbers", "documents"})
"""Columns of numbers, which are aligned at their right."""


def as_text(
    rows: Iterable[Mapping[str, str]],
    columns: Iterable[str],
    style: Style = "table",
    numeric: Collection[str] = NUMERIC,
) -> str:
    """Rows of text for a terminal or for markdown; every cell is made inert, so is one line.

    Args:
        rows: the cells by their columns.
        columns: in their order.
        style: the medium.
        numeric: the columns whose cells end below each other.
    """
    names = list(columns)
    safe = inert.markdown if style == "markdown" else partial(inert.line, most=_WIDEST)
    cells = [[safe(row.get(name, "")) for name in names] for row in rows]
    return tabulate(
        cells,
        headers=names,
        tablefmt="pipe" if style == "markdown" else "simple",
        disable_numparse=True,
        colalign=["right" if name in numeric else "left" for name in names],
    )


def as_csv(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Rows as CSV; a cell of text is one as `inert.csv_cell` makes it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(_cell, header))
    writer.writerows(map(_cell, row) for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    return inert.csv_cell(value) if isinstance(value, str) else value


def _measured(comparison: "Comparison") -> str:
    if comparison.measured is None:
        return ""
    if comparison.published is None:
        return f"{comparison.measured:.6f}"
    decimals = min(6, max(4, len(comparison.published.text.partition(".")[2])))
    if comparison.published.unit == "percent":
        return f"{100 * comparison.measured:.{decimals}f} %"
    return f"{comparison.measured:.{decimals}f}"


def _open(comparison: "Comparison") -> str:
    if comparison.interval is None or comparison.measured is None:
        return ""
    below = comparison.interval.low - comparison.measured
    return f"{below:+.1e} {comparison.interval.high - comparison.measured:+.1e}"


def _delta(delta: float | None) -> str:
    if delta is None:
        return ""
    return "0" if delta == 0 else f"{delta:+.1e}"
