"""Progress on stderr: a bar on a terminal, a line a minute in logs, nothing for short work."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Generic, TypeVar

from harness.system import inert
from harness.system.memory import memory_gb

Advance = Callable[[int], None]
"""Tells that so many more things are done."""

Progress = Callable[[str, int | None, str], AbstractContextManager[Advance]]
"""Opens a stage: its title, how many things there are (None: not known), and what they are."""

_QUIET_SECONDS = 60.0
"""Away from a terminal (a CI log) a stage writes one line this often."""


_TITLE = 80  # characters

T = TypeVar("T")

_STEP = 1_024


class ProgressIterable(Generic[T]):
    """Something to iterate over, again and again, that tells how far it has come."""

    def __init__(self, things: Iterable[T], advance: Advance) -> None:
        self._things = things
        self._advance = advance

    def __iter__(self) -> Iterator[T]:
        for number, thing in enumerate(self._things, 1):
            yield thing
            if number % _STEP == 0:
                self._advance(_STEP)


@contextmanager
def no_progress(_title: str, _total: int | None, _unit: str) -> Iterator[Advance]:
    """A stage that shows nothing."""
    yield lambda _count: None


@contextmanager
def show_progress(title: str, total: int | None, unit: str) -> Iterator[Advance]:
    """A stage with a progress bar on a terminal, and a line a minute elsewhere.

    Either shows the rate, the time left and the memory in use; neither shows anything of a stage
    that takes less than a second.
    """
    title = inert.line(title, _TITLE)
    if sys.stderr.isatty():
        from tqdm import tqdm

        with tqdm(
            total=total, desc=title, unit=f" {unit}", delay=1, leave=False, dynamic_ncols=True
        ) as bar:

            def advance(count: int) -> None:
                bar.set_postfix_str(f"{memory_gb():.1f} GB", refresh=False)
                bar.update(count)

            yield advance
    else:
        yield _Lines(title, total, unit)


class _Lines:
    def __init__(self, title: str, total: int | None, unit: str) -> None:
        self._title, self._total, self._unit = title, total, unit
        self._done = 0
        self._start = self._said = time.monotonic()

    def __call__(self, count: int) -> None:
        self._done += count
        now = time.monotonic()
        if now - self._said < _QUIET_SECONDS:
            return
        self._said = now
        rate = self._done / (now - self._start)
        of = f" of {self._total:,}" if self._total else ""
        left = f", {(self._total - self._done) / rate:.0f} s left" if self._total and rate else ""
        line = f"{self._title}: {self._done:,}{of} {self._unit}, {rate:,.0f}/s{left}"
        sys.stderr.write(f"{line}, {memory_gb():.1f} GB\n")
        sys.stderr.flush()
