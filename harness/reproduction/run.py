"""From a plan to a verdict: the model, its identity, then evaluation by evaluation."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from harness.claims.compare import compare
from harness.encoder.encoder import Encoder
from harness.errors import HarnessError, InputError, NotReproducedError
from harness.experiment.sections import ModelSpec
from harness.experiment.spec import Experiment
from harness.pipeline.outcome import Outcome
from harness.pipeline.run_experiment import Settings, run_experiment
from harness.report.files import is_written
from harness.report.own_files import refuse_another, try_outputs
from harness.reproduction import (
    JudgedEvaluation,
    Plan,
    PlannedEvaluation,
    Reproduction,
    ReproductionVerdict,
)
from harness.reproduction.calibrate import SAMPLER, Calibration, calibrate
from harness.reproduction.checkpoint_check import first_with_model, identity
from harness.reproduction.judge import judged, judged_mean
from harness.reproduction.second_look import second_look
from harness.system.progress import Progress, no_progress


@dataclass(frozen=True)
class Watching:
    """What is told while a plan is carried out.

    Attributes:
        watch: shows the stages of an evaluation.
        tell: is told each alarm when it is known.
        calibrated: is told how fast the model is here, before the first evaluation.
        begins: is told each evaluation before it is run.
    """

    watch: Progress = no_progress
    tell: Callable[[str], None] = lambda alarm: None  # noqa: ARG005 - nobody asked
    calibrated: Callable[[Calibration], None] = lambda found: None  # noqa: ARG005
    begins: Callable[[PlannedEvaluation], None] = lambda planned: None  # noqa: ARG005


def reproduce_plan(
    plan: Plan,
    settings: Settings,
    *,
    results: Path | None = None,
    watching: Watching = Watching(),
    ignore_examples: bool = False,
) -> Reproduction:
    """Carry a plan out.

    What cannot be run or reached becomes a verdict of the evaluations that it stops; it never
    stops the others.

    Args:
        plan: what to judge.
        settings: how this machine runs it; with `queries` nothing is judged but the checkpoint.
        results: the folder that results are written to; None: nothing is written.
        watching: what is told on the way.
        ignore_examples: go on where a usage example is not reproduced.

    Raises:
        InputError: a file in the way of a result was not made by harness.
        UnreachableError: results cannot be written.
    """
    first = first_with_model(one.experiment for one in plan.evaluations)
    if plan.obstacle or first is None:
        return _stopped(plan, plan.obstacle, plan.exit_code)
    try:
        found = identity(plan, first, settings)
    except HarnessError as error:
        return _stopped(plan, str(error), error.exit_code)
    if found.differs and not ignore_examples:
        told = f"the checkpoint is not the published one: {found.differs}"
        return _stopped(plan, told, NotReproducedError.exit_code, found.told)
    if results is not None:
        _check_outputs(plan, settings, results)
    if max((one.documents or 0 for one in plan.evaluations), default=0) > _WORTH_CALIBRATING:
        with_here = next((one.collection for one in plan.evaluations if one.here), SAMPLER)
        watching.calibrated(_calibrated(found.encoder, with_here))
    outcomes: dict[str, Outcome] = {}
    verdicts: dict[str, JudgedEvaluation] = {}
    for planned in plan.evaluations:
        watching.begins(planned)
        if planned.parts:
            verdicts[planned.label] = judged_mean(planned, outcomes, settings)
        else:
            verdicts[planned.label] = _evaluated(
                planned,
                settings,
                results,
                watching,
                outcomes,
                # Opened once for all evaluations of one length and one limit.
                encoder=found.encoder if _model(planned) == first.model else None,
                ignore_examples=ignore_examples or bool(plan.example_of),
            )
    if found.doubt:
        verdicts = {label: _of_another(one, found.doubt) for label, one in verdicts.items()}
    alarms = (alarm for one in outcomes.values() for alarm in one.result.alarms)
    return Reproduction(plan, tuple(verdicts.values()), found.told, tuple(dict.fromkeys(alarms)))


_WORTH_CALIBRATING = 1_000
"""Documents below which an evaluation is over before anybody asks how long it takes."""


def _calibrated(encoder: Encoder, collection: str) -> Calibration:
    """On a collection of the plan; one that cannot be read is its evaluation's matter, not ours."""
    try:
        return calibrate(encoder, collection)
    except HarnessError:
        return calibrate(encoder, SAMPLER)


def _model(planned: PlannedEvaluation) -> ModelSpec | None:
    return planned.experiment.model if planned.experiment else None


def _stopped(plan: Plan, because: str, exit_code: int, told: tuple[str, ...] = ()) -> Reproduction:
    """All evaluations with the one verdict that stops them; each obstacle of its own remains."""
    off = exit_code == NotReproducedError.exit_code
    verdict = ReproductionVerdict.NOT_REPRODUCED if off else ReproductionVerdict.NOT_JUDGED
    return Reproduction(
        plan,
        tuple(
            JudgedEvaluation(
                one, verdict, because or one.obstacle, exit_code=exit_code or one.exit_code
            )
            for one in plan.evaluations
        ),
        told,
    )


def _of_another(one: JudgedEvaluation, doubt: str) -> JudgedEvaluation:
    """A usage example of another name is a reason only where numbers are off as well."""
    if one.verdict is not ReproductionVerdict.NOT_REPRODUCED:
        return one
    told = f"the checkpoint is not the published one: {doubt}; {one.because}"
    return replace(one, because=told)


def _check_outputs(plan: Plan, settings: Settings, results: Path) -> None:
    """Refuse before the work what would fail after it."""
    for planned in plan.evaluations:
        if planned.experiment is not None and not planned.parts and not planned.obstacle:
            name = _limited(planned, settings).name
            path = results / f"{name}.json"
            refuse_another(path, planned.experiment.model.id, planned.collection)
            try_outputs(results, name)


def _limited(planned: PlannedEvaluation, settings: Settings) -> Experiment:
    experiment = planned.experiment
    if experiment is None:
        raise InputError(planned.obstacle)
    return experiment if settings.queries is None else experiment.first(settings.queries)


def _evaluated(
    planned: PlannedEvaluation,
    settings: Settings,
    results: Path | None,
    watching: Watching,
    outcomes: dict[str, Outcome],
    *,
    encoder: Encoder | None,
    ignore_examples: bool,
) -> JudgedEvaluation:
    if planned.obstacle:
        return JudgedEvaluation(
            planned, ReproductionVerdict.NOT_JUDGED, planned.obstacle, exit_code=planned.exit_code
        )
    try:
        outcome = run_experiment(
            _limited(planned, settings),
            settings,
            watch=watching.watch,
            encoder=encoder,
            tell=watching.tell,
            ignore_examples=ignore_examples,
        )
    except HarnessError as error:
        return JudgedEvaluation(
            planned, ReproductionVerdict.NOT_JUDGED, str(error), exit_code=error.exit_code
        )
    outcomes[planned.label] = outcome
    path = "" if results is None else str(_written(outcome, results))
    comparisons = compare(
        outcome.result.scores,
        planned.numbers if settings.queries is None else (),
        planned.deviations,
        outcome.result.intervals or {},
    )
    found = judged(planned, outcome.result, comparisons, settings.queries)
    return replace(second_look(found, outcome, settings), path=path)


def _written(outcome: Outcome, results: Path) -> Path:
    """The result's file; an equal one is left as it is."""
    if is_written(results, outcome.result):
        return results / f"{outcome.result.name}.json"
    return outcome.write(results)
