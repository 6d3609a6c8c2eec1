"""Lines of a text file, plain or gzipped, and errors that name them."""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from harness.errors import InputError
from harness.system.foreign_files import check_start, refusal
from harness.system.foreign_streams import check_ratio, open_stream

_GZIP = b"\x1f\x8b"
_BLOCK = 1 << 17  # bytes read at once: parsing stays in C, and its columns in the cache

ROW: Final = 1_000_000
"""The most bytes of a line of a run or of qrels."""


def blocks(path: Path | str, longest: int = ROW) -> Iterator[tuple[int, bytes]]:
    """Whole lines of a file, some thousands at a time, with the number of the first of them.

    Each block ends with a line feed, whether or not the file does. A byte order mark at the start
    is left out. Whether a file is gzipped is told by its first bytes and not by its name. A pipe
    is read as well, and not waited for without end (`harness.system.foreign_streams`).

    Args:
        path: the file.
        longest: the most bytes of a line.

    Raises:
        InputError: no such file, an empty one, another kind of file, a damaged gzip file or one
            that unpacks to far more than text does, or a line longer than `longest`.
        UnreachableError: the file cannot be read.
    """
    line = 1
    try:
        with open_stream(path) as raw:
            start = raw.peek(64)
            check_start(path, start)
            stream = gzip.GzipFile(fileobj=raw) if start.startswith(_GZIP) else raw
            unpacked = 0
            while block := stream.read(_BLOCK):
                block += stream.readline(longest + 1)
                if line == 1:
                    check_start(path, block[:64])
                    block = block.removeprefix(codecs.BOM_UTF8)
                if not block.endswith(b"\n"):
                    if len(block) > longest:
                        raise _too_long(path, line + block.count(b"\n"), longest)
                    block += b"\n"
                if stream is not raw:
                    unpacked += len(block)
                    check_ratio(path, raw, unpacked)
                yield line, block
                line += block.count(b"\n")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(
            f"{path} is a gzip file damaged after line {line - 1} ({error}); fetch it again."
        ) from None
    except OSError as error:
        raise refusal(path, error) from error
    if line == 1:
        raise InputError(f"{path} is empty.")


def _too_long(path: Path | str, line: int, longest: int) -> InputError:
    return InputError(
        f"{path}, line {line}: longer than the {longest / 1e6:g} MB that a line may have; is it "
        "another kind of file?"
    )


@contextmanager
def naming(path: Path | str, line: int) -> Iterator[None]:
    """Turn a ValueError about one line into an InputError that names the line."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}, line {line}: bytes that are no UTF-8 ({error.reason})."
        ) from None
    except ValueError as error:
        raise InputError(f"{path}, line {line}: {error}.") from None
