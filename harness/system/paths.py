"""The cache folder and the user's paths: the only module that asks where they are.

Environment: HARNESS_CACHE is the cache's folder; without it, the platform's folder for caches.
"""

import os
from pathlib import Path

from harness.errors import InputError, UnreachableError


def cache_root() -> Path:
    """The folder below which assets and vectors are kept; it need not exist yet.

    Raises:
        InputError: HARNESS_CACHE is set and empty, or begins with the home folder of nobody.
        UnreachableError: it is a file or below one, or may not be looked at.
    """
    given = os.environ.get("HARNESS_CACHE")
    if given is None:
        from platformdirs import user_cache_path

        return user_cache_path("harness")
    if not given.strip():
        raise InputError("HARNESS_CACHE is set and empty: set it to a folder, or unset it.")
    root = expand(given)
    try:
        # On Windows not even the drive may be there.
        nearest = next((path for path in (root, *root.parents) if path.exists()), None)
        in_the_way = nearest is not None and not nearest.is_dir()
    except OSError as error:
        raise UnreachableError(
            f"HARNESS_CACHE is {given}, which cannot be looked at ({error.strerror}): set "
            "HARNESS_CACHE to a folder that you may write to."
        ) from error
    if in_the_way:
        raise UnreachableError(
            f"HARNESS_CACHE is {given}, and {nearest} is a file: set HARNESS_CACHE to a folder."
        )
    return root


def vectors_root() -> Path:
    """The folder of the vector cache; it need not exist yet.

    Raises:
        InputError, UnreachableError: as `cache_root`.
    """
    return cache_root() / "vectors"


def expand(path: str) -> Path:
    """A path as a shell reads it: `~` and `~name` at its start are home folders.

    Raises:
        InputError: there is no such home folder.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise InputError(f"'{path}' begins with a home folder that is not here.") from error
