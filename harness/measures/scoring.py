"""Score a run against judgements: every measure, of each query and in the mean."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import numpy.typing as npt

from harness.data.inputs import frame
from harness.data.qrels import Qrels
from harness.data.run import Run
from harness.errors import InputError
from harness.measures import judged, ranx_kernels, small_runs
from harness.measures.by_measure import ByMeasure
from harness.measures.definitions import TABLE, Documents
from harness.measures.hits import RelevantRanks, rank_relevant
from harness.measures.names import Measure, deepest
from harness.measures.policy import Policy
from harness.measures.relevant import Relevant

if TYPE_CHECKING:
    from harness.data.inputs import DataFrame

Kernels = Literal["ranx", "numpy"]
"""What computes the measures: `harness.measures.ranx_kernels` or `harness.measures.small_runs`."""

MOST_EXPONENT: Final = 900
"""The highest grade g whose gain 2^g still adds up to a double: 2^30 of them are below 2^1024."""

_COMPUTE: dict[Kernels, Callable[[str, Relevant, Measure], npt.NDArray[np.float64]]] = {
    "ranx": ranx_kernels.compute,
    "numpy": small_runs.compute,
}


@dataclass(frozen=True)
class Counts:
    """What the means were taken over.

    Attributes:
        queries: evaluated queries.
        unanswered: those of them with no ranking, or an empty one; each scores 0.
        unjudged_queries: queries of the run that the qrels lack; not evaluated.
        no_relevant: queries of the qrels without a document of the relevance level; where the
            policy evaluates all that are judged they score 0 in every binary measure, elsewhere
            they are not evaluated.
    """

    queries: int
    unanswered: int
    unjudged_queries: int
    no_relevant: int


@dataclass(frozen=True, eq=False)
class Scores:
    """What `score` found.

    Attributes:
        query_ids: the evaluated queries, in the order of the qrels.
        per_query: float64 [queries] for each measure.
        means: the mean of each measure over all evaluated queries.
        counts: how many queries that were, and which were not.
        kernels: what computed the measures; the numbers are the same.
    """

    query_ids: tuple[str, ...]
    per_query: ByMeasure[npt.NDArray[np.float64]]
    means: ByMeasure[float]
    counts: Counts
    kernels: Kernels

    def to_frame(self) -> "DataFrame":
        """A row for each query, a column for each measure; the index is the query's id."""
        table = frame({"query_id": query_id} for query_id in self.query_ids)
        return table.assign(**self.per_query).set_index("query_id")

    def __str__(self) -> str:
        width = max(map(len, self.means), default=0)
        return "\n".join(f"{name:{width}}  {mean:.6f}" for name, mean in self.means.items())

    def _repr_html_(self) -> str:
        rows = ({"measure": name, "mean": mean} for name, mean in self.means.items())
        return str(frame(rows).to_html(index=False))


def score(
    run: Run,
    qrels: Qrels,
    measures: Sequence[Measure],
    policy: Policy,
    *,
    kernels: Kernels | None = None,
) -> Scores:
    """Score a run.

    Args:
        run: the rankings; they are brought into the policy's order of ties first.
        qrels: the judgements; they alone decide which queries are evaluated, so whoever takes some
            of the queries only must take their judgements only.
        measures: what to compute.
        policy: the convention.
        kernels: what computes the measures, the same to the last bit; None: numpy for a run of up
            to `harness.measures.small_runs.LARGEST` lines, ranx for all others.

    Raises:
        InputError: no query can be evaluated, the run answers other queries only, or the qrels do
            not fit the policy or a measure.
        UnreachableError: numba finds no folder for its compiled kernels.
    """
    if kernels is None:
        kernels = "numpy" if len(run.doc_ids) <= small_runs.LARGEST else "ranx"
    answered = _answered(run, qrels)
    ordered = run.ordered(policy.convention.ties)
    everything = any(measure.cutoff is None for measure in measures)
    depth = len(run.doc_ids) if everything else deepest(measures)
    found = rank_relevant(ordered, qrels, policy, depth)
    per_query = _per_query(ordered, qrels, measures, policy, found, kernels)
    return Scores(
        found.query_ids,
        ByMeasure(per_query),
        ByMeasure({measure: float(np.mean(scores)) for measure, scores in per_query.items()}),
        Counts(
            len(found.query_ids),
            sum(query_id not in answered for query_id in found.query_ids),
            sum(query_id not in qrels.by_query for query_id in run.query_ids),
            sum(not qrels.relevant(query_id, policy.level) for query_id in qrels),
        ),
        kernels,
    )


def _answered(run: Run, qrels: Qrels) -> set[str]:
    """The queries with a ranking that is not empty."""
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
    return answered


def _per_query(
    run: Run,
    qrels: Qrels,
    measures: Sequence[Measure],
    policy: Policy,
    found: RelevantRanks,
    kernels: Kernels,
) -> dict[Measure, npt.NDArray[np.float64]]:
    compute = _COMPUTE[kernels]
    scores = {}
    ranks: judged.JudgedRanks | None = None
    for measure in measures:
        definition = TABLE[measure.name]
        if definition.documents == "judged":
            ranks = ranks or judged.rank_judged(run, qrels, found.query_ids, policy.level)
            scores[measure] = judged.compute(definition.kernel, ranks, measure)
            continue
        documents = _documents(definition.documents, found, policy, measure)
        if definition.exponential and int(documents.gains.max(initial=0)) > MOST_EXPONENT:
            raise InputError(
                f"{measure} weighs a document by two to the power of its grade, and the qrels have "
                f"the grade {documents.gains.max()}: choose ndcg or dcg, or grades of at most "
                f"{MOST_EXPONENT}."
            )
        scores[measure] = compute(definition.kernel, documents, measure)
    return scores


def _documents(
    which: Documents, found: RelevantRanks, policy: Policy, measure: Measure
) -> Relevant:
    if which == "graded":
        return found.graded
    if which == "capped" and policy.convention.caps_map and measure.cutoff is not None:
        return found.binary.first(measure.cutoff)
    return found.binary
