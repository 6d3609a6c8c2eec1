"""What a measured result is compared with: published numbers and the deviations that are known."""

import math
from dataclasses import dataclass
from typing import Annotated

from harness.claims.published import PublishedNumber, Unit, read
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
    """

    __pydantic_config__ = CLOSED

    title: str
    note: str
    published: tuple[Annotated[PublishedNumber, StandsAs(_NumberForm, _number, _form)], ...]
    deviations: tuple[Deviation, ...]
