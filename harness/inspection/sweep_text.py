"""Quality against cost, as text, as plain data, and as CSV to plot."""

from collections.abc import Iterator
from typing import Any

from harness.inspection.curves import KEPT, Curve, Point
from harness.inspection.sweep import Sweep
from harness.inspection.words import Words, percent
from harness.measures.names import SPARSITY
from harness.report.tables import as_csv

_SIDES = {"documents": "Documents", "queries": "Queries", "both": "Documents and queries"}
_RULES = {
    "top": "the largest weights of a text",
    "weight": "weights at least so large",
    "mass": "the largest weights that have this share of a text's",
}


def sweep_text(found: Sweep, name: str, words: Words) -> str:
    """A page: a table for each curve, its knee, and the rule by which that is named.

    Args:
        found: what is shown.
        name: of the result.
        words: for which medium, and how wide.
    """
    heading = (
        f"{name}: {found.queries:,} queries, {found.documents:,} documents, search on "
        f"{found.threads} threads"
    )
    rules = [
        "query, docs: active dimensions of a query and of a document; time: seconds to index and "
        "to search.",
        "* knee: the point where the measure, scaled to 0..1 over the curve, is furthest above the "
        "FLOPS, scaled likewise (Kneedle's difference curve, Satopaa et al. 2011).",
        f"+ the cheapest point that keeps {100 * KEPT:g} % of the measure.",
    ]
    curves = [_curve(one, found, words) for one in found.curves]
    return "\n\n".join((words.paragraphs([heading]), *curves, words.paragraphs(rules)))


def sweep_data(found: Sweep, name: str) -> dict[str, Any]:
    """The same as one object of JSON's types, with every measure."""
    return {
        "name": name,
        "measure": found.measure,
        "queries": found.queries,
        "documents": found.documents,
        "threads": found.threads,
        "knee_rule": "largest y - x; y: the measure, x: avg_flops, each scaled to 0..1",
        "whole": _point(found.whole),
        "curves": [
            {
                "points": [_point(point) for point in one.points],
                "knee": None if one.knee is None else _point(one.knee),
                "kept_share": KEPT,
                "kept": _point(one.kept),
            }
            for one in found.curves
        ],
    }


def sweep_csv(found: Sweep) -> str:
    """A line for each point of each curve, at full precision."""
    measures = [key for key in found.whole.scores if key not in SPARSITY]
    columns = ("curve", "rule", "value", *measures, *SPARSITY, "postings", "search_seconds")
    ends = ("knee", "kept")
    return as_csv((*columns, *ends), _lines(found, (*measures, *SPARSITY)))


def _lines(found: Sweep, keys: tuple[str, ...]) -> Iterator[tuple[object, ...]]:
    for one in found.curves:
        family = next(point.pruning for point in one.points if point.pruning is not None)
        for point in one.points:
            yield (
                f"{family.where}:{family.rule}",
                "" if point.pruning is None else point.pruning.rule,
                "" if point.pruning is None else f"{point.pruning.value:.12g}",
                *(point.scores[key] for key in keys),
                point.postings,
                point.search_seconds,
                int(point is one.knee),
                int(point is one.kept),
            )


def _point(point: Point) -> dict[str, Any]:
    pruning = point.pruning
    return {
        "side": None if pruning is None else pruning.where,
        "rule": None if pruning is None else pruning.rule,
        "value": None if pruning is None else pruning.value,
        "scores": dict(point.scores),
        "postings": point.postings,
        "search_seconds": point.search_seconds,
    }


def _curve(one: Curve, found: Sweep, words: Words) -> str:
    family = next(point.pruning for point in one.points if point.pruning is not None)
    rows = [
        {
            "keep": "all" if point.pruning is None else f"{point.pruning.value:g}",
            found.measure: f"{point.quality:.4f}",
            "of all": percent(point.quality / found.whole.quality if found.whole.quality else 0),
            "query": f"{point.scores['query_active_dims']:.1f}",
            "docs": f"{point.scores['corpus_active_dims']:.1f}",
            "FLOPS": f"{point.flops:.3f}",
            "postings": f"{point.postings:,}",
            "time": f"{point.search_seconds:.2f}",
            "": _mark(point, one),
        }
        for point in one.points
    ]
    title = f"{_SIDES[family.where]}: {_RULES[family.rule]} ({family.where}:{family.rule})"
    table = words.table(rows, right=[name for name in rows[0] if name])
    return f"{words.paragraphs([title])}\n\n{table}"


def _mark(point: Point, one: Curve) -> str:
    kept = point is one.kept and point.pruning is not None
    return f"{'*' if point is one.knee else ''}{'+' if kept else ''}"
