"""`harness card`: what a model card claims, at the precision that it prints."""

from pathlib import Path

import click

from harness.cli import options
from harness.cli.say import say_beside, say_json, say_page


@click.command("card")
@click.argument("source")
@click.option("--revision", default="main", show_default=True, help="The model's, on the hub.")
@click.option("--to-experiment", is_flag=True, help="Write the experiment (TOML) on stdout.")
@click.option("--dataset", help="Which data set, where the card has several.")
@click.option(
    "--evaluation", type=click.IntRange(1, 100_000), help="Which of the card's evaluations."
)
@click.option(
    "--from-result",
    multiple=True,
    type=options.HomePath(path_type=Path),
    help="Write the card of the model SOURCE from this result; may be given again.",
)
@click.option("--id", "name", help="The id of that model on the hub: OWNER/NAME.")
@options.style
def command(  # a parameter for each option
    *,
    source: str,
    revision: str,
    to_experiment: bool,
    dataset: str | None,
    evaluation: int | None,
    from_result: tuple[Path, ...],
    name: str | None,
    style: str,
) -> int:
    """Read the card SOURCE: a hub id, a folder, or a README file.

    Shows its numbers, where they stand, its usage example, its build and training, what had to be
    recovered, and what is special about the model's weights. Exit code 2 where it has no number.
    With --to-experiment, --dataset or --evaluation chooses; of several evaluations of one data set
    the last is taken, which is said on stderr. With --from-result the card of your own model is
    written: metadata, tables, and a usage example that the model prints while it is written.

    \b
    Examples:
      harness card rasyosef/splade-mini
      harness card ./my-splade --format json
      harness card naver/splade-v3-distilbert --to-experiment > mine.toml
      harness card ./my-splade --from-result results/a.json --id me/my-splade > README.md
    """
    from harness.card.chosen import of_dataset
    from harness.card.claimed import of_model
    from harness.card.open import open_card
    from harness.card.runnable import notes
    from harness.card.stored_weights import stored_weights
    from harness.card.to_experiment import experiment_toml
    from harness.report.cards import card_data, card_text

    if from_result:
        say_page(_own_card(source, revision, from_result, name))
        return 0
    if name:
        raise click.UsageError("--id names the model of a card that --from-result writes.")
    card, model_id, commit = open_card(source, revision)
    if to_experiment:
        chosen = of_dataset(card, model_id, dataset, evaluation)
        toml = experiment_toml(card, chosen.evaluation, model_id, commit, chosen.note)
        for sentence in filter(None, (chosen.note, *notes(card, chosen.evaluation))):
            say_beside(f"Note: {sentence}")
        say_page(toml)
        return 0
    weights = stored_weights(source, commit)
    claimed = of_model(card, model_id)
    if style == "json":
        about = {"model": model_id, "revision": commit, "weights": weights}
        say_json(about | card_data(card, claimed))
    else:
        say_page(card_text(card, "markdown" if style == "markdown" else "table", weights, claimed))
    if not card.evaluations:
        say_beside(f"Error: the card of {model_id} has no number that we know.")
    return 0 if card.evaluations else 2


def _own_card(model: str, revision: str, results: tuple[Path, ...], name: str | None) -> str:
    """The text of a card from results."""
    from harness.pipeline.own_card import own_card
    from harness.pipeline.run_experiment import Settings

    if not name:
        raise click.UsageError("--from-result needs --id OWNER/NAME, by which users will load it.")
    return own_card(model, results, name, Settings(), revision)
