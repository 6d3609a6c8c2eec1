"""Why a published number differs, in one call."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from harness.claims.claims import Claims
from harness.claims.published import read
from harness.data.run import Run
from harness.errors import InputError
from harness.experiment.identity import require_claimed
from harness.experiment.result import Result, read_result
from harness.experiment.sections import EvaluationSpec
from harness.experiment.spec import Experiment, open_experiment
from harness.pipeline.run_experiment import Settings
from harness.why.explain import Explanation, explain


def find_convention(
    result: Result | str | Path,
    *,
    run: Run | Path | None = None,
    experiment: Experiment | str | None = None,
    published: Mapping[str, str] | None = None,
    settings: Settings | None = None,
) -> Explanation:
    """The conventions under which the published numbers of a result come out; nothing is encoded.

    Args:
        result: what was measured, or the file of it.
        run: its rankings; None: the run that lies beside the file, if one does.
        experiment: whose claims are explained (a name, a file); None: the result's own.
        published: digits by measure, as they are printed, instead of claims.
        settings: where the vector cache is, and how the encoder that filled it was run.

    Returns:
        `.answer`, `.explained`, `.answered.boxes`, `.tools`.

    Raises:
        InputError: nothing is published, or the result, its run, its collection or its claims are
            not of one evaluation.
        UnreachableError: the collection would have to be fetched and cannot be.
    """
    found = result if isinstance(result, Result) else read_result(Path(result))
    if run is None and not isinstance(result, Result):
        run = run_beside(Path(result))
    claims = claims_asked(found, experiment, published)
    return explain(found, run, claims=claims, settings=settings)


def run_beside(result: Path) -> Path | None:
    """The run that `harness eval` wrote beside a result; None: there is none."""
    run = result.with_name(f"{result.stem}.run.gz")
    return run if run.is_file() else None


def claims_asked(
    result: Result, experiment: Experiment | str | None, published: Mapping[str, str] | None
) -> Claims | None:
    """The claims that are to be explained; None: those of the result itself.

    Args:
        result: what was measured.
        experiment: whose claims.
        published: digits by measure.

    Raises:
        InputError: both are given, a number cannot be read, or the experiment is of something else
            than the result (how it was scored apart: that is what is asked).
    """
    if experiment is not None and published:
        raise InputError("Give an experiment or published digits, not both.")
    if published:
        numbers = (read(key, text, "published digits") for key, text in published.items())
        return Claims("", "", tuple(numbers), ())
    if experiment is None:
        return None
    chosen = experiment if isinstance(experiment, Experiment) else open_experiment(experiment)
    told = result.evaluation
    depth = max(told.depth, chosen.evaluation.depth)  # no shallower than the measures' cutoffs
    scored = EvaluationSpec(
        told.policy,
        depth,
        told.relevance_level,
        chosen.evaluation.measures,
        bool(told.ignore_identical_ids),
    )
    require_claimed(
        chosen.evaluated(scored), replace(result, evaluation=replace(told, depth=depth))
    )
    return chosen.claims
