"""On what was an evaluation made? By its name, held against its digits; or by these alone."""

from dataclasses import dataclass
from typing import Final

from harness.card import Card, same_name
from harness.card.claimed import ClaimedEvaluation
from harness.collection.known_sets import facts_of
from harness.collection.printed_names import Meant, collection_of

_SPLITS: Final = frozenset(("", "dev", "eval", "test", "validation", "val", "ir", "unnamed"))
"""Names by which a trainer's evaluator says nothing of its data."""

ASK: Final = "say what it was made on by --collection (and --only, where the card has several)"


@dataclass(frozen=True)
class Choice:
    """What an evaluation is taken to be made on.

    Attributes:
        collection: its id; "" where nothing is known, or where it is a mean.
        obstacle: why nothing can be run, else "".
        why: sentences on what was chosen and what the card leaves open.
        guessed: whether the card does not name it.
        queries: the smallest number of queries that the digits can be means over, if they tell.
        documents: in the corpus, where the digits told of it.
        mean_of: ids of the collections that it is a mean over.
    """

    collection: str = ""
    obstacle: str = ""
    why: tuple[str, ...] = ()
    guessed: bool = False
    queries: int | None = None
    documents: int | None = None
    mean_of: tuple[str, ...] = ()


def by_name(one: ClaimedEvaluation, queries: int | None) -> Choice | None:
    """What the printed name means; None where it says nothing to us.

    Args:
        one: the evaluation.
        queries: the smallest number of queries at which its digits can be means, if known.
    """
    if same_name(one.dataset) in _SPLITS:
        return None
    meant = collection_of(one.dataset, one.split)
    if not meant:
        return None
    if len(meant[0].ids) > 1:
        return Choice(mean_of=meant[0].ids, why=(f"{meant[0].why}.",))
    fitting = [reading for reading in meant if _fits(reading, queries)]
    if not fitting:
        return Choice(
            obstacle=(
                f"'{one.dataset}' would be {meant[0].ids[0]}, and the digits are means over "
                f"{queries:,} queries or a multiple of that, which it does not have: {ASK}"
            ),
            queries=queries,
        )
    first, *others = fitting
    why = [f"{first.ids[0]}: {first.why}."]
    if others:
        why.append(f"It might be {' or '.join(reading.ids[0] for reading in others)} as well.")
    if one.revision:
        why.append(
            f"The card names revision {one.revision} of its data set; which one is evaluated here "
            "is its library's choice."
        )
    return Choice(first.ids[0], why=tuple(why), guessed=bool(others), queries=queries)


def _fits(reading: Meant, queries: int | None) -> bool:
    """Whether the digits can be means over the queries of a set."""
    known = facts_of(reading.ids[0])
    return queries is None or known is None or known.queries % queries == 0


def choose(card: Card, one: ClaimedEvaluation) -> Choice:
    """What an evaluation of a card is taken to be made on.

    Args:
        card: the card.
        one: one of its evaluations.
    """
    queries = None
    found = by_name(one, queries)
    if found is not None:
        return found
    named = (
        f"'{one.dataset}' is no data set that we know"
        if same_name(one.dataset)
        else ("The card does not name its data set")
    )
    return Choice(obstacle=f"{named}: {ASK}", queries=queries)
