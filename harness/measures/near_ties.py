"""Near-ties: neighbours of a ranking whose scores lie within their float32 error of each other.

Another processor, library or batch may rank such documents the other way round. That moves a
measure only where they are not of equal use to it: one relevant and one not, on both sides of a
cutoff. For queries that have such a chain of neighbours the ranking is scored twice more, with the
best order inside every chain and with the worst; every measure here only rises when a document of
higher gain moves up past one of lower gain, so that no other order lies outside the two (for exact
ties: McSherry and Najork, ECIR 2008, doi:10.1007/978-3-540-78646-7_38).

A document that shares no dimension with the query has the score 0 on every machine: those are no
near-ties of each other.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from harness.data.qrels import Qrels
from harness.data.run import Run
from harness.measures.intervals import UNIT, Float32Interval
from harness.measures.names import Measure
from harness.measures.policy import Policy
from harness.measures.scoring import Kernels, Scores, score

SCORE_ERROR: Final = 16.0
"""E = SCORE_ERROR 2^-24 (s + sum of the query's weights) for a document of score s; the distance of
two documents of one query may differ between two programs by no more than the sum of their E.

Measured, not proven, as `harness.encoder.float32` says of logits: among the hundred best documents
of each of CrowdRAG-25's 301 queries, under splade-tiny as MKL, MKL in its compatible mode and the
AVX2 kernels compute it, the largest was 7.3 of these units, of which twice as many are taken
(`python -m benchmarks.float32 --scores`, AMD EPYC)."""

MARGIN: Final = 16
"""How far below its depth a ranking is kept, for the documents that may stand at its last place."""

Use = Literal["gain", "bpref", "judged"]
"""What a measure looks at in a document."""

_SHOWN = 3  # near-ties named in one reason


class _Chain(NamedTuple):
    """Positions `start` to `end` of a run, all of one query, each within error of the next."""

    query: int
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class DeepRun:
    """A run that reaches `MARGIN` documents below the depth that is scored.

    Attributes:
        run: best first in the policy's order; scores are float32 dot products of non-negative
            vectors.
        depth: how many documents of each ranking are scored.
        weights: float64 [queries]; the sum of each query vector.
    """

    run: Run
    depth: int
    weights: npt.NDArray[np.float64]

    def first(self) -> Run:
        """The rankings down to the depth."""
        return _first(self.run, self.depth)


def ranking_intervals(
    deep: DeepRun,
    qrels: Qrels,
    measures: Sequence[Measure],
    policy: Policy,
    scores: Scores,
) -> dict[Measure, Float32Interval]:
    """The intervals of those measures that a near-tie leaves open.

    Args:
        deep: the rankings.
        qrels: the judgements.
        measures: what was computed.
        policy: the convention.
        scores: what `score` says of `deep.first()`.
    """
    found: dict[Measure, Float32Interval] = {}
    for use in ("gain", "bpref", "judged"):
        wanted = [measure for measure in measures if _use(measure) == use]
        mixed = _mixed(deep, qrels, policy, use) if wanted else {}
        if not mixed:
            continue
        ends = [
            _scored(deep, qrels, wanted, policy, scores.kernels, mixed, best=best)
            for best in (False, True)
        ]
        place = {query_id: n for n, query_id in enumerate(scores.query_ids)}
        places = [place[query_id] for query_id in ends[0].query_ids]
        for measure in wanted:
            interval = _interval(deep, mixed, scores, measure, ends, places)
            if interval is not None:
                found[measure] = interval
    return found


def _use(measure: Measure) -> Use:
    return measure.name if measure.name in ("bpref", "judged") else "gain"  # type: ignore[return-value]


def _worth(qrels: Qrels, query_id: str, policy: Policy, use: Use) -> Callable[[str], int]:
    """Of how much use a document is to a measure: the higher, the better it is ranked first."""
    grades: dict[str, int] = {}
    for doc_id, grade in qrels.by_query.get(query_id, ()):
        grades[doc_id] = max(grade, grades.get(doc_id, grade))

    def bpref(doc_id: str) -> int:
        # Judged and not relevant counts against those below it; a grade below 0 is not judged.
        grade = grades.get(doc_id, -1)
        return 1 if grade >= policy.level else -1 if grade >= 0 else 0

    if use == "bpref":
        return bpref
    if use == "judged":
        return lambda doc_id: int(doc_id in grades)
    return lambda doc_id: max(grades.get(doc_id, 0), 0)


def _mixed(deep: DeepRun, qrels: Qrels, policy: Policy, use: Use) -> dict[str, list[_Chain]]:
    """By query id, the chains of documents that are not all of one use; evaluated queries only."""
    run = deep.run
    found: dict[str, list[_Chain]] = {}
    worth: Callable[[str], int] | None = None
    last = -1
    for chain in _chains(deep):
        query_id = run.query_ids[chain.query]
        if query_id not in qrels.by_query:
            continue
        if chain.query != last:
            worth, last = _worth(qrels, query_id, policy, use), chain.query
        if worth is not None and len(set(map(worth, run.doc_ids[chain.start : chain.end]))) > 1:
            found.setdefault(query_id, []).append(chain)
    return found


def _chains(deep: DeepRun) -> Iterator[_Chain]:
    """Longest runs of neighbours that are near-ties, of which one is within the depth."""
    run, scores = deep.run, deep.run.scores
    lengths = np.diff(run.offsets)
    query = np.repeat(np.arange(len(run)), lengths)
    place = np.arange(len(scores)) - np.repeat(run.offsets[:-1], lengths)
    error = SCORE_ERROR * UNIT * (scores + deep.weights[query])
    near = (
        (query[1:] == query[:-1])
        & (scores[1:] > 0)
        & (scores[:-1] - scores[1:] <= error[:-1] + error[1:])
    )
    edges = np.diff(np.concatenate(([False], near, [False])).astype(np.int8))
    starts, ends = np.flatnonzero(edges > 0), np.flatnonzero(edges < 0) + 1
    inside = place[starts] < deep.depth
    for start, end in zip(starts[inside].tolist(), ends[inside].tolist(), strict=True):
        yield _Chain(int(query[start]), start, end)


def _scored(
    deep: DeepRun,
    qrels: Qrels,
    measures: Sequence[Measure],
    policy: Policy,
    kernels: Kernels,
    mixed: dict[str, list[_Chain]],
    *,
    best: bool,
) -> Scores:
    """The queries that have mixed chains, scored with the best or the worst order in each."""
    rankings = {}
    for query_id, chains in mixed.items():
        start, end = deep.run.offsets[chains[0].query : chains[0].query + 2].tolist()
        docs = list(deep.run.doc_ids[start:end])
        worth = _worth(qrels, query_id, policy, _use(measures[0]))
        for chain in chains:
            span = slice(chain.start - start, chain.end - start)
            docs[span] = sorted(docs[span], key=worth, reverse=best)
        kept = docs[: deep.depth]
        rankings[query_id] = [(doc_id, float(len(kept) - n)) for n, doc_id in enumerate(kept)]
    run = Run.from_rankings(deep.run.tag, rankings)
    judged = Qrels({query_id: qrels.by_query[query_id] for query_id in qrels if query_id in mixed})
    return score(run, judged, measures, policy, kernels=kernels)


def _interval(
    deep: DeepRun,
    mixed: dict[str, list[_Chain]],
    scores: Scores,
    measure: Measure,
    ends: Sequence[Scores],
    places: list[int],
) -> Float32Interval | None:
    """The interval of a mean, or None where no order of the near-ties moves it."""
    means = []
    for end in ends:
        values = scores.per_query[measure].copy()
        values[places] = end.per_query[measure]
        means.append(float(np.mean(values)))
    moved = ends[0].per_query[measure] != ends[1].per_query[measure]
    if not moved.any():
        return None
    names = [query_id for query_id, one in zip(ends[0].query_ids, moved, strict=True) if one]
    told = [_named(deep.run, query_id, mixed[query_id]) for query_id in names[:_SHOWN]]
    more = f" and of {len(names) - _SHOWN} more queries" if len(names) > _SHOWN else ""
    return Float32Interval(min(means), max(means), f"near-ties of {'; '.join(told)}{more}")


def _named(run: Run, query_id: str, chains: list[_Chain]) -> str:
    docs = [doc_id for chain in chains for doc_id in run.doc_ids[chain.start : chain.end]]
    more = f" and {len(docs) - 4} more" if len(docs) > 4 else ""
    return f"query {query_id} (documents {', '.join(docs[:4])}{more})"


def _first(run: Run, depth: int) -> Run:
    lengths = np.diff(run.offsets)
    if (lengths <= depth).all():
        return run
    place = np.arange(len(run.scores)) - np.repeat(run.offsets[:-1], lengths)
    kept = np.flatnonzero(place < depth)
    return Run(
        run.tag,
        run.query_ids,
        np.concatenate(([0], np.cumsum(np.minimum(lengths, depth)))),
        [run.doc_ids[n] for n in kept.tolist()],
        run.scores[kept],
        run.comments,
    )
