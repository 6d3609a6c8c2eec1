"""Reproduction: from a source of claims to one verdict on all of them.

A source is a model card, a result or an experiment. `plans` says what it claims, on what, and what
is needed to judge it; `run` judges it, the cheapest evaluation first; `page` says it to people and
to programs. What a source does not say is chosen in the open: an assumption travels with its
verdict, and numbers that are off on a data set that only we have named accuse nobody.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.claims.claims import Deviation
from harness.claims.compare import Comparison, Verdict
from harness.claims.published import PublishedNumber
from harness.data.inputs import frame
from harness.experiment.result import Result
from harness.experiment.spec import Experiment

if TYPE_CHECKING:
    from harness.data.inputs import DataFrame


class ReproductionVerdict(StrEnum):
    """What became of one evaluation."""

    REPRODUCED = "reproduced"
    """Every number was measured, and none is off."""

    NOT_REPRODUCED = "not reproduced"
    """A number is off, or the checkpoint is not the published one."""

    NOT_JUDGED = "cannot be judged"
    """Something could not be reached or run, or it is not known on what the numbers were made."""


@dataclass(frozen=True)
class PlannedEvaluation:
    """One evaluation that a source claims numbers of, and how it is to be made again.

    Attributes:
        label: how the source calls it: its data set, and what tells it from others of that name.
        numbers: what is claimed.
        experiment: what to run; None where nothing can be, whatever the collection.
        obstacle: why it cannot be run as it is planned, else "".
        exit_code: of the obstacle: 2 where we cannot run it, 3 where something is out of reach.
        assumed: sentences on what the source leaves open and was chosen here.
        guessed: whether the very data set is a guess by the digits, so that a number that is off
            says nothing of the source.
        queries: the smallest number of queries at which the digits can be means, if they tell.
        parts: labels of the evaluations whose mean this is; () where it is one of its own.
        documents: in the corpus, if known before it is opened.
        here: whether the collection is on this machine; None where only its library could say.
        size: of the download, for people; "" where there is none.
        origin: where the collection is fetched from; "" where it is not.
        maker: which tool made the numbers, as `harness.card.audit.maker` tells; "" where the
            source states how they were scored.
        content_sha256: of the collection that the numbers were made on, if the source says.
    """

    label: str
    numbers: tuple[PublishedNumber, ...]
    experiment: Experiment | None = None
    obstacle: str = ""
    exit_code: int = 0
    assumed: tuple[str, ...] = ()
    guessed: bool = False
    queries: int | None = None
    parts: tuple[str, ...] = ()
    documents: int | None = None
    here: bool | None = None
    size: str = ""
    origin: str = ""
    maker: str = ""
    content_sha256: str | None = None

    @property
    def collection(self) -> str:
        """The id of the collection, or "" where there is none."""
        return self.experiment.collection.id if self.experiment and not self.obstacle else ""

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        """What the source tolerates by itself."""
        return self.experiment.claims.deviations if self.experiment else ()


@dataclass(frozen=True)
class Plan:
    """What a source claims of one model, and how each of its evaluations is to be judged.

    Attributes:
        source: the source as it was given.
        kind: `card`, `result` or `experiment`.
        model: the model's id.
        revision: of the model, on the hub.
        evaluations: the cheapest first.
        left_out: evaluations that were not asked for, by their labels.
        unused: sentences on what stands in the source and is not judged.
        obstacle: why the model itself cannot be run, else "".
        exit_code: of the obstacle.
        weights_sha256: of the published checkpoint, where the source says.
        query_weights_sha256: likewise, of what encodes its queries.
        example_of: the other model that the card's usage example loads, so that its output need
            not be this model's; "" where it is its own.
    """

    source: str
    kind: str
    model: str
    revision: str
    evaluations: tuple[PlannedEvaluation, ...]
    left_out: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    obstacle: str = ""
    exit_code: int = 0
    weights_sha256: str | None = None
    query_weights_sha256: str | None = None
    example_of: str = ""

    @property
    def can_judge(self) -> int:
        """The exit code of a plan as such: 0 where something of it can be run."""
        stopped = [one.exit_code for one in self.evaluations if one.obstacle]
        if self.obstacle:
            return self.exit_code
        return max(stopped) if len(stopped) == len(self.evaluations) else 0


@dataclass(frozen=True)
class JudgedEvaluation:
    """An evaluation and its verdict.

    Attributes:
        planned: what was to be done.
        verdict: what became of it.
        because: the reason, in a sentence; "" where everything holds.
        comparisons: measured against claimed; () where nothing was measured.
        exit_code: 0, or that of the reason.
        result: what was measured; None likewise.
        path: the result's file; "" where none was written.
    """

    planned: PlannedEvaluation
    verdict: ReproductionVerdict
    because: str = ""
    comparisons: tuple[Comparison, ...] = ()
    exit_code: int = 0
    result: Result | None = None
    path: str = ""

    @property
    def off(self) -> tuple[Comparison, ...]:
        """The numbers that are off."""
        return tuple(row for row in self.comparisons if row.verdict is Verdict.OFF)


@dataclass(frozen=True)
class Reproduction:
    """What became of a plan.

    Attributes:
        plan: what was to be judged.
        evaluations: one verdict for each of the plan's.
        identity: sentences on whether the checkpoint is the published one.
        alarms: sentences on what looks wrong.
    """

    plan: Plan
    evaluations: tuple[JudgedEvaluation, ...]
    identity: tuple[str, ...] = ()
    alarms: tuple[str, ...] = field(default=())

    @property
    def verdict(self) -> ReproductionVerdict:
        """The one verdict: one evaluation that is off decides, then one that cannot be judged."""
        found = {one.verdict for one in self.evaluations}
        for verdict in (ReproductionVerdict.NOT_REPRODUCED, ReproductionVerdict.NOT_JUDGED):
            if verdict in found or (not found and verdict is ReproductionVerdict.NOT_JUDGED):
                return verdict
        return ReproductionVerdict.REPRODUCED

    @property
    def exit_code(self) -> int:
        """0 reproduced, 1 not reproduced, 3 something was unreachable, 2 it cannot be run."""
        if self.verdict is ReproductionVerdict.REPRODUCED:
            return 0
        if self.verdict is ReproductionVerdict.NOT_REPRODUCED:
            return 1
        return max((one.exit_code for one in self.evaluations), default=2)

    def to_frame(self) -> "DataFrame":
        """A row for each claimed number: evaluation, measured, published, delta, both verdicts."""
        return frame(
            {
                "evaluation": one.planned.label,
                "collection": one.planned.collection,
                "measure": row.measure,
                "measured": row.measured,
                "published": row.published.text if row.published else None,
                "delta": row.delta,
                "verdict": str(row.verdict),
                "evaluation verdict": str(one.verdict),
            }
            for one in self.evaluations
            for row in one.comparisons
        )
