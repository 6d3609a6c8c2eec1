"""`harness card`: what a model card claims, at the precision that it prints."""

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
@options.style
def command(  # a parameter for each option
    *,
    source: str,
    revision: str,
    to_experiment: bool,
    dataset: str | None,
    evaluation: int | None,
    style: str,
) -> int:
    """Read the card SOURCE: a hub id, a folder, or a README file.

    Shows its numbers, where they stand, its usage example, its build and training, what had to be
    recovered, and what is special about the model's weights. Exit code 2 where it has no number.
    With --to-experiment, --dataset or --evaluation chooses; of several evaluations of one data set
    the last is taken, which is said on stderr.

    \b
    Examples:
      harness card rasyosef/splade-mini
      harness card ./my-splade --format json
      harness card naver/splade-v3-distilbert --to-experiment > mine.toml
    """
    from harness.card.chosen import of_dataset
    from harness.card.claimed import of_model
    from harness.card.open import open_card
    from harness.card.runnable import notes
    from harness.card.stored_weights import stored_weights
    from harness.card.to_experiment import experiment_toml
    from harness.report.cards import card_data, card_text

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
