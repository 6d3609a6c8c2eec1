"""Scores of a run against judgements. Reading order: policy, definitions, judged, ranx_door.

`harness.measures.sparsity` stands apart: it measures the vectors and not the ranking.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.data.qrels import Qrels
from harness.data.run import Run
from harness.errors import InputError
from harness.measures import ranx_kernels as ranx_door
from harness.measures.definitions import TABLE
from harness.measures.hits import RelevantRanks, rank_relevant
from harness.measures.names import Measure
from harness.measures.policy import Policy

__all__ = ["Counts", "Policy", "Scores", "evaluate"]


@dataclass(frozen=True)
class Counts:
    """What the means were taken over.

    Attributes:
        queries: evaluated queries.
        unanswered: those of them with no ranking, or an empty one; each scores 0.
        unjudged_queries: queries of the run that the qrels lack; not evaluated.
        no_relevant: queries of the qrels without a document of the relevance level; evaluated under
            `trec` (0 in every binary measure), not under `st`.
    """

    queries: int
    unanswered: int
    unjudged_queries: int
    no_relevant: int


@dataclass(frozen=True, eq=False)
class Scores:
    """What `evaluate` found.

    Attributes:
        query_ids: the evaluated queries, in the order of the qrels.
        per_query: float64 [queries] for each measure.
        means: the mean of each measure over all evaluated queries.
        counts: how many queries that were, and which were not.
    """

    query_ids: tuple[str, ...]
    per_query: Mapping[Measure, npt.NDArray[np.float64]]
    means: Mapping[Measure, float]
    counts: Counts


def evaluate(run: Run, qrels: Qrels, measures: Sequence[Measure], policy: Policy) -> Scores:
    """Score a run.

    Args:
        run: the rankings; they are brought into the policy's order of ties first.
        qrels: the judgements; they alone decide which queries are evaluated, so whoever takes some
            of the queries only must take their judgements only.
        measures: what to compute.
        policy: the convention.

    Raises:
        InputError: no query can be evaluated, the run answers other queries only, or the qrels do
            not fit the policy.
        UnreachableError: numba finds no folder for its compiled kernels.
    """
    answered = {
        query_id
        for query_id, (start, end) in zip(run.query_ids, run.spans(), strict=True)
        if end > start
    }
    if answered and answered.isdisjoint(qrels):
        raise InputError(
            f"The run answers none of the judged queries: it has '{min(answered)}' where the qrels "
            f"have '{min(qrels)}'; these are not the judgements of this run."
        )
    found = rank_relevant(
        run, qrels, policy, max((measure.cutoff for measure in measures), default=1)
    )
    per_query = {measure: _per_query(measure, found, policy) for measure in measures}
    return Scores(
        found.query_ids,
        per_query,
        {measure: float(np.mean(scores)) for measure, scores in per_query.items()},
        Counts(
            len(found.query_ids),
            sum(query_id not in answered for query_id in found.query_ids),
            sum(query_id not in qrels.by_query for query_id in run.query_ids),
            sum(not qrels.relevant(query_id, policy.level) for query_id in qrels),
        ),
    )


def _per_query(measure: Measure, found: RelevantRanks, policy: Policy) -> npt.NDArray[np.float64]:
    definition = TABLE[measure.name]
    match definition.st if policy.name == "st" else definition.trec:
        case "graded":
            documents = found.graded
        case "within cutoff":
            documents = found.binary.first(measure.cutoff)
        case "relevant":
            documents = found.binary
    return ranx_door.score(definition.kernel, documents, measure.cutoff)
