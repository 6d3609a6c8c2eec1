"""Files that others wrote: the one place that decides how a file is opened and how much of it.

Files that are read whole are regular files, each kind up to a size that no honest one has; runs,
qrels and corpora are streams (`foreign_streams`). Either way a Git LFS pointer and UTF-16 are named
as such, and a byte order mark is left out.

What the user gave and is no such file is an InputError (exit code 2). What is there and cannot be
had (no permission, a failing disk) is an UnreachableError (exit code 3).
"""

import codecs
import errno
import io
import os
import stat
from pathlib import Path
from typing import Final

from harness.errors import HarnessError, InputError, UnreachableError

SETTINGS: Final = 8_000_000
"""The most bytes of a JSON file (a checkpoint's settings, a result), a card or a note."""

EXPERIMENT: Final = 1_000_000
"""The most bytes of an experiment's TOML, whose parser is slower."""

_WRONG: Final = frozenset(
    {
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.ENXIO,
        errno.ENODEV,
        errno.EINVAL,
    }
)
"""Errors of a path that leads to nothing which can be read, whoever asks."""

_POINTER: Final = b"version https://git-lfs"
_WIDE: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def refusal(path: Path | str, error: OSError) -> HarnessError:
    """The error of ours for a file that the system does not give."""
    reason = error.strerror or str(error) or type(error).__name__
    if error.errno == errno.ENOENT and os.path.islink(path):  # noqa: PTH114 - never raises
        return InputError(f"{path} is a link to nothing.")
    if error.errno in _WRONG:
        return InputError(f"{path} is no file that can be read: {reason}.")
    return UnreachableError(f"{path} cannot be read: {reason}.")


def is_folder(path: Path) -> bool:
    """Whether a folder lies there.

    Raises:
        InputError: no path is like that (too long, a link that leads to itself).
        UnreachableError: the folder above it may not be looked into.
    """
    mode = _mode(path)
    return mode is not None and stat.S_ISDIR(mode)


def is_file(path: Path) -> bool:
    """Whether something lies there that is no folder; what it is, reading tells.

    Raises:
        InputError: no path is like that (too long, a link that leads to itself).
        UnreachableError: the folder above it may not be looked into.
    """
    mode = _mode(path)
    return mode is not None and not stat.S_ISDIR(mode)


def check_regular(path: Path | str) -> None:
    """Refuse what is no regular file, and a file that only stands for another.

    Raises:
        InputError: it is a folder, a pipe, a device, a link to nothing, or a Git LFS pointer.
        UnreachableError: it may not be read.
    """
    with open_regular(path) as stream:
        _check_content(path, stream.peek(64))


def open_regular(path: Path | str) -> io.BufferedReader:
    """Open a regular file; nothing else is opened so that it could be waited for.

    Raises:
        InputError: there is none, or it is something else.
        UnreachableError: it may not be read.
    """
    handle, mode = opened(path)
    if not stat.S_ISREG(mode):
        os.close(handle)
        raise InputError(f"{path} is {kind_of(mode)}, where a file is needed.")
    return open(handle, "rb")  # noqa: PTH123 - of a handle


def check_start(path: Path | str, start: bytes) -> None:
    """Refuse what begins as no text that is read here does.

    Args:
        path: for the sentence.
        start: its first bytes, 64 if it has them.

    Raises:
        InputError: it is a Git LFS pointer, or UTF-16.
    """
    _check_content(path, start)
    if start.startswith(_WIDE):
        raise InputError(f"{path} is UTF-16 text: save it as UTF-8 (iconv -f UTF-16 -t UTF-8).")


def read_bytes(path: Path | str, most: int = SETTINGS) -> bytes:
    """A whole regular file.

    Args:
        path: the file.
        most: bytes that one of its kind may have.

    Raises:
        InputError: there is none, it is something else, larger, or a Git LFS pointer.
        UnreachableError: it cannot be read.
    """
    try:
        with open_regular(path) as stream:
            content = stream.read(most + 1)
    except OSError as error:
        raise refusal(path, error) from error
    if len(content) > most:
        raise InputError(f"{path} is larger than the {most / 1e6:g} MB that such a file may have.")
    _check_content(path, content[:64])
    return content


def read_text(path: Path | str, most: int = SETTINGS) -> str:
    r"""A whole text file of UTF-8, with or without a byte order mark; line ends become `\n`.

    Args:
        path: the file.
        most: bytes that one of its kind may have.

    Raises:
        InputError: as `read_bytes`, or it is no UTF-8.
        UnreachableError: it cannot be read.
    """
    content = read_bytes(path, most)
    check_start(path, content[:64])
    try:
        text = content.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path} is no UTF-8 text (line {line}: {error.reason}); is it another kind of file?"
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def opened(path: Path | str) -> tuple[int, int]:
    """A handle, and the mode of what it is of; to open a pipe waits for nobody.

    Raises:
        InputError: nothing that can be read lies there, or a folder.
        UnreachableError: it may not be read.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags | getattr(os, "O_CLOEXEC", 0))
    except ValueError:
        raise InputError(f"{str(path)!r} is no path: it holds a NUL byte.") from None
    except OSError as error:
        raise refusal(path, error) from None
    mode = os.fstat(handle).st_mode
    if stat.S_ISDIR(mode):
        os.close(handle)
        raise InputError(f"{path} is no file that can be read: it is a folder.")
    return handle, mode


def kind_of(mode: int) -> str:
    """What lies there, in words."""
    kinds = {
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return kinds.get(stat.S_IFMT(mode), "something else")


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except ValueError:  # a NUL byte
        raise InputError(f"{str(path)!r} is no path: it holds a NUL byte.") from None
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ENOTDIR} and not path.is_symlink():
            return None
        raise refusal(path, error) from error


def _check_content(path: Path | str, start: bytes) -> None:
    if start.startswith(_POINTER):
        raise InputError(
            f"{path} is a Git LFS pointer and not the file itself: run `git lfs pull` where it "
            "was cloned, or fetch it from the hub."
        )
