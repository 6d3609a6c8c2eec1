"""`harness list`: the shipped experiments, what each needs, and whether it is here."""

import click


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

    rows: list[dict[str, str]] = []
    for name in shipped():
        experiment = open_experiment(name)
        first = {"experiment": name, "published": f"{len(experiment.published.values)} numbers"}
        for need in needs(experiment):
            rows.append(first | {"needs": need.what, "size": need.size, "here": need.here})
            first = {}
    click.echo(as_text(rows, ("experiment", "published", "needs", "size", "here")))
