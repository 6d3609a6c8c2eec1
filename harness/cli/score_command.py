"""`harness score`: score any TREC run, without a model."""

from dataclasses import asdict
from pathlib import Path

import click

from harness.cli import options
from harness.cli.say import say, say_json, say_page
from harness.measures.policy import NAMES

_FILE = options.HomePath(path_type=Path)


@click.command("score")
@click.option("--run", required=True, type=_FILE, help="Rankings, as TREC writes them (.gz too).")
@click.option("--qrels", required=True, type=_FILE, help="Judgements, TREC or BEIR (.gz too).")
@click.option(
    "--policy",
    type=click.Choice(NAMES),
    default=NAMES[0],
    show_default=True,
    help="Ties, denominators and gains: sentence-transformers' or trec_eval's (with -c).",
)
@click.option("--measures", help="Such as ndcg@10,recall@100.  [default: the card's fifteen]")
@click.option(
    "--relevance-level",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="The lowest grade that is relevant in binary measures.",
)
@click.option("--per-query", type=_FILE, help="Write the scores of each query to this CSV file.")
@options.style
def command(
    *,
    run: Path,
    qrels: Path,
    policy: str,
    measures: str | None,
    relevance_level: int,
    per_query: Path | None,
    style: str,
) -> None:
    """Score a run against judgements.

    \b
    Examples:
      harness score --run bm25.run --qrels qrels.txt --policy trec
      harness score --run r.gz --qrels test.tsv --measures ndcg@10,recall@100 --format json
    """
    from harness.cli.notices import show_alarms
    from harness.data.trec import read_qrels, read_run
    from harness.measures import score
    from harness.measures.alarms import run_alarms
    from harness.measures.names import CARD, parse_measures
    from harness.measures.policy import Policy
    from harness.report.tables import per_query_csv, scores_table
    from harness.system.atomic import write_text
    from harness.system.same_file import refuse_input_as_output

    convention = Policy(policy, relevance_level)
    asked = CARD if measures is None else parse_measures(measures)
    if per_query is not None:
        refuse_input_as_output(per_query, (run, qrels))
    rankings, judged = read_run(run), read_qrels(qrels)
    found = score(rankings, judged, asked, convention)
    alarms = run_alarms(rankings, judged, found, relevance_level)
    scores = dict(found.means)
    if per_query is not None:
        write_text(per_query, per_query_csv(found))
    counts = asdict(found.counts)
    show_alarms(alarms)
    if style == "json":
        about = {"run": str(run), "qrels": str(qrels), "policy": policy}
        found_with = {"relevance_level": relevance_level, "scores": scores, "counts": counts}
        say_json({**about, **found_with, "alarms": alarms})
        return
    say_page(scores_table(scores, "markdown" if style == "markdown" else "table"))
    say()
    say(
        f"{counts['queries']:,} queries evaluated under policy {convention}; "
        f"{counts['unanswered']:,} unanswered (each scores 0), "
        f"{counts['unjudged_queries']:,} in the run but not judged, "
        f"{counts['no_relevant']:,} judged without a relevant document."
    )
