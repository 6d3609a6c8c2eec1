"""An explanation as text for a terminal or for markdown, and as plain data for JSON."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from harness.inspection.against import Change
from harness.inspection.change_text import change_text, difference_rows
from harness.inspection.explanation import (
    Contribution,
    Difference,
    ExplainedDocument,
    Ranked,
    RankExplanation,
    Term,
)
from harness.inspection.opened import OpenedResult
from harness.inspection.words import Words, percent

EXACT = 1e-6
"""Relative: as far as float32's sums may lie from the exact ones. Further off, the vectors are not
those that the run was made of."""


def explanation_text(
    found: RankExplanation,
    opened: OpenedResult,
    words: Words,
    top: int,
    change: Change | None = None,
) -> str:
    """A page on one document for one query.

    Args:
        found: what is shown.
        opened: the result that it is of.
        words: for which medium, and how wide.
        top: lines of each table.
        change: against another result, or None.
    """
    parts = [
        _heading(found, opened, words),
        _ranking(found, words, top),
        _document(found, words, top),
        _score(found.document, words),
        *_rival(found, words, top),
        *(change_text(change, found, words, top) if change else ()),
        _legend(found, words),
    ]
    return "\n\n".join(part for part in parts if part)


def explanation_data(found: RankExplanation, change: Change | None = None) -> dict[str, Any]:
    """The same as one object of JSON's types, with every contribution."""
    data = asdict(found)
    for key, document in (("document", found.document), ("rival", found.rival)):
        if document is not None:
            data[key]["off"] = document.off
    data["differences"] = list(map(_difference_data, found.differences))
    data["against"] = None
    if change is not None:
        changed = list(map(_difference_data, change.changed))
        data["against"] = asdict(change) | {"changed": changed}
    return data


def _difference_data(one: Difference) -> dict[str, Any]:
    return asdict(one) | {"by": one.by}


def term_list(terms: Iterable[Term], most: int) -> str:
    """Terms with their weights in a row, expansion marked."""
    listed = list(terms)
    shown = ", ".join(f"{label(term)} {term.weight:.2f}" for term in listed[:most])
    more = f", and {len(listed) - most:,} more" if len(listed) > most else ""
    return f"{shown}{more}" if listed else "none: it matches nothing"


def label(term: Term) -> str:
    """A term with its mark."""
    return f"+{term.name}" if term.own is False else term.name


def _heading(found: RankExplanation, opened: OpenedResult, words: Words) -> str:
    result = opened.result
    cosine = "; weights of vectors divided by their norms" if opened.cosine else ""
    lines = [
        f"Query {found.query_id}: {found.text}",
        f"{result.name}: {result.model.id} on {result.collection.id}{cosine}",
        f"Query vector ({len(found.terms):,} active): {term_list(found.terms, 30)}",
    ]
    return words.paragraphs(lines)


def _ranking(found: RankExplanation, words: Words, top: int) -> str:
    ranked = [one for one in found.relevant if one.rank is not None]
    places = ", ".join(str(one.rank) for one in ranked[:12])
    more = ", …" if len(ranked) > 12 else ""
    told = (
        f"Relevant: {len(found.relevant):,}, of which {len(ranked):,} are among the first "
        f"{found.depth:,}{f', at rank {places}{more}' if ranked else ''}."
    )
    shown = list(found.ranking[:top])
    own = found.document.ranked
    if own.rank is not None and own.rank > top:
        first = max(top, own.rank - 2)
        shown += found.ranking[first : own.rank]
    marks = {own.doc_id: ">", **({found.rival.ranked.doc_id: "<"} if found.rival else {})}
    rows = [
        {
            "": marks.get(one.doc_id, ""),
            "rank": str(one.rank),
            "score": f"{one.score:.4f}",
            "grade": _grade(one),
            "document": one.doc_id,
        }
        for one in shown
    ]
    if not rows:
        return words.paragraphs([told, "The ranking is empty."])
    return f"{words.paragraphs([told])}\n\n{words.table(rows, right=('rank', 'score'))}"


def _grade(one: Ranked) -> str:
    if one.grade is None:
        return "-"
    return f"{one.grade} relevant" if one.relevant else str(one.grade)


def _document(found: RankExplanation, words: Words, top: int) -> str:
    document = found.document
    rank = document.ranked.rank
    place = f"rank {rank:,}" if rank else f"not among the first {found.depth:,}"
    why = f" ({found.chosen})" if found.chosen else ""
    lines = [
        f"> {document.ranked.doc_id}: {place}, score {document.ranked.score:.6f}, "
        f"{_judged(document.ranked)}{why}",
        textwrap.shorten(document.text, 2 * words.width, placeholder=" …"),
        f"Document vector ({len(document.terms):,} active): {term_list(document.terms, 15)}",
    ]
    rows = _contributions(document.contributions[:top], document.total)
    if not rows:
        return words.paragraphs([*lines, "It shares no dimension with the query: its score is 0."])
    rest = document.contributions[top:]
    if rest:
        total = sum(part.product for part in rest)
        rows.append(
            {
                "what adds to its score": f"({len(rest):,} more)",
                "adds": f"{total:.4f}",
                "share": percent(total / document.total),
            }
        )
    columns = ("query", "document", "adds", "share")
    return f"{words.paragraphs(lines)}\n\n{words.table(rows, right=columns)}"


def _judged(one: Ranked) -> str:
    if one.grade is None:
        return "not judged"
    return f"grade {one.grade}{', relevant' if one.relevant else ', not relevant'}"


def _contributions(parts: Sequence[Contribution], total: float) -> list[dict[str, str]]:
    return [
        {
            "what adds to its score": part.query.name,
            "query": _weight(part.query),
            "document": _weight(part.document),
            "adds": f"{part.product:.4f}",
            "share": percent(part.product / total),
        }
        for part in parts
    ]


def _weight(term: Term) -> str:
    return f"{'+' if term.own is False else ''}{term.weight:.4f}"


def _score(document: ExplainedDocument, words: Words) -> str:
    """Whether the contributions are all of the score that the run prints."""
    count = len(document.contributions)
    told = f"Sum of {count:,} contributions: {document.total:.9g}."
    if document.printed is None or document.off is None:
        return words.paragraphs([f"{told} The run does not hold this document."])
    if document.as_searched == document.printed:
        told += f" The run prints {document.printed:.9g}: their float32 sum, to the last bit."
    elif document.off <= EXACT:
        told += f" The run prints {document.printed:.9g}: {document.off:.1e} of it apart."
    else:
        told += (
            f" The run prints {document.printed:.9g}, which is {document.off:.1e} of it apart: "
            "these are not the vectors that the run was made of, so evaluate again."
        )
    return words.paragraphs([told])


def _rival(found: RankExplanation, words: Words, top: int) -> list[str]:
    rival, own = found.rival, found.document.ranked
    if rival is None:
        return []
    gap = rival.ranked.score - own.score
    at = f"rank {rival.ranked.rank:,}, {_judged(rival.ranked)}"
    if found.above:
        others = found.above - found.relevant_above
        told = (
            f"Outranked by {found.above:,} documents, of which {others:,} "
            f"{'is' if others == 1 else 'are'} not relevant. "
            f"The nearest of {'those' if others else 'them'} "
            f"({at}) is ahead by {gap:.6f}:"
        )
    else:
        told = f"Nothing outranks it. The next ({at}) is behind by {-gap:.6f}:"
    lines = [
        told,
        f"< {rival.ranked.doc_id}",
        textwrap.shorten(rival.text, 2 * words.width, placeholder=" …"),
    ]
    if not found.differences:
        return [words.paragraphs([*lines, "Both scores are made of the same contributions."])]
    columns = ("adds to <", "adds to >", "difference")
    rows = difference_rows(found.differences, top, ("what makes the difference", *columns))
    return [f"{words.paragraphs(lines)}\n\n{words.table(rows, right=columns)}"]


def _legend(found: RankExplanation, words: Words) -> str:
    if not found.has_terms:
        return words.paragraphs(["Dimensions of an autoencoder are no terms: they have numbers."])
    everything = (*found.terms, *found.document.terms)
    if any(term.own is None for term in everything):
        return words.paragraphs(
            ["Which terms are expansion is not known: another library took the texts apart."]
        )
    if any(term.own is False for term in everything):
        return words.paragraphs(["+ expansion: the term is no token of that text."])
    return ""
