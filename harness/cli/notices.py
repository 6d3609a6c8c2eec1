"""Licence terms of what is used: said on stderr, those of an asset once on each machine."""

import click

from harness.experiment.spec import Experiment


def show_notices(experiment: Experiment) -> None:
    """Say the terms of the experiment's model and collection, as far as they are to be said now."""
    from harness.experiment.availability import needs

    for source in sorted(needs(experiment), key=lambda source: bool(source.asset)):
        if notice := source.due_notice():
            click.echo(f"Notice ({source.asset or source.name}): {notice}", err=True)
