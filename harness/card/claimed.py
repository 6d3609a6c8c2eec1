"""What a card claims of its own model: evaluation by evaluation, never two of them in one.

Evaluations are told apart by data set, split, config, revision and kind of task, by similarity
function and by their order where a card has several of one name (before and after a training, with
several limits of active dims).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from harness.card import Card, PublishedEvaluation, same_name
from harness.card.joined import Places, agrees, joined
from harness.claims.published import PublishedNumber, similarity
from harness.errors import InputError
from harness.measures.names import SPARSITY
from harness.system import inert

MOST_LISTED = 20
"""Names in one sentence."""


@dataclass(frozen=True)
class ClaimedEvaluation:
    """One evaluation that a card claims of its own model.

    Attributes:
        dataset: the data set as printed, or "" where the card leaves it unnamed.
        numbers: what is claimed, each measure once, most precise first.
        split: of the data set, config, revision: as the metadata has them, or "".
        similarity: "dot", "cosine", "euclidean" or "manhattan"; "" where no key says it.
        order: which evaluation of that data set it is in the card, from 1.
        parameters: what the evaluator was given, as printed: {"max_active_dims": "16"}.
        where: the places whose numbers these are.
        task: the kind of task, as the metadata or the heading calls it, or "".
        dataset_type: the data set's type in the metadata: its id on the hub, or another name.
    """

    dataset: str
    numbers: tuple[PublishedNumber, ...]
    split: str = ""
    config: str = ""
    revision: str = ""
    similarity: str = ""
    order: int = 1
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)
    where: tuple[str, ...] = ()
    task: str = ""
    dataset_type: str = ""

    @property
    def label(self) -> str:
        """What tells it from the card's other evaluations, in one line."""
        given = [f"{key} {value!r}"[:80] for key, value in self.parameters.items()]
        parts = [self.split, self.config, self.revision, self.similarity, *given]
        again = f"evaluation {self.order} of that name" if self.order > 1 else ""
        return ", ".join(part for part in (self.dataset or "(unnamed)", *parts, again) if part)


class Choice(NamedTuple):
    """An evaluation that was asked for; `note` says that it is one of several, else ""."""

    evaluation: ClaimedEvaluation
    note: str = ""


def of_model(card: Card, model_id: str) -> tuple[ClaimedEvaluation, ...]:
    """Every evaluation of the card's own model, metadata first, then in the card's order.

    Args:
        card: the card.
        model_id: the model's id, which tells its row in a table of several models; where no row
            bears it, the rows with the card's own name, or the name in its example, are taken.
    """
    own = _own(card, model_id)
    mine = [one for one in card.evaluations if not one.model or names_of(one.model) & own]
    found: list[ClaimedEvaluation] = []
    seen: dict[tuple[str, ...], int] = {}
    for places in joined(mine, frozenset().union(*(names_of(one.model) for one in mine))):
        one = places[0]
        identity = (same_name(one.dataset), one.split, one.config, one.revision, one.task)
        seen[identity] = seen.get(identity, 0) + 1
        found += _claimed(places, seen[identity])
    return tuple(found)


def names_of(model: str) -> frozenset[str]:
    """What a model is called: its id on the hub, with and without the owner, as `same_name`."""
    names = (same_name(model), same_name(model.rstrip("/").rpartition("/")[2]))
    return frozenset(name for name in names if name)


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
        shown = dict.fromkeys(inert.replaced(one.dataset, 60) or "(unnamed)" for one in everything)
        raise InputError(
            f"{card.source}: the card has numbers of {len(names)} data sets; choose one: "
            f"{_some(tuple(shown))}."
        )
    wanted = next(iter(names)) if dataset is None else same_name(dataset)
    found = [one for one in everything if same_name(one.dataset) == wanted]
    if not found:
        raise InputError(f"{card.source}: the card has no numbers of data set '{dataset}'.")
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


def _some(names: Sequence[str]) -> str:
    more = f", and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return ", ".join(names[:MOST_LISTED]) + more


def _own(card: Card, model_id: str) -> frozenset[str]:
    """The names of the card's model in its tables: by the id, its own name, or its example."""
    rows = frozenset().union(*(names_of(one.model) for one in card.evaluations))
    example = card.usage.model_id if card.usage else ""
    for name in (model_id, card.name, example):
        if names_of(name) & rows:
            return names_of(name)
    return names_of(model_id)


def _nothing(card: Card, model_id: str) -> str:
    models = tuple(dict.fromkeys(inert.replaced(one.model, 60) for one in card.evaluations))
    of_others = f" (it has numbers of {_some(models)})" if any(models) else ""
    return (
        f"{card.source}: the card publishes no number of {model_id} that could be reproduced"
        f"{of_others}; write the [published.values] of an experiment by hand."
    )


def _claimed(places: Places, order: int) -> Iterator[ClaimedEvaluation]:
    """The evaluations of one group of places: one for each similarity function."""
    used = _sound(places)
    numbers = [number for one in used for number in one.published]
    functions = dict.fromkeys(
        similarity(n.measure) or "" for n in numbers if n.name not in SPARSITY
    )
    if len([name for name in functions if name]) < 2:
        functions = {next((name for name in functions if name), ""): None}
    for function in functions:
        of_it = [n for n in numbers if len(functions) == 1 or _function(n) in {function, None}]
        yield _evaluation(used, function, order, _once(of_it))


def _function(number: PublishedNumber) -> str | None:
    """The similarity function; "" where none is named; None for a measure of the vectors."""
    return None if number.name in SPARSITY else similarity(number.measure) or ""


def _sound(places: Places) -> Places:
    """The places without those that contradict an earlier one: they fill in nothing."""
    used = [places[0]]
    for one in places[1:]:
        if all(agrees(earlier, one) is not False for earlier in used):
            used.append(one)
    return tuple(used)


def _once(numbers: Sequence[PublishedNumber]) -> tuple[PublishedNumber, ...]:
    found: dict[str, PublishedNumber] = {}
    for number in numbers:
        found.setdefault(number.name, number)
    return tuple(found.values())


def _evaluation(
    used: Sequence[PublishedEvaluation],
    function: str,
    order: int,
    numbers: tuple[PublishedNumber, ...],
) -> ClaimedEvaluation:
    sources = {number.source for number in numbers}
    return ClaimedEvaluation(
        dataset=used[0].dataset,
        numbers=numbers,
        split=_said(one.split for one in used),
        config=_said(one.config for one in used),
        revision=_said(one.revision for one in used),
        similarity=function,
        order=order,
        parameters=next((one.parameters for one in used if one.parameters), {}),
        where=tuple(one.where for one in used if one.where in sources or one is used[0]),
        task=_said(one.task for one in used),
        dataset_type=_said(one.dataset_type for one in used),
    )


def _said(texts: Iterator[str]) -> str:
    return next((text for text in texts if text), "")
