"""How findings are put into words: paragraphs of a width and tables, for a terminal or markdown.

Every text of others goes through `harness.system.inert` here, once.
"""

import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from harness.report.tables import Style, as_text
from harness.system import inert

_LONGEST: Final = 4_000  # characters of a paragraph
_CELL: Final = 300  # characters of one
_LEAST: Final = 12  # characters that are left of an id


@dataclass(frozen=True)
class Words:
    """A medium.

    Attributes:
        style: a terminal's table, or markdown.
        width: columns of the terminal.
    """

    style: Style = "table"
    width: int = 100

    def paragraphs(self, lines: Iterable[str], indent: int = 0) -> str:
        """Paragraphs one below the other; what goes on is indented.

        Args:
            lines: the paragraphs.
            indent: spaces before each, on a terminal.
        """
        if self.style == "markdown":
            return "\n\n".join(inert.markdown(inert.sentence(line, _LONGEST)) for line in lines)
        before = " " * indent
        return "\n".join(self._folded(inert.sentence(line, _LONGEST), before) for line in lines)

    def table(self, rows: Sequence[Mapping[str, str]], right: Collection[str] = ()) -> str:
        """A table; on a terminal the cells of its widest column are cut in their middle to fit.

        Args:
            rows: all with the columns of the first, or fewer.
            right: the columns whose cells end below each other.
        """
        names = list(rows[0])
        fitted = rows if self.style == "markdown" else _fitted(rows, names, self.width)
        return as_text(fitted, names, self.style, right)

    def short(self, name: str) -> str:
        """An id for the midst of a line: on a terminal no longer than a third of it."""
        return name if self.style == "markdown" else shortened(name, max(self.width // 3, _LEAST))

    def _folded(self, line: str, indent: str) -> str:
        return textwrap.fill(
            line,
            max(self.width, 40),
            initial_indent=indent,
            subsequent_indent=f"{indent}    ",
            break_on_hyphens=False,
            break_long_words=True,
        )


def shortened(text: str, most: int) -> str:
    """A text of `most` characters: of a longer one the beginning and the end."""
    if len(text) <= most:
        return text
    head = (most - 1) // 2
    return f"{text[:head]}…{text[len(text) - (most - 1 - head) :]}"


def percent(share: float) -> str:
    """A share with one decimal."""
    return f"{100 * share:.1f} %"


def signed(value: float, decimals: int = 4) -> str:
    """A number with its sign."""
    return f"{value:+.{decimals}f}"


def _fitted(
    rows: Sequence[Mapping[str, str]], names: list[str], width: int
) -> list[dict[str, str]]:
    """The widest column made narrower, where a line would be too long."""
    cells = [{name: inert.line(row.get(name, ""), _CELL) for name in names} for row in rows]
    widths = {name: max(len(name), *(len(row[name]) for row in cells)) for name in names}
    excess = sum(widths.values()) + 2 * (len(names) - 1) - width
    if excess <= 0:
        return cells
    widest = max(names, key=widths.__getitem__)
    most = max(_LEAST, widths[widest] - excess)
    return [row | {widest: shortened(row[widest], most)} for row in cells]
