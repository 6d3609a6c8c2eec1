"""How many fits one would expect by chance: how much a fit is worth."""

from collections.abc import Sequence
from math import prod
from typing import Final

import numpy as np
import numpy.typing as npt

from harness.claims.published import PublishedNumber
from harness.measures.names import Measure
from harness.why.classes import Collapsed, Mask, everywhere

_NEAREST: Final = 10
"""Values around the published one that tell how dense they lie there."""


def expected_by_chance(
    grid: Collapsed,
    numbers: Sequence[tuple[PublishedNumber, Measure]],
    masks: Sequence[Mask],
    off: Sequence[str],
    queries: int,
) -> float:
    """Expected number of conventions that print the digits though they are not what made them.

    For each number that is off: how many values it has among the conventions under which all the
    other numbers come out, times the share of their range that rounds to its digits, over the whole
    range or around the number, whichever is more. Numbers of one kind of measure (recall at four
    cutoffs) move together, so that the least of them stands for its kind; kinds count as
    independent.

    Args:
        grid: the predictions.
        numbers: what is published, each with its measure.
        masks: where each fits.
        off: the measures of those that do not under the result's own convention.
        queries: that are evaluated; means of counts over few of them coincide. 0: not known.
    """
    pairs = list(zip(numbers, masks, strict=True))
    sound = [mask for (number, _), mask in pairs if number.measure not in off]
    among = everywhere(sound, grid.shape)
    least: dict[str, float] = {}
    for (number, measure), mask in pairs:
        if number.measure not in off:
            continue
        one = grid.predicted[measure]
        held = mask & np.isfinite(one.value)
        open_ = float(np.max((one.high - one.low)[held], initial=0.0))
        width = max(
            2 * float(number.number.tolerance(number.slack)) + open_, _step(measure, queries)
        )
        values = np.broadcast_to(one.value, grid.shape)[among]
        expected = _expected(np.unique(values[np.isfinite(values)]), number.value, width)
        least[measure.name] = min(least.get(measure.name, 1.0), expected)
    return prod(least.values())


def _step(measure: Measure, queries: int) -> float:
    """The distance of neighbouring values of a mean of counts; 0 of any other."""
    if not queries or measure.name not in ("accuracy", "precision"):
        return 0.0
    return 1 / (queries * (1 if measure.name == "accuracy" else measure.cutoff or 1))


def _expected(values: npt.NDArray[np.float64], published: float, width: float) -> float:
    width = max(width, 1e-15)
    apart = np.unique(np.floor(values / width)) * width
    spread = max(float(np.ptp(apart)), 2 * float(np.min(np.abs(apart - published))), width)
    over_all = len(apart) * width / spread
    around = np.sort(np.abs(apart - published))[:_NEAREST]
    locally = len(around) * width / max(2 * float(around[-1]), width)
    return min(1.0, max(over_all, locally))
