"""`harness explain`: why does a document rank where it does?"""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli import options
from harness.cli.result_file import result_file
from harness.cli.say import say_json, say_page

if TYPE_CHECKING:
    from harness.inspection.cached_vectors import CachedVectors
    from harness.inspection.words import Words


@click.command("explain")
@click.argument("result")
@options.results
@click.option("--query", "-q", help="Id of an evaluated query.")
@click.option("--doc", "-d", help="Id of a document.  [default: a relevant one]")
@click.option("--against", help="Another result on the same collection: what has changed.")
@click.option("--worst", type=click.IntRange(1), help="So many queries that lost most.")
@click.option("--measure", default="ndcg@10", show_default=True, help="What --worst looks at.")
@click.option("--top", type=click.IntRange(1, 1_000), default=10, show_default=True, help="Lines.")
@click.option("--encode", is_flag=True, help="Encode single texts that are not in the cache.")
@click.option("--model", "-m", help="Where the model lies now, if it was moved.")
@click.option("--collection", help="Where the collection lies now.")
@options.style
def command(**given: Any) -> None:  # noqa: ANN401 - click hands over what the decorators name
    """Take apart the score of a document for a query, and say what outranks it.

    RESULT is a result's .json file, or its name in the results folder. All comes from the vectors
    that its evaluation left in the cache; nothing is encoded, and no model is loaded.

    \b
    Examples:
      harness explain crowdrag-splade-tiny --query 2024-105741
      harness explain results/my.json -q 42 -d doc7 --against old/my.json
      harness explain results/my.json --against old/my.json --worst 20
    """
    if bool(given["query"]) == bool(given["worst"]):
        raise click.UsageError("Give --query ID, or --worst N with --against.")
    if given["worst"] and not given["against"]:
        raise click.UsageError("--worst needs the result that was better: give it by --against.")
    if given["worst"] and given["doc"]:
        raise click.UsageError("--doc goes with --query.")
    mine = _vectors(given["result"], given, None)
    other = _vectors(given["against"], given, mine) if given["against"] else None
    if other is not None and given["worst"]:
        _worst(mine, other, given)
    else:
        _explain(mine, other, given)


def words_of(style: str) -> "Words":
    """How findings are put into words here."""
    from harness.inspection.words import Words

    width = min(max(shutil.get_terminal_size((100, 24)).columns, 60), 160)
    return Words("markdown" if style == "markdown" else "table", width)


def _vectors(named: str, given: dict[str, Any], beside: "CachedVectors | None") -> "CachedVectors":
    """The vectors of a result.

    Args:
        named: the result.
        given: the command line.
        beside: the result that this one is compared with; None: it is the first.
    """
    from harness.experiment.result import read_result
    from harness.inspection.cached_vectors import CachedVectors
    from harness.inspection.opened import open_result

    path: Path = result_file(named, given["results"])
    moved = beside is None or read_result(path).model.id == beside.opened.result.model.id
    opened = open_result(
        path, model=given["model"] if moved else None, collection=given["collection"]
    )
    return CachedVectors(opened, encode=given["encode"])


def _explain(mine: "CachedVectors", other: "CachedVectors | None", given: dict[str, Any]) -> None:
    from harness.inspection.against import compare, require_comparable
    from harness.inspection.explain import explain
    from harness.inspection.explain_text import explanation_data, explanation_text

    if other is not None:
        require_comparable(mine.opened, other.opened)
    run = mine.opened.run()
    found = explain(mine, run, given["query"], given["doc"])
    change = compare(found, run, mine, other.opened.run(), other) if other else None
    if given["style"] == "json":
        say_json({"name": mine.opened.result.name} | explanation_data(found, change))
        return
    words = words_of(given["style"])
    say_page(explanation_text(found, mine.opened, words, given["top"], change))


def _worst(mine: "CachedVectors", other: "CachedVectors", given: dict[str, Any]) -> None:
    from harness.inspection.worst import worst
    from harness.inspection.worst_text import worst_data, worst_text
    from harness.measures.names import Measure

    measure = Measure.parse(given["measure"])
    found = worst(mine, mine.opened.run(), other, other.opened.run(), measure, given["worst"])
    names = mine.opened.result.name, other.opened.result.name
    if given["style"] == "json":
        say_json({"name": names[0], "against": names[1]} | worst_data(found))
        return
    say_page(worst_text(found, *names, words_of(given["style"])))
