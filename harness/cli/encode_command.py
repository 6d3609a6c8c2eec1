"""`harness encode`: put the vectors of a collection into the cache, without evaluating."""

from typing import Any

import click

from harness.cli import options
from harness.cli.say import say


@click.command("encode")
@options.source
@options.machine
def command(**given: Any) -> None:  # noqa: ANN401 - click hands over what the decorators name
    """Encode the queries and documents of EXPERIMENT, or of --collection with --model.

    What is already encoded is not encoded again; `harness eval` uses what lies there.

    \b
    Examples:
      harness encode insuranceqa-splade-tiny
      harness encode --model ./my-splade --collection ./my-beir-folder
    """
    from harness.cli.chosen import chosen_experiment
    from harness.cli.notices import AlarmsOnce, show_notices
    from harness.pipeline.encode import encode
    from harness.system.progress import show_progress

    experiment = chosen_experiment(
        given["experiment"], given["model"], given["collection"], given["revision"]
    )
    settings = options.settings(given)
    queries, documents = encode(experiment, settings, watch=show_progress, tell=AlarmsOnce())
    show_notices(experiment)
    say(f"{queries:,} queries and {documents:,} documents lie in {settings.cache}")
