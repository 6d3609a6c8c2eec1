"""`harness list`: the shipped experiments, what each needs, and whether it is here."""

from typing import TYPE_CHECKING

import click

from harness.cli.say import say_page

if TYPE_CHECKING:
    from harness.experiment.spec import Experiment


@click.command("list")
def command() -> None:
    """Show the shipped experiments, what each needs, and whether that is here already.

    They stand model by model: a model that several experiments share is shown with the first.

    \b
    Example:
      harness list
    """
    from harness.experiment.spec import by_model
    from harness.report.tables import as_text

    rows = [row for group in by_model() for row in _rows(group)]
    say_page(as_text(rows, ("experiment", "published", "needs", "size", "here")))


def _rows(group: "tuple[Experiment, ...]") -> list[dict[str, str]]:
    """The experiments of one model: the model once, and the collection of each."""
    from harness.experiment.availability import needs

    here = {True: "yes", False: "no", None: "?"}
    rows: list[dict[str, str]] = []
    for experiment in group:
        count = len(experiment.published.values)
        first = {
            "experiment": experiment.name,
            "published": f"{count} number{'' if count == 1 else 's'}",
        }
        model, collection = needs(experiment)
        wanted = [("collection", collection)] if rows else [("model", model)]
        wanted = wanted if rows else [*wanted, ("collection", collection)]
        for kind, source in wanted:
            what = source.asset or f"{kind} {source.name}"
            origin = f" ({source.origin})" if source.origin else ""
            need = {"needs": what + origin, "size": source.size, "here": here[source.is_local()]}
            rows.append(first | need)
            first = {}
    return rows
