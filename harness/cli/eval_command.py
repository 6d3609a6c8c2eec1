"""`harness eval`: run an experiment, write its results, and say whether the numbers hold."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli import options
from harness.measures.policy import NAMES

if TYPE_CHECKING:
    from harness.experiment.spec import Experiment
    from harness.pipeline.run_experiment import Outcome


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
@options.machine
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
    """
    from harness.cli.chosen import chosen_experiment
    from harness.cli.notices import show_notices
    from harness.pipeline.run_experiment import run_experiment
    from harness.system.progress import show_progress

    experiment = _with_options(
        chosen_experiment(
            given["experiment"], given["model"], given["collection"], given["revision"]
        ),
        given,
    )
    if given["model"]:
        _keep_apart(given["results"] / f"{experiment.name}.json", experiment)
    outcome = run_experiment(
        experiment,
        options.settings(given),
        watch=show_progress,
        ignore_examples=given["ignore_examples"],
    )
    show_notices(experiment)
    path = outcome.write(given["results"])
    _show(outcome, path, given["style"])
    return int(not outcome.holds)


def _keep_apart(path: Path, experiment: "Experiment") -> None:
    """Refuse to write over the result of another model whose name gives the same file name."""
    from harness.errors import InputError
    from harness.experiment.result import model_and_collection

    kept = model_and_collection(path)
    if kept is None:
        return  # there is none, or it is damaged
    given = (experiment.model.id, experiment.collection.id)
    if [os.path.normpath(name) for name in kept] != [os.path.normpath(name) for name in given]:
        raise InputError(
            f"{path} holds the result of {kept[0]} on {kept[1]}: give another folder with "
            "--results."
        )


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
    # A part is another thing than the whole: another file, and nothing to compare it with.
    part = f"{experiment.name}-first-{given['limit']}" if given["limit"] else None
    return experiment.evaluated(evaluation, name=part)


def _show(outcome: "Outcome", path: Path, style: str) -> None:
    from harness.report.files import markdown, summary

    result = outcome.result
    if style == "json":
        click.echo(json.dumps(_summary(outcome, path), ensure_ascii=False))
        return
    if style == "markdown":
        click.echo(markdown(result, outcome.comparisons), nl=False)
        return
    click.echo(summary(result, outcome.comparisons))
    seconds = sum(result.provenance.seconds.values())
    peak = result.provenance.peak_memory_gb
    click.echo(f"{seconds:.1f} s, {peak} GB at the peak; written to {path}")


def _summary(outcome: "Outcome", path: Path) -> dict[str, Any]:
    """The stable object of `--format json`."""
    from harness.experiment.result import as_json

    result = outcome.result
    return {
        "name": result.name,
        "scores": dict(result.scores),
        "counts": as_json(result)["counts"],
        "verdicts": {c.measure: str(c.verdict) for c in outcome.comparisons if c.published},
        "holds": outcome.holds,
        "result": str(path),
    }
