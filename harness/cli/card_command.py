"""`harness card`: what a model card claims, at the precision that it prints."""

import click

from harness.cli import options
from harness.cli.say import say_beside, say_json, say_page


@click.command("card")
@click.argument("source")
@click.option("--revision", default="main", show_default=True, help="The model's, on the hub.")
@click.option("--to-experiment", is_flag=True, help="Write the experiment (TOML) on stdout.")
@click.option("--dataset", help="Which data set, where the card has several.")
@options.style
def command(
    *, source: str, revision: str, to_experiment: bool, dataset: str | None, style: str
) -> int:
    """Read the card SOURCE: a hub id, a folder, or a README file.

    Shows its numbers, where they stand, its usage example, its build and training, what had to be
    recovered, and what is special about the model's weights. Exit code 2 where it has no number.

    \b
    Examples:
      harness card rasyosef/splade-mini
      harness card ./my-splade --format json
      harness card naver/splade-v3-distilbert --to-experiment > mine.toml
    """
    from harness.card.open import open_card
    from harness.card.stored_weights import stored_weights
    from harness.card.to_experiment import to_experiment as as_toml
    from harness.report.cards import card_data, card_text

    card, model_id, commit = open_card(source, revision)
    if to_experiment:
        say_page(as_toml(card, model_id, commit, dataset))
        return 0
    weights = stored_weights(source, commit)
    if style == "json":
        about = {"model": model_id, "revision": commit, "weights": weights}
        say_json(about | card_data(card))
    else:
        say_page(card_text(card, "markdown" if style == "markdown" else "table", weights))
    if not card.evaluations:
        say_beside(f"Error: the card of {model_id} has no number that we know.")
    return 0 if card.evaluations else 2
