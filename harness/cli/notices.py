"""Licence terms of what is used: said on stderr, once on each machine."""

import click

from harness.experiment import Experiment


def show_notices(experiment: Experiment) -> None:
    """Say the terms of the experiment's assets that have not been said on this machine yet."""
    from harness.assets import ASSETS, notice_once

    for name in (experiment.model.removeprefix("asset:"), experiment.collection.partition("/")[0]):
        notice = notice_once(name) if name in ASSETS else ""
        if notice:
            click.echo(f"Notice ({name}): {notice}", err=True)
