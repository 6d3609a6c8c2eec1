"""Which of a card's claimed evaluations is meant."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from harness.card import Card, same_name
from harness.card.claimed import ClaimedEvaluation, of_model
from harness.errors import InputError
from harness.system import inert

MOST_LISTED: Final = 20
"""Names in one sentence."""


class Choice(NamedTuple):
    """An evaluation that was asked for; `note` says that it is one of several, else ""."""

    evaluation: ClaimedEvaluation
    note: str = ""


def of_dataset(
    card: Card, model_id: str, dataset: str | None = None, number: int | None = None
) -> Choice:
    """The evaluation of the card's own model that is asked for.

    Args:
        card: the card.
        model_id: as for `of_model`.
        dataset: the data set as the card prints it ("" for the unnamed one); None where the card
            has numbers of just one. Of several evaluations that nothing but their order tells
            apart, the last is taken, and the choice says so.
        number: which of those of `of_model`, from 1, where the data set does not tell it.

    Raises:
        InputError: no numbers, or several evaluations and none chosen.
    """
    everything = of_model(card, model_id)
    if not everything:
        raise InputError(_nothing(card, model_id))
    if number is not None:
        if not 1 <= number <= len(everything):
            raise InputError(
                f"{card.source}: there is no evaluation {number}; the card has "
                f"{len(everything)}: {_listed(everything, everything)}."
            )
        return Choice(everything[number - 1])
    names = dict.fromkeys(same_name(one.dataset) for one in everything)
    if dataset is None and len(names) > 1:
        raise InputError(
            f"{card.source}: the card has numbers of {len(names)} data sets; choose one: "
            f"{_names(everything)}."
        )
    wanted = next(iter(names)) if dataset is None else same_name(dataset)
    found = [one for one in everything if same_name(one.dataset) == wanted]
    if not found:
        raise InputError(
            f"{card.source}: the card has no numbers of data set '{dataset}'; it has them of "
            f"{_names(everything)}."
        )
    return _last(card, found, everything)


def _last(
    card: Card, found: Sequence[ClaimedEvaluation], everything: Sequence[ClaimedEvaluation]
) -> Choice:
    """The last of several that nothing but their order tells apart."""
    if len({_setting(one) for one in found}) > 1:
        raise InputError(
            f"{card.source}: the card has {len(found)} evaluations of that data set; choose one "
            f"with --evaluation N: {_listed(found, everything)}."
        )
    if len(found) == 1:
        return Choice(found[0])
    at = everything.index(found[-1]) + 1
    return Choice(
        found[-1],
        f"the card has {len(found)} evaluations of that data set; this is the last of them, "
        f"number {at} (--evaluation N takes another: {_listed(found, everything)}).",
    )


def _setting(one: ClaimedEvaluation) -> tuple[object, ...]:
    given = tuple(sorted(one.parameters.items()))
    return (one.split, one.config, one.revision, one.similarity, one.task, given)


def _listed(some: Sequence[ClaimedEvaluation], everything: Sequence[ClaimedEvaluation]) -> str:
    numbered = {id(one): at for at, one in enumerate(everything, start=1)}
    return _some([f"{numbered[id(one)]} is {inert.replaced(one.label, 200)}" for one in some])


def _names(everything: Iterable[ClaimedEvaluation]) -> str:
    """The data sets, each once however it is spelled."""
    shown: dict[str, str] = {}
    for one in everything:
        shown.setdefault(same_name(one.dataset), inert.replaced(one.dataset, 60) or "(unnamed)")
    return _some(tuple(shown.values()))


def _some(names: Sequence[str]) -> str:
    more = f", and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return ", ".join(names[:MOST_LISTED]) + more


def _nothing(card: Card, model_id: str) -> str:
    models = tuple(dict.fromkeys(inert.replaced(one.model, 60) for one in card.evaluations))
    of_others = f" (it has numbers of {_some(models)})" if any(models) else ""
    return (
        f"{card.source}: the card publishes no number of {model_id} that could be reproduced"
        f"{of_others}; write the [published.values] of an experiment by hand."
    )
