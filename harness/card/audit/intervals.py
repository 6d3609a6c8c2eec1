"""A card's digits as intervals: what true value can stand behind each printed number."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Final, NamedTuple, TypeVar

from harness.card.audit.verdict import METRICS, Finding
from harness.claims.printed_number import PrintedNumber, digits
from harness.claims.published import PublishedNumber
from harness.errors import InputError
from harness.measures.names import CARD, Measure, ParsedName, parse_name

Digits = TypeVar("Digits")

# Doubles print with 15 to 17 digits, and float32 means (as doubles) too; nobody rounds to twelve.
FULL_DIGITS = 12

_BEFORE: Final = (0.5e-4, 0.5e-5)

EVALUATOR: Final = frozenset(measure.name for measure in CARD)
"""The measures of the ranking that sentence-transformers' evaluator computes: only of these is it
known how, so that all others are passed over, as `loss` is."""


@dataclass(frozen=True)
class Interval:
    """One measure as the card gives it: the true value lies within `half` of `value`.

    Attributes:
        of: the measure of the ranking, or the name of one of the vectors.
        number: the digits.
        full: whether the card prints full doubles, so that the digits are the value itself.
        more: how far the value may be off besides: a mean of rounded numbers is.
    """

    of: Measure | str
    number: PrintedNumber
    full: bool
    more: float = 0.0

    @cached_property
    def measure(self) -> str:
        """The printed name, without a similarity function."""
        return str(self.of)

    @cached_property
    def value(self) -> float:
        """The printed value; a fraction where the card prints percent."""
        return self.number.value

    @cached_property
    def half(self) -> float:
        """How far the value may be off: half a unit of the last decimal, and what else there is."""
        own = 0.0 if self.full else float(self.number.half_unit)
        # Authors round what was rounded to four places, or by mteb to five.
        return self.more + own + next((half for half in _BEFORE if own > 1.01 * half), 0.0)

    def wider(self, least: float) -> "Interval":
        """The same number where it may be a mean of numbers that were rounded to as many places.

        Args:
            least: how far such a mean is off at least.
        """
        return replace(self, more=max(self.half, least))

    @property
    def name(self) -> str:
        """The measure without its cutoff."""
        return self.of if isinstance(self.of, str) else self.of.name

    @property
    def cutoff(self) -> int:
        """The cutoff, 0 for a measure of the vectors."""
        return 0 if isinstance(self.of, str) else self.of.cutoff or 0


class Intervals(NamedTuple):
    """The usable numbers of a card by measure, and a finding for each unusable one."""

    printed: dict[str, Interval]
    findings: tuple[Finding, ...]


def read(metadata: Mapping[str, str], *, rounded: bool = False) -> Intervals:
    """Read a mapping of keys ("dot_ndcg@10") to digits exactly as printed.

    Keys that name no measure of the evaluator are passed over. A key may begin with the name of a
    data set ("NanoMSMARCO_dot_ndcg@10").

    Args:
        metadata: the digits by key.
        rounded: take every number as rounded, however many decimals it has (a table's).

    Raises:
        InputError: no key names a measure, or two keys name the same one.
    """
    good: dict[Measure | str, PrintedNumber] = {}
    findings: list[Finding] = []
    for name, text in _by_measure(metadata):
        fault = _fault(name, text.strip())
        if fault is None:
            good[name.measure] = PrintedNumber(text.strip(), name.unit or "fraction")
        else:
            of = str(name.measure)
            numbers = f"{of} = {text.strip()}"
            findings.append(Finding("range", (of,), "impossible", numbers, fault, METRICS))
    return Intervals(_intervals(good, rounded=rounded), tuple(findings))


def of_published(
    published: Iterable[PublishedNumber], *, rounded: bool = False, apart: bool = False
) -> Intervals:
    """The numbers that one place of a card publishes; they are in their range already.

    Args:
        published: the numbers; those of no measure of the evaluator are passed over.
        rounded: as for `read`.
        apart: whether a number is a full double is a matter of its own digits: mteb rounds some
            means and prints others in full.

    Raises:
        InputError: none is of a measure of the evaluator, or two are of the same one.
    """
    given = {number.measure: number.number for number in published}
    found = {name.measure: number for name, number in _by_measure(given)}
    if apart:
        each = (_intervals({of: number}, rounded=rounded) for of, number in found.items())
        return Intervals({name: one for part in each for name, one in part.items()}, ())
    return Intervals(_intervals(found, rounded=rounded), ())


def is_audited(measure: str) -> bool:
    """Whether a key names a measure of the evaluator."""
    return _name_of(measure) is not None


def _by_measure(given: Mapping[str, Digits]) -> list[tuple[ParsedName, Digits]]:
    found: dict[Measure | str, tuple[ParsedName, Digits]] = {}
    for key, value in given.items():
        name = _name_of(key)
        if name is None:
            continue
        if name.measure in found:
            raise InputError(
                f"The card gives {name.measure} twice ('{key}' is the second): audit one "
                "evaluation (one data set, one score function) at a time."
            )
        found[name.measure] = (name, value)
    if not found:
        raise InputError(
            f"None of the {len(given)} keys names a measure of sentence-transformers' "
            "evaluator: give keys such as dot_ndcg@10."
        )
    return list(found.values())


def _name_of(key: str) -> ParsedName | None:
    """The evaluator's measure that a key names, after the name of a data set if need be."""
    rest = key[-200:].strip()
    while rest:
        found = parse_name(rest)
        if found is not None:
            of = found.measure
            return found if isinstance(of, str) or of.name in EVALUATOR else None
        rest = rest.partition("_")[2]
    return None


def _intervals(
    numbers: Mapping[Measure | str, PrintedNumber], *, rounded: bool
) -> dict[str, Interval]:
    # A 0.5018 among full doubles is a full double; ranking measures and vector statistics are
    # judged apart, since authors round the one and paste the other.
    full = {
        vectors: not rounded
        and any(
            number.significant >= FULL_DIGITS and number.cleaned == number.text
            for of, number in numbers.items()
            if isinstance(of, str) is vectors
        )
        for vectors in (True, False)
    }
    return {
        str(of): Interval(of, number if exact else replace(number, text=number.cleaned), exact)
        for of, number in numbers.items()
        for exact in [full[isinstance(of, str)]]
    }


def _fault(name: ParsedName, text: str) -> str | None:
    """Why no evaluation can have produced this text, or None."""
    if digits(text) != text:
        return _no_number(text)
    value = PrintedNumber(text, name.unit or "fraction").value
    if value < 0:
        return "a mean of values that are never negative is never negative"
    if value > 1 and (isinstance(name.measure, Measure) or name.measure.endswith("ratio")):
        return "a mean of values of at most 1 is at most 1 (is it a percentage?)"
    return None


def _no_number(text: str) -> str:
    try:
        infinite = not math.isfinite(float(Decimal(text)))
    except InvalidOperation:
        infinite = False
    return "a mean over at least one query is finite" if infinite else "it is not a number"
