"""Values out of a TOML table, each of the kind that is needed, or one sentence on why not."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.errors import InputError

_MISSING = object()


def get(table: Mapping[str, Any], key: str, kind: type, default: Any = _MISSING) -> Any:  # noqa: ANN401
    """The value of a key.

    Raises:
        InputError: it is missing and there is no default, or it is of another kind.
    """
    value = table.get(key, default)
    if value is _MISSING:
        raise InputError(f"the key '{key}' is missing.")
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise InputError(f"the key '{key}' is {value!r}; {kind.__name__} is needed.")
    return value


def texts(table: Mapping[str, Any], key: str, default: Any = _MISSING) -> tuple[str, ...]:  # noqa: ANN401
    """The value of a key that holds a list of texts.

    Raises:
        InputError: as `get`, or one of them is no text.
    """
    listed = get(table, key, list, default)
    if not all(isinstance(text, str) for text in listed):
        raise InputError(f"the key '{key}' is {listed!r}; texts in quotes are needed.")
    return tuple(listed)


def rows(table: Mapping[str, Any], key: str) -> tuple[tuple[str, ...], ...]:
    """The value of a key that holds a list of lists of texts.

    Raises:
        InputError: as `get`, or it holds anything else.
    """
    listed = get(table, key, list)
    if not all(isinstance(r, list) and all(isinstance(text, str) for text in r) for r in listed):
        raise InputError(
            f"the key '{key}' must hold rows of texts; numbers in quotes keep their printed digits."
        )
    return tuple(map(tuple, listed))


def table(content: Mapping[str, Any], name: str, keys: Iterable[str]) -> Mapping[str, Any]:
    """The table `[name]`; an empty one where there is none.

    Raises:
        InputError: it is no table, or holds a key that is not among `keys`.
    """
    found: Mapping[str, Any] = get(content, name, dict, {})
    known(name, found, keys)
    return found


def tables(
    content: Mapping[str, Any], name: str, keys: Iterable[str]
) -> Iterator[Mapping[str, Any]]:
    """The tables `[[name]]`.

    Raises:
        InputError: one is no table, or holds a key that is not among `keys`.
    """
    for found in get(content, name, list, []):
        if not isinstance(found, dict):
            raise InputError(f"write {name} as tables, each under [[{name}]].")
        known(name, found, keys)
        yield found


def known(name: str, table: Mapping[str, Any], keys: Iterable[str]) -> None:
    """Refuse a key that nobody reads: most are misspelled.

    Raises:
        InputError: a key is not among `keys`; with the one that was probably meant.
    """
    listed = list(keys)
    for key in table:
        if key not in listed:
            near = difflib.get_close_matches(key, listed, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(listed)}."
            raise InputError(f"the key '{key}'{f' in [{name}]' if name else ''} is unknown; {hint}")
