"""The second question: on these queries, is what was measured inside the declared budgets?

A plain comparison of numbers: it has no false alarms, and says nothing of other queries.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from harness.claims.published import bare
from harness.errors import InputError
from harness.experiment.budgets import Budgets
from harness.experiment.result import Result


class BudgetVerdict(StrEnum):
    """What is said of one budget."""

    KEPT = "kept"
    BROKEN = "broken"
    NOT_JUDGED = "not judged"
    """What it is of was not measured so that it could be judged; the reason says why."""


@dataclass(frozen=True, kw_only=True)
class BudgetOutcome:
    """One budget and what became of it.

    Attributes:
        name: of the quantity: `ndcg@10`, `corpus_active_dims`, `truncated_documents`.
        measured: its value; None where it is not judged.
        base: that of the baseline; None where the budget is none of a change.
        low, high: between which `measured` is to lie, the ends included.
        verdict: see `BudgetVerdict`.
        because: where it is not judged; else "".
    """

    name: str
    measured: float | None
    base: float | None
    low: float | None
    high: float | None
    verdict: BudgetVerdict
    because: str = ""


def quantities(result: Result) -> dict[str, float]:
    """What budgets can be of: scores without similarity function, shares of texts, postings.

    `postings` are the entries of an inverted index: active dims of all documents together.
    """
    found = {bare(key): value for key, value in result.scores.items()}
    counts = result.counts
    for name, part, whole in (
        ("truncated_queries", counts.truncated_queries, counts.encoded_queries),
        ("truncated_documents", counts.truncated_documents, counts.encoded_documents),
        ("empty_queries", counts.empty_queries, counts.encoded_queries),
        ("empty_documents", counts.empty_documents, counts.encoded_documents),
    ):
        if part is not None and whole:
            found[name] = part / whole
    if "corpus_active_dims" in found:
        found["postings"] = float(round(found["corpus_active_dims"] * result.collection.documents))
    return found


def judge_budgets(
    budgets: Budgets, measured: Mapping[str, float], base: Mapping[str, float] | None
) -> tuple[BudgetOutcome, ...]:
    """Hold measured values against budgets; two-sided.

    Args:
        budgets: as declared.
        measured: by name, as `quantities` gives it.
        base: those of the baseline; None: there is none.

    Raises:
        InputError: a budget of what was not measured, or of a change without a baseline.
    """
    if budgets.change and base is None:
        raise InputError(
            f"The budget of {next(iter(budgets.change))} is of a change: give what it changed from "
            "with --baseline."
        )
    changes = (
        _outcome(name, measured, _of(base or {}, name, "the baseline"), most)
        for name, most in budgets.change.items()
    )
    ranges = (
        _judged(name, _of(measured, name, "the result"), None, low, high)
        for name, (low, high) in budgets.between.items()
    )
    return (*changes, *ranges, *_speed(budgets))


def _outcome(name: str, measured: Mapping[str, float], base: float, most: float) -> BudgetOutcome:
    return _judged(name, _of(measured, name, "the result"), base, base - most, base + most)


def _judged(name: str, value: float, base: float | None, low: float, high: float) -> BudgetOutcome:
    # A sum and a difference of float64 round; what a person declared has no sixteenth digit.
    slack = 1e-12 * max(1.0, abs(low), abs(high))
    kept = low - slack <= value <= high + slack
    verdict = BudgetVerdict.KEPT if kept else BudgetVerdict.BROKEN
    return BudgetOutcome(name=name, measured=value, base=base, low=low, high=high, verdict=verdict)


def _speed(budgets: Budgets) -> tuple[BudgetOutcome, ...]:
    """Documents a second depend on the machine and its load: only a ratio within one run counts."""
    if budgets.documents_per_second is None:
        return ()
    return (
        BudgetOutcome(
            name="documents_per_second",
            measured=None,
            base=None,
            low=budgets.documents_per_second,
            high=None,
            verdict=BudgetVerdict.NOT_JUDGED,
            because="no reference was measured in the same run, and speeds of two runs differ with "
            "machine and load",
        ),
    )


def _of(values: Mapping[str, float], name: str, whose: str) -> float:
    if name not in values:
        raise InputError(
            f"There is a budget of {name}, which {whose} does not have; it has {', '.join(values)}."
        )
    return values[name]
