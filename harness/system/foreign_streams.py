"""Streams of others: files too large to be read whole, and pipes, none of them without end.

`harness score --run <(zcat run.gz)` reads a pipe, `--run /dev/stdin` another. A pipe that nobody
writes to is given up after `NOBODY` seconds, and one that somebody holds open and says nothing
through after `SILENCE` seconds. A gzip file may unpack to `RATIO` times its size.
"""

import io
import os
import select
import stat
import time
from pathlib import Path
from typing import Final

from harness.errors import InputError
from harness.system.foreign_files import kind_of, opened

NOBODY: Final = 3.0
"""How long, in seconds, a pipe may have nobody who writes to it."""

SILENCE: Final = 60.0
"""How long, in seconds, a pipe may stay silent while somebody holds its other end: what sorts a
large run says nothing until it has read it all."""

RATIO: Final = 200
"""How many times its size a gzip file may unpack to. Runs are packed to a fourth or a tenth; the
most that gzip can do is 1,030."""

_FREE: Final = 1 << 24  # bytes that may come out before the ratio is looked at


def open_stream(path: Path | str) -> io.BufferedReader:
    """Open a regular file, or a pipe or terminal that is waited for and not for ever.

    Raises:
        InputError: there is none, or it is a folder, a socket or an endless device.
        UnreachableError: it may not be read.
    """
    handle, mode = opened(path)
    if stat.S_ISREG(mode):
        return open(handle, "rb")  # noqa: PTH123 - of a handle
    if stat.S_ISFIFO(mode) or (stat.S_ISCHR(mode) and os.isatty(handle)):
        return io.BufferedReader(_Pipe(handle, str(path)))
    os.close(handle)
    raise InputError(f"{path} is {kind_of(mode)}, where a file or a pipe is needed.")


def check_ratio(path: Path | str, packed: io.BufferedReader, unpacked: int) -> None:
    """Refuse a gzip file that unpacks to more than text does.

    Args:
        path: for the sentence.
        packed: the stream of the packed bytes, as far as they are read.
        unpacked: bytes that have come out.

    Raises:
        InputError: they are too many.
    """
    if unpacked <= _FREE:
        return
    raw = packed.raw
    taken = raw.taken if isinstance(raw, _Pipe) else packed.tell()
    if unpacked > RATIO * taken:
        raise InputError(
            f"{path} unpacks to more than {RATIO} times its size, which no text does: it is "
            "refused as a gzip bomb; unpack it first if it is none."
        )


class _Pipe(io.RawIOBase):
    """A pipe that is read as it comes, and given up when nothing comes."""

    def __init__(self, handle: int, name: str) -> None:
        self._handle, self._name = handle, name
        self._begun = False
        self.taken = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Some bytes, at least one until the end.

        Raises:
            InputError: nothing came.
        """
        start = time.monotonic()
        while True:
            held = True
            try:
                found = os.read(self._handle, len(buffer))
            except BlockingIOError:  # somebody holds the other end and has written nothing yet
                select.select([self._handle], [], [], 0.1)
            else:
                self._begun = self._begun or bool(found)
                if self._begun:
                    buffer[: len(found)] = found
                    self.taken += len(found)
                    return len(found)
                # A pipe that nobody has opened for writing is at its end and has not begun.
                held = False
                time.sleep(0.02)
            if time.monotonic() - start > (SILENCE if held else NOBODY):
                raise InputError(self._silent(held=held))

    def _silent(self, *, held: bool) -> str:
        if held:
            return f"{self._name} gave nothing for {SILENCE:g} s: give a file instead of a pipe."
        return f"{self._name} is a pipe, and for {NOBODY:g} s nobody has written to it."

    def close(self) -> None:
        """Close it."""
        if not self.closed:
            os.close(self._handle)
        super().close()
