"""The difference between two systems, measure by measure: its size, and what is sure of it."""

import math
from dataclasses import dataclass

import numpy as np

from harness.significance import ALPHA, POWER, RESAMPLES
from harness.significance.distributions import smallest_change, t_quantile
from harness.significance.paired import Floats, PairedScores
from harness.significance.sign_flip import sign_flips


@dataclass(frozen=True, kw_only=True)
class MeanDifference:
    """One measure of two systems. What no test is to be believed of is None.

    Attributes:
        measure: its name.
        queries: N.
        base, new: the two means.
        difference: new - base.
        changed, wins, ties, losses: queries; a win is a query on which `new` is better.
        sd: standard deviation of the differences (N - 1); None for one query.
        effect_size: Cohen's d_z, difference / sd (Cohen 1988, section 2.3.5); None where sd is 0.
        largest: below it lie 95 % of the absolute differences of single queries.
        low, high: the 95 % t interval of the true difference; None where fewer than 20 changed.
        p: two-sided, by sign flips; None likewise. Never 0.
        adjusted_p: the same, with control of the family of all measures that were tested.
        detectable: the smallest true difference that so many queries detect, with a power of 80 %
            at 5 %; None likewise, or where sd is 0.
    """

    measure: str
    queries: int
    base: float
    new: float
    difference: float
    changed: int
    wins: int
    ties: int
    losses: int
    sd: float | None
    effect_size: float | None
    largest: float
    low: float | None
    high: float | None
    p: float | None
    adjusted_p: float | None
    detectable: float | None

    @property
    def too_few(self) -> bool:
        """Whether too few queries changed for a test, though some did."""
        return self.p is None and self.changed > 0


def mean_differences(
    pairs: PairedScores, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[MeanDifference, ...]:
    """What is known of the difference of each measure.

    Measures of which fewer than 20 queries changed are not tested, and no part of the family over
    which the others' p is adjusted.

    Args:
        pairs: the scores.
        resamples: sign flips to draw.
        seed: of the draw.
    """
    tested = np.flatnonzero(pairs.testable)
    p: dict[int, tuple[float, float]] = {}
    if len(tested):
        flips = sign_flips(pairs.differences[:, tested], resamples, seed)
        found = zip(flips.p.tolist(), flips.adjusted.tolist(), strict=True)
        p = dict(zip(tested.tolist(), found, strict=True))
    return tuple(_one(pairs, place, p.get(place)) for place in range(len(pairs.measures)))


def t_interval(differences: Floats, alpha: float = ALPHA) -> tuple[float, float]:
    """The two-sided t interval of the mean: mean -+ t(1 - alpha/2, N - 1) sd / sqrt(N).

    Source: Student 1908, doi:10.2307/2331554. Two bounds of a two-sided interval at 2 alpha are
    one-sided ones at alpha.

    Args:
        differences: float64 [N], N of 2 or more.
        alpha: outside of it.
    """
    count, mean = len(differences), float(np.mean(differences))
    wide = t_quantile(1 - alpha / 2, count - 1) * _sd(differences) / math.sqrt(count)
    return mean - wide, mean + wide


def _sd(differences: Floats) -> float:
    """The standard deviation; exactly 0 where all differences are one number."""
    return float(np.std(differences, ddof=1)) if np.ptp(differences) > 0 else 0.0


def _one(pairs: PairedScores, place: int, p: tuple[float, float] | None) -> MeanDifference:
    differences = pairs.differences[:, place]
    count = len(differences)
    mean = float(np.mean(differences))
    sd = _sd(differences) if count > 1 else None
    low, high = t_interval(differences) if p else (None, None)
    wins, losses = int((differences > 0).sum()), int((differences < 0).sum())
    return MeanDifference(
        measure=pairs.measures[place],
        queries=count,
        base=float(np.mean(pairs.base[:, place])),
        new=float(np.mean(pairs.new[:, place])),
        difference=mean,
        changed=wins + losses,
        wins=wins,
        ties=count - wins - losses,
        losses=losses,
        sd=sd,
        effect_size=mean / sd if sd else None,
        largest=float(np.quantile(np.abs(differences), 0.95)),
        low=low,
        high=high,
        p=p[0] if p else None,
        adjusted_p=p[1] if p else None,
        detectable=smallest_change(sd, count, ALPHA, POWER) if sd and p else None,
    )
