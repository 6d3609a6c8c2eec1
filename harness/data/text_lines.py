"""Lines of a text file, plain or gzipped, and errors that name them."""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import InputError, UnreachableError

_GZIP = b"\x1f\x8b"
_BLOCK = 1 << 17  # bytes read at once: parsing stays in C, and its columns in the cache


def blocks(path: Path | str) -> Iterator[tuple[int, bytes]]:
    """Whole lines of a file, some thousands at a time, with the number of the first of them.

    Each block ends with a line feed, whether or not the file does. A byte order mark at the start
    is left out. Whether a file is gzipped is told by its first bytes and not by its name.

    Raises:
        InputError: no such file, an empty one, or a damaged gzip file.
        UnreachableError: the file cannot be read.
    """
    line = 1
    try:
        with Path(path).open("rb") as raw:
            zipped = raw.read(2) == _GZIP
            raw.seek(0)
            stream = gzip.GzipFile(fileobj=raw) if zipped else raw
            while block := stream.read(_BLOCK):
                block += stream.readline()
                if line == 1:
                    block = block.removeprefix(codecs.BOM_UTF8)
                if not block.endswith(b"\n"):
                    block += b"\n"
                yield line, block
                line += block.count(b"\n")
    except (FileNotFoundError, IsADirectoryError) as error:
        raise InputError(f"{path} is no file that can be read: {error.strerror}.") from None
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(
            f"{path} is a gzip file damaged after line {line - 1} ({error}); fetch it again."
        ) from None
    except OSError as error:
        raise UnreachableError(f"{path} cannot be read: {error.strerror or error}.") from error
    if line == 1:
        raise InputError(f"{path} is empty.")


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
