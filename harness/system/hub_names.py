"""What a hub sends as a name becomes a file's name in its client's cache: only plain ones do.

The client (huggingface_hub, up to 2.4) joins to its folders, as it got them: `ETag` and
`X-Linked-ETag` (blobs and locks), `X-Repo-Commit` and a listing's `sha` (refs, snapshots, trees,
.no_exist), and the paths and hashes of a listing. A name such as `../../x` leads out of the cache.
So each answer is looked at before the client sees it. This module imports nothing of the client.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from harness.errors import InputError

_PLAIN: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+=~-]{0,149}(?<!\.)")
"""Of a hash, a commit or an entity tag. With the client's suffix it fits in a file name's 255."""

_DEVICE: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Windows opens a device under these names, whatever the folder."""

_LONGEST: Final = 1_024
_LONGEST_PART: Final = 255
_SHOWN: Final = 60


def checked(response: Any) -> None:  # noqa: ANN401 - of httpx, httpx2 or requests, as the client has it
    """Refuse an answer with a name that is not plain; a listing is looked at when it is read.

    Raises:
        InputError: with the header or the field and the name.
    """
    headers = response.headers
    _refuse_name("X-Repo-Commit", headers.get("X-Repo-Commit"))
    # Other answers' tags name nothing, and hold slashes where a server makes them by base64.
    if response.request.method == "HEAD" and response.status_code < 400:
        for name in ("ETag", "X-Linked-ETag"):
            _refuse_name(name, _bare(headers.get(name)))
    # However the client came to ask for it (a redirect, a next page): what it reads as JSON.
    vars(response)["json"] = partial(_read, response.json)


def refuse_revision(revision: str) -> None:
    """Refuse a branch, tag or commit that leads out of the folder of revisions.

    Raises:
        InputError: it does.
    """
    if not _is_path(revision):
        raise InputError(
            f"The revision {_shown(revision)} cannot be one of git's: give a branch, a tag or a "
            "commit."
        )


def _read(reading: Callable[..., object], **options: object) -> object:
    """What `response.json` gives, looked at."""
    content = reading(**options)
    for field, name in _names(content):
        _refuse_name(field, name)
    for field, path in _paths(content):
        if not (isinstance(path, str) and _is_path(path)):
            raise _not_plain(field, path)
    return content


def _names(content: object) -> Iterator[tuple[str, object]]:
    if isinstance(content, Mapping):
        yield "sha", content.get("sha")
    for entry in _entries(content):
        large = entry.get("lfs")
        for field in ("oid", "blobId", "xetHash"):
            yield field, entry.get(field)
        if isinstance(large, Mapping):
            yield from ((f"lfs.{field}", large.get(field)) for field in ("oid", "sha256"))


def _paths(content: object) -> Iterator[tuple[str, object]]:
    for entry in _entries(content):
        yield from ((field, entry[field]) for field in ("path", "rfilename") if field in entry)


def _entries(content: object) -> Iterator[Mapping[str, object]]:
    """The files of a listing: of a tree, or of what is said of a repository."""
    listed = content.get("siblings") if isinstance(content, Mapping) else content
    if isinstance(listed, list):
        yield from (entry for entry in listed if isinstance(entry, Mapping))


def _bare(tag: str | None) -> str | None:
    """An entity tag as the client strips it."""
    return None if tag is None else tag.lstrip("W/").strip('"')


def _refuse_name(field: str, name: object) -> None:
    if name is None:
        return
    if not (isinstance(name, str) and _PLAIN.fullmatch(name)) or _DEVICE.fullmatch(name):
        raise _not_plain(field, name)


def _is_path(path: str) -> bool:
    """Whether a path is relative, stays below where it begins, and can be a file's anywhere."""
    parts = path.split("/")
    try:
        sizes = [len(part.encode()) for part in parts]
    except UnicodeEncodeError:  # half a surrogate pair
        return False
    return (
        len(path) <= _LONGEST
        and max(sizes) <= _LONGEST_PART
        and not {"", ".", ".."} & set(parts)
        and "\\" not in path
        and path.isprintable()
        and not re.match(r"[A-Za-z]:", path)
        and not any(map(_DEVICE.fullmatch, parts))
    )


def _not_plain(field: str, name: object) -> InputError:
    return InputError(
        f"The hub sends {_shown(name)} as {field}, which cannot be the name of a file in its "
        "client's cache; nothing of it was written: check HF_ENDPOINT and the proxy."
    )


def _shown(name: object) -> str:
    text = ascii(name)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
