"""What a card claims of its own model: evaluation by evaluation, never two of them in one.

Evaluations are told apart by data set, split, config, revision and kind of task, by similarity
function and by their order where a card has several of one name (before and after a training, with
several limits of active dims).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.card import Card, PublishedEvaluation, same_name
from harness.card.joined import Places, agrees, joined
from harness.card.nano_beir import is_nano, parted
from harness.claims.published import PublishedNumber, similarity
from harness.measures.names import SPARSITY

LIMIT = "max_active_dims"


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
        where: the places that speak of it and do not contradict each other.
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
    return tuple(_with_family(one, _data_of(found)) for one in found)


def _data_of(found: Iterable[ClaimedEvaluation]) -> str:
    """Where the NanoBEIR sets of a card are from, which their mean says and they do not."""
    stated = dict.fromkeys(
        one.parameters["dataset_id"] for one in found if "dataset_id" in one.parameters
    )
    return " or ".join(stated)


def _with_family(one: ClaimedEvaluation, dataset_id: str) -> ClaimedEvaluation:
    """With what a NanoBEIR evaluator leaves to the names: limits behind them, and whose data."""
    name, limits = parted(one.dataset)
    if not is_nano(name):
        return one
    sparse = "sparse" in one.task or not one.task
    keys = ("truncate_dim", "max_active_dims") if len(limits) > 1 or not sparse else (LIMIT,)
    named = {key: str(limit) for key, limit in zip(keys, limits, strict=False)}
    of_data = {"dataset_id": dataset_id} if dataset_id else {}
    return replace(one, parameters={**named, **of_data, **one.parameters})


def names_of(model: str) -> frozenset[str]:
    """What a model is called: its id on the hub, with and without the owner, as `same_name`."""
    names = (same_name(model), same_name(model.rstrip("/").rpartition("/")[2]))
    return frozenset(name for name in names if name)


def _own(card: Card, model_id: str) -> frozenset[str]:
    """The names of the card's model in its tables: by the id, its own name, or its example."""
    rows = frozenset().union(*(names_of(one.model) for one in card.evaluations))
    example = card.usage.model_id if card.usage else ""
    for name in (model_id, card.name, example):
        if names_of(name) & rows:
            return names_of(name)
    return names_of(model_id)


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
    together = places[0]
    for one in places[1:]:
        if agrees(together, one) is not False:
            used.append(one)
            known = {number.measure for number in together.published}
            new = tuple(n for n in one.published if n.measure not in known)
            together = replace(together, published=(*together.published, *new)) if new else together
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
    return ClaimedEvaluation(
        dataset=used[0].dataset,
        numbers=numbers,
        split=_said(one.split for one in used),
        config=_said(one.config for one in used),
        revision=_said(one.revision for one in used),
        similarity=function,
        order=order,
        parameters=next((one.parameters for one in used if one.parameters), {}),
        where=tuple(one.where for one in used),
        task=_said(one.task for one in used),
        dataset_type=_said(one.dataset_type for one in used),
    )


def _said(texts: Iterator[str]) -> str:
    return next((text for text in texts if text), "")
