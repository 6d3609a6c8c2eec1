"""The plan of a model card: every evaluation of its own model, and what each was made on.

A card names its data sets loosely or not at all. What a name may mean is `printed_names`' to say;
where there is none, the digits are asked (`harness.card.audit`), and what they point at is a guess.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from harness.card import Card, same_name
from harness.card.claimed import ClaimedEvaluation, of_model
from harness.card.to_experiment import experiment_toml
from harness.collection.known_sets import facts_of
from harness.errors import HarnessError, InputError
from harness.experiment.sections import CollectionSpec
from harness.experiment.spec import Experiment, check_name, read_experiment
from harness.reproduction import Plan, PlannedEvaluation
from harness.reproduction.data_sets import choose

_CANNOT = InputError.exit_code


def of_card(card: Card, model: str, revision: str, source: str) -> Plan:
    """The plan of a card.

    Args:
        card: what was read.
        model: the id of the model whose card it is.
        revision: of the model, on the hub.
        source: the card as the user named it.

    Raises:
        InputError: the card has no number of its own model.
    """
    found = of_model(card, model)
    if not found:
        raise InputError(
            f"{source}: the card publishes no number of {model} that could be reproduced; write an "
            "experiment by hand, with the numbers that you know of."
        )
    last, earlier = _last_of_each(found)
    labels = _labels(last)
    planned = tuple(
        _planned(card, one, label, model, revision, number)
        for number, (one, label) in enumerate(zip(last, labels, strict=True))
    )
    own = {id(number) for one in found for number in one.numbers}
    others = sum(1 for one in card.evaluations if not own & set(map(id, one.published)))
    unused = [*earlier, *card.refused]
    if others:
        unused.append(f"{others} places have numbers of other models, or repeat others.")
    return Plan(source, "card", model, revision, _with_means(planned), unused=tuple(unused))


def _last_of_each(
    found: Sequence[ClaimedEvaluation],
) -> tuple[list[ClaimedEvaluation], list[str]]:
    """Of evaluations of one data set, the last; trainers print the earlier ones of other states."""
    last = {_key(one): one for one in found}
    count = Counter(map(_key, found))
    told = [
        f"{one.dataset or '(unnamed)'} is evaluated {count[key]} times; the last is judged, since "
        "earlier ones are of earlier states of the training."
        for key, one in last.items()
        if count[key] > 1
    ]
    return list(last.values()), told


def _key(one: ClaimedEvaluation) -> tuple[str, ...]:
    parameters = tuple(f"{key}={value}" for key, value in sorted(one.parameters.items()))
    return (same_name(one.dataset), one.split, one.config, one.similarity, *parameters)


def _labels(found: Sequence[ClaimedEvaluation]) -> list[str]:
    """The data set of each, with what tells it from another of that name."""
    count = Counter(same_name(one.dataset) for one in found)
    labels = [
        f"{one.dataset} ({told})" if count[same_name(one.dataset)] > 1 and told else one.dataset
        for one in found
        for told in [
            ", ".join(
                part
                for part in (one.config, one.split, one.similarity, *one.parameters.values())
                if part
            )
        ]
    ]
    return [
        f"{label} #{labels[:at].count(label) + 1}" if labels.count(label) > 1 else label
        for at, label in enumerate(labels)
    ]


def _planned(
    card: Card,
    one: ClaimedEvaluation,
    label: str,
    model: str,
    revision: str,
    number: int,
) -> PlannedEvaluation:
    choice = choose(card, one)
    planned = PlannedEvaluation(
        label=label,
        numbers=one.numbers,
        assumed=choice.why,
        guessed=choice.guessed,
        queries=choice.queries,
    )
    if choice.mean_of:  # its parts are known when all are planned
        return replace(planned, parts=choice.mean_of)
    try:
        experiment = _experiment(card, one, model, revision, number)
    except HarnessError as error:
        return replace(planned, obstacle=str(error), exit_code=error.exit_code)
    if not choice.collection:
        return replace(planned, obstacle=choice.obstacle, exit_code=_CANNOT)
    known = facts_of(choice.collection)
    return replace(
        planned,
        experiment=replace(experiment, collection=CollectionSpec(choice.collection)),
        documents=choice.documents or (known.documents if known else None),
    )


def _experiment(
    card: Card, one: ClaimedEvaluation, model: str, revision: str, number: int
) -> Experiment:
    """As `harness card --to-experiment` writes it, so that both mean the same."""
    experiment = read_experiment(experiment_toml(card, one, model, revision), one.where[0])
    if not number:
        return experiment
    name = f"{experiment.name[:140]}-{number + 1}"
    check_name(name)
    return replace(experiment, name=name)


def _with_means(planned: tuple[PlannedEvaluation, ...]) -> tuple[PlannedEvaluation, ...]:
    """A mean over collections as one over the evaluations of this card that are made on them."""
    at = {one.collection: one.label for one in planned if one.experiment}
    return tuple(_of_parts(one, at) if one.parts else one for one in planned)


def _of_parts(one: PlannedEvaluation, at: dict[str, str]) -> PlannedEvaluation:
    """sentence-transformers prints a mean behind the sets that it is over: those of the card.

    Where the card has none of them, there is nothing to take the mean of.
    """
    mine = tuple(at[collection] for collection in one.parts if collection in at)
    if len(mine) < 2:
        told = (
            f"it is a mean over {len(one.parts)} sets, of which the card has {len(mine)}: evaluate "
            "them one by one, and take the mean by `harness mean`"
        )
        return replace(one, parts=(), obstacle=told, exit_code=_CANNOT)
    assumed = f"taken over the {len(mine)} sets of this card: {', '.join(mine)}."
    return replace(one, parts=mine, assumed=(*one.assumed, assumed))
