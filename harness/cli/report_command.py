"""`harness report`: write the tables and the overview of a results folder again."""

from pathlib import Path

import click

from harness.cli import options
from harness.cli.say import say


@click.command("report")
@options.results
def command(*, results: Path) -> None:
    """Write the tables of every result in the folder, and its README.md with all of them.

    \b
    Example:
      harness report --results results
    """
    from harness.report.overview import write_overview

    path = write_overview(results)
    say(f"written {path}")
