"""`harness list`: the shipped experiments, what each needs, and whether it is here."""

import click

from harness.cli.say import say_page


@click.command("list")
def command() -> None:
    """Show the shipped experiments, what each needs, and whether that is here already.

    \b
    Example:
      harness list
    """
    from harness.experiment.availability import needs
    from harness.experiment.spec import open_experiment, shipped
    from harness.report.tables import as_text

    here = {True: "yes", False: "no", None: "?"}
    rows: list[dict[str, str]] = []
    for name in shipped():
        experiment = open_experiment(name)
        first = {"experiment": name, "published": f"{len(experiment.published.values)} numbers"}
        for kind, source in zip(("model", "collection"), needs(experiment), strict=True):
            what = source.asset or f"{kind} {source.name}"
            origin = f" ({source.origin})" if source.origin else ""
            need = {"needs": what + origin, "size": source.size, "here": here[source.is_local()]}
            rows.append(first | need)
            first = {}
    say_page(as_text(rows, ("experiment", "published", "needs", "size", "here")))
