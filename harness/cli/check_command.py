"""`harness check`: does a result still say what its source publishes?"""

import json
from pathlib import Path

import click

from harness.cli import options


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

    Exit code 1 when any number is off, either way.

    \b
    Examples:
      harness check crowdrag-splade-tiny
      harness check my.toml --results out --baseline results/my.json
    """
    from harness.claims.compare import baseline as claims
    from harness.claims.compare import compare
    from harness.experiment.result import read_result
    from harness.experiment.spec import DEFAULT, open_experiment
    from harness.report.files import verdict_sentence
    from harness.report.tables import comparison_table

    chosen = open_experiment(experiment or DEFAULT)
    result = read_result(results / f"{chosen.name}.json")
    comparisons = compare(result.scores, chosen.claims.published, chosen.claims.deviations)
    if baseline is not None:
        earlier = claims(read_result(baseline).scores, str(baseline))
        tolerated = chosen.tolerated([number.name for number in earlier])
        comparisons += compare(result.scores, earlier, tolerated)
    good = result.holds_by(comparisons)
    if style == "json":
        verdicts = {c.measure: str(c.verdict) for c in comparisons if c.published}
        click.echo(
            json.dumps(
                {"name": chosen.name, "scores": result.scores, "verdicts": verdicts, "holds": good}
            )
        )
    else:
        click.echo(comparison_table(comparisons, "markdown" if style == "markdown" else "table"))
        click.echo()
        click.echo(f"{chosen.name}: {verdict_sentence(comparisons, result)}")
    return int(not good)
