"""One page over all results of a folder, and the tables of each written again."""

from pathlib import Path

from harness.atomic import write_text
from harness.compare import Comparison, Verdict, compare, holds
from harness.errors import InputError
from harness.experiment import Experiment, open_experiment, shipped
from harness.report.files import write_tables
from harness.report.tables import as_text
from harness.result import Result, read_result

_COLUMNS = ("experiment", "documents", "queries", "ndcg@10", "mrr@10", "active dims", "verdict")


def write_overview(folder: Path) -> Path:
    """Write every result's tables, and README.md with a line for each.

    Raises:
        InputError: the folder has no results, or one of them is damaged.
        UnreachableError: something can not be written.
    """
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise InputError(f"There are no results in {folder}: make one with `harness eval`.")
    rows = []
    for path in paths:
        result = read_result(path)
        experiment = _experiment_of(result)
        comparisons = compare(
            result.scores,
            experiment.published if experiment else (),
            experiment.deviations if experiment else (),
        )
        if experiment:
            write_tables(folder, experiment, result, comparisons)
        rows.append(_row(result, comparisons))
    parts = (
        "# Results",
        "Made by `harness eval` and `harness report`; do not edit. Each line is measured on the "
        "collection and with the model that its page names.",
        as_text(rows, _COLUMNS, "markdown"),
        _pages(paths),
        _machines([read_result(path) for path in paths]),
    )
    target = folder / "README.md"
    write_text(target, "\n\n".join(parts) + "\n")
    return target


def _experiment_of(result: Result) -> Experiment | None:
    """The shipped experiment of a result; None for a result of a user's own model."""
    return open_experiment(result.name) if result.name in shipped() else None


def _row(result: Result, comparisons: tuple[Comparison, ...]) -> dict[str, str]:
    claimed = [c for c in comparisons if c.verdict is not Verdict.UNPUBLISHED]
    good = sum(c.verdict in (Verdict.MATCH, Verdict.CLOSE) for c in claimed)
    state = "holds" if holds(comparisons) else "OFF"
    dims = (result.scores.get(f"{side}_active_dims") for side in ("query", "corpus"))
    return {
        "experiment": result.name,
        "documents": f"{result.collection['documents']:,}",
        "queries": f"{result.counts['queries']:,}",
        "ndcg@10": _four(result.scores.get("dot_ndcg@10")),
        "mrr@10": _four(result.scores.get("dot_mrr@10")),
        "active dims": " / ".join("" if value is None else f"{value:.1f}" for value in dims),
        "verdict": f"{state}: {good} of {len(claimed)}" if claimed else "nothing published",
    }


def _four(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _pages(paths: list[Path]) -> str:
    return "\n".join(
        f"- {path.stem}: [page]({path.stem}.md), [table]({path.stem}.csv), [result]({path.name}), "
        f"[run]({path.stem}.run.gz), [each query]({path.stem}.per-query.csv)"
        for path in paths
    )


def _machines(results: list[Result]) -> str:
    lines = [
        f"- {result.name}: {sum(result.provenance['seconds'].values()):.1f} s, "
        f"{result.provenance['peak_memory_gb']} GB, on {result.provenance['machine']} "
        f"({result.provenance['when'][:10]})"
        for result in results
    ]
    return "Time without fetching, and peak memory:\n\n" + "\n".join(lines)
