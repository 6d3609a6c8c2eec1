"""Whether anything may be asked of a network: offline, nothing of ours starts a connection.

`HF_HUB_OFFLINE=1` (the hub's own switch) or `harness --offline` say so, for the hub's client, for
the package index and for ir_datasets alike.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_VARIABLES: Final = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
"""The hub's client reads the second where the first is missing or empty."""

_YES: Final = frozenset({"1", "ON", "YES", "TRUE"})

ADVICE: Final = (
    "harness is offline (HF_HUB_OFFLINE or --offline): allow the network, or copy a cache here "
    "that was filled where there is one"
)


def is_offline() -> bool:
    """Whether the user forbids connections; read anew each time."""
    given = next((text for name in _VARIABLES if (text := os.environ.get(name))), "")
    return given.upper() in _YES


@contextmanager
def offline() -> Iterator[None]:
    """Forbid connections in this block, to the libraries that read the environment, too."""
    name = _VARIABLES[0]
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        os.environ.pop(name) if before is None else os.environ.update({name: before})
