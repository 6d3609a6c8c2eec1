"""The queries that lost most, as text and as plain data."""

from dataclasses import asdict
from typing import Any

from harness.inspection.words import Words, signed
from harness.inspection.worst import Fall, LostQuery, Worst


def worst_text(found: Worst, name: str, other: str, words: Words) -> str:
    """A page: one paragraph for each query.

    Args:
        found: what is shown.
        name: of this result.
        other: of the result before.
        words: for which medium, and how wide.
    """
    queries = found.lost + found.won + found.same
    told = (
        f"{name} against {other}, {found.measure} of {queries:,} queries: {found.lost:,} lost, "
        f"{found.won:,} won, {found.same:,} are the same; the mean changed by "
        f"{signed(found.mean, 6)}."
    )
    if not found.queries:
        return words.paragraphs([told])
    blocks = [
        _block(number, one, words, comparable=found.comparable)
        for number, one in enumerate(found.queries, 1)
    ]
    return "\n\n".join((words.paragraphs([told]), *blocks))


def worst_data(found: Worst) -> dict[str, Any]:
    """The same as one object of JSON's types."""
    return asdict(found)


def _block(number: int, one: LostQuery, words: Words, *, comparable: bool) -> str:
    head = (
        f"{number}. {one.query_id}, {one.before:.4f} to {one.now:.4f} "
        f"({signed(one.now - one.before)}): {one.text}"
    )
    why = ["No relevant document fell behind another."]
    if one.fall is not None:
        why = [_reason(one.fall, comparable=comparable), _place(one.fall, words)]
    gap = "\n\n" if words.style == "markdown" else "\n"
    return f"{words.paragraphs([head])}{gap}{words.paragraphs(why, 3)}"


def _reason(fall: Fall, *, comparable: bool) -> str:
    if not comparable:
        return "The dimensions of the two models have no common names."
    lost = ", ".join(f"{c.name} {signed(c.change, 2)}" for c in fall.causes if c.lost)
    gained = ", ".join(f"{c.name} {signed(-c.change, 2)}" for c in fall.causes if not c.lost)
    why = [f"lost {lost}"] if lost else []
    why += [f"the other gained {gained}"] if gained else []
    return "; ".join(why) or "no contribution has changed to its harm"


def _place(fall: Fall, words: Words) -> str:
    more = f" and {fall.overtaken_by - 1:,} more" if fall.overtaken_by > 1 else ""
    return (
        f"{words.short(fall.doc_id)} fell from {_rank(fall.ranks[0])} to {_rank(fall.ranks[1])}, "
        f"behind {words.short(fall.other)}{more}; its lead: {signed(fall.lead[0], 2)} to "
        f"{signed(fall.lead[1], 2)}"
    )


def _rank(rank: int | None) -> str:
    return "unranked" if rank is None else f"rank {rank:,}"
