"""Audits every evaluation that a card prints, each with the table that rounds it."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.card import Card, PublishedEvaluation
from harness.card.audit import Audit, Facts, audit_intervals
from harness.card.audit.intervals import Intervals, is_audited, of_published
from harness.card.audit.maker import SENTENCE_TRANSFORMERS, aggregate, maker_of
from harness.card.joined import joined
from harness.claims.published import PublishedNumber
from harness.measures.names import SPARSITY

MOST_HULLS: Final = 30
"""Evaluations of one card that are held against the convex hull, which takes longest."""


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
    them; where there is none, the table's own digits are audited. Each score function (dot, cosine)
    ranks by itself and is an evaluation of its own.

    Args:
        card: the card.
        vocab_size: of the model; None: what the card says, if it does.
        documents: in the corpus, if known.
        chunk_size: the evaluator's corpus_chunk_size, if known.
        queries: how many, if known; otherwise the digits are asked.

    Raises:
        InputError: one evaluation gives a measure twice, or none has one that can be audited.
    """
    facts = Facts(vocab_size, card.architecture.output_dims, documents, chunk_size, queries)
    found: list[Audited] = []
    for main, table in _pairs(card):
        for function, numbers in _by_function(main):
            own = maker_of(main, numbers)
            maker, why = aggregate(main, own)
            # Front matter holds a dump of doubles; what stands in a table was put there by hand.
            dump = own is SENTENCE_TRANSFORMERS and main.full_precision
            result = audit_intervals(
                of_published(numbers, apart=not dump),
                facts,
                table=_rounded(table, function),
                maker=maker,
                aggregate=why,
                with_hull=len(found) < MOST_HULLS,
            )
            several = function and len({*map(_function, main.published)} - {""}) > 1
            where = f"{main.where} ({function})" if several else main.where
            found.append(Audited(main.dataset, main.model, where, result))
    return tuple(found)


def _by_function(
    one: PublishedEvaluation,
) -> Iterator[tuple[str, tuple[PublishedNumber, ...]]]:
    """The numbers of each score function, with those of the vectors, which are of every one.

    The function is "" where a place names none. Where it names one, its other measures are of
    another tool, or of another function.
    """
    found = dict.fromkeys(name for n in _of_one_scale(one.published) if (name := _function(n)))
    yield from ((function, _of(one, function)) for function in found or ("",))


def _rounded(table: PublishedEvaluation | None, function: str) -> Intervals | None:
    numbers = _of(table, function) if table else ()
    audited = any(is_audited(number.measure) for number in numbers)
    return of_published(numbers, rounded=True) if audited else None


def _of(one: PublishedEvaluation, function: str) -> tuple[PublishedNumber, ...]:
    return tuple(
        number
        for number in _of_one_scale(one.published)
        if not function or _function(number) == function or number.name in SPARSITY
    )


def _of_one_scale(numbers: tuple[PublishedNumber, ...]) -> tuple[PublishedNumber, ...]:
    """Those in percent where some are: whether 0.9 beside 45.2 is a share or a percentage?"""
    kept = tuple(number for number in numbers if number.unit != "fraction")
    percent = any(n.unit == "percent" and is_audited(n.measure) for n in kept)
    return kept if percent else numbers


def _function(number: PublishedNumber) -> str:
    return "" if number.name == number.measure else number.measure.partition("_")[0]


def _pairs(card: Card) -> Iterator[tuple[PublishedEvaluation, PublishedEvaluation | None]]:
    """Each evaluation to audit with the table that rounds it; full precision goes first."""
    audited = [
        one
        for one in card.evaluations
        if any(is_audited(number.measure) for number in one.published)
    ]
    # Where none is, the first says so.
    for group in joined(audited or card.evaluations[:1]):
        full = [one for one in group if one.full_precision]
        rounded = [one for one in group if not one.full_precision]
        if full:
            yield from ((one, next(iter(rounded), None)) for one in full)
        else:
            yield from ((one, None) for one in rounded)
