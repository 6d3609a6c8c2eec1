"""On what was an evaluation made? By its name, held against its digits; or by these alone."""

from dataclasses import dataclass, replace
from typing import Final

from harness.card import PublishedEvaluation, same_name
from harness.card.audit.grim import search
from harness.card.audit.intervals import is_audited, of_published
from harness.card.audit.maker import maker_of
from harness.card.claimed import ClaimedEvaluation
from harness.card.naming import NONE, Candidate
from harness.card.naming.candidates import candidates_of
from harness.card.runnable import in_english
from harness.claims.published import similarity
from harness.collection.known_sets import facts_of
from harness.collection.printed_names import Meant, collection_of
from harness.collection.sources import OWN
from harness.measures.names import SPARSITY

ASK: Final = "say what it was made on by --collection (and --only, where the card has several)"

_NAMELESS: Final = frozenset(("", "dev", "eval", "test", "validation", "val", "ir"))
"""Names by which a trainer's evaluator says nothing of its data."""

LEAST: Final = 0.1
"""The least probability of a set that is tried without a name; what is off on it accuses nobody."""


@dataclass(frozen=True)
class Basis:
    """What an evaluation is taken to be made on.

    Attributes:
        collection: its id; "" where nothing is known, or where it is a mean.
        obstacle: why nothing can be run, else "".
        why: sentences on what was chosen and what the card leaves open.
        guessed: whether the card does not name it.
        queries: the smallest number of queries that the digits can be means over, if they tell.
        documents: in the corpus, where the digits told of it.
        mean_of: ids of the collections that it is a mean over.
        maker: which tool made the numbers.
    """

    collection: str = ""
    obstacle: str = ""
    why: tuple[str, ...] = ()
    guessed: bool = False
    queries: int | None = None
    documents: int | None = None
    mean_of: tuple[str, ...] = ()
    maker: str = "unknown"


def choose(one: ClaimedEvaluation) -> Basis:
    """What an evaluation of a card is taken to be made on.

    Args:
        one: the evaluation.
    """
    if not in_english(one.parameters):
        told = f"its data set is of {one.parameters['dataset_id']}, other data under the same names"
        return Basis(obstacle=f"{told}: {ASK}")
    named = same_name(one.dataset) not in _NAMELESS
    meant = _meant(one) if named else ()
    queries = None if len(meant) == 1 and len(meant[0].ids) > 1 else _queries(one)
    found = _by_name(one, meant, queries) if meant else _by_digits(one, named=named)
    return replace(found, queries=queries, maker=maker_of(_published(one), one.numbers).name)


def _meant(one: ClaimedEvaluation) -> tuple[Meant, ...]:
    """What the printed name means. A folder is meant by none: a card does not say what is read."""
    if one.dataset in OWN:
        return (Meant((one.dataset,), "the id of the collection itself"),)
    return collection_of(one.dataset, one.split)


def _by_name(one: ClaimedEvaluation, meant: tuple[Meant, ...], queries: int | None) -> Basis:
    """What the printed name means, as far as the digits allow it."""
    if len(meant[0].ids) > 1:
        return Basis(mean_of=meant[0].ids, why=(f"{meant[0].why}.",))
    fitting = [reading for reading in meant if _fits(reading, queries)]
    if not fitting:
        return Basis(
            obstacle=(
                f"'{one.dataset}' would be {meant[0].ids[0]}, and the digits are means over "
                f"{queries:,} queries or a multiple of that, which it does not have: {ASK}"
            )
        )
    if len(fitting) > 1:
        likely = [c for c in _candidates(one) if any(r.ids[0] in c.ids for r in fitting)]
        fitting.sort(key=lambda reading: _place(reading, likely))
    first, *others = fitting
    # An id stands for itself.
    why = [] if first.ids[0] == one.dataset else [f"{first.ids[0]}: {first.why}."]
    if others:
        why.append(f"It might be {' or '.join(reading.ids[0] for reading in others)} as well.")
    if one.revision:
        why.append(
            f"The card names revision {one.revision} of its data set; which one is evaluated here "
            "is its library's choice."
        )
    return Basis(first.ids[0], why=tuple(why), guessed=bool(others))


def _place(reading: Meant, likely: list[Candidate]) -> int:
    return next((at for at, one in enumerate(likely) if reading.ids[0] in one.ids), len(likely))


def _fits(reading: Meant, queries: int | None) -> bool:
    """Whether the digits can be means over the queries of a set."""
    known = facts_of(reading.ids[0])
    return queries is None or known is None or known.queries % queries == 0


def _by_digits(one: ClaimedEvaluation, *, named: bool) -> Basis:
    """The likeliest known set that can have printed the digits, and that can be opened."""
    said = (
        f"'{one.dataset}' is no data set that we know"
        if named
        else "the card does not name its data set"
    )
    found = _candidates(one)
    openable = [c for c in found if c.ids and not c.mean and c.probability >= LEAST]
    if not openable:
        return Basis(obstacle=f"{said}, and its digits point at none: {ASK}")
    first = openable[0]
    shown = "; ".join(f"{c.name} {c.probability:.0%}" for c in found[:4])
    return Basis(
        first.ids[0],
        why=(
            f"{said}; by its digits it is {first.ids[0]} ({first.why}).",
            f"What fits the digits, with its probability: {shown}.",
        ),
        guessed=True,
        documents=first.documents,
    )


def _candidates(one: ClaimedEvaluation) -> list[Candidate]:
    return [c for c in candidates_of(_published(one)) if c.name != NONE or c.probability > 0]


def _published(one: ClaimedEvaluation) -> PublishedEvaluation:
    return PublishedEvaluation(one.dataset, one.where[0], one.numbers, split=one.split)


def _queries(one: ClaimedEvaluation) -> int | None:
    """The smallest number of queries at which the digits can be means; None: they do not tell.

    Only of what sentence-transformers printed in full: other tools average in other ways.
    """
    numbers = [number for number in one.numbers if is_audited(number.measure)]
    own = any(similarity(n.measure) or n.name in SPARSITY for n in numbers)
    if not own:
        return None
    found = search(tuple(of_published(numbers).printed.values()), None)
    return int(found.queries[0]) if found.full and found.queries.size else None
