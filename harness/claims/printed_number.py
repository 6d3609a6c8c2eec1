"""A printed number: its digits, its scale, and which measured values round to it.

The digits are kept as text, for they are the only statement of how precise a number is: a table
that says 0.7457 claims four places, front matter that says 0.7457042059559617 claims a double.
Published scores, usage examples and the card audit all hold their numbers so.
"""

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from harness.errors import InputError

Unit = Literal["fraction", "percent", "count"]
"""`fraction`: 0 to 1. `percent`: 0 to 100. `count`: dimensions (or operations), 0 and up."""

SLACK: Final = Decimal("1e-9")
"""Relative room on top of the printed precision: two correct programs that add the same terms in
another order differ by some 1e-13, and a tie such as 0.81485 printed as 0.8148 turns on less."""

FLOAT32_MEAN_SLACK: Final = Decimal("1e-7")
"""The same for the measures of the vectors, which sentence-transformers averages in float32 (half
a unit in its last place is 6e-8): it prints 112,925 / 5,000 as 22.584999084472656."""

FLOAT32_SUM_SLACK: Final = Decimal("1e-6")
"""The same for dot products of some dozens of float32 terms added in another order (8 units in the
last place): 12.6202135 here stands as 12.62022 in a source that ran on another machine."""

MOST_ROUNDED: Final = 7
"""Nobody rounds a share to more digits than these; doubles have 15 to 17."""

_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,60})?|\.[0-9]{1,60})(?:[eE][+-]?[0-9]{1,3})?"
)


@dataclass(frozen=True)
class PrintedNumber:
    """A number exactly as its source prints it.

    Attributes:
        text: the digits: `0.7457042059559617`, `34.1`, `12.62022`.
        unit: the scale of `text`; `value` is a fraction where this is `percent`.
        exact: the source prints doubles in full and drops trailing zeros, as front matter does:
            0.105 is then 0.10500000000000000 and not anything that rounds to it.

    Raises:
        InputError: the text is not a finite decimal number.
    """

    text: str
    unit: Unit = "fraction"
    exact: bool = False

    def __post_init__(self) -> None:
        if digits(self.text) != self.text:
            raise InputError(f"'{self.text[:80]}' is not a number.")

    @property
    def decimal(self) -> Decimal:
        """The value without rounding: 34.1 percent is 0.341."""
        return Decimal(self.text) * self._scale

    @property
    def value(self) -> float:
        """The value as the nearest float, a fraction where the source prints percent."""
        return float(self.decimal)

    @property
    def half_unit(self) -> Decimal:
        """Half a unit in the last printed place, in the scale of `value`: 0.00005 for 0.7457."""
        return Decimal(5).scaleb(self._exponent - 1) * self._scale

    @property
    def significant(self) -> int:
        """How many digits are printed, without the zeros before the first other one."""
        return len(Decimal(self.text).as_tuple().digits)

    @property
    def cleaned(self) -> str:
        """The digits without what a multiplication by 100 leaves in the last places of a double.

        mteb rounds a mean to five places and cards print it times 100: 0.10398 is then
        10.397999999999998, which claims five places and no double. Any other digits are returned
        as they are.
        """
        value = float(self.text)
        if self.unit == "percent" and self.significant > MOST_ROUNDED:
            for places in range(MOST_ROUNDED):
                short = f"{value:.{places}f}"
                if abs(float(short) - value) <= 4 * math.ulp(value):
                    return short
        return self.text

    @property
    def _exponent(self) -> int:
        return int(Decimal(self.text).as_tuple().exponent)

    @property
    def _scale(self) -> Decimal:
        return Decimal("0.01") if self.unit == "percent" else Decimal(1)

    def tolerance(self, slack: Decimal) -> Decimal:
        """How far a measured value may lie from `value`: half a unit, and the slack times it.

        Args:
            slack: relative room for how the number was computed: one of the constants here.
        """
        return (0 if self.exact else self.half_unit) + slack * abs(self.decimal)

    def rounds_to(self, measured: float, slack: Decimal) -> bool:
        """Whether a measured value rounds to the printed one.

        A value midway between two printable ones rounds to both of them, since sources differ in
        how they round a tie. A number that is printed in full is held to the slack alone.

        Args:
            measured: in the scale of `value`.
            slack: as for `tolerance`.
        """
        if not math.isfinite(measured):
            return False
        # repr is the shortest decimal that names the float, so 0.81485 is the tie that it looks
        # like and not the 0.81484999... that its bits spell out.
        return abs(Decimal(repr(float(measured))) - self.decimal) <= self.tolerance(slack)


def digits(text: str) -> str | None:
    """The number that a cell prints, without its markup; None where it prints anything else.

    `**0.7457**` gives `0.7457` and `34.1%` gives `34.1`. A comma is refused, for it is a decimal
    point to some writers and a thousands mark to others; so are NaN and infinity, and what a double
    has for infinite (1e999).
    """
    plain = text.strip().strip("*_`").strip().removesuffix("%").strip() if len(text) < 200 else ""
    found = _NUMBER.fullmatch(plain) and plain.isascii() and math.isfinite(float(plain))
    return plain if found else None
