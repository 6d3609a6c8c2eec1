"""Non-inferiority: is a system no worse than another by more than a margin, on queries like these?

Three answers. With a lower and an upper one-sided 95 % bound of the true mean difference:

    held        the lower bound is above -margin
    regressed   the upper bound is below -margin
    undecided   neither: so few queries cannot tell

Source: the one-sided half of two one-sided tests, Schuirmann 1987, doi:10.1007/BF01068419.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from harness.errors import InputError
from harness.significance import ALPHA, LEAST_CHANGED
from harness.significance.difference import t_interval
from harness.significance.distributions import largest_share, t_quantile
from harness.significance.paired import Floats


class Answer(StrEnum):
    """What is known of queries that were not asked."""

    HELD = "held"
    """No worse by more than the margin."""

    REGRESSED = "regressed"
    """Worse by more than the margin."""

    UNDECIDED = "undecided"
    """So few queries cannot tell."""

    UNCHANGED = "unchanged"
    """The two systems are the same thing, or no score of any query and measure changed."""


@dataclass(frozen=True, kw_only=True)
class NonInferiority:
    """The answer for one measure.

    Attributes:
        measure: its name.
        margin: by how much less the true mean may be; 0 or more.
        answer: see `Answer`.
        difference: new - base on these queries.
        low, high: one-sided 95 % bounds of the true difference; None where no bound is to be
            believed.
        queries, changed: how many, and of how many the score changed.
        deciding_queries: how many queries would probably decide, if mean and spread of the
            differences stay what they are; None where the answer is decided, or none would.
        deciding_margin: the least margin that these queries would hold (anything above it); None
            where no bound is to be believed.
        because: one sentence on how it was decided.
    """

    measure: str
    margin: float
    answer: Answer
    difference: float
    low: float | None
    high: float | None
    queries: int
    changed: int
    deciding_queries: int | None
    deciding_margin: float | None
    because: str


def non_inferiority(
    measure: str, differences: Floats, margin: float, widest: float | None = 1.0
) -> NonInferiority:
    """Judge differences by a margin.

    Where fewer than 20 queries changed, neither bound of `bounds` is to be believed. The exact
    bound of how many queries lose (Clopper and Pearson 1934) is, if each loses all that it can: by
    it a wide margin is held, and nothing regressed.

    Args:
        measure: for the answer.
        differences: float64 [N], new - base.
        margin: 0 or more.
        widest: the most that one query can lose; 1 for a measure of 0 to 1, None where there is no
            limit.

    Raises:
        InputError: the margin is below 0 or no number.
    """
    if not math.isfinite(margin) or margin < 0:
        raise InputError(f"The margin of {measure} is {margin}; a number of 0 or more is needed.")
    if np.count_nonzero(differences) < LEAST_CHANGED:
        return _of_few(measure, differences, margin, widest)
    mean, (low, high) = float(np.mean(differences)), bounds(differences)
    answer = Answer.UNDECIDED
    if low > -margin:
        answer = Answer.HELD
    elif high < -margin:
        answer = Answer.REGRESSED
    told = {
        Answer.HELD: f"the true difference is above {low:+.4f}, with 95 % confidence",
        Answer.REGRESSED: f"the true difference is below {high:+.4f}, with 95 % confidence",
        Answer.UNDECIDED: f"the true difference may be {low:+.4f} or {high:+.4f}",
    }
    return NonInferiority(
        measure=measure,
        margin=margin,
        answer=answer,
        difference=mean,
        low=low,
        high=high,
        queries=len(differences),
        changed=int(np.count_nonzero(differences)),
        deciding_queries=_deciding(len(differences), mean, low, high, margin)
        if answer is Answer.UNDECIDED
        else None,
        deciding_margin=max(0.0, -low),
        because=told[answer],
    )


def bounds(differences: Floats, alpha: float = ALPHA) -> tuple[float, float]:
    """One-sided bounds of the true mean, each the farther of two.

    The t bound, and Hall's, which corrects it for skewness: where a few queries lose much, the
    bound by t alone says "held" up to twice as often as it may. Source: Hall 1992, On the removal
    of skewness by transformation, doi:10.1111/j.2517-6161.1992.tb01875.x: the third transformation
    of the studentised mean, (1 + g T)^3, inverted.

    Args:
        differences: float64 [N], N of 2 or more.
        alpha: with which the true mean lies beyond either.
    """
    low, high = t_interval(differences, 2 * alpha)
    count, mean, sd = len(differences), float(np.mean(differences)), float(np.std(differences))
    if high == low:
        return low, high
    skewness = float(np.mean(((differences - mean) / sd) ** 3))
    if abs(skewness) < 1e-6:  # below which the formula loses its digits, and corrects nothing
        return low, high
    quantile = t_quantile(1 - alpha, count - 1)
    spread = sd * math.sqrt(count / (count - 1))
    below = mean - spread * _hall(quantile, skewness, count)
    above = mean - spread * _hall(-quantile, skewness, count)
    return min(low, below), max(high, above)


def _hall(quantile: float, skewness: float, count: int) -> float:
    """The studentised mean (without sqrt(N)) whose transformation has this quantile."""
    moved = 1 + skewness * (quantile / math.sqrt(count) - skewness / (6 * count))
    return 3 / skewness * (math.cbrt(moved) - 1)


def _deciding(count: int, mean: float, low: float, high: float, margin: float) -> int | None:
    """The N at which the bound would come to -margin; it comes nearer with 1 / sqrt(N)."""
    room = mean + margin
    reach = mean - low if room > 0 else high - mean
    if room == 0 or not math.isfinite((reach / room) ** 2):
        return None
    return max(count + 1, math.ceil(count * (reach / room) ** 2))


def _of_few(
    measure: str, differences: Floats, margin: float, widest: float | None
) -> NonInferiority:
    """The answer where too few queries changed for the mean to be tested."""
    count, changed = len(differences), int(np.count_nonzero(differences))
    losing = largest_share(int((differences < 0).sum()), count)
    worst = None if widest is None else losing * widest
    held = worst is not None and worst < margin
    if held:
        told = (
            f"{changed} of {count} queries changed; at most {losing:.2%} of such queries lose, "
            "with 95 % confidence, and that holds the margin whatever each loses"
        )
    else:
        told = f"{changed} of {count} queries changed, too few to test ({LEAST_CHANGED} are needed)"
    return NonInferiority(
        measure=measure,
        margin=margin,
        answer=Answer.HELD if held else Answer.UNDECIDED,
        difference=float(np.mean(differences)),
        low=None if worst is None else -worst,
        high=None,
        queries=count,
        changed=changed,
        # At this rate so many queries have 20 that change; without one, nobody knows.
        deciding_queries=math.ceil(count * LEAST_CHANGED / changed)
        if changed and not held
        else None,
        deciding_margin=worst,
        because=told,
    )
