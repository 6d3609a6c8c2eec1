"""How alike two rankings are, and how well one evaluation repeats another, query by query."""

import math
from collections.abc import Sequence

import numpy as np

from harness.errors import InputError
from harness.significance.paired import Floats

Ranking = Sequence[Sequence[str]]
"""Documents best first, in groups of those that are tied; without ties, each group has one."""


def rbo(one: Ranking, other: Ranking, p: float = 0.9) -> float:
    """Rank-biased overlap of two rankings, extrapolated: 1 for equal ones, 0 for disjoint ones.

    Source: Webber, Moffat and Zobel 2010, doi:10.1145/1852102.1852106: equation 32 for lists of
    uneven lengths; tied documents stand at the first rank of their group, and the agreement at a
    depth is twice the overlap divided by the documents of both lists down to it (their section on
    ties). Beyond its end the shorter list is taken to agree as it did up to there.

    Args:
        one: a ranking; no document twice in it.
        other: another.
        p: persistence, between 0 and 1; the first 10 ranks have 86 % of the weight at 0.9.

    Raises:
        InputError: the persistence lies outside.
    """
    if not 0 < p < 1:
        raise InputError(f"The persistence of RBO is {p}; it lies between 0 and 1.")
    short, long = sorted((_depths(one), _depths(other)), key=len)
    if not long:
        return 1.0
    if not short:
        return 0.0
    agreements = _agreements(short, long)
    weights = p ** np.arange(1, len(long) + 1)
    beyond = agreements[-1] * weights[-1]
    # The weights add up to 1 but for rounding.
    return min(1.0, float((1 - p) / p * (agreements * weights).sum() + beyond))


def _depths(ranking: Ranking) -> list[tuple[str, ...]]:
    """The documents that come in at each depth: a group at its first rank."""
    return [come for group in ranking for come in (tuple(group), *[()] * (len(group) - 1))]


def _agreements(short: Sequence[Sequence[str]], long: Sequence[Sequence[str]]) -> Floats:
    """float64 [depths of the longer list]: the agreement at each."""
    of_short: set[str] = set()
    of_long: set[str] = set()
    found = np.zeros(len(long))
    common = beyond = 0  # documents of both so far; those that the shorter list would have
    for depth, comes in enumerate(long):
        if depth < len(short):
            common += sum(doc in of_long for doc in short[depth])
            of_short.update(short[depth])
        else:
            beyond += 1
        common += sum(doc in of_short for doc in comes)
        of_long.update(comes)
        overlap = common + (beyond * found[len(short) - 1] if beyond else 0)
        found[depth] = min(1.0, 2 * overlap / (len(of_short) + beyond + len(of_long)))
    return found


def rmse(original: Floats, repeated: Floats) -> float:
    """Root mean square of the per-query differences between an original run and its repetition.

    Source: Breuer et al. 2020, doi:10.1145/3397271.3401036, section 3.2.

    Args:
        original: float64 [N], scores of the queries.
        repeated: float64 [N], of the same ones.
    """
    return math.sqrt(float(np.mean((repeated - original) ** 2)))


def effect_ratio(original: tuple[Floats, Floats], repeated: tuple[Floats, Floats]) -> float | None:
    """The repeated mean improvement over a baseline divided by the original one: 1 is a success.

    Source: Breuer et al. 2020, section 3.3 (ER).

    Args:
        original: scores of the baseline and of the other system, float64 [N] each.
        repeated: likewise; the queries may be others.

    Returns:
        None where the original improvement is 0.
    """
    was, now = (float(np.mean(new) - np.mean(base)) for base, new in (original, repeated))
    return None if was == 0 else now / was
