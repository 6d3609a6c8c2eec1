"""`harness check`: does a result still say what its source publishes?"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli import options
from harness.cli.say import say, say_json, say_page

if TYPE_CHECKING:
    from harness.claims.compare import Comparison
    from harness.experiment.result import Result
    from harness.experiment.spec import Experiment


@click.command("check")
@click.argument("experiment", required=False)
@options.results
@click.option(
    "--baseline",
    type=options.HomePath(path_type=Path),
    help="Compare with this earlier result (a .json file) as well, within the same deviations.",
)
@options.style
def command(*, experiment: str | None, results: Path, baseline: Path | None, style: str) -> int:
    """Compare the result of EXPERIMENT in the results folder with its published numbers.

    Exit code 1 when any number is off, either way; 2 when the result is not of this experiment, or
    the baseline of another collection or scored otherwise, or there is nothing to compare. A
    baseline may be of another model: what differs is said first.

    \b
    Examples:
      harness check crowdrag-splade-tiny
      harness check my.toml --results out --baseline results/my.json
    """
    from harness.claims.compare import compare
    from harness.cli.notices import show_alarms
    from harness.errors import InputError
    from harness.experiment.identity import not_run, require_claimed
    from harness.experiment.result import read_result
    from harness.experiment.spec import DEFAULT, open_experiment
    from harness.report.files import verdict_sentence
    from harness.report.tables import comparison_table

    chosen = open_experiment(experiment or DEFAULT)
    path = results / f"{chosen.name}.json"
    result = read_result(path)
    require_claimed(chosen, result)
    alarms = (*result.alarms, *not_run(chosen, result))
    told: tuple[str, ...] | None = None
    published, deviations = chosen.claims.published, chosen.claims.deviations
    comparisons = compare(result.scores, published, deviations, result.intervals or {})
    if baseline is not None:
        told, against = _against(baseline, chosen, path, result)
        comparisons += against
    if not any(row.published for row in comparisons) and not result.examples:
        raise InputError(
            f"The experiment '{chosen.name}' publishes nothing that '{result.name}' could be "
            "checked against: add [published], or give an earlier result by --baseline."
        )
    if style == "json":
        say_json(_summary(chosen.name, result, comparisons, told) | {"alarms": alarms})
    else:
        if told:
            say(f"The baseline {baseline}: {'; '.join(told)}.")
            say()
        say_page(comparison_table(comparisons, "markdown" if style == "markdown" else "table"))
        say()
        say(f"{chosen.name}: {verdict_sentence(comparisons, result)}")
    show_alarms(alarms)
    return int(not result.holds_by(comparisons))


def _against(
    baseline: Path, chosen: "Experiment", path: Path, result: "Result"
) -> "tuple[tuple[str, ...], tuple[Comparison, ...]]":
    """How a baseline is another than the result at `path`, and the two side by side."""
    from harness.claims.compare import baseline as claims
    from harness.claims.compare import compare
    from harness.errors import InputError
    from harness.experiment.identity import require_same_task
    from harness.experiment.result import read_result

    before = read_result(baseline)
    found = require_same_task(result, before, str(baseline))
    itself = baseline.samefile(path)
    told = (
        *(("the very file that is checked, which shows nothing",) if itself else ()),
        *(f"another {one}" for one in found.differences),
        *(f"{one} not known of both" for one in found.unknown),
    )
    earlier = claims(before.scores, str(baseline))
    tolerated = chosen.tolerated([number.name for number in earlier])
    rows = compare(result.scores, earlier, tolerated, result.intervals or {})
    if not any(row.published and row.measured is not None for row in rows):
        raise InputError(
            f"'{chosen.name}' and {baseline} have no score in common, so there is nothing to "
            "compare: give a result with the same measures."
        )
    return told, rows


def _summary(
    name: str,
    result: "Result",
    comparisons: "tuple[Comparison, ...]",
    told: tuple[str, ...] | None,
) -> dict[str, Any]:
    """The one object of --format json; how the baseline differs only where there is one."""
    from harness.experiment.result import as_json

    about: dict[str, Any] = {
        "name": name,
        "scores": result.scores,
        "verdicts": {c.measure: str(c.verdict) for c in comparisons if c.published},
        "holds": result.holds_by(comparisons),
        "intervals": as_json(result).get("intervals"),
        "because": {c.measure: c.because for c in comparisons if c.because},
    }
    return about if told is None else about | {"baseline_differs": told}
