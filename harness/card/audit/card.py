"""Audits every evaluation that a card prints, each with the table that rounds it."""

from collections.abc import Iterator
from typing import NamedTuple

from harness.card import Card, PublishedEvaluation, same_name
from harness.card.audit import Audit, audit_intervals
from harness.card.audit.intervals import is_audited, of_published


class Audited(NamedTuple):
    """One evaluation of a card and what its digits say."""

    dataset: str
    model: str
    where: str
    audit: Audit


def audit_card(
    card: Card,
    *,
    vocab_size: int | None = None,
    documents: int | None = None,
    chunk_size: int | None = None,
    queries: int | None = None,
) -> tuple[Audited, ...]:
    """Audit each evaluation of a card by itself.

    Where front matter gives numbers in full, a table of the same model and data set is held against
    them; where there is none, the table's own digits are audited.

    Args:
        card: the card.
        vocab_size: of the model; None: what the card says, if it does.
        documents: in the corpus, if known.
        chunk_size: the evaluator's corpus_chunk_size, if known.
        queries: how many, if known; otherwise the digits are asked.

    Raises:
        InputError: one evaluation gives a measure under two score functions, or none has a measure
            that can be audited.
    """
    return tuple(
        Audited(
            main.dataset,
            main.model,
            main.where,
            audit_intervals(
                of_published(main.published),
                table=of_published(table.published, rounded=True) if table else None,
                vocab_size=vocab_size or card.architecture.output_dims,
                documents=documents,
                chunk_size=chunk_size,
                queries=queries,
            ),
        )
        for main, table in _pairs(card)
    )


def _pairs(card: Card) -> Iterator[tuple[PublishedEvaluation, PublishedEvaluation | None]]:
    """Each evaluation to audit with the table that rounds it; full precision goes first."""
    groups: dict[tuple[str, str], list[PublishedEvaluation]] = {}
    audited = [
        one
        for one in card.evaluations
        if any(is_audited(number.measure) for number in one.published)
    ]
    # Where none is, the first says so.
    for one in audited or card.evaluations[:1]:
        groups.setdefault((same_name(one.model), same_name(one.dataset)), []).append(one)
    for group in groups.values():
        full = [one for one in group if one.full_precision]
        rounded = [one for one in group if not one.full_precision]
        if full:
            yield from ((one, next(iter(rounded), None)) for one in full)
        else:
            yield from ((one, None) for one in rounded)
