"""Per-query scores: the CSV file that stands beside a result, read back."""

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from harness.errors import InputError
from harness.measures.names import parse_name
from harness.system import inert
from harness.system.foreign_files import read_text

MOST: Final = 200_000_000
"""Bytes of such a file: 55,578 queries with fifteen measures take 12 million."""

_CHECKED: Final = 1e-9
"""A mean of the file and the same score of its result lie no further apart."""


@dataclass(frozen=True, eq=False)
class PerQuery:
    """Scores of each query.

    Attributes:
        query_ids: the evaluated queries, N of them.
        measures: M names as they are printed: `ndcg@10`.
        values: float64 [N, M]; finite.
    """

    query_ids: tuple[str, ...]
    measures: tuple[str, ...]
    values: npt.NDArray[np.float64]

    def mean(self, measure: str) -> float | None:
        """The mean of a measure; None where it is not here."""
        if measure not in self.measures:
            return None
        return float(np.mean(self.values[:, self.measures.index(measure)]))


def beside(result: Path) -> Path:
    """Where the scores of a result's queries lie: `NAME.per-query.csv` beside `NAME.json`."""
    return result.with_name(f"{result.name.removesuffix('.json')}.per-query.csv")


def read_per_query(path: Path) -> PerQuery:
    """Read a file of per-query scores, as `harness eval` and `harness score --per-query` write it.

    Raises:
        InputError: there is none, or it is damaged or something else.
        UnreachableError: it cannot be read.
    """
    return parse_per_query(read_text(path, MOST), str(path))


def parse_per_query(text: str, source: str) -> PerQuery:
    """The scores of a file's text.

    Args:
        text: a header `query_id,ndcg@10,…`, and a line for each query.
        source: where it came from, for the sentence.

    Raises:
        InputError: it is no such file, names a query twice, or a score is no finite number.
    """
    try:
        header, *rows = list(csv.reader(io.StringIO(text), strict=True)) or [[]]
    except csv.Error as error:
        raise InputError(f"{source} is not readable CSV ({error}).") from error
    measures = tuple(map(_measure, map(inert.csv_text, header[1:])))
    if header[:1] != ["query_id"] or not measures or None in measures or not rows:
        raise InputError(
            f"{source} holds no scores of queries: its first line is to be `query_id` and measures "
            "(query_id,ndcg@10), as harness eval writes it."
        )
    names = tuple(name for name in measures if name is not None)
    if len(set(names)) < len(names):
        raise InputError(f"{source} has a measure twice in its first line.")
    values = np.empty((len(rows), len(names)))
    ids: dict[str, int] = {}
    for number, row in enumerate(rows):
        query_id = inert.csv_text(row[0]) if row else ""
        if len(row) != len(header):
            raise InputError(f"{source}, line {number + 2}: {len(header)} columns are needed.")
        if query_id in ids:
            raise InputError(f"{source}, line {number + 2}: query '{query_id}' stands there twice.")
        ids[query_id] = number
        values[number] = [_score(cell, source, number + 2) for cell in row[1:]]
    return PerQuery(tuple(ids), names, values)


def require_means(scores: PerQuery, means: dict[str, float], source: str) -> None:
    """Refuse per-query scores that are not those of the result beside them.

    Args:
        scores: of the queries.
        means: of the result, by measure without similarity function.
        source: the file of the queries' scores.

    Raises:
        InputError: with the first measure whose mean is another.
    """
    for measure in scores.measures:
        mean, told = scores.mean(measure), means.get(measure)
        if mean is None or told is None or abs(mean - told) <= _CHECKED * max(1.0, abs(told)):
            continue
        raise InputError(
            f"{source} is not of the result beside it: its mean {measure} is {mean!r} and the "
            f"result's {told!r}; evaluate again."
        )


def _measure(text: str) -> str | None:
    found = parse_name(text)
    return None if found is None else str(found.measure)


def _score(cell: str, source: str, line: int) -> float:
    try:
        # Python reads 1_0 and digits of other scripts as numbers, which no file of scores means.
        score = float(cell) if cell.isascii() and "_" not in cell else math.nan
    except ValueError:
        score = math.nan
    if not math.isfinite(score):
        raise InputError(f"{source}, line {line}: '{cell[:40]}' is no finite number.")
    return score
