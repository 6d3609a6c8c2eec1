"""The columns of lines of runs and qrels, and what is wrong with a line that lacks some."""

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harness.data.run_notes import is_note
from harness.data.text_lines import naming
from harness.errors import InputError


def columns(block: bytes) -> list[list[bytes]] | None:
    """Query, document, score and tag of each line of a run; None where a line has not six columns.

    One split of the whole block is three times faster than one for each line. A line feed becomes
    a column of its own, so that a line of five columns and one of seven do not make up for each
    other.
    """
    words = block.replace(b"\n", b" \0 ").split()
    lines = block.count(b"\n")
    if len(words) != 7 * lines or words[6::7].count(b"\0") != lines:
        return None
    return [words[column::7] for column in (0, 2, 4, 5)]


def numbers_of(column: list[bytes]) -> npt.NDArray[np.float64]:
    """The scores of a column, or a ValueError; Python would read `1_0` as 10, and `nan` gladly."""
    values = np.fromiter(map(float, column), np.float64, len(column))
    if b"_" in b"".join(column) or not np.isfinite(values).all():
        raise ValueError(column)
    return values


def first_fault(path: Path | str, first: int, block: bytes) -> InputError:
    """What is wrong with the first line that is no line of a run; looked for only then."""
    for line, raw in enumerate(block[:-1].split(b"\n"), first):
        if is_note(raw):
            continue
        try:
            with naming(path, line):
                check_run_row(raw.split())
        except InputError as error:
            return error
    return InputError(f"{path} holds a NUL byte after line {first - 1}.")


def second_mention(pairs: Iterable[tuple[int, str]]) -> int:
    """The number, from 1, of the first pair that was there before."""
    seen: set[tuple[int, str]] = set()
    line = 0
    for pair in pairs:
        line += 1
        if pair in seen:
            break
        seen.add(pair)
    return line


def check_run_row(row: list[bytes]) -> None:
    """Raise a ValueError that says why a line is none of a run."""
    if len(row) != 6:
        raise ValueError(f"{len(row)} columns where a run has 6 (query Q0 doc rank score tag)")
    query, _, doc, _, score, _ = (column.decode() for column in row)
    try:
        numbers_of([row[4]])
    except ValueError:
        raise ValueError(
            f"query '{query}' gives document '{doc}' the score '{score}', no finite number"
        ) from None


def check_qrels_row(row: list[bytes], *, beir: bool) -> tuple[str, str, int]:
    """Query id, document id and grade of one line of qrels, or a ValueError that says why not."""
    if len(row) != (3 if beir else 4):
        expected = "3 (query-id, corpus-id, score)" if beir else "4 (query 0 doc grade)"
        hint = "" if beir else "; a BEIR file begins with the line query-id, corpus-id, score"
        raise ValueError(f"{len(row)} columns where qrels have {expected}{hint}")
    if not all(row):
        raise ValueError("an empty column")
    query, *_, doc, grade = (column.decode() for column in row)
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", grade):
        raise ValueError(
            f"the grade '{grade}' of document '{doc}' for query '{query}' is no integer"
        )
    return query, doc, int(grade)
