"""With how few relevant documents per query is each recall a whole count?"""

import math
from collections.abc import Sequence

import numpy as np

from harness.card.audit.counts import fits
from harness.card.audit.intervals import Interval
from harness.card.audit.verdict import GRIM, Finding

MOST_RELEVANT = 12
"""The largest number of relevant documents per query tried for recall."""


def recalls(printed: Sequence[Interval], queries: int) -> list[Finding]:
    """Say with how few relevant documents per query each recall@k is a whole count.

    Recall is a mean of hits / R with unknown R, so that no value is impossible: but when some
    cutoffs fit small R and others do not, one of them has probably been changed.
    """
    found = [p for p in printed if p.name == "recall" and p.full and p.value > 0]
    most = {p.measure: _most_relevant(p, queries) for p in found}
    known = [m for m in most.values() if m is not None]
    if not known:
        return []
    numbers = ", ".join(f"{name} {m or f'> {MOST_RELEVANT}'}" for name, m in most.items())
    odd = tuple(name for name, m in most.items() if m is None)
    suspicious = bool(odd) and len(known) > len(odd) and max(known) <= MOST_RELEVANT // 2
    return [
        Finding(
            "recall denominators",
            odd if suspicious else tuple(most),
            "suspicious" if suspicious else "consistent",
            f"at {queries:,} queries, whole with at most this many relevant per query: {numbers}",
            "recall@k is a mean of hits / R: times N lcm(1..m) it is whole when every R is <= m",
            GRIM,
        )
    ]


def _most_relevant(p: Interval, queries: int) -> int | None:
    """The smallest m for which value x queries x lcm(1..m) is whole."""
    for m in range(1, MOST_RELEVANT + 1):
        if fits(p, math.lcm(*range(1, m + 1)), np.array([queries]))[0]:
            return m
    return None
