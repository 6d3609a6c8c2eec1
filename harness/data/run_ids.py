"""Ids that a TREC run cannot hold, percent-encoded; the tag says that they are.

The columns of a run are split at white space, none is empty, and a line that begins with `#` is a
comment. Where an id of a run has ASCII white space or a control character, or is empty, or a query
id begins with `#`, every id of the file is encoded: such bytes, `#` and `%` become `%` and two
hexadecimal digits (`new york` becomes `new%20york`), and an empty id is `%` alone. The tag then
ends in `+percent-encoded-ids`, so any other program still reads the file, and `decoded` gives the
ids back. A run without such ids is written as it is, `%` included.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from harness.data.run import Run
from harness.errors import InputError

ENCODED: Final = "+percent-encoded-ids"
"""What the tag of an encoded run ends in."""

_SPLITS = re.compile(r"[\x00-\x20\x7f]")
_ESCAPED = re.compile(r"[\x00-\x20\x7f#%]")
_SOUND = re.compile(r"%|(?:[^%]|%[0-9A-Fa-f]{2})+")


def encoded(run: Run) -> Run:
    """The run as it can be written: itself, or with every id encoded and a tag that says so."""
    names = {*run.query_ids, *run.doc_ids}
    comment = any(name.startswith("#") for name in run.query_ids)
    lost = comment or any(not name or _SPLITS.search(name) for name in names)
    if not lost and not _is_encoded(run):
        return run
    known = {name: _encode(name) for name in names}
    return _renamed(run, known.__getitem__, run.tag + ENCODED)


def decoded(run: Run) -> Run:
    """The run with the ids that it had before `encoded`; any other run is given back as it is.

    Raises:
        InputError: the tag says that ids are encoded, and one of them is not.
    """
    if not _is_encoded(run):
        return run
    names = {*run.query_ids, *run.doc_ids}
    for name in names:
        if not _SOUND.fullmatch(name):
            raise InputError(
                f"the tag {run.tag} says that ids are percent-encoded, and {name!r} is not: write "
                "%25 for a percent sign, or give the run another tag."
            )
    known = {name: "" if name == "%" else _decode(name) for name in names}
    return _renamed(run, known.__getitem__, run.tag.removesuffix(ENCODED))


def _is_encoded(run: Run) -> bool:
    return run.tag.endswith(ENCODED)


def _encode(name: str) -> str:
    return _ESCAPED.sub(lambda found: f"%{ord(found[0]):02X}", name) or "%"


def _decode(name: str) -> str:
    try:
        return unquote(name, errors="strict")
    except UnicodeDecodeError:
        raise InputError(f"the percent-encoded id {name!r} is no UTF-8.") from None


def _renamed(run: Run, name: Callable[[str], str], tag: str) -> Run:
    def all_of(ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(map(name, ids))

    return replace(run, tag=tag, query_ids=all_of(run.query_ids), doc_ids=all_of(run.doc_ids))
