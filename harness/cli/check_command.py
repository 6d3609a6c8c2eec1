"""`harness check`: does a result still say what its source publishes?"""

from pathlib import Path

import click

from harness.cli import options
from harness.cli.say import say, say_json, say_page


@click.command("check")
@click.argument("experiment", required=False)
@options.results
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    help="Compare with this earlier result (a .json file) as well, within the same deviations.",
)
@options.style
def command(*, experiment: str | None, results: Path, baseline: Path | None, style: str) -> int:
    """Compare the result of EXPERIMENT in the results folder with its published numbers.

    Exit code 1 when any number is off, either way; 2 when the result is not of this experiment, or
    the baseline of another collection or scored otherwise. A baseline may be of another model: what
    differs is said first.

    \b
    Examples:
      harness check crowdrag-splade-tiny
      harness check my.toml --results out --baseline results/my.json
    """
    from harness.claims.compare import baseline as claims
    from harness.claims.compare import compare
    from harness.cli.notices import show_alarms
    from harness.experiment.identity import not_run, require_claimed, require_same_task
    from harness.experiment.result import as_json, read_result
    from harness.experiment.spec import DEFAULT, open_experiment
    from harness.report.files import verdict_sentence
    from harness.report.tables import comparison_table

    chosen = open_experiment(experiment or DEFAULT)
    result = read_result(results / f"{chosen.name}.json")
    require_claimed(chosen, result)
    alarms = (*result.alarms, *not_run(chosen, result))
    told: tuple[str, ...] = ()
    around = result.intervals or {}
    comparisons = compare(result.scores, chosen.claims.published, chosen.claims.deviations, around)
    if baseline is not None:
        before = read_result(baseline)
        found = require_same_task(result, before, str(baseline))
        itself = baseline.samefile(results / f"{chosen.name}.json")
        told = (
            *(("the very file that is checked, which shows nothing",) if itself else ()),
            *(f"another {one}" for one in found.differences),
            *(f"{one} not known of both" for one in found.unknown),
        )
        earlier = claims(before.scores, str(baseline))
        tolerated = chosen.tolerated([number.name for number in earlier])
        comparisons += compare(result.scores, earlier, tolerated, around)
    good = result.holds_by(comparisons)
    if style == "json":
        verdicts = {c.measure: str(c.verdict) for c in comparisons if c.published}
        about = {"name": chosen.name, "scores": result.scores, "verdicts": verdicts, "holds": good}
        about["intervals"] = as_json(result).get("intervals")
        about["because"] = {c.measure: c.because for c in comparisons if c.because}
        if baseline is not None:
            about["baseline_differs"] = told
        say_json(about | {"alarms": alarms})
    else:
        if told:
            say(f"The baseline {baseline}: {'; '.join(told)}.")
            say()
        say_page(comparison_table(comparisons, "markdown" if style == "markdown" else "table"))
        say()
        say(f"{chosen.name}: {verdict_sentence(comparisons, result)}")
    show_alarms(alarms)
    return int(not good)
