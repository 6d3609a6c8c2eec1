"""One page over all results of a folder, and the tables of each written again."""

from pathlib import Path

from harness.claims.compare import Comparison, Verdict
from harness.claims.published import bare
from harness.errors import InputError
from harness.experiment.result import Result, read_result
from harness.report.files import write_tables
from harness.report.own_files import marked, refuse_foreign
from harness.report.tables import as_text
from harness.system import inert
from harness.system.atomic import write_text

_COLUMNS = ("experiment", "documents", "queries", "ndcg@10", "mrr@10", "active dims", "verdict")

_OVERVIEWS = ("README", "overview", "all-results", "every-result")


def write_overview(folder: Path) -> Path:
    """Write every result's tables, and README.md with a line for each; all of it or nothing.

    Raises:
        InputError: the folder has no results, one of them is damaged, or a file in the way was not
            made by harness.
        UnreachableError: something cannot be written.
    """
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise InputError(f"There are no results in {folder}: make one with `harness eval`.")
    # All are read, and all that is in the way is found, before the first is written.
    results = [read_result(path) for path in paths]
    compared = [result.comparisons for result in results]
    target = _overview(folder, paths)
    # Beside the file that was read, and not where a name inside it may point.
    stems = [path.with_suffix("") for path in paths]
    refuse_foreign(
        [target, *(stem.with_name(stem.name + end) for stem in stems for end in (".md", ".csv"))]
    )
    for stem, result, comparisons in zip(stems, results, compared, strict=True):
        write_tables(stem, result, comparisons)
    rows = [_row(*one) for one in zip(results, compared, strict=True)]
    parts = (
        "# Results",
        "Made by `harness eval` and `harness report`; do not edit. Each line is measured on the "
        "collection and with the model that its page names.",
        as_text(rows, _COLUMNS, "markdown"),
        "\n".join(_page(path) for path in paths),
        _machines(results),
    )
    write_text(target, marked("\n\n".join(parts) + "\n"))
    return target


def _overview(folder: Path, paths: list[Path]) -> Path:
    """README.md, unless that is the page of a result of this name."""
    pages = {path.stem.casefold() for path in paths}
    free = (name for name in _OVERVIEWS if name.casefold() not in pages)
    return folder / f"{next(free, 'results-overview')}.md"


def _row(result: Result, comparisons: tuple[Comparison, ...]) -> dict[str, str]:
    claimed = [c for c in comparisons if c.verdict is not Verdict.UNPUBLISHED]
    good = sum(c.verdict in (Verdict.MATCH, Verdict.CLOSE) for c in claimed)
    state = "holds" if result.holds else "OFF"
    dims = (result.scores.get(f"{side}_active_dims") for side in ("query", "corpus"))
    return {
        "experiment": result.name,
        "documents": f"{result.collection.documents:,}",
        "queries": f"{result.counts.queries:,}",
        "ndcg@10": _four(_score(result, "ndcg@10")),
        "mrr@10": _four(_score(result, "mrr@10")),
        "active dims": " / ".join("" if value is None else f"{value:.1f}" for value in dims),
        "verdict": f"{state}: {good} of {len(claimed)}" if claimed else "nothing published",
    }


def _score(result: Result, measure: str) -> float | None:
    return next((score for key, score in result.scores.items() if bare(key) == measure), None)


def _four(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _page(path: Path) -> str:
    """Links to the files of one result; a mean over collections has no run of its own."""
    names = {
        "page": f"{path.stem}.md",
        "table": f"{path.stem}.csv",
        "result": path.name,
        "run": f"{path.stem}.run.gz",
        "each query": f"{path.stem}.per-query.csv",
    }
    links = [
        f"[{what}]({inert.link_target(name)})"
        for what, name in names.items()
        if (path.parent / name).is_file()
    ]
    return f"- {inert.markdown(path.stem)}: {', '.join(links)}"


def _machines(results: list[Result]) -> str:
    made = [(result.name, result.provenance) for result in results]
    lines = [
        f"- {inert.markdown(name)}: {sum(one.seconds.values()):.1f} s, {one.peak_memory_gb} GB, "
        f"on {inert.markdown(one.machine)} ({inert.markdown(one.when[:10])})"
        for name, one in made
    ]
    return "Time without fetching, and peak memory:\n\n" + "\n".join(lines)
