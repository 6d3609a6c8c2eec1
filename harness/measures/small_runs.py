"""The kernels of ranx in plain numpy, equal to them to the last bit: for the start only.

Importing ranx takes a second and a half and compiling its kernels ten more, where scoring a run of
some thousand lines is a millisecond of numpy. So `harness.measures.score` takes this module for
runs up to `LARGEST` and ranx for all others; `harness.pipeline.evaluate` always takes ranx. What is
computed is said by the definitions; here it only has to be the same numbers, for which three things
matter:

- sums run from the first rank to the last, one term after another: `np.bincount` adds so, `np.sum`
  (pairwise) does not; terms of 0 between them change nothing;
- `math.log2` is the C library's, which numba calls too; `np.log2` has a vector version of its own
  that differs in the last place for one number in 20,000;
- numba raises to a whole power by repeated squaring, which the C library's `pow` rounds otherwise.
"""

import math
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from harness.measures.names import Measure
from harness.measures.relevant import Relevant

Scores = npt.NDArray[np.float64]

LARGEST: Final = 1_000_000
"""Lines of a run up to which `harness.measures.score` takes this module. Measured on 2 cores (AMD)
with the card's fifteen measures: of 1,000 queries x 1,000 documents with 200 judgements each,
reading takes 0.9 s, scoring 0.14 s here and 0.25 s by ranx, of 43 x 1,000 it is 0.05 s and 0.01 s.
Importing ranx takes 1.5 s whatever the size, and its kernels 13 s once on each machine: below this
many lines that is more than all the work."""


def compute(kernel: str, relevant: Relevant, measure: Measure) -> npt.NDArray[np.float64]:
    """One measure of every query; as `harness.measures.ranx_kernels.compute`, without a compiler.

    Args:
        kernel: the name of a function of `ranx.metrics`, one of `KERNELS`.
        relevant: what was relevant, and where it was ranked.
        measure: its cutoff says how far down the rankings are looked at.

    Returns:
        float64 [queries]; 0 where nothing is relevant.
    """
    return KERNELS[kernel](relevant, measure)


def _found(relevant: Relevant, measure: Measure) -> npt.NDArray[np.bool_]:
    """Which documents are in their ranking, within the cutoff (bool [n])."""
    cutoff = relevant.depth if measure.cutoff is None else measure.cutoff
    return relevant.ranks < min(cutoff, relevant.depth)


def _hits(relevant: Relevant, measure: Measure) -> Scores:
    found = relevant.query[_found(relevant, measure)]
    return np.bincount(found, minlength=len(relevant.counts)).astype(np.float64)


def _divided(dividend: Scores, divisor: npt.NDArray[np.generic]) -> Scores:
    """The quotient, and 0 where the divisor is 0."""
    quotient = np.zeros(len(dividend))
    np.divide(dividend, divisor, out=quotient, where=divisor != 0)
    return quotient


def _hit_rate(relevant: Relevant, measure: Measure) -> Scores:
    return (_hits(relevant, measure) > 0).astype(np.float64)


def _precision(relevant: Relevant, measure: Measure) -> Scores:
    return np.asarray(_hits(relevant, measure) / float(measure.cutoff or 0))


def _recall(relevant: Relevant, measure: Measure) -> Scores:
    return _divided(_hits(relevant, measure), relevant.counts)


def _f1(relevant: Relevant, measure: Measure) -> Scores:
    precision, recall = _precision(relevant, measure), _recall(relevant, measure)
    return 2 * _divided(precision * recall, precision + recall)


def _reciprocal_rank(relevant: Relevant, measure: Measure) -> Scores:
    best = relevant.first(1)
    found = _found(best, measure)
    scores = np.zeros(len(best.counts))
    scores[best.query[found]] = 1 / (best.ranks[found] + 1)
    return scores


def _average_precision(relevant: Relevant, measure: Measure) -> Scores:
    found = _found(relevant, measure)  # best ranked first, so that a row's number counts the hits
    precisions = (relevant.row[found] + 1) / (relevant.ranks[found] + 1)
    return _divided(_sums(relevant, relevant.query[found], precisions), relevant.counts)


def _r_precision(relevant: Relevant, measure: Measure) -> Scores:
    query = relevant.query
    found = _found(relevant, measure) & (relevant.ranks < relevant.counts[query])
    hits = np.bincount(query[found], minlength=len(relevant.counts)).astype(np.float64)
    return _divided(hits, relevant.counts)


def _rank_biased_precision(relevant: Relevant, measure: Measure) -> Scores:
    p = float(measure.p or 0)
    found = _found(relevant, measure)
    weights = _powers(p, relevant.ranks[found])
    return np.asarray((1 - p) * _sums(relevant, relevant.query[found], weights))


def _powers(number: float, exponents: npt.NDArray[np.int64]) -> Scores:
    """A number to whole powers as numba computes them (numba/cpython/numbers.py, int_power)."""
    powers, left, square = np.ones(len(exponents)), exponents.copy(), number
    while left.any():
        powers[left & 1 > 0] *= square
        square *= square
        left >>= 1
    for place in np.flatnonzero(exponents > 0x10000).tolist():
        powers[place] = math.pow(number, float(exponents[place]))
    return powers


def _dcg(relevant: Relevant, measure: Measure) -> Scores:
    return _cumulative_gain(relevant, measure, _linear)


def _dcg_burges(relevant: Relevant, measure: Measure) -> Scores:
    return _cumulative_gain(relevant, measure, _exponential)


def _ndcg(relevant: Relevant, measure: Measure) -> Scores:
    ideal = _cumulative_gain(_ideal(relevant), measure, _linear)
    return _divided(_dcg(relevant, measure), ideal)


def _ndcg_burges(relevant: Relevant, measure: Measure) -> Scores:
    ideal = _cumulative_gain(_ideal(relevant), measure, _exponential)
    return _divided(_dcg_burges(relevant, measure), ideal)


def _ideal(relevant: Relevant) -> Relevant:
    """The relevant documents where the best possible ranking has them: in their order, on top."""
    deepest = int(relevant.counts.max(initial=0))
    return Relevant(relevant.offsets, relevant.row, relevant.gains, deepest)


def _cumulative_gain(
    relevant: Relevant, measure: Measure, weigh: Callable[[npt.NDArray[np.int64]], Scores]
) -> Scores:
    found = np.flatnonzero(_found(relevant, measure))
    # Gains stand highest first; a sum runs from the first rank to the last.
    found = found[np.lexsort((relevant.ranks[found], relevant.query[found]))]
    ranks = relevant.ranks[found]
    discounts = np.array([math.log2(rank + 2) for rank in range(int(ranks.max(initial=-1)) + 1)])
    gains = weigh(relevant.gains[found])
    return _sums(relevant, relevant.query[found], gains / discounts[ranks])


def _linear(gains: npt.NDArray[np.int64]) -> Scores:
    return gains.astype(np.float64)


def _exponential(gains: npt.NDArray[np.int64]) -> Scores:
    return np.asarray(np.ldexp(1.0, gains) - 1)


def _sums(relevant: Relevant, query: npt.NDArray[np.int64], terms: Scores) -> Scores:
    """float64 [queries]: the terms of each query, added one after another from the first."""
    return np.asarray(
        np.bincount(query, weights=terms, minlength=len(relevant.counts)), dtype=np.float64
    )


KERNELS: Final[Mapping[str, Callable[[Relevant, Measure], Scores]]] = {
    "average_precision": _average_precision,
    "dcg": _dcg,
    "dcg_burges": _dcg_burges,
    "f1": _f1,
    "hit_rate": _hit_rate,
    "hits": _hits,
    "ndcg": _ndcg,
    "ndcg_burges": _ndcg_burges,
    "precision": _precision,
    "r_precision": _r_precision,
    "rank_biased_precision": _rank_biased_precision,
    "recall": _recall,
    "reciprocal_rank": _reciprocal_rank,
}
"""A twin of each function of `ranx.metrics` that the definitions name."""
