"""`harness audit`: can an evaluation have printed a card's digits?"""

import click

from harness.cli import options
from harness.cli.say import say_json, say_page

_COUNT = click.IntRange(1, 1_000_000_000_000)


@click.command("audit")
@click.argument("source")
@click.option("--revision", default="main", show_default=True, help="The model's, on the hub.")
@click.option("--documents", type=_COUNT, help="In the corpus, if you know it.")
@click.option("--chunk-size", type=_COUNT, help="The evaluator's corpus_chunk_size, if known.")
@click.option("--queries", type=_COUNT, help="How many.  [default: the digits are asked]")
@click.option("--vocab-size", type=_COUNT, help="Of the model.  [default: what the card says]")
@click.option("--against", multiple=True, metavar="CARD", help="Tell numbers equal to CARD's.")
@options.style
def command(  # a parameter for each option
    *,
    source: str,
    revision: str,
    documents: int | None,
    chunk_size: int | None,
    queries: int | None,
    vocab_size: int | None,
    against: tuple[str, ...],
    style: str,
) -> int:
    """Hold the digits of the card SOURCE (hub id, folder, README file) against arithmetic.

    No model and no data are needed. Exit code 1 when an evaluation cannot have printed them. Known
    data sets that fit the digits are told with the probability of each; --against CARD, which can
    be given several times, tells the numbers of another card that are the same.

    \b
    Examples:
      harness audit rasyosef/splade-mini
      harness audit README.md --documents 49036 --chunk-size 2048
      harness audit README.md --against naver/splade-v3
    """
    from harness.card.audit.card import audit_card
    from harness.card.audit.copies import other_cards
    from harness.card.open import open_card
    from harness.errors import InputError
    from harness.report.audits import audit_data, audit_text

    card, model_id, commit = open_card(source, revision)
    if not card.evaluations:
        raise InputError(f"the card of {model_id} has no number to audit.")
    audited = audit_card(
        card,
        vocab_size=vocab_size,
        documents=documents,
        chunk_size=chunk_size,
        queries=queries,
        against=[
            other
            for name in against
            for opened in [open_card(name)]
            for other in other_cards(opened.card, opened.model_id)
        ],
    )
    impossible = any(one.audit.impossible for one in audited)
    if style == "json":
        about = {"model": model_id, "revision": commit, "impossible": impossible}
        say_json(about | {"audits": audit_data(audited)})
    else:
        say_page(audit_text(audited, "markdown" if style == "markdown" else "table"))
    return int(impossible)
