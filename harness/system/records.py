"""Typed records of TOML and JSON files; the only module that imports pydantic.

A record is a frozen dataclass whose `__pydantic_config__` is `CLOSED`. Its annotations say what may
stand in the file; a rule beyond the kind of a value stands in its `__post_init__` and raises an
InputError, so that a record made in Python meets it too. pydantic (a TypeAdapter over the
dataclass) checks the kinds; that is imported when the first record is read or written.
"""

import difflib
import json
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import MappingProxyType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    TypeVar,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from harness.errors import InputError

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, TypeAdapter

Record = TypeVar("Record")
Place = tuple[int | str, ...]
"""The keys and list indices that lead to a value."""

CLOSED: Final[dict[str, Any]] = {"extra": "forbid", "strict": True, "allow_inf_nan": False}
"""No key that nobody reads, no kind that is nearly right, no number that is none."""

_NEEDED: Final = MappingProxyType(
    {
        "string_type": "text in quotes",
        "int_type": "a whole number",
        "float_type": "a number",
        "finite_number": "a finite number",
        "bool_type": "true or false",
        "tuple_type": "a list",
        "dict_type": "a table of keys",
        "dataclass_type": "a table of keys",
    }
)
"""By pydantic's name of the error."""


@dataclass(frozen=True)
class StandsAs:
    """How a value of another class stands in a file: `Annotated[Measure, StandsAs(str, ...)]`.

    Attributes:
        form: the kind that is written.
        value: makes the value of it; may raise InputError.
        written: makes it of the value.
    """

    form: Any
    value: Callable[[Any], Any]
    written: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: object, handler: "GetCoreSchemaHandler") -> Any:  # noqa: ANN401 - pydantic's signature
        from pydantic import AfterValidator, PlainSerializer

        marks = AfterValidator(self._valued), PlainSerializer(self._written, return_type=self.form)
        return handler.generate_schema(Annotated[self.form, *marks])

    def _written(self, value: object) -> object:
        return self.written(value)  # pydantic 2.7 reads a signature, and `str` has none

    def _valued(self, form: object) -> object:
        try:
            return self.value(form)
        except InputError as error:
            raise ValueError(str(error)) from error  # to which pydantic adds the place


def read(kind: type[Record], content: object) -> Record:
    """A record from what a TOML or JSON parser gave.

    Args:
        kind: the dataclass.
        content: dicts, lists, texts and numbers.

    Raises:
        InputError: with the key and what is needed there; or what the record's own rules say.
    """
    from pydantic import ValidationError

    try:
        # By way of JSON, since pydantic's strict mode wants tuples and dataclasses of Python.
        text = json.dumps(content, default=lambda value: _refuse(value, content))
    except RecursionError as error:
        raise InputError("it is nested too deeply to be read.") from error
    try:
        return cast("Record", _adapter(cast("Any", kind)).validate_json(text))
    except ValidationError as error:
        found = error.errors(include_url=False)
        # A misspelled key is told first, since the right one is then missing.
        first = next((one for one in found if one["type"] == _UNKNOWN), found[0])
        reason = first.get("ctx", {}).get("error", first.get("ctx", {}).get("expected"))
        said = _sentence(kind, first["type"], first["loc"], first["input"], reason)
        raise InputError(said) from error


def plain(record: Any) -> Any:  # noqa: ANN401 - any dataclass; what JSON can hold
    """A record as dicts, tuples, texts and numbers, in the order of its fields."""
    return _adapter(cast("Any", type(record))).dump_python(record, by_alias=True)


@cache
def _adapter(kind: Any) -> "TypeAdapter[Any]":  # noqa: ANN401 - any dataclass
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


_UNKNOWN: Final = "unexpected_keyword_argument"


def _sentence(kind: object, error: str, place: Place, given: object, reason: object) -> str:
    path = _path(place)
    if error == _UNKNOWN:
        return _unknown(kind, place)
    if error == "missing":
        return f"the key '{path}' is missing."
    if error == "value_error":
        return f"{path}: {reason}"
    if error == "json_invalid":
        return f"it is not readable ({reason})."
    needed = f"one of {reason}" if error == "literal_error" else _NEEDED.get(error, error)
    shown = json.dumps(given, ensure_ascii=False)
    shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
    if error == "tuple_type" and isinstance(given, dict):
        needed += f" (tables, each under [[{path}]])"
    if error == "dataclass_type" and place and isinstance(place[-1], int):
        needed += f" (each under [[{_path(place[:-1])}]])"
    return f"the key '{path}' is {shown}; {needed} is needed."


def _unknown(kind: object, place: Place) -> str:
    """A key that nobody reads, with the one that was probably meant."""
    *tables, key = place
    known = list(_keys(_kind_at(kind, tuple(tables))))
    near = difflib.get_close_matches(str(key), known, 1)
    hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}."
    table = ".".join(part for part in tables if isinstance(part, str))
    return f"the key '{key}'{f' in [{table}]' if table else ''} is unknown; {hint}"


def _path(place: Place) -> str:
    """`examples[0].source` for ("examples", 0, "source")."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return "".join(parts).removeprefix(".")


def _kind_at(kind: object, place: Place) -> object:
    """The annotation of what stands at a place inside a record."""
    for part in place:
        kind = _form(kind)
        inside = _keys(kind)[str(part)] if is_dataclass(kind) else None
        # Else a tuple[X, ...] or a Mapping[str, X].
        kind = inside or get_args(kind)[0 if isinstance(part, int) else -1]
    return _form(kind)


def _form(kind: object) -> object:
    """An annotation without its marks and without `| None`: the kind that stands in the file."""
    if get_origin(kind) is Annotated:
        bare, *marks = get_args(kind)
        return _form(next((mark.form for mark in marks if isinstance(mark, StandsAs)), bare))
    return _form(get_args(kind)[0]) if isinstance(kind, UnionType) else kind


def _keys(record: Any) -> dict[str, object]:  # noqa: ANN401 - any dataclass
    """The keys of a record in its file, each with its annotation."""
    hints = get_type_hints(record, include_extras=True)
    renamed = record.__pydantic_config__.get("alias_generator", str)
    return {renamed(field.name): hints[field.name] for field in fields(record)}


def _refuse(value: object, content: object) -> None:
    """Tell of a TOML date or time, which no record has."""
    path = _path(_place_of(value, content) or ())
    raise InputError(f"the key '{path}' is {value}, a date or time; put it in quotes.")


def _place_of(value: object, content: object, place: Place = ()) -> Place | None:
    if content is value:
        return place
    listed = content if isinstance(content, dict | list) else ()
    inside = listed.items() if isinstance(listed, dict) else enumerate(listed)
    found = (_place_of(value, one, (*place, key)) for key, one in inside)
    return next((place for place in found if place is not None), None)
