"""Measures of judged documents, relevant or not: bpref and judged@k, in numpy on every path.

Unlike all other measures these look at documents that were judged and found not relevant, so they
walk through the rankings by themselves. `harness.measures.definitions` says why ranx computes
neither.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from harness.data.qrels import Qrels
from harness.data.run import Run
from harness.measures.names import Measure


@dataclass(frozen=True, eq=False)
class JudgedRanks:
    """The retrieved documents that have a judgement, in ragged columns, best ranked first.

    A document listed twice is retrieved once, relevant if one of its judgements is.

    Attributes:
        query: int64 [n]; the number of the query that each belongs to, ascending.
        ranks: int64 [n]; counted from 0.
        grades: int64 [n]; the highest where a document is listed twice.
        lengths: int64 [queries]; how many documents each query's ranking holds.
        relevant: int64 [queries]; R: judgements of the relevance level or more.
        nonrelevant: int64 [queries]; N: documents of grade 0 up to the level. Below 0 is neither:
            trec_eval takes it for a document of the pool that nobody judged.
        level: the lowest grade that is relevant.
    """

    query: npt.NDArray[np.int64]
    ranks: npt.NDArray[np.int64]
    grades: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]
    relevant: npt.NDArray[np.int64]
    nonrelevant: npt.NDArray[np.int64]
    level: int


def rank_judged(run: Run, qrels: Qrels, query_ids: tuple[str, ...], level: int) -> JudgedRanks:
    """Find the judged documents of queries in their rankings.

    Args:
        run: the rankings, in the policy's order of ties.
        qrels: the judgements.
        query_ids: the evaluated queries.
        level: the lowest grade that is relevant.
    """
    query: list[int] = []
    ranks: list[int] = []
    grades: list[int] = []
    counts: list[tuple[int, int, int]] = []
    for number, query_id in enumerate(query_ids):
        best: dict[str, int] = {}
        for doc_id, grade in qrels.by_query[query_id]:
            best[doc_id] = max(grade, best.get(doc_id, grade))
        ranking = run.docs(query_id)
        found = [(rank, best[doc_id]) for rank, doc_id in enumerate(ranking) if doc_id in best]
        query += [number] * len(found)
        ranks += [rank for rank, _ in found]
        grades += [grade for _, grade in found]
        nonrelevant = sum(0 <= grade < level for grade in best.values())
        counts.append((len(ranking), len(qrels.relevant(query_id, level)), nonrelevant))
    lengths, relevant, others = np.array(counts, dtype=np.int64).T
    return JudgedRanks(
        np.array(query, dtype=np.int64),
        np.array(ranks, dtype=np.int64),
        np.array(grades, dtype=np.int64),
        lengths,
        relevant,
        others,
        level,
    )


def compute(kernel: str, judged: JudgedRanks, measure: Measure) -> npt.NDArray[np.float64]:
    """One measure of every query.

    Args:
        kernel: one of `KERNELS`.
        judged: what was judged, and where it was ranked.
        measure: its cutoff says how far down the rankings are looked at.

    Returns:
        float64 [queries]; 0 where nothing is relevant (bpref) or retrieved (judged).
    """
    return KERNELS[kernel](judged, measure)


def _bpref(judged: JudgedRanks, measure: Measure) -> npt.NDArray[np.float64]:  # noqa: ARG001 - takes none
    is_relevant = judged.grades >= judged.level
    is_other = (judged.grades >= 0) & ~is_relevant
    query = judged.query[is_relevant]
    # How many of the query's other judged documents are ranked before each relevant one.
    so_far = np.cumsum(is_other)
    before = np.concatenate(([0], so_far))[np.searchsorted(judged.query, query)]
    others: npt.NDArray[np.int64] = so_far[is_relevant] - before
    least = np.minimum(judged.nonrelevant, judged.relevant)[query]
    kept = 1 - np.minimum(others, judged.relevant[query]) / np.maximum(least, 1)
    sums = np.bincount(query, weights=kept, minlength=len(judged.relevant))
    return np.asarray(sums / np.maximum(judged.relevant, 1))


def _judged(judged: JudgedRanks, measure: Measure) -> npt.NDArray[np.float64]:
    cutoff = measure.cutoff or 0
    found = judged.query[judged.ranks < cutoff]
    counts = np.bincount(found, minlength=len(judged.lengths))
    return np.asarray(counts / np.maximum(np.minimum(judged.lengths, cutoff), 1))


KERNELS: Final[Mapping[str, Callable[[JudgedRanks, Measure], npt.NDArray[np.float64]]]] = {
    "bpref": _bpref,
    "judged": _judged,
}
