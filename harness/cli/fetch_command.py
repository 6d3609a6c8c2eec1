"""`harness fetch`: get what an experiment needs, and nothing else."""

import click

from harness.cli import options
from harness.cli.say import say


@click.command("fetch")
@click.argument("experiment", required=False)
@options.weights
def command(*, experiment: str | None, weights: str | None) -> None:
    """Get the model and the collection of EXPERIMENT (by default the default experiment).

    \b
    Examples:
      harness fetch
      harness fetch insuranceqa-splade-tiny
    """
    from harness.checkpoint.open import open_checkpoint
    from harness.cli.notices import show_notices
    from harness.collection.open import open_collection
    from harness.experiment.pin import check_pinned
    from harness.experiment.spec import DEFAULT, open_experiment

    chosen = open_experiment(experiment or DEFAULT)
    checkpoint = open_checkpoint(chosen.model.id, chosen.model.revision, weights)
    check_pinned(chosen.model, checkpoint)
    collection = open_collection(chosen.collection.id)
    next(iter(collection.corpus), None)  # ir_datasets fetches documents when they are first read
    show_notices(chosen)
    say(f"model       {checkpoint.folder}")
    say(f"collection  {collection.id}: {len(collection.queries):,} queries")
