"""The table of kinds as docs/models.md has it, from the registry that the tests go through."""

import re
from collections.abc import Iterable
from pathlib import Path

from tests.support.zoo import Row
from tests.support.zoo.kinds import KINDS
from tests.support.zoo.rows import ROWS

PAGE = Path(__file__).parents[3] / "docs" / "models.md"
_MARKED = re.compile(r"(<!-- kinds -->).*?(<!-- /kinds -->)", re.DOTALL)


def written(page: str) -> str:
    """The page with its table as it should be."""
    return _MARKED.sub(lambda marks: f"{marks[1]}\n{table()}\n{marks[2]}", page)


def table() -> str:
    """A line for each kind: what it is, who uses it, what comes of it."""
    lines = ["| kind | who uses it | what comes of it |", "|---|---|---|"]
    for key, kind in KINDS.items():
        outcome = _outcome([row for row in ROWS if row.kind == key and not row.awaits])
        lines.append(f"| {kind.what} | {kind.who} | {outcome} |")
    return "\n".join(lines)


def _outcome(rows: list[Row]) -> str:
    equal = [row for row in rows if not row.refused]
    refused = [row for row in rows if row.refused]
    counted = f"equal ({len(equal)})" if equal else ""
    if not refused:
        return counted
    told = f"refused{'' if not equal else f': {_list(row.name for row in refused)}'}"
    words = _list(f"“…{row.refused}…”" for row in refused)
    option = "; the option lets sentence-transformers encode it" if refused[0].option else ""
    return "; ".join(filter(None, (counted, f"{told} ({words}{option})")))


def _list(parts: Iterable[str]) -> str:
    """The first three of some parts, each once."""
    each = list(dict.fromkeys(parts))
    return ", ".join(each[:3]) + (" and others" if len(each) > 3 else "")
