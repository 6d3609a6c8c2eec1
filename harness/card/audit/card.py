"""Audits every evaluation that a card prints, each with the table that rounds it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, NamedTuple

from harness.card import Card, PublishedEvaluation
from harness.card.audit import Audit, Facts, audit_intervals, copies, named_set
from harness.card.audit.copies import OtherCard
from harness.card.audit.intervals import of_published
from harness.card.audit.maker import SENTENCE_TRANSFORMERS, aggregate, maker_of
from harness.card.audit.places import by_function, function_of, pairs, rounded
from harness.card.naming import Candidate
from harness.card.naming.candidates import candidates_of

MOST_HULLS: Final = 30
"""Evaluations of one card that are held against the convex hull, which takes longest."""


MOST_NAMED: Final = 20
"""Evaluations of one card whose sets are looked for."""


class Audited(NamedTuple):
    """One evaluation of a card, what its digits say, and the known sets that it can be of.

    Of a card's further evaluations than MOST_NAMED no candidates are looked for: ().
    """

    dataset: str
    model: str
    where: str
    audit: Audit
    candidates: tuple[Candidate, ...] = ()


def audit_card(
    card: Card,
    *,
    vocab_size: int | None = None,
    documents: int | None = None,
    chunk_size: int | None = None,
    queries: int | None = None,
    against: Iterable[OtherCard] = (),
) -> tuple[Audited, ...]:
    """Audit each evaluation of a card by itself.

    Where front matter gives numbers in full, a table of the same model and data set is held against
    them; where there is none, the table's own digits are audited. Each score function (dot, cosine)
    ranks by itself and is an evaluation of its own.

    Args:
        card: the card.
        vocab_size: of the model; None: what the card says, if it does.
        documents: in the corpus, if known.
        chunk_size: the evaluator's corpus_chunk_size, if known.
        queries: how many, if known; otherwise the digits are asked.
        against: evaluations of other cards, whose digits these should not be.

    Raises:
        InputError: one evaluation gives a measure twice, or none has one that can be audited.
    """
    facts = Facts(vocab_size, card.architecture.output_dims, documents, chunk_size, queries)
    sources = tuple(against)
    found: list[Audited] = []
    for main, table in pairs(card):
        for function, numbers in by_function(main):
            several = function and len({*map(function_of, main.published)} - {""}) > 1
            result = _audit(
                replace(main, published=numbers),
                facts,
                sources,
                table=replace(table, published=rounded(table, function)) if table else None,
                with_hull=len(found) < MOST_HULLS,
            )
            found.append(
                Audited(
                    main.dataset,
                    main.model,
                    f"{main.where} ({function})" if several else main.where,
                    result,
                    _candidates(main, facts) if len(found) < MOST_NAMED else (),
                )
            )
    return tuple(found)


def _candidates(main: PublishedEvaluation, facts: Facts) -> tuple[Candidate, ...]:
    return candidates_of(
        main, queries=facts.queries, documents=facts.documents, chunk_size=facts.chunk_size
    )


def _audit(
    one: PublishedEvaluation,
    facts: Facts,
    sources: tuple[OtherCard, ...],
    *,
    table: PublishedEvaluation | None,
    with_hull: bool,
) -> Audit:
    """One score function of an evaluation: by its digits, by the name of its set, by others'."""
    own = maker_of(one, one.published)
    maker, why = aggregate(one, own)
    # Front matter holds a dump of doubles; what stands in a table was put there by hand.
    dump = own is SENTENCE_TRANSFORMERS and one.full_precision
    card = of_published(one.published, apart=not dump)
    result = audit_intervals(
        card,
        facts,
        table=of_published(table.published, rounded=True) if table and table.published else None,
        maker=maker,
        aggregate=why,
        with_hull=with_hull,
    )
    named = None if why else named_set.named_set(one.dataset, one.split, maker)
    queries = facts.queries or result.queries or (named.facts.queries if named else None)
    beside = named_set.check(card.printed, named, maker, facts) if named else []
    beside += copies.check(card.printed, one.dataset, queries, sources)
    return replace(result, findings=(*result.findings, *beside))
