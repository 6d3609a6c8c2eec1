"""`harness cache`: what lies in the vector cache, and how to clear it."""

import click

from harness.cli.say import say, say_beside, say_page


@click.group("cache")
def command() -> None:
    """Show or empty the cache of encoded texts.

    \b
    Examples:
      harness cache list
      harness cache prune 1a2b3c4d
      harness cache prune --all
    """


@command.command("list")
def list_() -> None:
    """Show the encoders whose vectors are kept."""
    from harness.encoder.vector_cache import VectorCache
    from harness.report.tables import as_text
    from harness.system.paths import vectors_root

    store = VectorCache(vectors_root())
    rows = [
        {
            "encoder": kept.name[:8],
            "model": kept.model,
            "shards": f"{kept.shards:,}",
            "size": f"{kept.size / 1e6:,.1f} MB",
        }
        for kept in store.kept()
    ]
    say_page(as_text(rows, ("encoder", "model", "shards", "size")))
    say_beside(f"in {store.root}")


@command.command("prune")
@click.argument("encoder", required=False)
@click.option("--all", "everything", is_flag=True, help="Remove every encoder's vectors.")
def prune(*, encoder: str | None, everything: bool) -> None:
    """Remove the vectors of ENCODER (as `harness cache list` names it)."""
    from harness.encoder.vector_cache import VectorCache
    from harness.system.paths import vectors_root

    if bool(encoder) == everything:
        raise click.UsageError("Name an encoder, or give --all.")
    store = VectorCache(vectors_root())
    removed = store.prune(encoder or "")
    say(f"removed {removed:,} shards")
    for path in store.strangers() if everything else ():
        say_beside(f"left {path}, which harness did not make")
