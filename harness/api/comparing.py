"""Compare two systems, in one call."""

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Final

from harness.comparison.compare import Asked, Declared, SystemComparison, compare_systems
from harness.comparison.moved import query_texts
from harness.comparison.systems import Judging, System, open_system, scores_of
from harness.comparison.text import comparison_text
from harness.data.inputs import frame, html_table
from harness.errors import InputError
from harness.experiment.budgets import Budgets
from harness.measures import Policy, Scores
from harness.measures.by_measure import ByKey
from harness.measures.names import CARD
from harness.pipeline.outcome import Outcome
from harness.significance.difference import MeanDifference

if TYPE_CHECKING:
    from harness.data.inputs import DataFrame

Compared = str | PathLike[str] | Outcome | Scores
"""A file (a result, per-query scores), what `evaluate` gives, or what `score` gives of a run."""

_NO_RUNS: Final = Judging(None, CARD, Policy())


@dataclass(frozen=True)
class Compare:
    """What a comparison of two systems found.

    Attributes:
        found: all of it.
    """

    found: SystemComparison

    @property
    def holds(self) -> bool:
        """Whether no declared budget or margin is broken."""
        return self.found.holds

    @property
    def unchanged(self) -> bool:
        """Whether every score of every query is the same, or differs within float32 only."""
        return self.found.same.is_same

    @property
    def measures(self) -> ByKey[MeanDifference]:
        """What is known of each measure's difference, by any spelling of its name."""
        return ByKey({one.measure: one for one in self.found.differences})

    def to_frame(self) -> "DataFrame":
        """A row for each measure."""
        return frame(vars(one) for one in self.found.differences)

    def __str__(self) -> str:
        return comparison_text(self.found)

    def _repr_html_(self) -> str:
        return html_table(self.to_frame())


def compare(
    base: Compared,
    new: Compared,
    *,
    primary: str | None = None,
    margin: Mapping[str, float] | None = None,
    budget: Mapping[str, float] | None = None,
    undecided: str = "fail",
) -> Compare:
    """Compare a system with an earlier one, query by query, and say what is sure of the difference.

    Args:
        base: the earlier one: the file of a result or of per-query scores, or what `evaluate` or
            (of a run) `score` gave.
        new: the other.
        primary: the measure that decides; None: ndcg@10 or the first.
        margin: by how much less the true mean may be, by measure: `{"ndcg@10": 0.005}`.
        budget: how far apart the two may lie on these queries, either way.
        undecided: `fail` or `pass`: whether a margin that so few queries cannot decide holds.

    Returns:
        `.holds`, `.unchanged`, `.measures["ndcg@10"].difference`, `.to_frame()`.

    Raises:
        InputError: they are of other queries, contents or conventions, or an argument is unknown.
        UnreachableError: a file that cannot be read.
    """
    if undecided not in ("fail", "pass"):
        raise InputError(f"undecided is {undecided!r}; 'fail' or 'pass' is needed.")
    systems = _opened(base, "base"), _opened(new, "new")
    known = next((one.result.collection.id for one in systems if one.result is not None), "")
    declared = Declared(
        margin=dict(margin or {}),
        budgets=Budgets(change=dict(budget or {})),
        undecided_holds=undecided == "pass",
    )
    asked = Asked(primary=primary, texts=lambda: query_texts(known) if known else {})
    return Compare(compare_systems(*systems, declared, asked))


def _opened(given: Compared, name: str) -> System:
    if isinstance(given, Outcome):
        found = given.evaluation
        return System(given.result.name, scores_of(found.ranked), given.result, found.run)
    if isinstance(given, Scores):
        return System(name, scores_of(given))
    path = Path(given)
    if path.suffix not in (".json", ".csv"):
        raise InputError(
            f"{path} is no result (.json) and no file of per-query scores (.csv): of a run, give "
            "what harness.score(run, qrels) gives."
        )
    return open_system(path, _NO_RUNS)
