"""Counts: for which numbers of queries can a printed mean be a whole count?

A mean over N queries of quantities that are multiples of 1/D is a multiple of 1/(D N). So
accuracy@k N, precision@k k N, MRR@k lcm(1..k) N and query_active_dims N are whole, and a digit that
was mistyped, rounded or made up seldom leaves all of them whole at the same N (Brown and Heathers,
"The GRIM test", 2017, doi:10.1177/1948550616673876).
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from harness.card.audit.intervals import Interval
from harness.card.audit.verdict import Finding

LIMIT = 1_000_000
"""The largest number of queries tried."""

# The unit roundoffs of double and single precision.
U64 = 2.0**-53
U32 = 2.0**-24

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]


class Search(NamedTuple):
    """The numbers of queries that fit, ascending, and the findings about them.

    Attributes:
        queries: those that were tried and fit.
        full: whether all counted measures are full doubles.
        findings: what follows.
        rest: how many more fit, all of them larger: no digits are too short for those.
    """

    queries: Numbers
    full: bool
    findings: tuple[Finding, ...]
    rest: int = 0


def enough(counted: Sequence[Interval]) -> int:
    """A number of queries from which on digits this short always fit."""
    least = min(p.half * denominator(p) for p in counted)
    return math.ceil(0.5 / least) if least else 10**12


def multiples(p: Interval, tried: Numbers) -> Numbers:
    """The numbers of queries at which a full double is whole.

    Two fractions of denominators up to a million differ by 1e-12, so that one at most is behind
    the double of an accuracy, and N is a multiple of its denominator.
    """
    if p.name != "accuracy" or tried.size < LIMIT:
        return tried[mask(p, tried)]
    fraction = Fraction(p.value).limit_denominator(LIMIT)
    if abs(float(fraction) - p.value) > 36 * U64 * p.value:
        return tried[:0]
    step = fraction.denominator
    return tried[step - 1 :: step]


def mask(p: Interval, queries: Numbers) -> Mask:
    """Whether a counted measure is whole, for ascending numbers of queries."""
    found = np.ones(queries.size, bool)
    few = int(np.searchsorted(queries, enough([p])))
    found[:few] = fits(p, denominator(p), queries[:few])
    return found


def denominator(p: Interval) -> int:
    """The D such that the measure is a multiple of 1/D for every single query."""
    if p.name == "mrr":
        return math.lcm(*range(1, p.cutoff + 1))
    return p.cutoff if p.name == "precision" else 1


def fits(p: Interval, per_query: int, queries: npt.NDArray[np.int64], blur: float = 0.0) -> Mask:
    """Whether value x per_query x queries can be whole, for every number of queries.

    The printed mean is off by its printed rounding, by `blur` (relative; float32 means) and by
    `_roundings` of float64, to which four are added for our own product.
    """
    scale = np.asarray(queries, dtype=np.float64) * float(per_query)
    whole = p.value * scale
    allowed = scale * p.half + whole * (blur + (_roundings(p, queries) + 4) * U64)
    return np.asarray(np.abs(whole - np.rint(whole)) <= allowed)


def _roundings(p: Interval, queries: npt.NDArray[np.int64]) -> npt.NDArray[np.float64] | float:
    """By how many U64, relative, the evaluator's own float64 arithmetic can be off.

    accuracy: one division of whole numbers. MRR: a sum in a loop, at most N - 1 (and no fewer to be
    safe: a thousand times 1/3 errs the same way each time), plus a term's own and the division.
    precision, recall: np.mean, which sums in blocks of 128 by eight accumulators and then
    pairwise, at most 15 + 3 + log2(N / 128); 8 sqrt(N) more is what another order of summation
    typically needs. 32 leaves room for a mean of such means (NanoBEIR's), whose N is then a
    common denominator and not a number of queries.
    """
    if p.name == "mrr":
        return np.asarray(queries + 32.0, dtype=np.float64)
    return 32.0 if p.name == "accuracy" else np.asarray(64.0 + 8 * np.sqrt(queries))
