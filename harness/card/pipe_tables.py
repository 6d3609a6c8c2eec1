"""The pipe tables of a card, each with what the text above it says of it."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from harness.card.markdown import Fence, Line, heading, plain
from harness.errors import InputError

LONGEST_ROW: Final = 20_000
"""A longer line is no row of a table of numbers."""

MOST_ROWS: Final = 5_000
"""Rows of one table; the longest leaderboards pasted into cards have a few hundred."""

_DELIMITER = re.compile(r"\|?(\s{0,9}:?-+:?\s*\|)*\s{0,9}:?-+:?\s*\|?")
_DATASETS = re.compile(r"\s*[*-]\s+Datasets?\s*:")


class Table(NamedTuple):
    """A pipe table, its cells without markup.

    Attributes:
        line: where it begins.
        heading: the heading above it.
        datasets: those that a bullet above it names.
        code: the fenced blocks between it and the heading or the table before it.
    """

    line: int
    heading: str
    datasets: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    code: tuple[Fence, ...] = ()


def tables(prose: Sequence[Line], source: str, blocks: Sequence[Fence] = ()) -> Iterator[Table]:
    """The pipe tables of the lines outside fenced blocks.

    Args:
        prose: these lines.
        source: the card's name, for messages.
        blocks: the fenced blocks.

    Raises:
        InputError: a table is longer than MOST_ROWS.
    """
    title, datasets, at, since = "", tuple[str, ...](), 0, 0
    waiting = deque(block for block in blocks if block.lines)
    while at < len(prose):
        number, text = prose[at]
        named = heading(text)
        if named is not None:
            title, datasets, since = named, (), number
        elif _DATASETS.match(text):
            names = (plain(name) for name in re.findall(r"`([^`]{1,200})`", text[:20_000]))
            datasets = tuple(dict.fromkeys(names))
        elif _begins(prose, at):
            end = at + 2
            while end < len(prose) and "|" in prose[end].text[:LONGEST_ROW]:
                end += 1
            if end - at > MOST_ROWS:
                raise InputError(
                    f"{source}: the table at line {number} has more than {MOST_ROWS:,} rows; give "
                    "the card of one model."
                )
            rows = tuple(cells(row.text[:LONGEST_ROW]) for row in prose[at + 2 : end])
            code = _above(waiting, since, number)
            yield Table(number, title, datasets, cells(text[:LONGEST_ROW]), rows, code)
            at, since = end, prose[end - 1].number
            continue
        at += 1


def _begins(prose: Sequence[Line], at: int) -> bool:
    """Whether a line is the head of a table: the next one rules it off."""
    if "|" not in prose[at].text or at + 1 == len(prose):
        return False
    under = prose[at + 1].text.strip()
    return "-" in under[:20] and "|" in under and bool(_DELIMITER.fullmatch(under))


def _above(waiting: deque[Fence], since: int, line: int) -> tuple[Fence, ...]:
    """The blocks that stand between two lines; those before the second are not waited for more."""
    found: list[Fence] = []
    while waiting and waiting[0].lines[0].number < line:
        found.append(waiting.popleft())
    return tuple(block for block in found if block.lines[0].number > since)


def cells(row: str) -> tuple[str, ...]:
    """The cells of a row, without the markup around their text."""
    bare = row.strip().removeprefix("|").removesuffix("|").replace("\\|", "\0")
    return tuple(plain(cell.replace("\0", "|")) for cell in bare.split("|"))
