"""How alike the rankings of two systems are."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from harness.data.run import Run
from harness.significance.rankings import rbo

PERSISTENCE: Final = 0.9
"""Of RBO: the first ten ranks have 86 % of the weight."""

TOP: Final = 10


@dataclass(frozen=True)
class Overlap:
    """Agreement of the rankings of all queries.

    Attributes:
        queries: how many.
        mean_rbo, least_rbo: rank-biased overlap at persistence 0.9, extrapolated.
        equal_top: share of the queries with the same ten documents in the same order.
        equal: share with the same ranking throughout.
    """

    queries: int
    mean_rbo: float
    least_rbo: float
    equal_top: float
    equal: float


def overlap(base: Run, new: Run, query_ids: tuple[str, ...]) -> Overlap:
    """Compare two runs whose rankings stand in the order in which they were scored.

    Documents of equal score have been put in order by the policy, so no rank is shared.

    Args:
        base: one run.
        new: the other.
        query_ids: of which queries, one or more.
    """
    found, tops, equal = [], 0, 0
    for query_id in query_ids:
        one, other = list(base.docs(query_id)), list(new.docs(query_id))
        same = one == other
        equal += same
        tops += one[:TOP] == other[:TOP]
        found.append(1.0 if same else rbo([[d] for d in one], [[d] for d in other], PERSISTENCE))
    count = len(query_ids)
    return Overlap(count, float(np.mean(found)), min(found), tops / count, equal / count)
