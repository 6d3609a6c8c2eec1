"""What a measured result is compared with: published numbers and the deviations that are known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from harness.claims.published import PublishedNumber, Unit, read


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
    published: tuple[PublishedNumber, ...] = ()
    deviations: tuple[Deviation, ...] = ()


def from_plain(plain: Mapping[str, Any]) -> Claims:
    """Claims out of what `dataclasses.asdict` made of them.

    Raises:
        KeyError, TypeError: something is missing or of another kind.
        InputError: a number that is none.
    """
    return Claims(
        _text(plain["title"]),
        _text(plain["note"]),
        tuple(_published(one) for one in plain["published"]),
        tuple(_deviation(one) for one in plain["deviations"]),
    )


def _published(plain: Mapping[str, Any]) -> PublishedNumber:
    unit, exact = plain["unit"], plain["exact"]
    if unit not in get_args(Unit) or not isinstance(exact, bool):
        raise TypeError(f"{unit!r} is no unit or {exact!r} neither true nor false")
    measure, text, source = (_text(plain[key]) for key in ("measure", "text", "source"))
    return read(measure, text, source, unit, exact=exact)


def _deviation(plain: Mapping[str, Any]) -> Deviation:
    tolerance = plain["tolerance"]
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or not tolerance >= 0:
        raise TypeError(f"the tolerance {tolerance!r} is no number of 0 or more")
    return Deviation(_text(plain["measure"]), float(tolerance), _text(plain["because"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
