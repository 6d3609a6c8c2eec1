"""A number that somebody claims, exactly as its source prints it, and when a measured one holds it.

`text` keeps the printed digits, for they are the only statement of how precise the claim is: a
table that says 0.7457 claims four places, front matter that says 0.7457042059559617 claims a
double.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from harness.errors import InputError
from harness.measures.names import RETRIEVAL, SPARSITY

Unit = Literal["fraction", "percent", "count"]
"""`fraction`: 0 to 1. `percent`: 0 to 100. `count`: dimensions (or operations), 0 and up."""

SIMILARITIES = ("dot", "cosine", "euclidean", "manhattan")
"""How a score was computed, where sentence-transformers puts that before a measure's name."""

SLACK: Final = Decimal("1e-9")
"""Relative room on top of the printed precision: two correct programs that add the same terms in
another order differ by some 1e-13, and a tie such as 0.81485 printed as 0.8148 turns on less."""

FLOAT32_SLACK: Final = Decimal("1e-7")
"""The same for the measures of the vectors, which sentence-transformers averages in float32 (half
a unit in its last place is 6e-8): it prints 112,925 / 5,000 as 22.584999084472656."""

LARGEST_COUNT: Final = 10**12
"""More dimensions or operations than any vector has."""

_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,60})?|\.[0-9]{1,60})(?:[eE][+-]?[0-9]{1,3})?"
)
_SPELLINGS = {
    "acc": "accuracy",
    "hit": "accuracy",
    "hits": "accuracy",
    "hit_rate": "accuracy",
    "hitrate": "accuracy",
    "success": "accuracy",
    "p": "precision",
    "prec": "precision",
    "r": "recall",
    "rr": "mrr",
}
"""Other names of the same definition: the share of queries with a relevant document in the first
k is accuracy in sentence-transformers, hit rate in ranx and success in trec_eval."""


@dataclass(frozen=True)
class PublishedNumber:
    """One claimed number.

    Attributes:
        measure: the key as `measure_key` gives it: `dot_ndcg@10`, `mrr@10`, `corpus_active_dims`.
        text: the digits exactly as printed: `0.7457042059559617`, `34.1`.
        source: where it stands, for a reader to find it.
        unit: the scale of `text`; `value` is a fraction where this is `percent`.
        exact: the source prints doubles in full and drops trailing zeros, as front matter does:
            0.105 is then 0.10500000000000000 and not anything that rounds to it.
    """

    measure: str
    text: str
    source: str
    unit: Unit = "fraction"
    exact: bool = False

    @property
    def name(self) -> str:
        """The measure without the similarity function before it: `ndcg@10` for `dot_ndcg@10`."""
        return bare(self.measure)

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
        exponent = Decimal(self.text).as_tuple().exponent
        if not isinstance(exponent, int):  # only NaN and infinity, which `read` refuses
            raise InputError(f"{self.source}: {self.measure} is '{self.text}', not a number.")
        return Decimal(5).scaleb(exponent - 1) * self._scale

    @property
    def _scale(self) -> Decimal:
        return Decimal("0.01") if self.unit == "percent" else Decimal(1)

    @property
    def tolerance(self) -> Decimal:
        """How far a measured value may lie from `value` and hold it: half a unit and the slack."""
        slack = FLOAT32_SLACK if self.name in SPARSITY else SLACK
        return (0 if self.exact else self.half_unit) + slack * abs(self.decimal)

    def holds(self, measured: float) -> bool:
        """Whether the measured value (a fraction or a count) rounds to the printed one.

        A value midway between two printable ones holds both of them, since sources differ in how
        they round a tie. A number printed as a full double is held at 1e-9 relative (1e-7 for the
        measures of vectors), not to its last bit.
        """
        if not math.isfinite(measured):
            return False
        # repr is the shortest decimal that names the float, so 0.81485 is the tie that it looks
        # like and not the 0.81484999... that its bits spell out.
        return abs(Decimal(repr(float(measured))) - self.decimal) <= self.tolerance


def measure_key(text: str) -> str | None:
    """The key of a measure from any usual spelling; None where the text names none of ours.

    `Dot Ndcg@10`, `dot_ndcg@10` and `**dot_ndcg@10**` give `dot_ndcg@10`; `NDCG@10`, `nDCG @ 10`
    and `ndcg_at_10` give `ndcg@10`; `R@1k` gives `recall@1000`; `Corpus Active Dims` gives
    `corpus_active_dims`. The prefix of a data set is not taken off here.
    """
    if len(text) > 200:
        return None
    plain = re.sub(r"[\s_*`\\-]+", "_", text.lower().replace("_at_", "@")).strip("_")
    plain = re.sub(r"_?@_?", "@", plain)
    if plain in SPARSITY:
        return plain
    match = re.fullmatch(
        r"(?:(dot|cosine|euclidean|manhattan)_)?([a-z_]+)@([1-9][0-9]{0,6})(k?)", plain
    )
    if match is None:
        return None
    name = _SPELLINGS.get(match[2], match[2])
    if name not in RETRIEVAL:
        return None
    cutoff = int(match[3]) * (1000 if match[4] else 1)
    return f"{match[1]}_{name}@{cutoff}" if match[1] else f"{name}@{cutoff}"


def bare(key: str) -> str:
    """A measure's key without the similarity function before it."""
    prefix, _, rest = key.partition("_")
    return rest if prefix in SIMILARITIES else key


def digits(text: str) -> str | None:
    """The number that a cell prints, without its markup; None where it prints anything else.

    `**0.7457**` gives `0.7457` and `34.1%` gives `34.1`. A comma is refused, for it is a decimal
    point to some writers and a thousands mark to others; so are NaN and infinity.
    """
    plain = text.strip().strip("*_`").strip().removesuffix("%").strip() if len(text) < 200 else ""
    return plain if _NUMBER.fullmatch(plain) and plain.isascii() else None


def unit_of(measure: str, texts: Iterable[str]) -> Unit:
    """The scale in which a source prints a measure, from every cell that it prints on that scale.

    One value above 1 shows that a column is in percent: 0.9 beside 34.1 is 0.9 percent.
    """
    if measure in SPARSITY:
        return "fraction" if measure.endswith("_ratio") else "count"
    plain = [(text, digits(text)) for text in texts]
    above = any(number is not None and Decimal(number) > 1 for _, number in plain)
    return "percent" if above or any("%" in text for text, _ in plain) else "fraction"


def read(
    measure: str, text: str, source: str, unit: Unit | None = None, *, exact: bool = False
) -> PublishedNumber:
    """A claimed number from its measure and its printed digits.

    Args:
        measure: any spelling that `measure_key` understands.
        text: the digits, possibly bold or with a percent sign.
        source: where they stand, for messages and reports.
        unit: the scale; None takes it from this one number (above 1 is percent).
        exact: whether the source prints doubles in full.

    Raises:
        InputError: no measure of ours, no number, or a number that its scale can not hold.
    """
    key, number = measure_key(measure), digits(text)
    if key is None:
        raise InputError(
            f"{source}: {measure[:80]!r} is not a measure; write one such as ndcg@10, dot_mrr@10 "
            "or corpus_active_dims."
        )
    if number is None:
        raise InputError(
            f"{source}: {key} is {text[:80]!r}, which is not a number; write its digits as "
            "printed, with a point."
        )
    published = PublishedNumber(key, number, source, unit or unit_of(key, [text]), exact)
    top = LARGEST_COUNT if published.unit == "count" else 1
    if not 0 <= published.decimal <= top:
        shown = 100 if published.unit == "percent" else top
        raise InputError(
            f"{source}: {key} is {number}, which lies outside 0 to {shown:,}; correct the number "
            "or its measure."
        )
    return published
