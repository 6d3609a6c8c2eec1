"""`harness terms`: what the terms of a collection's vectors cost."""

from pathlib import Path

import click

from harness.cli import options
from harness.cli.explain_command import words_of
from harness.cli.result_file import result_file
from harness.cli.say import say_json, say_page


@click.command("terms")
@click.argument("result")
@options.results
@click.option(
    "--top", type=click.IntRange(1, 100_000), default=10, show_default=True, help="Terms."
)
@click.option("--model", "-m", help="Where the model lies now, if it was moved.")
@click.option("--collection", help="Where the collection lies now.")
@options.style
def command(
    *,
    result: str,
    results: Path,
    top: int,
    model: str | None,
    collection: str | None,
    style: str,
) -> None:
    """Say which dimensions are active, dead and expensive over RESULT's queries and documents.

    RESULT is a result's .json file, or its name in the results folder; its vectors are read from
    the cache. FLOPS by term sum to avg_flops.

    \b
    Examples:
      harness terms crowdrag-splade-tiny
      harness terms results/my.json --top 50 --format json
    """
    from harness.inspection.cached_vectors import CachedVectors
    from harness.inspection.opened import open_result
    from harness.inspection.terms import term_statistics
    from harness.inspection.terms_text import terms_data, terms_text
    from harness.system.progress import show_progress

    opened = open_result(result_file(result, results), model=model, collection=collection)
    found = term_statistics(CachedVectors(opened), top, show_progress)
    if style == "json":
        say_json(terms_data(found, opened.result))
        return
    say_page(terms_text(found, opened.result, words_of(style)))
