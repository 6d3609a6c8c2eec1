"""Which places of a card are audited, and which numbers of each together."""

from collections.abc import Iterator

from harness.card import Card, PublishedEvaluation
from harness.card.audit.intervals import is_audited
from harness.card.joined import joined
from harness.claims.published import PublishedNumber
from harness.measures.names import SPARSITY


def by_function(
    one: PublishedEvaluation,
) -> Iterator[tuple[str, tuple[PublishedNumber, ...]]]:
    """The numbers of each score function, with those of the vectors, which are of every one.

    The function is "" where a place names none. Where it names one, its other measures are of
    another tool, or of another function.
    """
    found = dict.fromkeys(name for n in _of_one_scale(one.published) if (name := function_of(n)))
    yield from ((function, _of(one, function)) for function in found or ("",))


def rounded(table: PublishedEvaluation, function: str) -> tuple[PublishedNumber, ...]:
    """The numbers of a table that round those of a score function; () where none is audited.

    Args:
        table: the table.
        function: the score function, or "" where the place that it rounds names none.
    """
    numbers = _of(table, function)
    return numbers if any(is_audited(number.measure) for number in numbers) else ()


def _of(one: PublishedEvaluation, function: str) -> tuple[PublishedNumber, ...]:
    return tuple(
        number
        for number in _of_one_scale(one.published)
        if not function or function_of(number) == function or number.name in SPARSITY
    )


def _of_one_scale(numbers: tuple[PublishedNumber, ...]) -> tuple[PublishedNumber, ...]:
    """Those in percent where some are: whether 0.9 beside 45.2 is a share or a percentage?"""
    kept = tuple(number for number in numbers if number.unit != "fraction")
    percent = any(n.unit == "percent" and is_audited(n.measure) for n in kept)
    return kept if percent else numbers


def function_of(number: PublishedNumber) -> str:
    """The score function before a number's measure, or ""."""
    return "" if number.name == number.measure else number.measure.partition("_")[0]


def pairs(card: Card) -> Iterator[tuple[PublishedEvaluation, PublishedEvaluation | None]]:
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
