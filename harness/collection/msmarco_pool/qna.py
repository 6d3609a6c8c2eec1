"""The pool from Microsoft's own file, MS MARCO QnA v2.1 dev, read in little memory.

The file (138 MB, several hundred unpacked) is one JSON object of columns, each an object by the
same keys:

=================  =================================================================
`passages`         "0": [{"is_selected": 0 or 1, "passage_text": ..., "url": ...}, …]
`query`            "0": the text
`query_id`         "0": MS MARCO's number
`answers`, …       not used
=================  =================================================================

ir_datasets knows where the file is and what its md5 must be; its dataset `msmarco-qna` itself is
not opened, for it would fetch and index all of MS MARCO first.
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TextIO

from harness.collection import Collection, irds
from harness.collection.msmarco_pool import FIRST, NOTICE, Row, first_queries, pool
from harness.errors import InputError

NAME: Final = "msmarco-pool/qna"
DATASET: Final = "msmarco-qna"
PART: Final = "dev"
SIZE: Final = 138_303_699
"""Bytes of the download."""

_CHUNK = 1 << 20
_LARGEST = 16 << 20  # characters of one entry; the longest of the file are some ten thousand
_SPACE = re.compile(r"[ \t\n\r]*")
_AFTER = frozenset(" \t\n\r,:]}")
_DECODER = json.JSONDecoder()


def load(first: int = FIRST) -> Collection:
    """The pool of the first so many queries.

    Raises:
        InputError: the file is damaged or not of the shape above.
        UnreachableError: it is not here and cannot be fetched.
    """
    path = irds.download(DATASET, PART, NOTICE)
    name = NAME if first == FIRST else f"{NAME}:{first}"
    return pool(read_rows(path, first), name, "MS MARCO QnA v2.1 (dev)", first)


def load_part(count: str) -> Collection:
    """The pool of `msmarco-pool/qna:200`.

    Raises:
        InputError: as `load`, or it is no number.
        UnreachableError: as `load`.
    """
    return load(first_queries(NAME, count))


def is_local() -> bool:
    """Whether Microsoft's file is where ir_datasets keeps it."""
    return irds.has_download(DATASET, PART)


def read_rows(path: Path, first: int) -> tuple[Row, ...]:
    """The first so many queries with a selected passage, in the order of the file.

    Raises:
        InputError: the file is damaged or not of the shape above.
    """
    passages: dict[str, Any] = {}
    texts: dict[str, dict[str, Any]] = {"query": {}, "query_id": {}}
    try:
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            for column, key, value in entries(stream):
                if column in texts:
                    texts[column][key] = value
                elif column == "passages" and len(passages) < first and _has_selected(value):
                    passages[key] = value
    except (EOFError, gzip.BadGzipFile, zlib.error, ValueError) as error:
        raise InputError(
            f"{path} is damaged, or not MS MARCO QnA's file ({error}); remove it, and it is "
            "fetched again."
        ) from error
    for key in passages:
        if not isinstance(texts["query"].get(key), str) or key not in texts["query_id"]:
            raise InputError(f"{path}: the entry '{key}' has passages, but no query or no id.")
    return tuple(
        Row(str(texts["query_id"][key]), texts["query"][key], *_split(value))
        for key, value in passages.items()
    )


def entries(stream: TextIO) -> Iterator[tuple[str, str, Any]]:
    """Each (column, key, value) of a JSON object of objects, one value in memory at a time.

    Raises:
        ValueError: the text is not such an object, or ends too early.
    """
    scan = _Scanner(stream)
    for column in scan.members():
        for key in scan.members():
            yield column, key, scan.value()


class _Scanner:
    """JSON off a stream: the standard library's decoder on a window that moves along."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._window = ""
        self._place = 0

    def members(self) -> Iterator[str]:
        """The keys of the object that begins here; after each, its value is to be taken."""
        self._take("{")
        while (found := self._peek()) != "}":
            if found != '"':
                raise ValueError(f"{found or 'the end'!r} stands where a key should")
            key = str(self.value())
            self._take(":")
            yield key
            if self._peek() != "}":
                self._take(",")
        self._take("}")

    def value(self) -> Any:  # noqa: ANN401 - JSON is any of six types until looked at
        """The value that begins here."""
        while True:
            self._peek()
            try:
                value, end = _DECODER.raw_decode(self._window, self._place)
            except json.JSONDecodeError:
                end = len(self._window)
            except RecursionError:
                raise ValueError("an entry is nested too deeply") from None
            # A number may go on where the window ends: 12 of 1234, and 1 of 1.5 in "1.".
            if self._window[end : end + 1] in _AFTER:
                self._place = end
                return value
            if len(self._window) - self._place > _LARGEST or not self._more():
                raise ValueError("an entry does not end, or is no JSON")

    def _peek(self) -> str:
        """The next character that is not white space, "" at the end; the place moves to it."""
        while True:
            space = _SPACE.match(self._window, self._place)
            self._place = space.end() if space else self._place
            if self._place < len(self._window):
                return self._window[self._place]
            if not self._more():
                return ""

    def _take(self, expected: str) -> None:
        found = self._peek()
        if found != expected:
            raise ValueError(f"{found or 'the end'!r} stands where {expected!r} should")
        self._place += 1

    def _more(self) -> bool:
        chunk = self._stream.read(_CHUNK)
        self._window = self._window[self._place :] + chunk
        self._place = 0
        return bool(chunk)


def _has_selected(passages: Any) -> bool:  # noqa: ANN401 - checked here
    if not isinstance(passages, list) or not all(
        isinstance(p, dict) and isinstance(p.get("passage_text"), str) and "is_selected" in p
        for p in passages
    ):
        raise ValueError("an entry of 'passages' is no list of passages")
    return any(passage["is_selected"] for passage in passages)


def _split(passages: list[dict[str, Any]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The texts that were used for the answer, and the others."""
    used, other = (
        tuple(p["passage_text"] for p in passages if bool(p["is_selected"]) is selected)
        for selected in (True, False)
    )
    return used, other
