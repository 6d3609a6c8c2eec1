"""Licence terms of what is used: said on stderr, once on each machine."""

import click

from harness.experiment.spec import Experiment


def show_notices(experiment: Experiment, terms: str = "") -> None:
    """Say the terms of the experiment's assets that have not been said on this machine yet.

    Args:
        experiment: what was run.
        terms: of its collection; said each time where the collection is no asset of ours.
    """
    from harness.assets import ASSETS, notice_once

    model, collection = experiment.model.id, experiment.collection.id
    if terms and collection.partition("/")[0] not in ASSETS:
        click.echo(f"Notice ({collection}): {terms}", err=True)
    for name in (model.removeprefix("asset:"), collection.partition("/")[0]):
        notice = notice_once(name) if name in ASSETS else ""
        if notice:
            click.echo(f"Notice ({name}): {notice}", err=True)
