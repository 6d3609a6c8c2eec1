"""A result held against its baseline: the three questions of `harness check`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.comparison.align import chosen_measure, pair
from harness.comparison.baseline import Baseline, per_query_of
from harness.comparison.budgets import BudgetOutcome, judge_budgets, quantities
from harness.comparison.compare import holds, judge_margin
from harness.comparison.moved import MovedQuery, moved_queries
from harness.comparison.sameness import Same, sameness
from harness.comparison.systems import System
from harness.errors import InputError
from harness.experiment.result import Result
from harness.experiment.spec import Experiment
from harness.significance.difference import MeanDifference, mean_differences
from harness.significance.non_inferiority import NonInferiority

_MOVED: Final = 10


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What is said of a result beside its published numbers.

    Attributes:
        same: whether it is the baseline's again; None: there is no baseline, or one without scores
            of its queries.
        differences: of each measure, likewise; () where unknown.
        moved: the queries that moved most, by nDCG@10 where it is measured; without their texts.
        budgets: on these queries.
        margins: on queries like these.
        undecided_holds: whether a margin that so few queries cannot decide passes.
        judges_baseline: whether budgets and margins say what may differ from the baseline; where
            nothing is declared, everything that differs is off.
    """

    same: Same | None
    differences: tuple[MeanDifference, ...]
    moved: tuple[MovedQuery, ...]
    budgets: tuple[BudgetOutcome, ...]
    margins: tuple[NonInferiority, ...]
    undecided_holds: bool
    judges_baseline: bool

    @property
    def holds(self) -> bool:
        """Whether no budget and no margin is broken."""
        return holds(self.budgets, self.margins, undecided=self.undecided_holds)


def gate(
    chosen: Experiment,
    result: Result,
    path: Path,
    baseline: Baseline | None,
    *,
    undecided_holds: bool = False,
) -> Gate:
    """Answer the three questions, as far as they are asked.

    Args:
        chosen: the experiment with its budgets and margins.
        result: what is checked.
        path: its file.
        baseline: an earlier result; None: there is none.
        undecided_holds: whether an open margin passes.

    Raises:
        InputError: a budget of a change or a margin without what it needs, or scores of queries
            that are not the result's.
    """
    before = None if baseline is None else quantities(baseline.result)
    budgets = judge_budgets(chosen.budgets, quantities(result), before)
    if chosen.margin and baseline is None:
        raise InputError(
            f"The margin of {next(iter(chosen.margin))} is a difference to an earlier result: give "
            "that with --baseline."
        )
    same: Same | None = None
    differences: tuple[MeanDifference, ...] = ()
    margins: tuple[NonInferiority, ...] = ()
    moved: tuple[MovedQuery, ...] = ()
    scores = None if baseline is None else per_query_of(path, result)
    if baseline is not None and baseline.scores is not None and scores is not None:
        base = System(baseline.source, baseline.scores, baseline.result)
        new = System(str(path), scores, result)
        pairs = pair(base, new)
        same, differences = sameness(base, new, pairs), mean_differences(pairs)
        measure = chosen_measure(None, pairs.measures)
        moved = () if same.is_same else moved_queries(pairs, measure, _MOVED, {})
        margins = tuple(
            judge_margin(pairs, same, name, margin) for name, margin in chosen.margin.items()
        )
    elif baseline is not None and chosen.margin:
        lacking = baseline.source if baseline.scores is None else str(path)
        raise InputError(
            f"A margin is judged by the scores of each query, and {lacking} has none beside it "
            "(NAME.per-query.csv): evaluate again, and keep that file with the result."
        )
    return Gate(
        same=same,
        differences=differences,
        moved=moved,
        budgets=budgets,
        margins=margins,
        undecided_holds=undecided_holds,
        judges_baseline=bool(chosen.budgets.change or chosen.margin),
    )
