"""`harness card`: what a model card claims, at the precision that it prints."""

import json

import click

from harness.cli import options


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

    Shows its numbers, where they stand, its usage example, its build and training, and what had to
    be recovered. Exit code 2 where it has no number.

    \b
    Examples:
      harness card rasyosef/splade-mini
      harness card ./my-splade --format json
      harness card naver/splade-v3-distilbert --to-experiment > mine.toml
    """
    from harness.card.open import open_card
    from harness.card.to_experiment import to_experiment as as_toml
    from harness.report.cards import card_data, card_text

    card, model_id, commit = open_card(source, revision)
    if to_experiment:
        click.echo(as_toml(card, model_id, commit, dataset), nl=False)
        return 0
    if style == "json":
        about = {"model": model_id, "revision": commit}
        click.echo(json.dumps(about | card_data(card), ensure_ascii=False))
    else:
        click.echo(card_text(card, "markdown" if style == "markdown" else "table"))
    if not card.evaluations:
        click.echo(f"Error: the card of {model_id} has no number that we know.", err=True)
    return 0 if card.evaluations else 2
