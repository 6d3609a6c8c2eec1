"""Systems brought to the same queries and measures."""

from collections.abc import Sequence

import numpy as np

from harness.claims.published import bare
from harness.comparison.systems import System, require_alike_depths, require_same_policy
from harness.errors import InputError
from harness.measures.definitions import TABLE
from harness.significance.paired import PairedScores


def pair(base: System, new: System) -> PairedScores:
    """The scores of two systems query by query, in the order of the first.

    Raises:
        InputError: a query that only one of them has, no measure in common, unlike policies, or
            runs of unlike depths.
    """
    measures = common_measures((base, new))
    require_same_queries(base, new)
    require_same_policy(base, new)
    require_alike_depths(base, new)
    places = {query_id: place for place, query_id in enumerate(new.scores.query_ids)}
    order = [places[query_id] for query_id in base.scores.query_ids]
    return PairedScores(
        base.scores.query_ids,
        measures,
        base.scores.values[:, _columns(base, measures)],
        new.scores.values[np.ix_(order, _columns(new, measures))],
    )


def common_measures(systems: Sequence[System]) -> tuple[str, ...]:
    """The measures that all systems have, in the order of the first.

    Raises:
        InputError: there is none.
    """
    first, *others = systems
    common = tuple(
        name for name in first.scores.measures if all(name in o.scores.measures for o in others)
    )
    if not common:
        raise InputError(
            f"{first.name} and {others[0].name} have no measure in common: the one has "
            f"{', '.join(first.scores.measures)}, the other {', '.join(others[0].scores.measures)}."
        )
    return common


def require_same_queries(base: System, new: System) -> None:
    """Refuse systems of other queries.

    Raises:
        InputError: with a query that one of them lacks.
    """
    theirs, ours = set(base.scores.query_ids), set(new.scores.query_ids)
    if theirs == ours:
        return
    has, lacks, query_id = (
        (base, new, min(theirs - ours)) if theirs - ours else (new, base, min(ours - theirs))
    )
    raise InputError(
        f"{base.name} and {new.name} cannot be compared: {has.name} has the query '{query_id}' and "
        f"{lacks.name} has not ({len(theirs)} and {len(ours)} queries, {len(theirs & ours)} in "
        "common); systems are compared on the same queries."
    )


def chosen_measure(wanted: str | None, measures: Sequence[str]) -> str:
    """The measure that decides: the one that was asked for, else ndcg@10, else the first.

    Raises:
        InputError: the one that was asked for is not there.
    """
    if wanted is None:
        return "ndcg@10" if "ndcg@10" in measures else measures[0]
    if bare(wanted) not in measures:
        raise InputError(f"There is no {wanted} to compare; there is {', '.join(measures)}.")
    return bare(wanted)


def widest(measure: str) -> float | None:
    """The most that a query's score can change: 1; None for a sum without an upper end."""
    name = measure.partition("@")[0].partition("(")[0]
    return None if TABLE[name].unbounded else 1.0


def _columns(system: System, measures: Sequence[str]) -> list[int]:
    return [system.scores.measures.index(name) for name in measures]
