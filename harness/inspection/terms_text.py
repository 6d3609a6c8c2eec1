"""What terms cost, as text and as plain data."""

from collections.abc import Sequence
from typing import Any

from harness.experiment.result import Result
from harness.inspection.function_words import FUNCTION_WORDS
from harness.inspection.term_statistics import Side, TermCost, TermStatistics
from harness.inspection.words import Words, percent


def terms_text(found: TermStatistics, result: Result, words: Words) -> str:
    """A page: what is active, dead, concentrated and expensive.

    Args:
        found: what is shown.
        result: what it was counted of.
        words: for which medium, and how wide.
    """
    heading = (
        f"{result.name}: {found.documents.texts:,} documents and {found.queries.texts:,} queries "
        f"in {found.vocab_size:,} dimensions"
    )
    half, cost = found.concentration["documents"], found.concentration["flops"]
    lines = [
        _active("Documents", found.documents, found.vocab_size),
        _active("Queries", found.queries, found.vocab_size),
        f"Active in documents and in no query: {found.unmatched:,} dimensions; in neither: "
        f"{found.dead:,}.",
        f"Half of the documents' active entries fall to {half.half:,} dimensions "
        f"({percent(half.hundred)} to the first hundred); half of the FLOPS to {cost.half:,} "
        f"({percent(cost.hundred)}).",
        _function_words(found),
        _flops(found, result),
    ]
    parts = [
        words.paragraphs([heading]),
        words.paragraphs(line for line in lines if line),
        _table("most active in documents", found.most_active, words),
        _table("most expensive", found.most_expensive, words),
        words.paragraphs(
            [
                "Share of the documents and of the queries with the term, its mean weight in those "
                "documents, its part of the FLOPS; * function word."
            ]
        ),
    ]
    return "\n\n".join(part for part in parts if part)


def terms_data(found: TermStatistics, result: Result) -> dict[str, Any]:
    """The same as one object of JSON's types."""
    load = found.function_words
    return {
        "name": result.name,
        "vocab_size": found.vocab_size,
        "avg_flops": found.avg_flops,
        "documents": _side(found.documents),
        "queries": _side(found.queries),
        "dead": found.dead,
        "unmatched": found.unmatched,
        "function_words": None if load is None else load._asdict(),
        "concentration": {name: one._asdict() for name, one in found.concentration.items()},
        "most_active": [one._asdict() for one in found.most_active],
        "most_expensive": [one._asdict() for one in found.most_expensive],
    }


def _side(side: Side) -> dict[str, Any]:
    return {"texts": side.texts, "active_dims": side.active_dims, "dead": side.dead}


def _active(what: str, side: Side, size: int) -> str:
    used = size - side.dead
    often = int((side.counts * 2 >= side.texts).sum())
    return (
        f"{what}: {side.active_dims:.2f} active dimensions each; {used:,} are used at all, "
        f"{side.dead:,} are dead, {often:,} are active in half of them or more."
    )


def _function_words(found: TermStatistics) -> str:
    load = found.function_words
    if load is None:
        return "Dimensions of an autoencoder are no terms: none is a function word."
    return (
        f"English function words ({load.dimensions:,} dimensions, of a list of "
        f"{len(FUNCTION_WORDS)}): {percent(load.document_entries)} of the documents' active "
        f"entries and {percent(load.document_weight)} of their weight, "
        f"{percent(load.query_entries)} and {percent(load.query_weight)} of the queries', "
        f"{percent(load.flops)} of the FLOPS."
    )


def _flops(found: TermStatistics, result: Result) -> str:
    told = f"FLOPS (avg_flops), added up term by term: {found.avg_flops:.6f}"
    printed = result.scores.get("avg_flops")
    if printed is None:
        return f"{told}."
    same = abs(printed - found.avg_flops) <= 1e-9 * abs(printed)
    return f"{told}; the result says {'the same' if same else f'{printed:.6f}'}."


def _table(title: str, costs: Sequence[TermCost], words: Words) -> str:
    if not costs:
        return ""
    rows = [
        {
            title: f"{cost.name}{' *' if cost.function_word else ''}",
            "documents": percent(cost.documents),
            "queries": percent(cost.queries),
            "weight": f"{cost.weight:.3f}",
            "FLOPS": f"{cost.flops:.5f}",
            "share": percent(cost.share),
        }
        for cost in costs
    ]
    right = ("documents", "queries", "weight", "FLOPS", "share")
    return words.table(rows, right=right)
