"""Measured against published, with a verdict for each number and one for all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from harness.claims.claims import Deviation, check_width
from harness.claims.published import PublishedNumber, bare, read, similarity, unit_of
from harness.measures.intervals import Float32Interval

NOTHING: Final[Mapping[str, Float32Interval]] = MappingProxyType({})
"""What float32 leaves open of numbers of which nobody has said it."""


class Verdict(StrEnum):
    """What a comparison says; two-sided, for too good is as wrong as too bad."""

    MATCH = "match"
    """Equal at the precision that the source prints."""

    CLOSE = "close"
    """Within what float32 leaves open, or inside a deviation that the experiment declares."""

    OFF = "off"
    """Neither."""

    UNMEASURED = "unmeasured"
    """Published, and not measured here."""

    UNPUBLISHED = "unpublished"
    """Measured, and not published."""


@dataclass(frozen=True)
class Comparison:
    """One number, measured and published.

    Attributes:
        measure: its key as the source prints it (as we print it where there is no source).
        measured: None where it was not measured.
        published: None where it was not published.
        delta: measured - published; None where either is missing.
        verdict: see `Verdict`.
        because: the reason where it is close; else "".
        interval: within what another processor, library or batch may print the measured number;
            None where nothing leaves it open, or nobody knows.
        declared: whether it is close by a declared deviation, and not by float32.
    """

    measure: str
    measured: float | None
    published: PublishedNumber | None
    delta: float | None
    verdict: Verdict
    because: str = ""
    interval: Float32Interval | None = None
    declared: bool = False


def compare(
    scores: Mapping[str, float],
    published: Iterable[PublishedNumber],
    deviations: Iterable[Deviation] = (),
    intervals: Mapping[str, Float32Interval] = NOTHING,
) -> tuple[Comparison, ...]:
    """Put every measured and every published number side by side.

    A published `ndcg@10` is compared with a measured `dot_ndcg@10`: sources leave the similarity
    function out. One that is published of another similarity than was measured is unmeasured.

    Args:
        scores: measured values by key.
        published: what a source claims (a card, a paper, the committed baseline).
        deviations: what is tolerated, with its reason.
        intervals: what float32 leaves open of the measured values, by their keys.

    Returns:
        The published ones in their source's order, then those that were only measured.

    Raises:
        InputError: a tolerance within which a published number would say nothing.
    """
    measured = {bare(key): value for key, value in scores.items()}
    similarities = {bare(key): similarity(key) for key in scores}
    claims = tuple(published)
    other = {c for c in claims if _unlike(similarity(c.measure), similarities.get(c.name))}
    known = {bare(deviation.measure): deviation for deviation in deviations}
    around = {bare(key): interval for key, interval in intervals.items()}
    claimed = {claim.name for claim in claims}
    for claim in claims:
        if claim.name in known:
            check_width(claim, known[claim.name].tolerance)
    rows = [
        _judged(
            claim,
            None if claim in other else measured.get(claim.name),
            known.get(claim.name),
            around.get(claim.name),
        )
        for claim in claims
    ]
    rows += [
        Comparison(key, value, None, None, Verdict.UNPUBLISHED, interval=around.get(bare(key)))
        for key, value in scores.items()
        if bare(key) not in claimed
    ]
    return tuple(rows)


def holds(comparisons: Iterable[Comparison]) -> bool:
    """Whether every published number was measured and none is off."""
    return all(c.verdict not in (Verdict.OFF, Verdict.UNMEASURED) for c in comparisons)


def baseline(scores: Mapping[str, float], source: str) -> tuple[PublishedNumber, ...]:
    """An earlier result's scores as claims at full precision."""
    return tuple(
        read(key, repr(value), source, unit_of(key, ()), exact=True)
        for key, value in scores.items()
    )


def _unlike(one: str | None, other: str | None) -> bool:
    """Whether two similarity functions are known to differ."""
    return None not in (one, other) and one != other


def _judged(
    claim: PublishedNumber,
    measured: float | None,
    known: Deviation | None,
    interval: Float32Interval | None,
) -> Comparison:
    if measured is None:
        return Comparison(claim.measure, None, claim, None, Verdict.UNMEASURED)
    verdict, because, declared = Verdict.OFF, "", False
    if claim.holds(measured):
        verdict = Verdict.MATCH
    elif interval is not None and claim.holds_between(interval.low, interval.high):
        verdict, because = Verdict.CLOSE, _float32(interval)
    elif known is not None and claim.within(measured, known.tolerance):
        verdict, because, declared = Verdict.CLOSE, known.because, True
    return Comparison(
        claim.measure, measured, claim, measured - claim.value, verdict, because, interval, declared
    )


def _float32(interval: Float32Interval) -> str:
    told = f": {interval.because}" if interval.because else ""
    return f"within what float32 leaves open{told}"
