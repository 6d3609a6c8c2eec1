"""`harness reproduce`: from a card, a result or an experiment to one verdict."""

from typing import TYPE_CHECKING, Any

import click

from harness.cli import options
from harness.cli.pipelines import check_reports, reports, write_reports
from harness.cli.say import say, say_beside, say_json, say_page

if TYPE_CHECKING:
    from harness.report.tables import Style
    from harness.reproduction import Plan, PlannedEvaluation
    from harness.reproduction.calibrate import Calibration


@click.command("reproduce")
@click.argument("source")
@options.results
@click.option("--model", "-m", help="Folder or hub id to judge in place of SOURCE's own.")
@click.option("--revision", default="main", show_default=True, help="The model's, on the hub.")
@click.option("--collection", help="What the numbers were made on, where SOURCE does not say.")
@click.option("--only", multiple=True, help="The evaluation of this name; may be given again.")
@click.option("--dry-run", is_flag=True, help="Show the plan, fetch and judge nothing.")
@click.option(
    "--ignore-examples", is_flag=True, help="Go on when a usage example is not reproduced."
)
@options.weights
@options.machine
@reports
@options.style
def command(**given: Any) -> int:  # noqa: ANN401 - click hands over what the decorators name
    """Judge the numbers that SOURCE claims: a model's card, a result, or an experiment.

    SOURCE is a hub id, a folder or a README file (its card); a .json file (a result); a .toml file
    or the name of a shipped experiment. Says first what is claimed, on what, and what it takes;
    then whether the checkpoint is the published one; then evaluates, the cheapest first. Exit code
    0 when every number is reproduced, 1 when one is not, 3 when something was out of reach, 2 when
    it cannot be run, or it is not known what the numbers were made on.

    \b
    Examples:
      harness reproduce rasyosef/splade-mini
      harness reproduce ./my-splade --only NanoMSMARCO --dry-run
      harness reproduce README.md --model ./my-splade --collection ./my-beir-folder
      harness reproduce results/crowdrag-splade-tiny.json
    """
    from harness.cli.notices import AlarmsOnce
    from harness.reproduction.answers import report_of
    from harness.reproduction.checkpoint_check import with_model_checked
    from harness.reproduction.page import (
        plan_data,
        plan_text,
        reproduction_data,
        reproduction_text,
        verdict_sentence,
    )
    from harness.reproduction.plans import Chosen, make_plan
    from harness.reproduction.run import Watching, reproduce_plan
    from harness.system.progress import show_progress

    asked = Chosen(given["model"], given["revision"], given["collection"], given["only"])
    settings = options.settings(given)
    check_reports(given, keep=given["dry_run"])
    plan = with_model_checked(make_plan(given["source"], asked), settings)
    style: Style = "markdown" if given["style"] == "markdown" else "table"
    as_json = given["style"] == "json"
    if given["dry_run"] and as_json:
        say_json(plan_data(plan))
    elif not as_json:
        say_page(plan_text(plan, style))
    if given["dry_run"]:
        return plan.can_judge
    tell = AlarmsOnce()
    found = reproduce_plan(
        plan,
        settings,
        results=given["results"],
        watching=Watching(show_progress, tell, lambda one: _time(plan, one), _begin),
        ignore_examples=given["ignore_examples"],
    )
    if as_json:
        say_json(reproduction_data(found))
    else:
        say()
        say_page(reproduction_text(found, style))
    tell(*found.alarms)
    write_reports(given, report_of(found))
    if found.exit_code > 1:  # stdout has it too; whoever reads that by a program looks here
        say_beside(f"Error: {verdict_sentence(found)}")
    return found.exit_code


def _time(plan: "Plan", calibration: "Calibration") -> None:
    from harness.reproduction.page import calibration_text

    say_beside(calibration_text(plan, calibration))


def _begin(planned: "PlannedEvaluation") -> None:
    if planned.collection and not planned.parts:
        say_beside(f"Evaluating {planned.label or '(unnamed)'} on {planned.collection}.")
