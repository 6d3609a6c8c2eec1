"""Foreign text made inert: the one place where it is, with a function for each medium.

Ids, tags, keys, names, cards and error messages of others may hold whatever Unicode has. Unsafe are
characters that a terminal obeys (C0 and C1 controls), that turn the order of text (bidi), that
nobody sees (zero width, fillers, variation selectors, private and unassigned code points), lone
surrogates, which no file can hold, and line and paragraph separators.

Each function is the identity on text that is harmless in its medium.
"""

import html as _html
import json as _json
import re
from typing import Any, Final

MOST: Final = 2_000
"""Characters of a line of text in a message; its head and tail are kept."""

_GAP: Final = " ... "

_UNSEEN: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
"""Printable to Python, and shown as nothing."""

_ACTIVE: Final = re.compile(r"[|`*~$\[\]\\]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|(?<![^ ])#(?=#*$)")
"""What markdown acts upon; an underscore inside a word is no markup, and measures are full of
them. A heading may be closed by number signs."""

_BLOCK: Final = re.compile(r"#{1,6}(?= |$)|[-+](?= |$)|\d{1,9}(?=[.)](?: |$))|[-=]{2,}$")
"""What at the start of a line makes a heading, a list or a rule of it."""

_FORMULA: Final = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""A text at which a spreadsheet begins to compute, or that `csv_cell` has made of such a one."""

_NUMBER: Final = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


def is_safe(letter: str) -> bool:
    """Whether a character may be shown as it is, in every medium."""
    return letter.isprintable() and letter not in _UNSEEN


def line(text: str, most: int | None = MOST) -> str:
    """Text for one line of a terminal or a log, of `most` characters at most (None: of any length).

    White space of any kind is a space; what is unsafe is shown as Python escapes it (`\\x1b`); of
    a longer text the head and the tail are shown.
    """
    cut = _cut(text, most)
    return cut if _harmless(cut) else _cut("".join(map(_shown, cut.replace("\r\n", " "))), most)


def sentence(text: str, most: int = MOST) -> str:
    """A message as one line: as `line`, and what stood on several lines is joined by single spaces.

    Its ends are not white space.
    """
    cut = _cut(text.strip(), most)
    return line(re.sub(r"\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*", " ", cut), most)


def log_line(text: str) -> str:
    """A line for a log whose reader obeys commands in it: of GitHub's, none is left.

    Its runner takes a line that begins with `::`, and `##[` wherever it stands, for a command
    (github.com/actions/runner, ActionCommand.cs); both are shown as Python escapes them.
    """
    shown = text.replace("##[", "\\x23#[")
    start = len(shown) - len(shown.lstrip())
    return f"{shown[:start]}\\x3a{shown[start + 1 :]}" if shown[start:].startswith("::") else shown


def block(text: str) -> str:
    """Text of several lines for a terminal, each made inert; what cells hold is `line`'s to do."""
    return "\n".join(line(one, None) for one in text.split("\n"))


def replaced(text: str, most: int) -> str:
    """Text cut to `most` characters, each unsafe one replaced by U+FFFD: for what is kept."""
    cut = text[:most]
    return cut if _harmless(cut) else "".join(x if is_safe(x) else "\ufffd" for x in cut)


def markdown(text: str) -> str:
    """Text for a cell or a paragraph of markdown, which shows it as it is, on one line.

    White space is one space each; HTML is shown and not obeyed; what could be markup is escaped
    by a backslash. A bare address stays one: a link that says where it leads.
    """
    plain = " ".join(line(text, None).split())
    shown = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    shown = _ACTIVE.sub(r"\\\g<0>", shown)
    starts = _BLOCK.match(shown)
    if starts is None:
        return shown
    return (
        f"{shown[: starts.end()]}\\{shown[starts.end() :]}" if shown[0].isdigit() else f"\\{shown}"
    )


def link_target(path: str) -> str:
    """The name of a file as the target of a markdown link: everything but plain ASCII as `%20`."""
    from urllib.parse import quote

    return quote(path.encode("utf-8", "surrogateescape"), safe="/._-~+")


def html(text: str) -> str:
    """Text for an element or an attribute of HTML, which shows it as it is, on one line."""
    return _html.escape(line(text, None))


def json(value: object, **options: Any) -> str:  # noqa: ANN401 - json.dumps' own
    """JSON of a value, readable where it is safe: what is not is escaped (`\\u202e`).

    `json.loads` gives the same value as of `json.dumps`, whose options these are.

    Raises:
        ValueError: as `json.dumps`.
    """
    text = _json.dumps(value, ensure_ascii=False, **options)
    if _harmless(text):
        return text
    return "".join(one if one == "\n" or is_safe(one) else _json.dumps(one)[1:-1] for one in text)


def toml(text: str) -> str:
    """A TOML basic string, readable where it is safe.

    TOML cannot have a lone surrogate: it stays what it was, and no file will take it.
    """
    quoted = _json.dumps(text, ensure_ascii=False)  # JSON's escapes are TOML's too
    return "".join(
        letter if is_safe(letter) or "\ud800" <= letter <= "\udfff" else _code(letter)
        for letter in quoted
    )


def csv_cell(text: str) -> str:
    """Text for a cell of CSV: no control character, and no formula of a spreadsheet.

    Before text that begins as a formula (`=1+1`, `@x`, `-a`, and `'=` itself) stands an apostrophe,
    unless it is a number. What is unsafe becomes `\\uXXXX` or `\\UXXXXXXXX`, and each backslash
    that would then be read as the start of one is doubled. `csv_text` takes both back.
    """
    escaped = "".join(_escaped(text)) if "\\" in text or not _harmless(text) else text
    if _FORMULA.match(escaped) and not _NUMBER.fullmatch(escaped):
        return f"'{escaped}"
    return escaped


def csv_text(cell: str) -> str:
    """The text that `csv_cell` made a cell of."""
    bare = cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
    return re.sub(r"(\\+)(?:u([0-9a-f]{4})|U([0-9a-f]{8})|(?=[uU]))", _unescaped, bare)


def _harmless(text: str) -> bool:
    return (text.isascii() and text.isprintable()) or all(map(is_safe, text))


def _cut(text: str, most: int | None) -> str:
    if most is None or len(text) <= most:
        return text
    tail = most // 4
    head = max(most - tail - len(_GAP), 0)
    return f"{text[:head]}{_GAP}{text[len(text) - tail :]}"[:most]


def _shown(letter: str) -> str:
    if is_safe(letter):
        return letter
    return " " if letter.isspace() and letter not in "\x1c\x1d\x1e\x1f" else ascii(letter)[1:-1]


def _escaped(text: str) -> list[str]:
    """Letters of the text; from the end, for a backslash counts by what comes after it."""
    parts: list[str] = []
    doubled = False
    for letter in reversed(text):
        safe = is_safe(letter)
        if letter == "\\":
            parts.append("\\\\" if doubled else "\\")
        else:
            doubled = letter in "uU" or not safe
            parts.append(letter if safe else _code(letter))
    return parts[::-1]


def _code(letter: str) -> str:
    number = ord(letter)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _unescaped(found: re.Match[str]) -> str:
    slashes, short, long = found.groups()
    number = short or long
    kept = "\\" * (len(slashes) // 2)
    if number is None:
        return kept
    if len(slashes) % 2:
        return kept + chr(int(number, 16))
    return f"{kept}{'u' if short else 'U'}{number}"
