"""What a measured result is compared with: published numbers and the deviations that are known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from harness.published import Published, Unit, read


@dataclass(frozen=True)
class Deviation:
    """A known wobble of one measure, as data.

    Attributes:
        measure: the key, with or without the similarity function before it.
        tolerance: how far measured and published may lie apart, either way; in the measure's scale.
        because: why, with the evidence.
    """

    measure: str
    tolerance: float
    because: str


@dataclass(frozen=True)
class Claims:
    """What an experiment compares with; a result keeps it, so that its page can be made again.

    Attributes:
        title: one line on what was evaluated, or "".
        note: what a reader must know of the published numbers, or "".
        published: the numbers.
        deviations: known wobbles.
    """

    title: str = ""
    note: str = ""
    published: tuple[Published, ...] = ()
    deviations: tuple[Deviation, ...] = ()


def from_plain(plain: Mapping[str, Any]) -> Claims:
    """Claims out of what `dataclasses.asdict` made of them.

    Raises:
        KeyError, TypeError: something is missing or of another kind.
        InputError: a number that is none.
    """
    numbers = (
        read(one["measure"], one["text"], one["source"], _unit(one), exact=bool(one["exact"]))
        for one in plain["published"]
    )
    wobbles = (
        Deviation(str(one["measure"]), float(one["tolerance"]), str(one["because"]))
        for one in plain["deviations"]
    )
    return Claims(str(plain["title"]), str(plain["note"]), tuple(numbers), tuple(wobbles))


def _unit(plain: Mapping[str, Any]) -> Unit:
    if plain["unit"] not in get_args(Unit):
        raise TypeError(f"{plain['unit']!r} is no unit")
    unit: Unit = plain["unit"]
    return unit
