"""The pipe tables of a card, each with what the text above it says of it."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from harness.card.markdown import Fence, Line, heading, plain
from harness.errors import InputError

LONGEST_ROW: Final = 20_000
"""A longer line is no row of a table of numbers."""

MOST_ROWS: Final = 5_000
"""Rows of one table; the longest leaderboards pasted into cards have a few hundred."""

MOST_ABOVE: Final = 4
"""Lines of text above a table that may be its caption."""

LONGEST_ABOVE: Final = 300
"""Characters of such a line."""

_DELIMITER = re.compile(r"\|?(\s{0,9}:?-+:?\s*\|)*\s{0,9}:?-+:?\s*\|?")
_CAPTION = re.compile(r"(?:<[a-z]{1,8}>|[*_]{0,3})?(?:Table|Tab\.)\b|[*_][^*_|]{1,290}[*_]\s*$")
_DATASETS = re.compile(r"\s*(?:[*-]\s+)?(?:\*\*)?(?:Datasets?|Data sets?|Benchmark)(?:\*\*)?\s*:")


class Table(NamedTuple):
    """A pipe table, its cells without markup.

    Attributes:
        line: where it begins.
        heading: the heading above it.
        datasets: those that a bullet above it names.
        code: the fenced blocks between it and the heading or the table before it.
        above: lines of text between the two, the nearest first, as they are written.
        parents: the headings that `heading` stands under, the nearest first.
        below: the line of text right below it, where that is a caption: `Table 2: ...`, or "".
    """

    line: int
    heading: str
    datasets: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    code: tuple[Fence, ...] = ()
    above: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    below: str = ""


@dataclass
class _Above:
    """What has been read above a table."""

    since: int = 0
    headings: list[tuple[int, str]] = field(default_factory=list)
    datasets: tuple[str, ...] = ()
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_ABOVE))

    def open(self, number: int, level: int, title: str) -> None:
        """Enter the section of a heading."""
        above = [one for one in self.headings if one[0] < level]
        self.headings, self.datasets, self.since = [*above, (level, title)], (), number
        self.lines.clear()

    def take(self, text: str) -> None:
        """Put one line of text away, and the data sets that it names by their word."""
        if _DATASETS.match(text):
            names = (plain(name) for name in re.findall(r"`([^`]{1,200})`", text[:20_000]))
            found = tuple(dict.fromkeys(names))
            by_word = plain(text.partition(":")[2][:200]).strip("* ")
            self.datasets = found or ((by_word,) if 0 < len(by_word) < 60 else ())
        elif text.strip():
            self.lines.appendleft(text.strip()[:LONGEST_ABOVE])


def tables(prose: Sequence[Line], source: str, blocks: Sequence[Fence] = ()) -> Iterator[Table]:
    """The pipe tables of the lines outside fenced blocks.

    Args:
        prose: these lines.
        source: the card's name, for messages.
        blocks: the fenced blocks.

    Raises:
        InputError: a table is longer than MOST_ROWS.
    """
    seen, at = _Above(), 0
    waiting = deque(block for block in blocks if block.lines)
    while at < len(prose):
        number, text = prose[at]
        named = heading(text)
        if named is not None:
            seen.open(number, len(text) - len(text.lstrip("#")), named)
        elif _begins(prose, at):
            end = at + 2
            while end < len(prose) and "|" in prose[end].text[:LONGEST_ROW]:
                end += 1
            if end - at > MOST_ROWS:
                raise InputError(
                    f"{source}: the table at line {number} has more than {MOST_ROWS:,} rows; give "
                    "the card of one model."
                )
            yield Table(
                number,
                seen.headings[-1][1] if seen.headings else "",
                seen.datasets,
                cells(text[:LONGEST_ROW]),
                tuple(cells(row.text[:LONGEST_ROW]) for row in prose[at + 2 : end]),
                _between(waiting, seen.since, number),
                tuple(seen.lines),
                tuple(title for _, title in reversed(seen.headings[:-1])),
                _below(prose[end : end + 2]),
            )
            seen.since = prose[end - 1].number
            seen.lines.clear()
            at = end
            continue
        else:
            seen.take(text)
        at += 1


def _below(lines: Sequence[Line]) -> str:
    """The caption in the lines below a table."""
    text = next((line.text.strip() for line in lines if line.text.strip()), "")
    return text[:LONGEST_ABOVE] if _CAPTION.match(text) else ""


def _begins(prose: Sequence[Line], at: int) -> bool:
    """Whether a line is the head of a table: the next one rules it off."""
    if "|" not in prose[at].text or at + 1 == len(prose):
        return False
    under = prose[at + 1].text.strip()
    return "-" in under[:20] and "|" in under and bool(_DELIMITER.fullmatch(under))


def _between(waiting: deque[Fence], since: int, line: int) -> tuple[Fence, ...]:
    """The blocks that stand between two lines; those before the second are not waited for more."""
    found: list[Fence] = []
    while waiting and waiting[0].lines[0].number < line:
        found.append(waiting.popleft())
    return tuple(block for block in found if block.lines[0].number > since)


def cells(row: str) -> tuple[str, ...]:
    """The cells of a row, without the markup around their text."""
    bare = row.strip().removeprefix("|").removesuffix("|").replace("\\|", "\0")
    return tuple(plain(cell.replace("\0", "|")) for cell in bare.split("|"))
