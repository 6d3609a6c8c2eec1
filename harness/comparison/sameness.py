"""The first question: are two systems the same thing?"""

from dataclasses import dataclass
from enum import StrEnum

from harness.claims.published import bare
from harness.comparison.systems import System
from harness.experiment.identity import require_same_task
from harness.experiment.result import Result
from harness.significance.paired import PairedScores


class Sameness(StrEnum):
    """What is known of two systems before any statistics."""

    UNCHANGED = "unchanged"
    """Every score of every query is the same."""

    FLOAT32 = "float32"
    """The same model and settings; scores differ within what float32 leaves open of them."""

    CHANGED = "changed"
    """Some query has another score."""


@dataclass(frozen=True)
class Same:
    """The answer.

    Attributes:
        answer: see `Sameness`.
        differences: how the models are told apart, a sentence part each.
        unknown: the parts of their identities that one of the two does not say.
        known: whether anything is known of both but their scores.
        because: one sentence.
    """

    answer: Sameness
    differences: tuple[str, ...]
    unknown: tuple[str, ...]
    known: bool
    because: str

    @property
    def is_same(self) -> bool:
        """Whether there is nothing to test."""
        return self.answer is not Sameness.CHANGED


def sameness(base: System, new: System, pairs: PairedScores) -> Same:
    """Whether two systems are the same thing.

    Args:
        base: the earlier one.
        new: the other.
        pairs: their scores.

    Raises:
        InputError: they are of other contents or queries, or scored otherwise.
    """
    differences: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    known = base.result is not None and new.result is not None
    if base.result is not None and new.result is not None:
        found = require_same_task(new.result, base.result, base.name)
        differences, unknown = found.differences, found.unknown
    queries = len(pairs.query_ids)
    if pairs.unchanged:
        told = (
            f"every score of every query is the same ({queries} queries, {len(pairs.measures)} "
            "measures)"
        )
        return Same(Sameness.UNCHANGED, differences, unknown, known, told)
    moved = int((pairs.differences != 0).any(axis=1).sum())
    told = f"{moved} of {queries} queries have another score"
    if known and not differences and not unknown:
        if _within_float32(base.result, new.result):
            told = f"the same model and settings; {told}, within what float32 leaves open"
            return Same(Sameness.FLOAT32, (), (), known, told)
        told = f"the same model and settings, and yet {told}, beyond what float32 leaves open"
    return Same(Sameness.CHANGED, differences, unknown, known, told)


def _within_float32(base: Result | None, new: Result | None) -> bool:
    """Whether each score that differs lies in the interval that the other's result computed."""
    if base is None or new is None or base.intervals is None or new.intervals is None:
        return False
    before = {bare(key): (value, base.intervals.get(key)) for key, value in base.scores.items()}
    for key, value in new.scores.items():
        if bare(key) not in before:
            continue
        was, interval = before[bare(key)]
        own = new.intervals.get(key)
        inside = (interval is not None and interval.low <= value <= interval.high) or (
            own is not None and own.low <= was <= own.high
        )
        if abs(was - value) > 1e-12 * max(1.0, abs(was)) and not inside:
            return False
    return True
