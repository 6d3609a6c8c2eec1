"""JSON and TOML that others wrote, as Python's values: nothing that a later step stumbles over.

Both parsers are Python's. What they let through and nothing here can use is refused with the file's
name: numbers beyond a double, whole numbers of hundreds of digits, halves of surrogate pairs,
nesting so deep that no recursive reader survives it, and TOML keys of so many parts that the
parser, which takes the square of their number, would not come back.
"""

import json
import math
import re
import tomllib
from pathlib import Path
from typing import Any, Final, NoReturn

from harness.errors import InputError
from harness.system.foreign_files import SETTINGS, read_text

DEPTH: Final = 100
"""How deep lists and objects may stand in one another."""

_DIGITS: Final = 300
"""Of a whole number; a double has no more before its point."""

_NAME: Final = r"""(?:[\w-]{1,200}|"[^"\n]{0,200}"|'[^'\n]{0,200}')"""
_PARTS: Final = re.compile(rf"(?<![\w.-])(?:{_NAME}[ \t]*\.[ \t]*){{{DEPTH}}}", re.ASCII)
_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]")
_TOO_LONG: Final = "a number has too many digits"


def read_json(path: Path | str, most: int = SETTINGS) -> Any:  # noqa: ANN401 - any of six types
    """Parse a JSON file.

    Args:
        path: the file.
        most: bytes that it may have.

    Raises:
        InputError: there is none, it does not parse, or holds what nothing here can use.
        UnreachableError: it cannot be read.
    """
    text = read_text(path, most)
    try:
        return parse_json(text)
    except ValueError as error:
        raise InputError(f"{path} is not readable JSON ({error}).") from error


def parse_json(text: str | bytes, *, finite: bool = True) -> Any:  # noqa: ANN401 - any of six types
    """The value of a JSON text.

    Args:
        text: the JSON; bytes are UTF-8.
        finite: whether NaN and numbers beyond a double are refused here; a reader of records does
            it better, since it names their keys.

    Raises:
        ValueError: with the reason, as a part of a sentence.
    """
    text = text if isinstance(text, str) else text.decode()
    try:
        value = (_FINITE if finite else _ANY).decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    # Both are rare and dear to look for, so the text is asked first.
    if text.count("[") + text.count("{") > DEPTH:
        check_depth(value)
    if _HALF.search(text):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ValueError("half a surrogate pair, which is no character") from None
    return value


def parse_toml(text: str, source: str) -> dict[str, Any]:
    """The tables of a TOML text.

    Args:
        text: the TOML.
        source: where it came from, for the sentence.

    Raises:
        InputError: it does not parse, or holds what nothing here can use.
    """
    if _PARTS.search(text):
        raise InputError(f"{source} cannot be read: a key of {DEPTH} parts or more.")
    try:
        content = tomllib.loads(text)
        check_depth(content)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source} is not valid TOML: {error}.") from error
    except RecursionError as error:
        raise InputError(f"{source} cannot be read: it is nested too deeply.") from error
    except ValueError as error:  # Python's own limit of digits, and ours of depth
        reason = "it is nested too deeply" if "deep" in str(error) else _TOO_LONG
        raise InputError(f"{source} cannot be read: {reason}.") from error
    return content


def check_depth(value: object) -> None:
    """Refuse lists and tables that stand too deep in one another, and too large whole numbers.

    Raises:
        ValueError: with the reason, as a part of a sentence.
    """
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEPTH:
            raise ValueError("nested too deeply")
        if any(isinstance(one, int) and one.bit_length() > 1_000 for one in level):
            raise ValueError(_TOO_LONG)
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise ValueError(f"a number of {len(digits):,} digits")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"the number {digits[:20]}, which no double can hold")
    return number


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name}, which is no number of JSON")


_FINITE: Final = json.JSONDecoder(parse_int=_whole, parse_float=_finite, parse_constant=_constant)
_ANY: Final = json.JSONDecoder(parse_int=_whole)
