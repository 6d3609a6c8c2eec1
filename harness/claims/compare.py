"""Measured against published, with a verdict for each number and one for all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from harness.claims.claims import Deviation, check_width
from harness.claims.published import PublishedNumber, bare, read, unit_of


class Verdict(StrEnum):
    """What a comparison says; two-sided, for too good is as wrong as too bad."""

    MATCH = "match"
    """Equal at the precision that the source prints."""

    CLOSE = "close"
    """Inside a deviation that the experiment declares and gives a reason for."""

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
        because: the reason of a declared deviation, where that decided; else "".
    """

    measure: str
    measured: float | None
    published: PublishedNumber | None
    delta: float | None
    verdict: Verdict
    because: str = ""


def compare(
    scores: Mapping[str, float],
    published: Iterable[PublishedNumber],
    deviations: Iterable[Deviation] = (),
) -> tuple[Comparison, ...]:
    """Put every measured and every published number side by side.

    A published `ndcg@10` is compared with a measured `dot_ndcg@10`: sources leave the similarity
    function out.

    Args:
        scores: measured values by key.
        published: what a source claims (a card, a paper, the committed baseline).
        deviations: what is tolerated, with its reason.

    Returns:
        The published ones in their source's order, then those that were only measured.

    Raises:
        InputError: a tolerance within which a published number would say nothing.
    """
    claims = tuple(published)
    measured = {bare(key): value for key, value in scores.items()}
    known = {bare(deviation.measure): deviation for deviation in deviations}
    claimed = {claim.name for claim in claims}
    for claim in claims:
        if claim.name in known:
            check_width(claim, known[claim.name].tolerance)
    rows = [_judged(claim, measured.get(claim.name), known.get(claim.name)) for claim in claims]
    rows += [
        Comparison(key, value, None, None, Verdict.UNPUBLISHED)
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


def _judged(claim: PublishedNumber, measured: float | None, known: Deviation | None) -> Comparison:
    if measured is None:
        return Comparison(claim.measure, None, claim, None, Verdict.UNMEASURED)
    delta = measured - claim.value
    if claim.holds(measured):
        return Comparison(claim.measure, measured, claim, delta, Verdict.MATCH)
    if known is not None and claim.within(measured, known.tolerance):
        return Comparison(claim.measure, measured, claim, delta, Verdict.CLOSE, known.because)
    return Comparison(claim.measure, measured, claim, delta, Verdict.OFF)
