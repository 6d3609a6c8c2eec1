"""A card's digits as intervals: what true value can stand behind each printed number."""

import math
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from harness.card.audit.verdict import METRICS, Finding
from harness.errors import InputError
from harness.measures.names import RETRIEVAL, SPARSITY

# Doubles print with 15 to 17 digits, and float32 means (as doubles) too; nobody rounds to twelve.
FULL_DIGITS = 12

_KEY = re.compile(
    rf"(?:.*_)?((?:{'|'.join(RETRIEVAL)})@[1-9][0-9]{{0,4}}|{'|'.join(SPARSITY)})", re.IGNORECASE
)


class Interval(NamedTuple):
    """One measure as the card gives it: the true value lies within `half` of `value`.

    `half` is 0 where the card prints full doubles, and half a unit of the last printed decimal
    otherwise; `full` says which.
    """

    measure: str
    value: float
    half: float
    full: bool

    @property
    def name(self) -> str:
        """The measure without its cutoff."""
        return self.measure.partition("@")[0]

    @property
    def cutoff(self) -> int:
        """The cutoff, 0 for a measure of the vectors."""
        return int(self.measure.partition("@")[2] or 0)


class Intervals(NamedTuple):
    """The usable numbers of a card by measure, and a finding for each unusable one."""

    printed: dict[str, Interval]
    findings: tuple[Finding, ...]


def read(metadata: Mapping[str, str], *, rounded: bool = False) -> Intervals:
    """Read a mapping of keys ("dot_ndcg@10") to digits exactly as printed.

    Keys that name no measure of the evaluator are passed over.

    Args:
        metadata: the digits by key.
        rounded: take every number as rounded, however many decimals it has (a table's).

    Raises:
        InputError: no key names a measure, or two keys name the same one.
    """
    texts: dict[str, str] = {}
    for key, text in metadata.items():
        match = _KEY.fullmatch(key.strip())
        if match is None:
            continue
        measure = match[1].lower()
        if measure in texts:
            raise InputError(
                f"The card gives {measure} twice ('{key}' is the second): audit one evaluation "
                "(one data set, one score function) at a time."
            )
        texts[measure] = text.strip()
    if not texts:
        raise InputError(
            f"None of the {len(metadata)} keys names a measure of sentence-transformers' "
            "evaluator: give keys such as dot_ndcg@10."
        )
    faults = {measure: _fault(measure, text) for measure, text in texts.items()}
    good = {measure: Decimal(texts[measure]) for measure, fault in faults.items() if fault is None}
    # A 0.5018 among full doubles is a full double; ranking measures and vector statistics are
    # judged apart, since authors round the one and paste the other.
    full = {
        at: not rounded
        and any(_digits(d) >= FULL_DIGITS for m, d in good.items() if ("@" in m) is at)
        for at in (True, False)
    }
    return Intervals(
        {m: _printed(m, number, full["@" in m]) for m, number in good.items()},
        tuple(
            Finding(
                "range", (measure,), "impossible", f"{measure} = {texts[measure]}", why, METRICS
            )
            for measure, why in faults.items()
            if why is not None
        ),
    )


def unit(number: Decimal) -> float:
    """One unit of the last printed decimal: 0.0001 for 0.5018."""
    exponent = number.as_tuple().exponent
    return 10.0 ** min(int(exponent), 0)


def _printed(measure: str, number: Decimal, full: bool) -> Interval:
    return Interval(measure, float(number), 0.0 if full else unit(number) / 2, full)


def _digits(number: Decimal) -> int:
    return len(number.as_tuple().digits)


def _fault(measure: str, text: str) -> str | None:
    """Why no evaluation can have produced this text, or None."""
    try:
        value = float(Decimal(text))
    except InvalidOperation:
        return "it is not a number"
    if not math.isfinite(value):
        return "a mean over at least one query is finite"
    if value < 0:
        return "a mean of values that are never negative is never negative"
    if value > 1 and ("@" in measure or measure.endswith("ratio")):
        return "a mean of values of at most 1 is at most 1 (is it a percentage?)"
    return None
