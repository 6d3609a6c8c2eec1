"""The sign-flip test of paired differences, of one measure and of several together.

Under the hypothesis that two systems are exchangeable, the difference of each query is as likely to
have the other sign. All measures of a query are flipped together, so that what they share is kept.

Source of the test: Fisher 1935, The Design of Experiments, section 21; Pitman 1937,
doi:10.2307/2984124; for retrieval: Smucker et al. 2007, doi:10.1145/1321440.1321528. Of
p = (1 + b) / (1 + B): Phipson and Smyth 2010, doi:10.2202/1544-6115.1585. Of the adjustment over
measures: Westfall and Young 1993, Resampling-Based Multiple Testing, algorithm 4.1 (step-down
max-T; box 2 of Ge, Dudoit and Speed 2003, doi:10.1007/BF02595811).

The statistic of a measure is |sum d| / sqrt(sum d^2). Flips leave its denominator alone and t is
monotone in it, so this is the test of t as well as that of the mean. For accuracy@k it is McNemar's
exact test.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from harness.significance import RESAMPLES
from harness.significance.paired import Floats

_TIE: Final = 1e-9
"""Statistics (at most sqrt(N)) that lie no further apart are equal: what sums in another order may
differ by, so that another machine counts the same flips."""

_BLOCK: Final = 4_000_000
"""Signs that are held at a time."""


@dataclass(frozen=True, eq=False)
class SignFlips:
    """What the sign flips say.

    Attributes:
        p: float64 [M]; two-sided, of each measure by itself. Never 0.
        adjusted: float64 [M]; controls the chance of one false alarm or more over all measures.
        flips: how many were drawn, or all that there are.
        exact: whether they are all that there are.
    """

    p: Floats
    adjusted: Floats
    flips: int
    exact: bool


def sign_flips(differences: Floats, resamples: int = RESAMPLES, seed: int = 0) -> SignFlips:
    """The sign-flip test of each measure, and step-down max-T over all of them.

    Queries without any difference are left out first: a flip changes nothing of them, so that this
    is exact. Where so few queries are left that all flips can be counted, they are.

    Args:
        differences: float64 [N, M].
        resamples: sign flips to draw.
        seed: of the draw; the same differences and seed give the same p.
    """
    moved = differences[(differences != 0).any(axis=1)]
    size = np.sqrt((moved**2).sum(axis=0))
    scaled = np.divide(moved, size, out=np.zeros_like(moved), where=size > 0)
    exact = len(moved) < 60 and 2 ** len(moved) <= resamples + 1
    flips = 2 ** len(moved) if exact else resamples
    drawn = _all_signs(len(moved)) if exact else _drawn_signs(len(moved), flips, seed)
    null = np.concatenate([np.abs(signs @ scaled) for signs in drawn])
    observed = np.abs(scaled.sum(axis=0))
    # The flips of an exact test contain the identity; those that are drawn may not.
    given = 0 if exact else 1
    p = (given + (null >= observed - _TIE).sum(axis=0)) / (given + flips)
    return SignFlips(p, np.maximum(_step_down(null, observed, given), p), flips, exact)


def _step_down(null: Floats, observed: Floats, given: int) -> Floats:
    """Step-down max-T: each measure against the largest of those that are no stronger than it."""
    order = np.argsort(-observed, kind="stable")
    largest = np.maximum.accumulate(null[:, order[::-1]], axis=1)[:, ::-1]
    p = (given + (largest >= observed[order] - _TIE).sum(axis=0)) / (given + len(null))
    adjusted = np.empty(len(p))
    adjusted[order] = np.maximum.accumulate(p)
    return adjusted


def _all_signs(queries: int) -> Iterator[Floats]:
    """Every combination of signs, float64 [2 ** queries, queries] in one piece."""
    bits = np.arange(2**queries)[:, None] >> np.arange(queries)
    yield (1 - 2 * (bits & 1)).astype(np.float64)


def _drawn_signs(queries: int, flips: int, seed: int) -> Iterator[Floats]:
    """Signs by chance, float64 [some, queries] at a time."""
    chance = np.random.default_rng(seed)
    some = max(1, _BLOCK // queries)
    for start in range(0, flips, some):
        size = (min(some, flips - start), queries)
        yield (1 - 2 * chance.integers(0, 2, size, np.int8)).astype(np.float64)
