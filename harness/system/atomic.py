"""Files that are there wholly or not at all.

What is written goes to a temporary name in the same folder, is synced to the disk and only then
takes its name, so a reader never meets half a file and a failed write leaves the old one.
"""

import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from harness.errors import UnreachableError


@contextmanager
def writing(path: Path | str) -> Iterator[BinaryIO]:
    """A stream of bytes that becomes the file `path` when the block ends without an error.

    A link is followed and its target replaced. Something that is no file (`/dev/stdout`, a named
    pipe) cannot be replaced and is written to directly.

    Raises:
        UnreachableError: the file cannot be written (no room, no permission, no such folder).
    """
    target = Path(path)
    try:
        if target.exists() and not stat.S_ISREG(target.stat().st_mode):
            with target.open("wb") as stream:
                yield stream
            return
        with _replacing(Path(os.path.realpath(target))) as stream:
            yield stream
    except OSError as error:
        # A failed write names no file; an error that names another one belongs to the block's work.
        if error.filename is not None and Path(error.filename).parent not in _folders(target):
            raise
        raise UnreachableError(f"{path} cannot be written: {error.strerror or error}.") from error


def write_bytes(path: Path | str, content: bytes) -> None:
    """Write a whole file at once.

    Raises:
        UnreachableError: as `writing`.
    """
    with writing(path) as stream:
        stream.write(content)


def write_text(path: Path | str, text: str) -> None:
    r"""Write a whole file of UTF-8 at once; line ends stay as they are in `text` (`\n`).

    Raises:
        UnreachableError: as `writing`.
    """
    write_bytes(path, text.encode())


def write_together(files: Mapping[Path, bytes]) -> None:
    """Write some files, of which none takes its name before all are written.

    They take their names in reverse order, so the first one never stands without the others.

    Raises:
        UnreachableError: as `writing`; then none of them has changed, unless a rename itself fails.
    """
    with ExitStack() as stack:
        for path, content in files.items():
            stream = stack.enter_context(writing(path))
            stream.write(content)
            stream.flush()


@contextmanager
def _replacing(target: Path) -> Iterator[BinaryIO]:
    temporary = target.with_name(f".{target.name[:80]}.{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as stream:  # unlike tempfile, this honours the umask
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut, where folders can be synced at all."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _folders(target: Path) -> tuple[Path, ...]:
    return target.parent, Path(os.path.realpath(target)).parent
