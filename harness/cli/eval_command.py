"""`harness eval`: run an experiment, write its results, and say whether the numbers hold."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli import options
from harness.cli.pipelines import (
    check_reports,
    pointed_at,
    refusal_reported,
    reports,
    write_reports,
)
from harness.cli.say import say, say_beside, say_json, say_page
from harness.measures.policy import NAMES

if TYPE_CHECKING:
    from harness.experiment.spec import Experiment
    from harness.pipeline.outcome import Outcome


@click.command("eval")
@options.source
@options.results
@click.option("--policy", type=click.Choice(NAMES), help="Ties and denominators.")
@click.option(
    "--relevance-level", type=click.IntRange(1), help="The lowest grade that is relevant."
)
@click.option("--depth", "-k", type=click.IntRange(1), help="Documents kept for each query.")
@click.option("--measures", help="Such as ndcg@10,recall@100.  [default: the card's fifteen]")
@click.option(
    "--ignore-identical-ids",
    is_flag=True,
    help="Take a document whose id is the query's out of its ranking (as BEIR does).",
)
@click.option(
    "--ignore-examples", is_flag=True, help="Go on when a usage example is not reproduced."
)
@click.option(
    "--pin",
    is_flag=True,
    help="Write the model's revision and the hash of its weights into EXPERIMENT's file.",
)
@options.machine
@reports
@options.style
def command(**given: Any) -> int:  # noqa: ANN401 - click hands over what the decorators name
    """Run EXPERIMENT (a shipped name or a TOML file), or evaluate --model on --collection.

    Writes the result, the run, the scores of each query and the tables into the results folder.

    \b
    Examples:
      harness eval
      harness eval insuranceqa-splade-tiny
      harness eval --model ./my-splade --collection ./my-beir-folder --results out
      harness eval --model naver/splade-v3-distilbert --collection msmarco-passage/dev/small
      harness eval mine.toml --pin
    """
    from harness.cli.chosen import chosen_experiment
    from harness.cli.notices import AlarmsOnce, show_notices
    from harness.errors import HarnessError
    from harness.experiment.identity import not_as_claimed
    from harness.experiment.pin import pin
    from harness.pipeline.run_experiment import run_experiment
    from harness.report.files import is_written
    from harness.report.own_files import try_outputs
    from harness.system.progress import show_progress

    chosen = chosen_experiment(
        given["experiment"], given["model"], given["collection"], given["revision"]
    )
    own = _own_file(given) if given["pin"] else None
    experiment = _with_options(chosen, given)
    path, done = given["results"] / f"{experiment.name}.json", "written to"
    _check_files(given, experiment)
    tell = AlarmsOnce()
    file = pointed_at(given["experiment"], path)
    with refusal_reported(given, experiment.name, file):
        outcome = run_experiment(
            experiment,
            options.settings(given),
            watch=show_progress,
            ignore_examples=given["ignore_examples"],
            try_outputs=partial(try_outputs, given["results"], experiment.name),
            tell=tell,
        )
    outcome = outcome.with_alarms(not_as_claimed(chosen, experiment))
    show_notices(experiment)
    failed: HarnessError | None = None
    if is_written(given["results"], outcome.result):
        done = "left as it was, as nothing but provenance differs:"
    else:
        try:
            outcome.write(given["results"])
        except HarnessError as error:  # hours of work: the scores are shown all the same
            failed, done = error, "NOT written to"
    _show(outcome, path, given["style"], done)
    tell(*outcome.result.alarms)
    _report(given, outcome, file)
    if own is not None and pin(own, outcome.result.model):
        say_beside(f"{own} is pinned to this model: its revision and weights stand in it now.")
    if failed is not None:
        raise failed
    return int(not outcome.holds)


def _check_files(given: dict[str, Any], experiment: "Experiment") -> None:
    """Refuse before the work what could not be written after it."""
    from harness.report.own_files import refuse_another, try_outputs, written_files

    files = written_files(given["results"], experiment.name)
    refuse_another(files[-1], experiment.model.id, experiment.collection.id)
    try_outputs(given["results"], experiment.name)
    check_reports(given, files)


def _report(given: dict[str, Any], outcome: "Outcome", file: str) -> None:
    """What pipelines read; an annotation points at `file`."""
    from harness.report.answers import report_of_result

    result, rows = outcome.result, outcome.comparisons
    write_reports(given, report_of_result(result.name, file, result, rows, holds=outcome.holds))


def _own_file(given: dict[str, Any]) -> Path:
    """The file that --pin writes into, found fit for it before the work."""
    from harness.experiment.pin import own_file
    from harness.experiment.spec import DEFAULT

    if given["model"]:
        raise click.UsageError("--pin writes into an experiment's file: give one, not --model.")
    return own_file(given["experiment"] or DEFAULT)


def _with_options(experiment: "Experiment", given: dict[str, Any]) -> "Experiment":
    """The experiment with what the command line says otherwise; the result records all of it."""
    from harness.cli.chosen import chosen_measures
    from harness.measures.names import deepest

    evaluation = experiment.evaluation
    measures = chosen_measures(given["measures"]) if given["measures"] else evaluation.measures
    evaluation = replace(
        evaluation,
        policy=given["policy"] or evaluation.policy,
        depth=given["depth"] or max(evaluation.depth, deepest(measures)),
        relevance_level=given["relevance_level"] or evaluation.relevance_level,
        measures=measures,
        ignore_identical_ids=given["ignore_identical_ids"] or evaluation.ignore_identical_ids,
    )
    experiment = experiment.evaluated(evaluation)
    return experiment.first(given["limit"]) if given["limit"] else experiment


def _show(outcome: "Outcome", path: Path, style: str, done: str) -> None:
    from harness.report.files import markdown, summary

    result = outcome.result
    if style == "json":
        say_json(_summary(outcome, path))
        return
    if style == "markdown":
        say_page(markdown(result, outcome.comparisons))
        return
    say_page(summary(result, outcome.comparisons))
    seconds = sum(result.provenance.seconds.values())
    peak = result.provenance.peak_memory_gb
    say(f"{seconds:.1f} s, {peak} GB at the peak; {done} {path}")


def _summary(outcome: "Outcome", path: Path) -> dict[str, Any]:
    """The stable object of `--format json`."""
    from harness.experiment.result import as_json

    result = outcome.result
    return {
        "name": result.name,
        "scores": dict(result.scores),
        "intervals": as_json(result).get("intervals"),
        "counts": as_json(result)["counts"],
        "verdicts": {c.measure: str(c.verdict) for c in outcome.comparisons if c.published},
        "holds": outcome.holds,
        "result": str(path),
        "alarms": result.alarms,
    }
