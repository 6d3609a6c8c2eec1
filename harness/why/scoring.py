"""One measure of every query under each rule that can move it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from harness.measures import judged, small_runs
from harness.measures.definitions import TABLE
from harness.measures.names import Measure
from harness.measures.relevant import Relevant
from harness.measures.scoring import MOST_EXPONENT
from harness.why.placed import Judgements, Placed
from harness.why.rules import GAINS, MAP, MRR, PRECISION, RECALL, Aspect
from harness.why.tables import ABSENT

PerQuery = npt.NDArray[np.float64]

OWN_ASPECT: Final[Mapping[str, Aspect]] = {
    "ndcg": GAINS,
    "dcg": GAINS,
    "map": MAP,
    "recall": RECALL,
    "mrr": MRR,
    "precision": PRECISION,
}
"""The aspect that moves one measure alone, by its name; all other aspects move every measure."""


class JudgedAtLevel:
    """The judgements of one placement at one relevance level, as kernels want them."""

    def __init__(
        self, judgements: Judgements, spot: Placed, level: int, *, repeats: bool, graded: bool
    ) -> None:
        """Select the judgements.

        Args:
            judgements: all of them.
            spot: where they stand.
            level: the lowest relevant grade.
            repeats: whether a second mention of a document counts.
            graded: whether gains of every grade above 0 can be asked for.
        """
        self.judgements, self.spot, self.level = judgements, spot, level
        self.counted = np.ones(len(judgements.query), bool) if repeats else judgements.first
        self.queries = len(judgements.query_ids)
        chosen = self.counted & (judgements.grade >= level)
        self.binary = self._relevant(chosen, np.ones_like(judgements.grade))
        self.graded = self.binary
        if graded:
            self.graded = self._relevant(self.counted & (judgements.grade > 0), judgements.grade)

    def _relevant(self, chosen: npt.NDArray[np.bool_], gain: npt.NDArray[np.int64]) -> Relevant:
        at = np.flatnonzero(chosen)
        query, ranks = self.judgements.query[at], self.spot.ranks[at]
        order = np.lexsort((ranks, -gain[at], query))
        counts = np.bincount(query, minlength=self.queries)
        offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        return Relevant(offsets, ranks[order], gain[at][order], ABSENT)

    def judged_ranks(self) -> judged.JudgedRanks:
        """What bpref and judged@k look at."""
        own = self.judgements
        at = np.flatnonzero(own.first & (self.spot.ranks < ABSENT))
        at = at[np.lexsort((self.spot.ranks[at], own.query[at]))]
        others = own.first & (own.grade >= 0) & (own.grade < self.level)
        return judged.JudgedRanks(
            own.query[at],
            self.spot.ranks[at],
            own.grade[at],
            self.spot.lengths,
            self.binary.counts,
            np.bincount(own.query[others], minlength=self.queries),
            self.level,
        )


def rules_of(measure: Measure) -> tuple[str, ...]:
    """The rules of the aspect that moves this measure alone; one empty name where none does."""
    aspect = OWN_ASPECT.get(measure.name)
    return ("",) if aspect is None else tuple(rule.name for rule in aspect.rules)


def per_query(measure: Measure, found: JudgedAtLevel) -> Sequence[PerQuery]:
    """The measure of every query, float64 [queries], for each of `rules_of` in their order."""
    if TABLE[measure.name].documents == "judged":
        return [judged.compute(TABLE[measure.name].kernel, found.judged_ranks(), measure)]
    if measure.name in _BY_RULE:
        return _BY_RULE[measure.name](measure, found)
    return [_of(TABLE[measure.name].kernel, found.binary, measure)]


def _mrr(measure: Measure, found: JudgedAtLevel) -> Sequence[PerQuery]:
    whole = Measure(measure.name, ABSENT)
    return [_of("reciprocal_rank", found.binary, one) for one in (measure, whole)]


def _precision(measure: Measure, found: JudgedAtLevel) -> Sequence[PerQuery]:
    hits = _of("hits", found.binary, measure)
    cutoff = measure.cutoff or 1
    retrieved = np.maximum(np.minimum(found.spot.lengths, cutoff), 1)
    return [hits / cutoff, hits / retrieved]


def _of(kernel: str, relevant: Relevant, measure: Measure) -> PerQuery:
    return small_runs.compute(kernel, relevant, measure)


def _gains(measure: Measure, found: JudgedAtLevel) -> Sequence[PerQuery]:
    burges = Measure(f"{measure.name}_burges", measure.cutoff)
    return [
        _of(measure.name, found.binary, measure),
        _of(measure.name, found.graded, measure),
        _exponential(burges, found),
    ]


def _burges(measure: Measure, found: JudgedAtLevel) -> Sequence[PerQuery]:
    return [_exponential(measure, found)]


def _exponential(measure: Measure, found: JudgedAtLevel) -> PerQuery:
    if int(found.graded.gains.max(initial=0)) > MOST_EXPONENT:
        return np.full(found.queries, np.nan)
    return _of(measure.name, found.graded, measure)


def _map(measure: Measure, found: JudgedAtLevel) -> Sequence[PerQuery]:
    relevant = found.binary
    by_all = _of("average_precision", relevant, measure)
    total = by_all * relevant.counts
    hits = _of("hits", relevant, measure)
    capped = np.minimum(relevant.counts, measure.cutoff or 1)
    return [total / np.maximum(capped, 1), by_all, total / np.maximum(hits, 1)]


def _recall(measure: Measure, found: JudgedAtLevel) -> Sequence[PerQuery]:
    relevant = found.binary
    hits = _of("hits", relevant, measure)
    capped = np.minimum(relevant.counts, measure.cutoff or 1)
    return [
        hits / np.maximum(relevant.counts, 1),
        hits / np.maximum(capped, 1),
        (hits > 0).astype(np.float64),
    ]


_BY_RULE: Final[Mapping[str, Callable[[Measure, JudgedAtLevel], Sequence[PerQuery]]]] = {
    "ndcg": _gains,
    "dcg": _gains,
    "ndcg_burges": _burges,
    "dcg_burges": _burges,
    "map": _map,
    "recall": _recall,
    "mrr": _mrr,
    "precision": _precision,
}
"""Measures that are not the kernel of their definition alone, each of its rules in turn."""
