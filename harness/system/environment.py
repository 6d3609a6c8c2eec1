"""Variables of the environment that libraries read when they are imported, looked at before that.

What they cannot use stops numba inside its import, ends a result's writing at its last line, or is
passed over in silence.
"""

import os
import re
from collections.abc import Callable, Mapping, MutableMapping
from typing import Final
from urllib.parse import urlsplit

from harness.errors import InputError

_MOST_THREADS: Final = 4_096
_LAST_SECOND: Final = 253_402_300_799  # of the year 9999
_WHOLE: Final = re.compile(r"\s*[0-9]{1,15}\s*", re.ASCII)


_FOLDERS: Final = (
    "IR_DATASETS_HOME",
    "HF_HOME",
    "HF_HUB_CACHE",
    "HUGGINGFACE_HUB_CACHE",
    "XDG_CACHE_HOME",
)


def unset_empty_folders(variables: MutableMapping[str, str] = os.environ) -> None:
    """Take an empty variable that names a folder for one that is not set, as XDG demands.

    The libraries take it for the working folder: ir_datasets makes twenty folders there when it is
    imported, and the hub's client its cache.

    Args:
        variables: of the environment.
    """
    for name in _FOLDERS:
        if not variables.get(name, "set").strip():
            del variables[name]


def check_environment(variables: Mapping[str, str] = os.environ) -> None:
    """Refuse what no library could use.

    Args:
        variables: of the environment; one that is not set or empty is as its reader has it.

    Raises:
        InputError: with the variable and what is needed.
    """
    for name, (usable, needed) in _KNOWN.items():
        given = variables.get(name, "")
        if given.strip() and not usable(given):
            raise InputError(
                f"The environment variable {name} is {given[:80]!r}; {needed} is needed, or unset "
                "it."
            )


def _between(least: int, most: int) -> Callable[[str], bool]:
    return lambda given: bool(_WHOLE.fullmatch(given)) and least <= int(given) <= most


def _is_address(given: str) -> bool:
    try:
        parts = urlsplit(given)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of its port, or half an address of IPv6
        return False


_THREADS: Final = (_between(1, _MOST_THREADS), f"a whole number from 1 to {_MOST_THREADS:,}")
_SECONDS: Final = (_between(1, 86_400), "a whole number of seconds above 0")

_KNOWN: Final[dict[str, tuple[Callable[[str], bool], str]]] = {
    "NUMBA_NUM_THREADS": _THREADS,
    "RAYON_NUM_THREADS": _THREADS,
    "SOURCE_DATE_EPOCH": (_between(0, _LAST_SECOND), "a whole number of seconds since 1970"),
    "HF_ENDPOINT": (_is_address, "an address such as https://huggingface.co"),
    "HF_HUB_DOWNLOAD_TIMEOUT": _SECONDS,
    "HF_HUB_ETAG_TIMEOUT": _SECONDS,
}
