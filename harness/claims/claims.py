"""What a measured result is compared with: published numbers and the deviations that are known."""

import math
from dataclasses import dataclass
from typing import Annotated, Final

from harness.claims.published import PublishedNumber, Unit, bare, read
from harness.errors import InputError
from harness.system.records import CLOSED, StandsAs


@dataclass(frozen=True)
class Deviation:
    """A tolerated deviation of one measure, with its reason.

    Attributes:
        measure: the key, with or without the similarity function before it.
        tolerance: how far measured and published may lie apart, either way; in the measure's scale.
        because: why, with the evidence.

    Raises:
        InputError: the tolerance is no finite number of 0 or more.
    """

    __pydantic_config__ = CLOSED

    measure: str
    tolerance: float
    because: str

    def __post_init__(self) -> None:
        check_tolerance(self.tolerance)


WIDEST: Final = 0.1
"""The widest tolerance of a share, in its scale of 0 to 1: ten points of a percentage."""


def check_width(number: PublishedNumber, tolerance: float) -> None:
    """Refuse a tolerance so wide that the claim says nothing any more.

    A tolerance is in the scale of the measure, 0 to 1, also where its source prints percent. Of a
    count (active dims, operations) it is less than the count itself.

    Raises:
        InputError: it is wider than `WIDEST`, or a count would be tolerated down to nothing.
    """
    if number.unit == "count":
        if tolerance >= (number.value or 1):
            raise InputError(
                f"tolerance {tolerance} of {number.measure} is as much as the published "
                f"{number.text}, and any number would hold: make it less."
            )
    elif tolerance > WIDEST:
        raise InputError(
            f"tolerance {tolerance} of {number.measure} is more than {WIDEST}: it is in the scale "
            f"of 0 to 1, so for 0.3 points of a percentage write 0.003."
        )


def check_tolerance(tolerance: float) -> None:
    """Refuse a tolerance that tolerates nothing or everything.

    Raises:
        InputError: it is no finite number of 0 or more.
    """
    number = isinstance(tolerance, int | float) and not isinstance(tolerance, bool)
    if not number or not math.isfinite(tolerance) or tolerance < 0:
        raise InputError(f"tolerance is {tolerance!r}; a finite number of 0 or more is needed.")


@dataclass(frozen=True)
class _NumberForm:
    """How a published number stands in a result file."""

    __pydantic_config__ = CLOSED

    measure: str
    text: str
    source: str
    unit: Unit
    exact: bool


def _number(form: _NumberForm) -> PublishedNumber:
    return read(form.measure, form.text, form.source, form.unit, exact=form.exact)


def _form(number: PublishedNumber) -> _NumberForm:
    return _NumberForm(number.measure, number.text, number.source, number.unit, number.exact)


@dataclass(frozen=True)
class Claims:
    """What an experiment compares with; a result keeps it, so that its page can be made again.

    Attributes:
        title: one line on what was evaluated, or "".
        note: what a reader must know of the published numbers, or "".
        published: the numbers.
        deviations: what is tolerated, measure by measure.

    Raises:
        InputError: a tolerance within which a published number would say nothing.
    """

    __pydantic_config__ = CLOSED

    title: str
    note: str
    published: tuple[Annotated[PublishedNumber, StandsAs(_NumberForm, _number, _form)], ...]
    deviations: tuple[Deviation, ...]

    def __post_init__(self) -> None:
        known = {bare(deviation.measure): deviation for deviation in self.deviations}
        for number in self.published:
            if number.name in known:
                check_width(number, known[number.name].tolerance)
