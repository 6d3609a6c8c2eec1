"""How long and how much a hub is listened to: no answer of its keeps a command for ever.

A hub may say nothing, give a byte a second, or let each page of a listing name the next without
end; the client (huggingface_hub, up to 2.4) waits without a limit. This module imports nothing of
it. What `requests`, by which the client spoke before 1.0, reads is not limited here.
"""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any, Final

from harness.errors import UnreachableError

SILENCE: Final = 10.0
"""Seconds for which a hub may say nothing where the client itself sets no limit."""

ANSWER: Final = 30.0
"""Seconds within which a listing, or what is said of a repository, is here."""

LARGEST: Final = 64_000_000
"""Bytes of such an answer."""

WINDOW: Final = 9.0
SLOWEST: Final = 1_000
"""A file comes with this many bytes a second at least, taken over as many seconds as above; the
client itself bears no longer silence (10 s)."""

FIRST: Final = 4.0
"""Seconds after which an answer too is held to that: two may drip before a command gives up."""

PAGES: Final = 100
"""Of one listing; each of the hub's has 1,000 files."""

_NEXT: Final = re.compile(r"rel=[\"']?next\b")


class Patience:
    """With each request and answer of a client; one for all fetches of a process."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}
        self._pages: Counter[str] = Counter()

    def asked(self, request: Any) -> None:  # noqa: ANN401 - of httpx or httpx2, as the client has it
        """Set a limit where the client waits for ever, and to how often it asks again.

        Raises:
            UnreachableError: the same has been asked for too long.
        """
        limits = request.extensions.get("timeout") or {}
        known = dict.fromkeys(("connect", "read", "write", "pool")) | dict(limits)
        request.extensions["timeout"] = {key: value or SILENCE for key, value in known.items()}
        what, now = f"{request.method} {request.url}", time.monotonic()
        if now - self._since.setdefault(what, now) > ANSWER:
            del self._since[what]
            raise UnreachableError(
                f"The hub gives no answer within {ANSWER:g} s: check HF_ENDPOINT, the network and "
                "the proxy."
            )

    def answered(self, response: Any) -> None:  # noqa: ANN401 - as above
        """Count the pages, and have the rest of an answer come in time.

        Raises:
            UnreachableError: a listing of too many pages.
        """
        url = response.request.url
        if response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            self._since.pop(f"{response.request.method} {url}", None)
        if not _NEXT.search(response.headers.get("Link", "")):
            self._pages.pop(url.path, None)
        else:
            self._pages[url.path] += 1
            if self._pages[url.path] > PAGES:
                del self._pages[url.path]
                raise UnreachableError(
                    f"The hub's listing of files does not end within {PAGES} pages: check "
                    "HF_ENDPOINT and the proxy."
                )
        _limit(response.stream, _answer if "/api/" in url.path else _file)


def _limit(stream: Any, whole: Callable[[Iterator[bytes]], Iterator[bytes]]) -> None:  # noqa: ANN401
    """Have a stream of the client's give its parts through a limit; all else of it stays."""
    kind = type(stream)
    through = {"__iter__": lambda one: whole(iter(kind.__iter__(one)))}
    stream.__class__ = type(kind.__name__, (kind,), through)


def _waited(parts: Iterator[bytes]) -> Iterator[tuple[bytes, float]]:
    """The parts, and the seconds that each was waited for: what the reader does takes none."""
    while True:
        began = time.monotonic()
        part = next(parts, None)
        if part is None:
            return
        yield part, time.monotonic() - began


def _answer(parts: Iterator[bytes]) -> Iterator[bytes]:
    passed, size = 0.0, 0
    for part, seconds in _waited(parts):
        passed, size = passed + seconds, size + len(part)
        dripping = passed > FIRST and size < SLOWEST * passed
        if dripping or passed > ANSWER or size > LARGEST:
            raise UnreachableError(
                f"The hub's answer comes by less than {SLOWEST:,} bytes a second, or does not end "
                f"within {ANSWER:g} s and {LARGEST:,} bytes: check HF_ENDPOINT, the network and "
                "the proxy."
            )
        yield part


def _file(parts: Iterator[bytes]) -> Iterator[bytes]:
    passed, size = 0.0, 0
    for part, seconds in _waited(parts):
        passed, size = passed + seconds, size + len(part)
        if passed > WINDOW:
            if size < SLOWEST * passed:
                raise UnreachableError(
                    f"The hub gives a file by less than {SLOWEST:,} bytes a second: check the "
                    "network, and start again."
                )
            passed, size = 0.0, 0
        yield part
