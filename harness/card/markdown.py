"""The shape of a card's text: front matter, headings and fenced blocks, by line number.

Not a Markdown renderer: it reads what sentence-transformers and people write in cards, in one pass,
in time linear in the text whatever stands in it.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from harness.errors import InputError
from harness.system import inert

MOST_BYTES: Final = 5_000_000
"""The longest card that is read; the longest on the hub (mteb results pasted in) are near 1 MB."""

MOST_LINES: Final = 100_000
"""Lines of one card; those of the longest on the hub are near 30,000."""

MOST_FRONTS: Final = 4

_HEADING = re.compile(r"#{1,6}\s+(\S.*)")
_KEY = re.compile(r"[A-Za-z_][\w-]{0,40}:(\s|$)")
_LINK = re.compile(r"!?\[([^\[\]]{0,200})\]\([^()\s]{0,500}\)")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")


class Line(NamedTuple):
    """One line of the card, counted from 1."""

    number: int
    text: str


class FrontMatterSplit(NamedTuple):
    """A card in its parts: each block of front matter, and what follows them."""

    fronts: tuple[tuple[Line, ...], ...]
    body: tuple[Line, ...]
    recovered: tuple[str, ...]


class Fence(NamedTuple):
    """A fenced block and the language after its opening fence."""

    info: str
    lines: tuple[Line, ...]


def lines_of(text: str, source: str) -> tuple[Line, ...]:
    """The lines of a card, any kind of line end taken for one, a byte order mark dropped.

    Raises:
        InputError: the card is empty, too long, or not text.
    """
    if len(text) > MOST_BYTES:
        raise InputError(
            f"{source}: the card is longer than {MOST_BYTES:,} characters; give the README.md of "
            "a model."
        )
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise InputError(f"{source}: the card is not UTF-8 text; save it as UTF-8.")
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not plain.strip():
        raise InputError(f"{source}: the card is empty; give the README.md of a model.")
    if plain.count("\n") >= MOST_LINES:
        raise InputError(
            f"{source}: the card has more than {MOST_LINES:,} lines; give the README.md of a model."
        )
    return tuple(Line(n, line) for n, line in enumerate(plain.split("\n"), start=1))


def split(lines: Sequence[Line]) -> FrontMatterSplit:
    """Part the front matter from the rest, closed or not."""
    fronts: list[tuple[Line, ...]] = []
    recovered: list[str] = []
    rest = _after_blank(lines)
    while rest and rest[0].text.rstrip() == "---" and len(fronts) < MOST_FRONTS:
        end = next((i for i in range(1, len(rest)) if rest[i].text.rstrip() == "---"), 0)
        if fronts and not (end and _is_front(rest[1:end])):
            break  # a thematic break, not a second front matter
        if not end:
            end = _first_heading(rest)
            recovered.append(
                f"the front matter opened at line {rest[0].number} is never closed; it was read "
                "up to the first heading or table."
            )
        fronts.append(tuple(rest[1:end]))
        rest = _after_blank(rest[end + (end < len(rest) and rest[end].text.rstrip() == "---") :])
    end = 0 if fronts else _first_heading(rest)
    if any(line.text.strip() == "model-index:" for line in rest[:end]):
        recovered.append("the front matter has lost its opening '---'.")
        fronts.append(tuple(rest[:end]))
        rest = rest[end:]
    if len(fronts) > 1:
        recovered.append(f"the card has {len(fronts)} blocks of front matter; all were read.")
    return FrontMatterSplit(tuple(fronts), _without_comments(rest), tuple(recovered))


def _after_blank(lines: Sequence[Line]) -> Sequence[Line]:
    start = next((i for i, line in enumerate(lines) if line.text.strip()), len(lines))
    return lines[start:]


def _is_front(lines: Sequence[Line]) -> bool:
    return next((bool(_KEY.match(line.text)) for line in lines if line.text.strip()), False)


def _first_heading(lines: Sequence[Line]) -> int:
    """Where the body begins when nothing closes the front matter; comments before a key are not."""
    keyed = False
    for at, line in enumerate(lines):
        keyed = keyed or bool(_KEY.match(line.text))
        starts = line.text.startswith("|") or _HEADING.match(line.text)
        if keyed and (starts or line.text.rstrip() == "---"):
            return at
    return len(lines)


def _without_comments(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Blank what stands in HTML comments, for no reader of the card sees it."""
    kept: list[Line] = []
    hidden = False
    for number, text in lines:
        visible, at = list[str](), 0
        while at < len(text):
            mark = text.find("-->" if hidden else "<!--", at)
            end = len(text) if mark < 0 else mark
            visible.append("" if hidden else text[at:end])
            at = end + (3 if hidden else 4)
            hidden = hidden != (mark >= 0)
        kept.append(Line(number, " ".join(visible)))
    return tuple(kept)


def fences(body: Sequence[Line]) -> tuple[tuple[Fence, ...], tuple[Line, ...]]:
    """The fenced blocks of a body, and its lines outside of them."""
    blocks: list[Fence] = []
    prose: list[Line] = []
    mark, info, inside = "", "", list[Line]()
    for line in body:
        bare = line.text.strip()
        fence = re.match(r"`{3,}|~{3,}", bare)
        if mark and fence and fence[0].startswith(mark) and fence[0] == bare:
            blocks.append(Fence(info, tuple(inside)))
            mark = ""
        elif mark:
            inside.append(line)
        elif fence:
            mark, info, inside = fence[0], bare[len(fence[0]) :].strip().lower()[:40], []
        else:
            prose.append(line)
    return (*blocks, *([Fence(info, tuple(inside))] if mark else [])), tuple(prose)


def heading(line: str) -> str | None:
    """The text of a heading; None for any other line."""
    match = _HEADING.match(line) if len(line) < 1000 else None
    return plain(match[1]) if match else None


def plain(text: str) -> str:
    """A short text without links, tags, emphasis and code marks, safe to print in a terminal.

    Markup becomes a space, so that no two halves of a number ever join to one.
    """
    bare = _TAG.sub(" ", _LINK.sub(r"\1", text[:2000])) if "<" in text or "[" in text else text
    if "`" in bare or "**" in bare:
        bare = " ".join(bare.replace("`", " ").replace("**", " ").split())
    return printable(bare.strip().strip("*").strip(), 300)


def printable(text: str, most: int = 60) -> str:
    """A text cut to `most` characters, anything that is not printable shown as U+FFFD."""
    return inert.replaced(text, most)
