"""A published score: a number that somebody claims of a measure, and when a measured one holds it.

How its digits are read, and what rounds to them, is `harness.claims.printed_number`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from harness.claims.printed_number import (
    FLOAT32_MEAN_SLACK,
    SLACK,
    PrintedNumber,
    Unit,
    digits,
)
from harness.errors import InputError
from harness.measures.definitions import TABLE
from harness.measures.names import SIMILARITIES, SPARSITY, explain, parse_name

__all__ = [
    "PublishedNumber",
    "Unit",
    "bare",
    "digits",
    "measure_key",
    "own_unit",
    "read",
    "unit_of",
]

LARGEST_COUNT: Final = 10**12
"""More dimensions or operations than any vector has."""


@dataclass(frozen=True)
class PublishedNumber:
    """One claimed number.

    Attributes:
        measure: the key as `measure_key` gives it: `dot_ndcg@10`, `mrr@10`, `corpus_active_dims`.
        text: the digits exactly as printed: `0.7457042059559617`, `34.1`.
        source: where it stands, for a reader to find it.
        unit: the scale of `text`; `value` is a fraction where this is `percent`.
        exact: the source prints doubles in full and drops trailing zeros, as front matter does.

    Raises:
        InputError: the text is not a number.
    """

    measure: str
    text: str
    source: str
    unit: Unit = "fraction"
    exact: bool = False

    def __post_init__(self) -> None:
        if digits(self.text) != self.text:
            raise InputError(f"{self.source}: {self.measure} is '{self.text}', not a number.")

    @property
    def name(self) -> str:
        """The measure without the similarity function before it: `ndcg@10` for `dot_ndcg@10`."""
        return bare(self.measure)

    @property
    def number(self) -> PrintedNumber:
        """Its digits and their scale."""
        return PrintedNumber(self.text, self.unit, self.exact)

    @property
    def value(self) -> float:
        """The value as the nearest float, a fraction where the source prints percent."""
        return self.number.value

    @property
    def half_unit(self) -> Decimal:
        """Half a unit in the last printed place, in the scale of `value`: 0.00005 for 0.7457."""
        return self.number.half_unit

    @property
    def slack(self) -> Decimal:
        """Relative room on top of the printed precision, by how such a measure is averaged."""
        return FLOAT32_MEAN_SLACK if self.name in SPARSITY else SLACK

    def holds(self, measured: float) -> bool:
        """Whether the measured value (a fraction or a count) rounds to the printed one.

        A number printed as a full double is held at 1e-9 relative (1e-7 for the measures of
        vectors), not to its last bit.
        """
        return self.number.rounds_to(measured, self.slack)

    def holds_between(self, low: float, high: float) -> bool:
        """Whether some value from `low` to `high` rounds to the printed one.

        Args:
            low: finite, in the scale of `value`.
            high: likewise, and no less.
        """
        nearest = min(max(self.number.decimal, Decimal(repr(low))), Decimal(repr(high)))
        return abs(nearest - self.number.decimal) <= self.number.tolerance(self.slack)

    def within(self, measured: float, tolerance: float) -> bool:
        """Whether a finite measured value lies no further away than a tolerance, as decimals.

        0.7487 lies 0.003 from 0.7457, and 0.0030000000000000027 when floats are subtracted.
        """
        distance = abs(Decimal(repr(float(measured))) - self.number.decimal)
        return distance <= Decimal(repr(float(tolerance)))


def measure_key(text: str) -> str | None:
    """The key of a measure from any spelling that `harness.measures.names.parse_name` understands.

    `Dot Ndcg@10` gives `dot_ndcg@10`, `R@1k` gives `recall@1000`, `Corpus Active Dims` gives
    `corpus_active_dims`; None where the text names no measure of ours.
    """
    found = parse_name(text)
    return None if found is None else found.key


def bare(key: str) -> str:
    """A measure's key without the similarity function before it."""
    prefix, _, rest = key.partition("_")
    return rest if prefix in SIMILARITIES else key


def similarity(key: str) -> str | None:
    """The similarity function that a key names; None: it names none."""
    prefix = key.partition("_")[0]
    return prefix if prefix in SIMILARITIES else None


def own_unit(key: str) -> Unit | None:
    """The scale of a measure that has one by itself; None for a share, printed as either."""
    if key in SPARSITY:
        return "fraction" if key.endswith("_ratio") else "count"
    row = TABLE.get(bare(key).partition("@")[0])
    return "count" if row is not None and row.unbounded else None


def unit_of(measure: str, texts: Iterable[str]) -> Unit:
    """The scale in which a source prints a measure, from every cell that it prints on that scale.

    One value above 1 shows that a column is in percent: 0.9 beside 34.1 is 0.9 percent.
    """
    own = own_unit(measure)
    if own is not None:
        return own
    plain = [(text, digits(text)) for text in texts]
    above = any(number is not None and Decimal(number) > 1 for _, number in plain)
    return "percent" if above or any("%" in text for text, _ in plain) else "fraction"


def read(
    measure: str, text: str, source: str, unit: Unit | None = None, *, exact: bool = False
) -> PublishedNumber:
    """A claimed number from its measure and its printed digits.

    Args:
        measure: any spelling that `harness.measures.names.parse_name` understands.
        text: the digits, possibly bold or with a percent sign.
        source: where they stand, for messages and reports.
        unit: the scale; None takes it from the measure's spelling (`NDCG@10 (%)`) and else from
            this one number (above 1 is percent).
        exact: whether the source prints doubles in full.

    Raises:
        InputError: no measure of ours, no number, or a number that its scale cannot hold.
    """
    found, number = parse_name(measure), digits(text)
    if found is None:
        raise InputError(f"{source}: {explain(measure)}")
    key = found.key
    if number is None:
        raise InputError(
            f"{source}: {key} is {text[:80]!r}, which is not a number; write its digits as "
            "printed, with a point."
        )
    unit = unit or found.unit or unit_of(key, [text])
    published = PublishedNumber(key, number, source, unit, exact)
    top = LARGEST_COUNT if unit == "count" else 1
    if not 0 <= published.number.decimal <= top:
        shown = 100 if unit == "percent" else top
        raise InputError(
            f"{source}: {key} is {number}, which lies outside 0 to {shown:,}; correct the number "
            "or its measure."
        )
    return published
