"""Whether anything may be asked of a network: offline, nothing of ours starts a connection.

`HF_HUB_OFFLINE=1` (the hub's own switch) or `harness --offline` say so, for the hub's client, for
the package index and for ir_datasets alike.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

_VARIABLES: Final = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
"""The hub's client reads the second where the first is missing or empty."""

_YES: Final = frozenset({"1", "ON", "YES", "TRUE"})

REASON: Final = "HF_HUB_OFFLINE is set (or --offline given)"
"""Why nothing was fetched, as a part of a sentence."""


class NotAskedError(BaseException):
    """A download of a library's was not begun: its text is what would have been fetched.

    No Exception: a library catches those to try another mirror.
    """


def is_offline() -> bool:
    """Whether the user forbids connections; read anew each time."""
    given = next((text for name in _VARIABLES if (text := os.environ.get(name))), "")
    return given.upper() in _YES


@contextmanager
def offline() -> Iterator[None]:
    """Forbid connections in this block, to the libraries that read the environment, too."""
    name = _VARIABLES[0]
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        os.environ.pop(name) if before is None else os.environ.update({name: before})


def without_password(url: str) -> str:
    """An address fit to be printed: without the name and password that it may carry."""
    try:
        parts = urlsplit(url)
    except ValueError:  # half an IPv6 address
        return "an address that cannot be read"
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def asking(download: Callable[..., Any]) -> Callable[..., Any]:
    """A library's method that begins a download, which raises `NotAskedError` offline."""
    if hasattr(download, "asking"):
        return download

    @wraps(download)
    def asked(mirror: object, *arguments: object) -> object:
        if is_offline():
            raise NotAskedError(getattr(mirror, "url", repr(mirror)))
        return download(mirror, *arguments)

    asked.asking = True  # type: ignore[attr-defined]
    return asked
