"""The two streams of a process, so that what becomes of them never changes its verdict.

A stderr that is full, or that nobody reads, loses what is said there and nothing else. A stdout
that could not take all is told by the exit code, since whoever asked does not know the answer; an
error keeps its own. A stream that was closed from the start is opened to nothing, or the next file
that is opened would get its number and what is printed.
"""

import codecs
import io
import os
import sys
from typing import Final

_ESCAPE: Final = "harness-escape"


def prepare() -> None:
    """Make stdout and stderr take everything that is said."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            _to_nothing(number)
    codecs.register_error(_ESCAPE, _escaped)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=_ESCAPE)
    if sys.stderr is None or isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr = io.TextIOWrapper(
            io.BufferedWriter(_Deaf(2)),
            encoding=getattr(sys.stderr, "encoding", "utf-8"),
            errors=_ESCAPE,
            write_through=True,
            line_buffering=True,
        )


def end() -> OSError | None:
    """Bring out what stdout still holds; the error where that fails."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        _to_nothing(1)  # or Python would try again at its end, and take an exit code of its own
        return error
    except ValueError:  # closed
        return None
    return None


def _to_nothing(number: int) -> None:
    handle = os.open(os.devnull, os.O_RDWR)
    if handle != number:
        os.dup2(handle, number)
        os.close(handle)


def _escaped(error: UnicodeError) -> tuple[str, int]:
    r"""Characters that a stream's encoding lacks as `\u00e9`, which JSON reads as the character.

    Raises:
        UnicodeError: it is no error of encoding.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = zip(units[::2], units[1::2], strict=True)
    return "".join(f"\\u{high:02x}{low:02x}" for high, low in pairs), error.end


class _Deaf(io.RawIOBase):
    """A stream to a handle whose errors are not told."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self.name = "<stderr>"

    def writable(self) -> bool:
        """It is."""
        return True

    def isatty(self) -> bool:
        """Whether a person looks at it."""
        return os.isatty(self._handle)

    def fileno(self) -> int:
        """The handle."""
        return self._handle

    def write(self, content: bytes) -> int:  # type: ignore[override]
        """Write as much as it takes; the rest is lost."""
        try:
            return os.write(self._handle, content)
        except OSError:
            return len(content)
