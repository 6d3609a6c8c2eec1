"""Registry entry: where a named thing comes from, whether it is here, and on what terms.

Every collection and every model is described by one, made in `harness.collection.sources` or
`harness.checkpoint.sources`; opening, `harness list`, `harness fetch` and the notices ask it and
know nothing of names themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from harness.assets.cache import find_asset, is_cached, notice_once

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Source(Generic[T_co]):
    """Registry entry of a collection or a model: where it comes from, and on what terms.

    Attributes:
        name: what it is asked for by; a model's of the hub with its revision (`owner/name@main`).
        load: opens it, and fetches what is missing.
        is_local: whether it is on this machine already; None where only the library that keeps it
            could say. It looks at the disk and never at the network.
        origin: where it is fetched from, for people; "" where it is not fetched.
        size: of the download, for people; "?" where it is not known before, "" where there is none.
        notice: its licence terms, or "".
        asset: the asset that it is made of, or "".
        load_part: opens the part of it that is asked for as `name:part`; None where it has none.
    """

    name: str
    load: Callable[[], T_co]
    is_local: Callable[[], bool | None]
    origin: str = ""
    size: str = "?"
    notice: str = ""
    asset: str = ""
    load_part: Callable[[str], T_co] | None = None

    def due_notice(self) -> str:
        """The terms that are to be said now: an asset's once on each machine, others each time."""
        return notice_once(self.asset) if self.asset else self.notice


def asset_source(name: str, asset: str, load: Callable[[], T_co]) -> Source[T_co]:
    """The source of something that is made of an asset; all but the name is the asset's.

    Raises:
        InputError: there is no such asset.
    """
    record = find_asset(asset)
    return Source(
        name,
        load,
        partial(is_cached, asset),
        origin=record.requirement,
        size=f"{record.size / 1e6:.0f} MB",
        notice=record.notice,
        asset=asset,
    )


def folder_source(name: str, load: Callable[[], T_co]) -> Source[T_co]:
    """The source of something that lies in a folder here, or that ships with this package."""
    return Source(name, load, lambda: True, size="")
