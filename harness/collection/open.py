"""Open a collection by name."""

from dataclasses import replace

from harness.collection import Collection
from harness.collection.sources import resolve_collection


def open_collection(name: str) -> Collection:
    """The collection of a name (see `harness.collection.sources`), with its terms of use.

    Raises:
        InputError: there is none of this name, or it is not fit to be evaluated.
        UnreachableError: it has to be fetched and cannot be.
    """
    source = resolve_collection(name)
    return replace(source.load(), notice=source.notice)
