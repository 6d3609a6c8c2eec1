"""Quantiles and powers of known distributions; the only module of this package that asks scipy."""

import math
from functools import cache
from typing import Any

from harness.significance import ALPHA, POWER


@cache
def _stats() -> Any:  # noqa: ANN401 - a module without types
    from scipy import stats

    return stats


def t_quantile(share: float, degrees: int) -> float:
    """The quantile of Student's t distribution.

    Args:
        share: below it, 0 to 1.
        degrees: of freedom, 1 or more.
    """
    return float(_stats().t.ppf(share, degrees))


def power_of_t(change: float, sd: float, queries: int, alpha: float = ALPHA) -> float:
    """The power of the two-sided paired t test: how often it calls a true change one.

    Source: Cohen 1988, Statistical Power Analysis, chapter 2, by the noncentral t distribution;
    for topic sets: Sakai 2016, doi:10.1007/s10791-015-9273-z.

    Args:
        change: the true mean of the differences.
        sd: their standard deviation, above 0.
        queries: how many, 2 or more.
        alpha: of the test.
    """
    degrees, shift = queries - 1, abs(change) / sd * math.sqrt(queries)
    bound = t_quantile(1 - alpha / 2, degrees)
    noncentral = _stats().nct
    above = float(noncentral.sf(bound, degrees, shift))
    below = float(noncentral.cdf(-bound, degrees, shift))
    # Far below the mean scipy's series may give NaN for what is 0 to any digit that matters.
    return min(1.0, (above if math.isfinite(above) else 1.0) + (below if below > 0 else 0.0))


def smallest_change(sd: float, queries: int, alpha: float = ALPHA, power: float = POWER) -> float:
    """The smallest true change that the paired t test detects with a power.

    It is 2.80 sd / sqrt(N) for many queries, alpha .05 and power .8. Source: as `power_of_t`.

    Args:
        sd: standard deviation of the differences, above 0.
        queries: how many, 2 or more.
        alpha: of the test, two-sided.
        power: with which it is detected.
    """
    from scipy.optimize import brentq

    high = 10.0
    while power_of_t(high, math.sqrt(queries), queries, alpha) < power:
        high *= 2
    # In units of the standard error, so that the root is of the same size for every N.
    root = brentq(
        lambda shift: power_of_t(shift, math.sqrt(queries), queries, alpha) - power, 0, high
    )
    return float(root) * sd / math.sqrt(queries)


def largest_share(found: int, queries: int, alpha: float = ALPHA) -> float:
    """The exact upper bound of a share, of which `found` in `queries` were seen.

    Source: Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404, one-sided.
    """
    if found >= queries:
        return 1.0
    return float(_stats().beta.ppf(1 - alpha, found + 1, queries - found))
