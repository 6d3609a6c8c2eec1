"""Follows the variables of a usage example: from texts over encode calls to a similarity.

The code is never run nor parsed as a whole: assignments, calls and their arguments are found by
their brackets, so what stands around them may be of any version, or damaged.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

MOST: Final = 100
"""Assignments and calls looked at in one block, for a block may be 5 MB of them."""

LONGEST_CALL: Final = 20_000
"""Characters of the arguments of one call."""

LONGEST_LITERAL: Final = 200_000
"""Characters of one list of texts."""

MOST_SCANNED: Final = 600_000
"""Characters of literals and arguments that are looked at in one block."""

LONGEST_COMMENT: Final = 2_000
"""Characters of a comment inside a call."""

DEEPEST: Final = 4
"""Calls in calls: similarity(encode([query]), ...)."""

_ASSIGNED = re.compile(
    r"^[ \t]{0,20}([A-Za-z_]\w{0,60})(?:[ \t]*:[ \t]*[\w\[\], .]{1,40})?[ \t]*=[ \t]*(?=[^=\s])",
    re.MULTILINE,
)
_ENCODE = re.compile(r"[\w.]{1,60}\.encode(_\w{1,20})?\(")
_SIMILARITY = re.compile(
    r"(?<![\w.])[\w.]{1,60}\.similarity\("
    r"|\b(?:util\.|torch\.|torch\.sparse\.)?(?:dot_score|cos_sim|matmul|mm)\("
)
_PRODUCT = re.compile(
    r"(?<!\w)(\w{1,60}(?:\[[^\[\]]{1,20}\])?)[ \t]*@[ \t]*(\w{1,60})\.(?:T\b|t\(\)|transpose)"
)
_NAME = re.compile(r"[A-Za-z_]\w{0,60}")
_SUBSCRIPT = re.compile(r"([A-Za-z_]\w{0,60})\[([0-9]{0,4})(:?)([0-9]{0,4})\]")
_TAIL = re.compile(r"\.(?:T|t\(\)|cpu\(\)|to_dense\(\)|detach\(\)|numpy\(\)|coalesce\(\))$")
_LINE_END = re.compile(r"[ \t]*(?:[#;\n]|$)")
_KEYWORD = re.compile(r"(?:sentences|inputs?|texts?|queries|documents|query|document)\s*=\s*(?!=)")

_OPENS = ("[", '"', "'")
"""What a literal of texts begins with."""

Texts = tuple[str, ...]


class Followed(NamedTuple):
    """Two lists of texts whose similarity the code computes, and where it does so."""

    queries: Texts
    documents: Texts
    symmetric: bool
    end: int


class _Encoded(NamedTuple):
    """What a variable holds: the vectors of texts, and how they were encoded."""

    texts: Texts
    how: str


@dataclass
class _Names:
    """What the code has bound so far."""

    read: Callable[[str], Texts | None]
    texts: dict[str, Texts] = field(default_factory=dict)
    encoded: dict[str, _Encoded] = field(default_factory=dict)


def followed(code: str, read: Callable[[str], Texts | None]) -> Iterator[Followed]:
    """Each similarity of the code whose two sides can be followed to their texts.

    Args:
        code: a block of Python.
        read: the list of texts (or the one text) that a piece of code begins with, or None.
    """
    names = _Names(read)
    events = [(m.end(), "=", m) for m in islice(_ASSIGNED.finditer(code), MOST)]
    events += [(m.end(), "s", m) for m in islice(_SIMILARITY.finditer(code), MOST)]
    events += [(m.end(), "@", m) for m in islice(_PRODUCT.finditer(code), MOST)]
    left_to_scan = MOST_SCANNED
    for at, kind, match in sorted(events, key=lambda event: event[0]):
        if left_to_scan <= 0:
            return
        if kind == "=":
            left_to_scan -= _bind(names, match[1], code[at : at + LONGEST_LITERAL])
            continue
        sides = list(match.groups()) if kind == "@" else arguments(code[at : at + LONGEST_CALL])
        left_to_scan -= min(len(code) - at, LONGEST_CALL)
        left, right = [_encoded(names, side) for side in (*sides, "", "")[:2]]
        if left is not None and right is not None:
            yield Followed(left.texts, right.texts, left == right and left.how == "", at)


def _bind(names: _Names, name: str, code: str) -> int:
    """Bind a name to the texts or vectors that an expression gives, or to nothing we know.

    Returns:
        How many characters were looked at.
    """
    for known in (names.texts, names.encoded):
        known.pop(name, None)
    if code.startswith(_OPENS):
        end = _end(code)
        found = _texts(names, code[:end]) if _LINE_END.match(code, end) else None
        if found:
            names.texts[name] = found
        return end
    line = code.partition("\n")[0]
    if _ENCODE.match(line) and (encoded := _encoded(names, code)):
        names.encoded[name] = encoded
    elif (alias := _TAIL.sub("", line.strip())) in names.encoded:
        names.encoded[name] = names.encoded[alias]
    elif line.strip() in names.texts:
        names.texts[name] = names.texts[line.strip()]
    return len(line)


def _encoded(names: _Names, expression: str, depth: int = 0) -> _Encoded | None:
    """The texts and the way of an expression that gives vectors."""
    bare = expression.strip()
    call = _ENCODE.match(bare)
    if call is not None and depth < DEEPEST:
        given = arguments(bare[call.end() : call.end() + LONGEST_CALL])
        texts = _texts(names, _KEYWORD.sub("", given[0], count=1)) if given else None
        return _Encoded(texts, call[1] or "") if texts else None
    bare = _TAIL.sub("", bare[:200])
    if bare in names.encoded:
        return names.encoded[bare]
    part = _SUBSCRIPT.fullmatch(bare)
    known = names.encoded.get(part[1]) if part else None
    if part is None or known is None:
        return None
    first = int(part[2] or 0)
    last = int(part[4]) if part[4] else len(known.texts)
    texts = known.texts[first:last] if part[3] else known.texts[first : first + 1]
    return known._replace(texts=texts) if texts else None


def _texts(names: _Names, expression: str) -> Texts | None:
    """The texts of an argument: a name, a literal, or a list of names."""
    bare = expression.strip()
    if bare in names.texts:
        return names.texts[bare]
    if not bare.startswith(_OPENS):
        return None
    if _end(bare) != len(bare):
        return None  # `["a"] + more`
    texts = names.read(bare)
    if texts is not None or bare[0] != "[":
        return texts
    parts = arguments(bare[1:])
    known = [names.texts.get(part.strip()) for part in parts if part.strip()]
    if not known or any(one is None or len(one) != 1 for one in known):
        return None
    return tuple(one[0] for one in known if one)


def arguments(code: str) -> list[str]:
    """The arguments of a call, from behind its bracket; none where it never ends."""
    found: list[str] = []
    begin = 0
    for at, depth in _marks(code):
        if depth < 0 or (depth == 0 and code[at] == ","):
            found.append(code[begin:at])
            begin = at + 1
        if depth < 0:
            return found
    return []


def _marks(code: str) -> Iterator[tuple[int, int]]:
    """Each bracket and comma outside of strings and comments, and the depth behind it."""
    depth, at = 0, 0
    while at < len(code):
        letter = code[at]
        if letter in "\"'":
            at = _behind_string(code, at)
            continue
        if letter == "#":
            at = code.find("\n", at) if "\n" in code[at : at + LONGEST_COMMENT] else len(code)
            continue
        if letter in "([{)]},":
            depth += (letter in "([{") - (letter in ")]}")
            yield at, depth
        at += 1


def _end(code: str) -> int:
    """Where the literal ends that the code begins with: a list or a string."""
    if code.startswith(_OPENS[1:]):
        return _behind_string(code, 0)
    return next((at + 1 for at, depth in _marks(code) if depth == 0 and code[at] != ","), len(code))


def _behind_string(code: str, at: int) -> int:
    """Where the string literal ends that begins at a place."""
    mark = code[at] * 3 if code.startswith(code[at] * 3, at) else code[at]
    end = at + len(mark)
    while end < len(code):
        if code[end] == "\\":
            end += 2
        elif code.startswith(mark, end):
            return end + len(mark)
        elif code[end] == "\n" and len(mark) == 1:
            return end
        else:
            end += 1
    return end
