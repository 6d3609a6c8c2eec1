"""Are a card's numbers those of another card?

Two models that differ print the same full double by an accident of one in a thousand million, and
the same four decimals now and then. Equal numbers are suspicious, never impossible: they are a
copied table, or one checkpoint under two names.
"""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from harness.card import Card, PublishedEvaluation, same_name
from harness.card.audit.counts import denominator
from harness.card.audit.intervals import Interval, is_audited, of_published
from harness.card.audit.verdict import WRITER, Finding
from harness.claims.published import bare
from harness.measures.names import SPARSITY

CHANCE = 1e-6
"""The probability of an accident below which equal numbers are told."""

_SPREAD = 0.2
"""Models on one set lie within this of each other, so that accidents are that much likelier."""

_LEAST = 1e-9
_FEW = 50
"""Queries where their number is not known: that of a NanoBEIR set."""

_FIRST = 11  # the values that a query with one relevant document can have: ranks 1 to 10, or none


class OtherCard(NamedTuple):
    """Another card's evaluation, and how a reader finds it."""

    label: str
    evaluation: PublishedEvaluation


def other_cards(card: Card, model_id: str) -> list[OtherCard]:
    """Each evaluation of another card, to be compared with.

    Args:
        card: the other card.
        model_id: whose it is.
    """
    return [
        OtherCard(f"{one.model or model_id} ({one.where})", one)
        for one in card.evaluations
        if any(is_audited(number.measure) for number in one.published)
    ]


def check(
    printed: Mapping[str, Interval], dataset: str, queries: int | None, others: Iterable[OtherCard]
) -> list[Finding]:
    """Compare numbers with those of other cards, measure by measure.

    Args:
        printed: the card's numbers, score functions left out.
        dataset: the data set's name as the card prints it.
        queries: how many, where known: means over few queries are equal by accident.
        others: evaluations of other cards; those of another data set's name count as well.
    """
    findings = []
    for source in others:
        theirs = _texts(source.evaluation)
        common = [name for name in printed if name in theirs]
        equal = [name for name in common if _same(printed[name], theirs[name])]
        log = sum(_log_chance(p, queries) for p in _apart(printed[name] for name in equal))
        # So many of them are equal, whichever they are.
        log += math.log(math.comb(len(common), len(equal)))
        if not equal or log > math.log(CHANCE):
            continue
        theirs_on = source.evaluation.dataset
        named = f" on {theirs_on}," if theirs_on else " on a data set without a name,"
        other = "" if same_name(theirs_on) == same_name(dataset) else named
        findings.append(
            Finding(
                "same digits",
                tuple(equal),
                "suspicious",
                f"{len(equal)} of {len(common)} numbers are those of {source.label}{other} "
                f"({', '.join(f'{m} {printed[m].number.text}' for m in equal[:3])}"
                f"{', ...' if len(equal) > 3 else ''})",
                "two models do not print the same digits by chance: a table was copied, or both "
                "are one checkpoint",
                WRITER,
            )
        )
    return findings


def _texts(one: PublishedEvaluation) -> dict[str, Interval]:
    """By measure without its score function; of several functions the first."""
    first = {bare(number.measure): number for number in reversed(one.published)}
    numbers = [number for number in one.published if first[bare(number.measure)] is number]
    return of_published(numbers, apart=True).printed if numbers else {}


def _same(one: Interval, other: Interval) -> bool:
    """Whether the digits are the same, as far as both are printed."""
    if not 0 < one.value < 1 and one.of not in SPARSITY:
        return False  # 0 and 1 are everybody's
    return one.number.decimal == other.number.decimal


def _apart(numbers: Iterable[Interval]) -> list[Interval]:
    """Those that say something of their own.

    With one relevant document a query, accuracy@k, recall@k and k x precision@k are one number.
    """
    found: dict[tuple[str, float], Interval] = {}
    for p in numbers:
        share = p.cutoff if p.name == "precision" else 1
        kind = "hits" if p.name in {"accuracy", "precision", "recall"} else p.measure
        found.setdefault((kind, round(p.value * share, 9)), p)
    return [*found.values()]


def _log_chance(p: Interval, queries: int | None) -> float:
    """The logarithm of the probability that another model prints the same."""
    values = 2 * float(p.number.half_unit) if not p.full else _LEAST
    if isinstance(p.of, str):
        return math.log(min(1.0, max(values, 1e-7) / max(1.0, p.value * _SPREAD)))
    if p.name in {"accuracy", "precision", "recall"}:
        values = max(values, 1 / ((queries or _FEW) * denominator(p)))
    elif queries is not None:
        # Few queries have few sums.
        values = max(values, 1 / math.comb(queries + _FIRST - 1, _FIRST - 1))
    return math.log(min(1.0, values / _SPREAD))
