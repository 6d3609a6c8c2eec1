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
    extrapolated = agreements[-1] * weights[-1]
    return float((1 - p) / p * (agreements * weights).sum() + extrapolated)


def _depths(ranking: Ranking) -> list[tuple[str, ...]]:
    """The documents that come in at each depth: a group at its first rank."""
    return [come for group in ranking for come in (tuple(group), *[()] * (len(group) - 1))]


def _agreements(short: Sequence[Sequence[str]], long: Sequence[Sequence[str]]) -> Floats:
    """float64 [depths of the longer list]: the agreement at each."""
    seen: tuple[set[str], set[str]] = set(), set()
    found = np.empty(len(long))
    beyond = 0.0  # documents that the shorter list would have, and of them those that agree
    for depth in range(len(long)):
        if depth < len(short):
            seen[0].update(short[depth])
        else:
            beyond += 1
        seen[1].update(long[depth])
        overlap = len(seen[0] & seen[1]) + beyond * found[len(short) - 1]
        found[depth] = min(1.0, 2 * overlap / (len(seen[0]) + beyond + len(seen[1])))
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
