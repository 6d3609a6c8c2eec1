"""Runs and qrels from whatever Python users have: a path, a mapping, a DataFrame.

A DataFrame's column is found under any of the names that the field's libraries give it:

==========  ==========================================================================
query       `query_id` (ir_measures, ir_datasets), `qid` (PyTerrier), `q_id` (ranx)
document    `doc_id`, `docno` (PyTerrier), `docid`
score       `score`
grade       `relevance` (ir_measures, ir_datasets), `label` (PyTerrier), `score` (ranx)
==========  ==========================================================================
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from numbers import Integral, Real
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from harness.data.qrels import Judgement, Qrels
from harness.data.run import Run
from harness.data.trec import read_qrels, read_run
from harness.errors import InputError
from harness.system import inert

if TYPE_CHECKING:
    from pandas import DataFrame as DataFrame  # noqa: PLC0414 - named by other modules, too

_Value = TypeVar("_Value")

_QUERY, _DOC = ("query_id", "qid", "q_id"), ("doc_id", "docno", "docid")
_SCORE, _GRADE = ("score",), ("relevance", "label", "score")


def as_run(given: Any) -> Run:  # noqa: ANN401 - told apart here, once
    """A run from a `Run`, a TREC file's path, a mapping or a DataFrame.

    Args:
        given: of mappings, `{query: {doc: score}}` or `{query: [(doc, score), ...]}`.

    Raises:
        InputError: it is none of these, or a document stands twice in a ranking, or a score is no
            finite number.
        UnreachableError: the file cannot be read.
    """
    if isinstance(given, Run):
        return given
    if isinstance(given, str | PathLike):
        return read_run(Path(given))
    if is_frame(given):
        return Run.from_rankings("frame", _by_query("run", _rows(given, "run", _SCORE), _score))
    if isinstance(given, Mapping):
        return Run.from_rankings("mapping", _by_query("run", _pairs(given, "run"), _score))
    raise InputError(
        f"A run is a path, a mapping of query ids or a DataFrame, not a {type(given).__name__}."
    )


def as_qrels(given: Any) -> Qrels:  # noqa: ANN401 - told apart here, once
    """Qrels from a `Qrels`, a TREC or BEIR file's path, a mapping or a DataFrame.

    Args:
        given: of mappings, `{query: {doc: grade}}` or `{query: [(doc, grade), ...]}`; a list may
            name a document twice (see `Qrels`).

    Raises:
        InputError: it is none of these, or a grade is no whole number, or a row of a DataFrame
            judges a pair otherwise than an earlier one.
        UnreachableError: the file cannot be read.
    """
    if isinstance(given, Qrels):
        return given
    if isinstance(given, str | PathLike):
        return read_qrels(Path(given))
    if is_frame(given):
        judged = _by_query("qrels", _rows(given, "qrels", _GRADE), _grade)
        judged = {query: _once(query, listed) for query, listed in judged.items()}
    elif isinstance(given, Mapping):
        judged = _by_query("qrels", _pairs(given, "qrels"), _grade)
    else:
        raise InputError(
            "Qrels are a path, a mapping of query ids or a DataFrame, not a "
            f"{type(given).__name__}."
        )
    return Qrels({query: tuple(map(Judgement._make, listed)) for query, listed in judged.items()})


def is_frame(given: object) -> bool:
    """Whether something is a pandas DataFrame; pandas is not imported to tell."""
    kind = type(given)
    return kind.__module__.partition(".")[0] == "pandas" and kind.__name__ == "DataFrame"


def frame(rows: Iterable[Mapping[str, object]]) -> "DataFrame":
    """Rows as a DataFrame, a column for each key."""
    import pandas as pd

    return pd.DataFrame(list(rows))


def html_table(rows: "DataFrame") -> str:
    """A DataFrame for a notebook: text is shown as text, and made inert."""
    safe = rows.map(lambda value: inert.line(value) if isinstance(value, str) else value)
    return str(safe.to_html(index=False, na_rep=""))


def _by_query(
    what: str,
    rows: Iterable[tuple[Any, Any, Any]],
    value_of: Callable[[str, Any], _Value],
) -> dict[str, list[tuple[str, _Value]]]:
    """Rows of (query, document, value), grouped; a document of None stands for an empty list."""
    found: dict[str, list[tuple[str, _Value]]] = {}
    for query, doc, value in rows:
        listed = found.setdefault(_id(what, query), [])
        if doc is not None:
            where = f"{what}: document '{doc}' of query '{query}'"
            listed.append((_id(what, doc), value_of(where, value)))
    return found


def _pairs(given: Mapping[Any, Any], what: str) -> Iterator[tuple[Any, Any, Any]]:
    seen: set[str] = set()
    for query, docs in given.items():
        if (query_id := _id(what, query)) in seen:
            raise InputError(
                f"{what}: the query '{query_id}' stands there twice, as text and number."
            )
        seen.add(query_id)
        yield query, None, None
        try:
            for doc, value in docs.items() if isinstance(docs, Mapping) else docs:
                yield query, doc, value
        except (TypeError, ValueError):
            raise InputError(
                f"{what}: query '{query}' must have a mapping of document ids, or pairs of a "
                "document id and a number."
            ) from None


def _rows(table: "DataFrame", what: str, values: Iterable[str]) -> Iterator[tuple[Any, Any, Any]]:
    names = [_column(table, what, among) for among in (_QUERY, _DOC, values)]
    yield from zip(*(table[name].tolist() for name in names), strict=True)


def _column(table: "DataFrame", what: str, among: Iterable[str]) -> str:
    listed = list(among)
    found = next((name for name in listed if name in table.columns), None)
    if found is None:
        has = ", ".join(map(str, table.columns))
        raise InputError(
            f"{what}: a column named {' or '.join(listed)} is needed; there are {has}."
        )
    return found


def _id(what: str, value: Any) -> str:  # noqa: ANN401 - told apart here
    """An id as text; whole numbers, as pandas reads ids of digits, are written out."""
    if isinstance(value, str) and value:
        return value
    if not isinstance(value, bool) and isinstance(value, Integral):
        return str(int(value))
    raise InputError(f"{what}: {value!r} is no id; texts or whole numbers are needed.")


def _score(where: str, value: Any) -> float:  # noqa: ANN401 - told apart here
    if not isinstance(value, bool) and isinstance(value, Real):
        return float(value)
    raise InputError(f"{where} has the score {value!r}, which is no number.")


def _grade(where: str, value: Any) -> int:  # noqa: ANN401 - told apart here
    if not isinstance(value, bool) and isinstance(value, Real) and float(value).is_integer():
        return int(float(value))
    raise InputError(f"{where} has the grade {value!r}, which is no whole number.")


def _once(query_id: str, judged: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The judgements of a query without those that only repeat an earlier one."""
    found: dict[str, int] = {}
    for doc, grade in judged:
        if found.setdefault(doc, grade) != grade:
            raise InputError(
                f"qrels: document '{doc}' is judged twice for query '{query_id}', first "
                f"{found[doc]} and then {grade}."
            )
    return list(found.items())
