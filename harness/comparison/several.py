"""Several systems: one table, adjusted p of all pairs, and groups that nothing tells apart."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from harness.comparison.align import chosen_measure, common_measures, pair
from harness.comparison.sameness import sameness
from harness.comparison.systems import System
from harness.errors import InputError
from harness.significance import ALPHA, RESAMPLES
from harness.significance.difference import MeanDifference, mean_differences
from harness.significance.multiple import benjamini_hochberg, groups, holm
from harness.significance.paired import PairedScores


@dataclass(frozen=True)
class PairOfSystems:
    """Two of several systems, by the measure that decides.

    Attributes:
        base, new: their names.
        difference: what is known of it; its `adjusted_p` is that of one pair.
        holm_p: adjusted over all pairs that can be tested (Holm); None where too few queries
            changed, or none.
        bh_p: likewise, by Benjamini and Hochberg.
    """

    base: str
    new: str
    difference: MeanDifference
    holm_p: float | None
    bh_p: float | None


@dataclass(frozen=True)
class SeveralSystems:
    """Several systems on the same queries.

    Attributes:
        primary: the measure that decides.
        queries: N.
        means: of each system and measure, best system first.
        pairs: every two systems.
        groups: the largest groups of systems of which no two are told apart at 5 % by Holm's p;
            two that so few queries changed between that they cannot be tested are not told apart.
    """

    primary: str
    queries: int
    means: dict[str, dict[str, float]]
    pairs: tuple[PairOfSystems, ...]
    groups: tuple[tuple[str, ...], ...]


def compare_several(
    systems: Sequence[System],
    *,
    primary: str | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> SeveralSystems:
    """Compare three systems or more, every two of them, by one measure.

    Args:
        systems: in any order.
        primary: the measure that decides; None: ndcg@10 or the first that all have.
        resamples: sign flips to draw for each pair, at least.
        seed: of the draws.

    Raises:
        InputError: two of one name, or of other queries, contents or conventions.
    """
    names = [system.name for system in systems]
    if len(set(names)) < len(names):
        raise InputError("One system is given twice: give each once.")
    measures = common_measures(systems)
    decides = chosen_measure(primary, measures)
    means = {system.name: {m: _mean(system, m) for m in measures} for system in systems}
    ranked = sorted(systems, key=lambda system: -means[system.name][decides])
    # The smallest p times the number of pairs has to come well below 5 %.
    flips = max(resamples, 100 * math.comb(len(systems), 2) - 1)
    found = []
    for better, worse in combinations(ranked, 2):
        both = pair(worse, better)
        sameness(worse, better, both)  # whose refusal of another task is what matters here
        found.append((worse.name, better.name, _only(both, decides, flips, seed)))
    tested = [difference.p for _, _, difference in found if difference.p is not None]
    by_holm, by_bh = iter(holm(tested).tolist()), iter(benjamini_hochberg(tested).tolist())
    pairs = tuple(
        PairOfSystems(
            base,
            new,
            difference,
            None if difference.p is None else next(by_holm),
            None if difference.p is None else next(by_bh),
        )
        for base, new, difference in found
    )
    apart = {
        frozenset((one.base, one.new))
        for one in pairs
        if one.holm_p is not None and one.holm_p <= ALPHA
    }
    order = [system.name for system in ranked]
    return SeveralSystems(
        decides,
        len(systems[0].scores.query_ids),
        {name: means[name] for name in order},
        pairs,
        groups(order, apart),
    )


def _only(both: PairedScores, measure: str, resamples: int, seed: int) -> MeanDifference:
    place = both.place(measure)
    one = PairedScores(both.query_ids, (measure,), both.base[:, [place]], both.new[:, [place]])
    return mean_differences(one, resamples, seed)[0]


def _mean(system: System, measure: str) -> float:
    found = system.scores.mean(measure)
    if found is None:  # `common_measures` has looked
        raise InputError(f"{system.name} has no {measure}.")
    return found
