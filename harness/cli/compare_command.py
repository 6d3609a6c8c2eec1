"""`harness compare`: do two systems differ, and is it more than the queries' noise?"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli import options
from harness.cli.pipelines import check_reports, reports, write_reports
from harness.cli.say import say_json, say_page
from harness.measures.policy import NAMES

if TYPE_CHECKING:
    from harness.comparison.compare import Asked, Declared
    from harness.comparison.systems import Judging, System
    from harness.report.tables import Style

_FILE = options.HomePath(path_type=Path)

_OF_TWO = ("margins", "budgets", "original", "junit", "code_quality")
"""Options that make no sense of more systems than two."""


@click.command("compare")
@click.argument("systems", nargs=-1, required=True, type=_FILE)
@click.option("--qrels", type=_FILE, help="Judgements, TREC or BEIR, where SYSTEMS are runs.")
@click.option(
    "--policy",
    type=click.Choice(NAMES),
    default=NAMES[0],
    show_default=True,
    help="By which runs are scored; results say their own.",
)
@click.option(
    "--relevance-level",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="The lowest grade that is relevant, where SYSTEMS are runs.",
)
@click.option("--measures", help="Of runs, such as ndcg@10,recall@100.  [default: the fifteen]")
@click.option("--primary", help="The measure that decides.  [default: ndcg@10, or the first]")
@options.margins
@click.option(
    "--budget",
    "budgets",
    multiple=True,
    metavar="NAME=X",
    help="ndcg@10=0.002: on these queries no further from A than that, either way.",
)
@options.undecided
@click.option(
    "--original",
    nargs=2,
    type=_FILE,
    help="The original runs of A and of B: RMSE and effect ratio of the repetition.",
)
@click.option(
    "--collection", help="Where the texts of queries are looked up.  [default: the result's]"
)
@click.option(
    "--moved",
    type=click.IntRange(0),
    default=10,
    show_default=True,
    help="How many of the queries that moved most are named.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the flips.")
@reports
@options.style
def command(*, systems: tuple[Path, ...], style: str, **given: Any) -> int:  # noqa: ANN401
    """Compare B with A (or several systems with each other) on the same queries.

    SYSTEMS are results (.json, with their .per-query.csv beside them), runs in TREC's format with
    --qrels, or files of per-query scores (.csv). Other queries, contents, policies, levels or
    depths are refused; another model, weights, length or pruning is what is compared.

    Exit code 1 only where a declared budget or margin is broken; a margin that so few queries
    cannot decide counts as broken unless --undecided pass is given.

    \b
    Examples:
      harness compare results/before.json results/after.json
      harness compare a.json b.json --margin ndcg@10=0.005 --undecided pass
      harness compare bm25.run splade.run --qrels qrels.txt --policy trec
      harness compare a.json b.json c.json --primary mrr@10
    """
    from harness.comparison.answers import report_of_comparison
    from harness.comparison.as_json import comparison_json, several_json
    from harness.comparison.compare import compare_systems
    from harness.comparison.several import compare_several
    from harness.comparison.several_text import several_text
    from harness.comparison.systems import open_system
    from harness.comparison.text import comparison_text

    if len(systems) < 2:
        raise click.UsageError("compare needs two systems or more.")
    several = len(systems) > 2
    if several and any(given[name] for name in _OF_TWO):
        raise click.UsageError(
            "A margin, a budget, --original, --junit and --code-quality are of two systems: give "
            "two."
        )
    declared = _declared(given)
    check_reports(given)
    judging = _judging(given)
    opened = [open_system(path, judging) for path in systems]
    written: Style = "markdown" if style == "markdown" else "table"
    if several:
        found = compare_several(opened, primary=given["primary"], seed=given["seed"])
        if style == "json":
            say_json(several_json(found))
        else:
            say_page(several_text(found, written))
        return 0
    base, new = opened
    compared = compare_systems(base, new, declared, _asked(given, opened, judging))
    if style == "json":
        say_json(comparison_json(compared))
    else:
        say_page(comparison_text(compared, written))
    write_reports(given, report_of_comparison(compared))
    return int(not compared.holds)


def _declared(given: Mapping[str, Any]) -> "Declared":
    from harness.comparison.compare import Declared
    from harness.experiment.budgets import Budgets

    return Declared(
        margin=options.numbers(given["margins"], "--margin"),
        budgets=Budgets(change=options.numbers(given["budgets"], "--budget")),
        undecided_holds=given["undecided"] == "pass",
    )


def _judging(given: Mapping[str, Any]) -> "Judging":
    from harness.comparison.systems import Judging
    from harness.data.trec import read_qrels
    from harness.measures.names import CARD, parse_measures
    from harness.measures.policy import Policy

    return Judging(
        None if given["qrels"] is None else read_qrels(given["qrels"]),
        CARD if given["measures"] is None else parse_measures(given["measures"]),
        Policy(given["policy"], given["relevance_level"]),
    )


def _asked(given: Mapping[str, Any], opened: "list[System]", judging: "Judging") -> "Asked":
    from harness.comparison.compare import Asked
    from harness.comparison.moved import query_texts
    from harness.comparison.systems import open_system

    known = next((one.result.collection.id for one in opened if one.result is not None), "")
    collection = given["collection"] or known
    originals = given["original"]
    return Asked(
        primary=given["primary"],
        most_moved=given["moved"],
        texts=lambda: query_texts(collection) if collection else {},
        originals=None
        if not originals
        else (open_system(originals[0], judging), open_system(originals[1], judging)),
        seed=given["seed"],
    )
