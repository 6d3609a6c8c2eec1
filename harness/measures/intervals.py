"""The float32 interval of a score: within what another processor, library or batch may print it.

Two correct programs give vectors that differ in their last bits. A measure of the ranking feels
that where two documents lie closer than the error of their scores and only one is relevant
(`harness.measures.near_ties`); everywhere else it has one value. A measure of the vectors feels it
where a logit lies within its error of zero (`NearZero`), and in how a program adds: the bounds
below are of sentence-transformers, which counts in float32.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from harness.errors import InputError
from harness.measures.sparsity import Activity, sparsity
from harness.system.records import CLOSED

UNIT: Final = 2.0**-24
"""Half a unit in the last place of a float32, relative."""

MEAN_ERROR: Final = 2 * UNIT
"""Relative, of a mean of whole numbers whose sum float32 holds exactly: one division, and the mean
over the chunks of a corpus."""

LONG_MEAN_ERROR: Final = 64 * UNIT
"""The same where the sum of a chunk goes beyond 2^24 and is rounded on the way, in torch's four
levels of partial sums."""

CHUNK: Final = 50_000
"""Documents whose counts sentence-transformers adds in float32 at a time."""

FLOPS_ERROR: Final = 1e-5
"""Relative, of avg_flops: a float32 dot product of two vectors of the vocabulary's size, all of
whose terms are 0 or more. Up to 1.8e-6 was seen among 303 subsets of CrowdRAG-25 (30,522 terms)."""


@dataclass(frozen=True)
class Interval:
    """Within what a score may be printed by another correct program.

    Attributes:
        low, high: the ends, in the scale of the score, both included.
        because: what leaves it open: near-ties by their ids, or how many entries are near zero.

    Raises:
        InputError: the ends are not in order, or not finite.
    """

    __pydantic_config__ = CLOSED

    low: float
    high: float
    because: str = ""

    def __post_init__(self) -> None:
        if not -np.inf < self.low <= self.high < np.inf:
            raise InputError(
                f"An interval from {self.low} to {self.high} is none; two finite ends in order are "
                "needed."
            )


def sparsity_intervals(query: Activity, corpus: Activity) -> dict[str, Interval]:
    """The interval of each measure that `sparsity` gives of the same activities.

    Active dims may lose the entries near zero that are active and gain those that are not; the
    ratios follow from them; avg_flops moves with the rates of the same dimensions.

    Raises:
        InputError: as `sparsity`.
    """
    ends = [
        sparsity(query.without_near(), corpus.without_near()),
        sparsity(query.with_near(), corpus.with_near()),
    ]
    low, high = ends
    found: dict[str, Interval] = {}
    for side, one in (("query", query), ("corpus", corpus)):
        error = _mean_error(one)
        few = low[f"{side}_active_dims"] * (1 - error)
        many = high[f"{side}_active_dims"] * (1 + error)
        why = _entries(one)
        vocab = len(one.counts)
        found[f"{side}_active_dims"] = Interval(few, many, why)
        found[f"{side}_sparsity_ratio"] = Interval(1 - many / vocab, 1 - few / vocab, why)
    found["avg_flops"] = Interval(
        low["avg_flops"] * (1 - FLOPS_ERROR),
        high["avg_flops"] * (1 + FLOPS_ERROR),
        _entries(query + corpus) if len(query.counts) == len(corpus.counts) else "",
    )
    return found


def _mean_error(one: Activity) -> float:
    exact = one.active_dims * min(one.rows, CHUNK) < 2**24
    return MEAN_ERROR if exact else LONG_MEAN_ERROR


def _entries(one: Activity) -> str:
    near = int(one.gains.sum() + one.loses.sum())
    if not near:
        return "float32 sums"
    entries = "entry is" if near == 1 else "entries are"
    return f"{near:,} {entries} within float32 error of zero"


def mean_interval(parts: Sequence[Interval], weights: Sequence[float]) -> Interval:
    """The interval of a weighted mean: its ends are the means of the ends.

    Args:
        parts: the interval of each score; of one that nothing leaves open both ends are the score.
        weights: of the parts, above 0.
    """
    total = math.fsum(weights)
    low = math.fsum(w * part.low for w, part in zip(weights, parts, strict=True)) / total
    high = math.fsum(w * part.high for w, part in zip(weights, parts, strict=True)) / total
    told = dict.fromkeys(part.because for part in parts if part.because)
    return Interval(low, high, "; ".join(told))
