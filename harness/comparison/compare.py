"""Two systems compared: the three questions, kept apart, and everything that is sure of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.comparison.align import chosen_measure, pair, widest
from harness.comparison.budgets import BudgetOutcome, BudgetVerdict, judge_budgets, quantities
from harness.comparison.moved import MovedQuery, moved_queries
from harness.comparison.overlap import Overlap, overlap
from harness.comparison.repetition import Repetition, repetition
from harness.comparison.sameness import Same, sameness
from harness.comparison.systems import System
from harness.errors import InputError
from harness.experiment.budgets import Budgets, check_margin
from harness.significance import LEAST_CHANGED, RESAMPLES
from harness.significance.difference import MeanDifference, mean_differences
from harness.significance.non_inferiority import Answer, NonInferiority, non_inferiority
from harness.significance.paired import PairedScores


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What a user declares of a comparison.

    Attributes:
        margin: by how much less the true mean of a measure may be.
        budgets: within what measured numbers have to lie.
        undecided_holds: whether a margin that so few queries cannot decide passes.

    Raises:
        InputError: a margin of what is no measure, or below 0.
    """

    margin: Mapping[str, float] = field(default_factory=dict)
    budgets: Budgets = field(default_factory=Budgets)
    undecided_holds: bool = False

    def __post_init__(self) -> None:
        check_margin(self.margin)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How a comparison is made and shown.

    Attributes:
        primary: the measure that decides; None: ndcg@10 or the first.
        most_moved: how many queries to name.
        texts: gives the texts of queries by id, where a query is named.
        originals: original runs of base and new; None: there are none.
        resamples: sign flips to draw.
        seed: of the draw.
    """

    primary: str | None = None
    most_moved: int = 10
    texts: Callable[[], Mapping[str, str]] = dict
    originals: tuple[System, System] | None = None
    resamples: int = RESAMPLES
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class SystemComparison:
    """Two systems on the same queries.

    Attributes:
        base, new: their names.
        queries: N.
        same: the first question: are they the same thing?
        budgets: the second: on these queries, is what was measured inside the budgets?
        margins: the third: on queries like these, is the new one no worse by more than the margin?
        primary: the measure that decides, and by which queries are ordered.
        differences: of each measure.
        moved: the queries that moved most.
        few: whether `moved` are all that did, since they are too few to test.
        rankings: how alike the rankings are; None where a run is missing.
        repetition: against an original run of each; None: none was given.
        undecided_holds: as declared.
    """

    base: str
    new: str
    queries: int
    same: Same
    budgets: tuple[BudgetOutcome, ...]
    margins: tuple[NonInferiority, ...]
    primary: str
    differences: tuple[MeanDifference, ...]
    moved: tuple[MovedQuery, ...]
    few: bool
    rankings: Overlap | None
    repetition: Repetition | None
    undecided_holds: bool

    @property
    def holds(self) -> bool:
        """Whether no declared budget or margin is broken."""
        return holds(self.budgets, self.margins, undecided=self.undecided_holds)


def holds(
    budgets: tuple[BudgetOutcome, ...], margins: tuple[NonInferiority, ...], *, undecided: bool
) -> bool:
    """Whether no budget and no margin is broken; `undecided` says whether an open one passes."""
    kept = all(one.verdict is not BudgetVerdict.BROKEN for one in budgets)
    return kept and all(
        one.answer is not Answer.REGRESSED and (undecided or one.answer is not Answer.UNDECIDED)
        for one in margins
    )


def compare_systems(
    base: System, new: System, declared: Declared, asked: Asked
) -> SystemComparison:
    """Compare two systems.

    Args:
        base: the earlier one.
        new: what is judged by it.
        declared: budgets and margins.
        asked: how.

    Raises:
        InputError: they are of other queries, contents or conventions, or a budget or margin is of
            what was not measured.
    """
    pairs = pair(base, new)
    same = sameness(base, new, pairs)
    decides = chosen_measure(asked.primary, pairs.measures)
    changed = int(pairs.changed[pairs.place(decides)])
    few = 0 < changed < LEAST_CHANGED
    named = max(asked.most_moved, changed) if few else asked.most_moved
    return SystemComparison(
        base=base.name,
        new=new.name,
        queries=len(pairs.query_ids),
        same=same,
        budgets=judge_budgets(declared.budgets, _numbers(new), _numbers(base)),
        margins=tuple(
            judge_margin(pairs, same, name, margin) for name, margin in declared.margin.items()
        ),
        primary=decides,
        differences=mean_differences(pairs, asked.resamples, asked.seed),
        moved=moved_queries(pairs, decides, named, asked.texts() if changed else {}),
        few=few,
        rankings=None
        if base.run is None or new.run is None
        else overlap(base.run, new.run, pairs.query_ids),
        repetition=None if asked.originals is None else repetition(base, new, asked.originals),
        undecided_holds=declared.undecided_holds,
    )


def judge_margin(pairs: PairedScores, same: Same, measure: str, margin: float) -> NonInferiority:
    """The answer for one margin; nothing is asked of what is the same.

    Raises:
        InputError: the measure was not measured.
    """
    if measure not in pairs.measures:
        raise InputError(
            f"There is a margin of {measure}, of which the two have no scores; they have "
            f"{', '.join(pairs.measures)}."
        )
    if not same.is_same:
        return non_inferiority(measure, pairs.of(measure), margin, widest(measure))
    differences = pairs.of(measure)
    return NonInferiority(
        measure=measure,
        margin=margin,
        answer=Answer.UNCHANGED,
        difference=float(differences.mean()),
        low=None,
        high=None,
        queries=len(differences),
        changed=int((differences != 0).sum()),
        deciding_queries=None,
        deciding_margin=None,
        because=same.because,
    )


def _numbers(system: System) -> dict[str, float]:
    """What budgets can be of: all that a result says, or the means of the scores."""
    if system.result is not None:
        return quantities(system.result)
    means = system.scores.values.mean(axis=0).tolist()
    return dict(zip(system.scores.measures, means, strict=True))
