"""`harness sweep`: one encoding, many prunings."""

from pathlib import Path

import click

from harness.cli import options
from harness.cli.explain_command import words_of
from harness.cli.result_file import result_file
from harness.cli.say import say_json, say_page


@click.command("sweep")
@click.argument("result")
@options.results
@click.option(
    "--prune",
    "-p",
    "prunings",
    multiple=True,
    help="SIDE:RULE=VALUES, again and again.  [default: 20 points]",
)
@click.option("--measure", default="ndcg@10", show_default=True, help="What quality is.")
@click.option(
    "--csv",
    "plot",
    type=options.HomePath(dir_okay=False, path_type=Path),
    help="Write every point with every measure to this file, to plot.",
)
@click.option("--model", "-m", help="Where the model lies now, if it was moved.")
@click.option("--collection", help="Where the collection lies now.")
@options.style
def command(
    *,
    result: str,
    results: Path,
    prunings: tuple[str, ...],
    measure: str,
    plot: Path | None,
    model: str | None,
    collection: str | None,
    style: str,
) -> None:
    """Evaluate RESULT's cached vectors under many prunings, and name the knee of each curve.

    SIDE is documents, queries or both. RULE is top (so many largest weights of a text, as
    max_active_dims keeps them), weight (those that are at least so large) or mass (the largest that
    have this share of a text's weight). Nothing is encoded.

    \b
    Examples:
      harness sweep crowdrag-splade-tiny
      harness sweep results/my.json -p both:top=32,64,128 -p documents:mass=0.8,0.9
      harness sweep results/my.json --measure recall@100 --csv sweep.csv
    """
    from harness.inspection.cached_vectors import CachedVectors
    from harness.inspection.opened import open_result
    from harness.inspection.pruning import DEFAULT, parse_prunings
    from harness.inspection.sweep import sweep
    from harness.inspection.sweep_text import sweep_csv, sweep_data, sweep_text
    from harness.measures.names import Measure
    from harness.system.atomic import write_text
    from harness.system.progress import show_progress
    from harness.system.same_file import refuse_input_as_output

    chosen, quality = parse_prunings(prunings or DEFAULT), Measure.parse(measure)
    path = result_file(result, results)
    if plot is not None:
        refuse_input_as_output(plot, (path,))
    opened = open_result(path, model=model, collection=collection)
    found = sweep(CachedVectors(opened), chosen, quality, show_progress)
    if plot is not None:
        write_text(plot, sweep_csv(found))
    if style == "json":
        say_json(sweep_data(found, opened.result.name))
        return
    say_page(sweep_text(found, opened.result.name, words_of(style)))
