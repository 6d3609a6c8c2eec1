"""Systems to compare: a result, a run with judgements, or the scores of each query."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.claims.published import bare
from harness.comparison.per_query import PerQuery, beside, read_per_query, require_means
from harness.data.qrels import Qrels
from harness.data.run import Run
from harness.data.trec import read_run
from harness.errors import InputError
from harness.experiment.result import Result, read_result
from harness.measures import Policy, Scores, score
from harness.measures.names import Measure, deepest
from harness.system.foreign_files import is_file


@dataclass(frozen=True, eq=False)
class System:
    """What is compared.

    Attributes:
        name: what it is called by: the file.
        scores: of each query.
        result: what is known of it; None: only its scores are.
        run: its rankings, ordered as they were scored; None: not here.
        policy: by which it was scored; None: nobody says.
    """

    name: str
    scores: PerQuery
    result: Result | None = None
    run: Run | None = None
    policy: Policy | None = None


@dataclass(frozen=True, eq=False)
class Judging:
    """How runs are scored; results say it themselves.

    Attributes:
        qrels: the judgements; None: there are none, and a run cannot be compared.
        measures: what to compute.
        policy: ties, denominators and gains.
    """

    qrels: Qrels | None
    measures: tuple[Measure, ...]
    policy: Policy


def open_system(path: Path, judging: Judging) -> System:
    """Open one system by its file.

    Args:
        path: a result (.json, with its .per-query.csv beside it, and its run where there is one),
            per-query scores (.csv), or a run in TREC's format.
        judging: how a run is scored.

    Raises:
        InputError: it is none of these, or what belongs beside it is missing or of another result.
        UnreachableError: it cannot be read.
    """
    if path.suffix == ".json":
        return _of_result(path)
    if path.suffix == ".csv":
        return System(str(path), read_per_query(path))
    if judging.qrels is None:
        raise InputError(f"{path} is a run: give its judgements with --qrels.")
    run = read_run(path)
    ranked = score(run, judging.qrels, judging.measures, judging.policy)
    ordered = run.ordered(judging.policy.convention.ties)
    return System(str(path), scores_of(ranked), None, ordered, judging.policy)


def scores_of(ranked: Scores) -> PerQuery:
    """The scores of a ranking just scored."""
    return PerQuery(
        ranked.query_ids,
        tuple(ranked.per_query),
        np.stack(list(ranked.per_query.values()), axis=1),
    )


def _of_result(path: Path) -> System:
    result = read_result(path)
    queries = beside(path)
    if not is_file(queries):
        raise InputError(
            f"{path} has no scores of its queries beside it ({queries.name}): evaluate again, or "
            "give its run with --qrels."
        )
    scores = read_per_query(queries)
    require_result(scores, result, str(queries))
    rankings = path.with_name(f"{path.name.removesuffix('.json')}.run.gz")
    run = read_run(rankings) if is_file(rankings) else None
    policy = Policy(result.evaluation.policy, max(1, result.evaluation.relevance_level))
    ordered = None if run is None else run.ordered(policy.convention.ties)
    return System(str(path), scores, result, ordered, policy)


def require_result(scores: PerQuery, result: Result, source: str) -> None:
    """Refuse per-query scores that are not of a result.

    Raises:
        InputError: other means, or another number of queries.
    """
    if len(scores.query_ids) != result.counts.queries:
        raise InputError(
            f"{source} is not of the result beside it: it has {len(scores.query_ids)} queries and "
            f"the result {result.counts.queries}; evaluate again."
        )
    require_means(scores, {bare(key): value for key, value in result.scores.items()}, source)


def require_same_policy(base: System, new: System) -> None:
    """Refuse systems that were scored by unlike policies, as far as they say it.

    Raises:
        InputError: with both policies.
    """
    if None not in (base.result, new.result):
        return  # of whose tasks more is known, and compared
    if None not in (base.policy, new.policy) and base.policy != new.policy:
        raise InputError(
            f"{base.name} and {new.name} cannot be compared: the one is scored by the policy "
            f"{base.policy}, the other by {new.policy}; give --policy and --relevance-level."
        )


def require_alike_depths(base: System, new: System) -> None:
    """Refuse two runs of which one is too short for a measure that the other is long enough for.

    Raises:
        InputError: with both depths.
    """
    if base.run is None or new.run is None:
        return
    cutoff = deepest(Measure.parse(name) for name in base.scores.measures)
    depths = [int(np.diff(run.offsets).max(initial=0)) for run in (base.run, new.run)]
    if min(depths) < cutoff and depths[0] != depths[1] and None in (base.result, new.result):
        raise InputError(
            f"{new.name} ranks {depths[1]} documents for a query and {base.name} {depths[0]}, and "
            f"a measure looks at {cutoff}: compare runs of one depth, or measures at "
            f"{min(depths)} or less with --measures."
        )
