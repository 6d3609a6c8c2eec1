"""The plan of a model card: every evaluation of its own model, and what each was made on.

A card names its data sets loosely or not at all. What a name may mean is `printed_names`' to say;
where there is none, the digits are asked (`harness.card.audit`), and what they point at is a guess.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from harness.card import Card, same_name
from harness.card.claimed import ClaimedEvaluation, names_of, of_model
from harness.card.runnable import notes
from harness.card.to_experiment import experiment_toml
from harness.collection.known_sets import facts_of
from harness.errors import HarnessError, InputError
from harness.experiment.evidence import PublishedSpec
from harness.experiment.sections import CollectionSpec
from harness.experiment.spec import Experiment, read_experiment
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
        _planned(card, one, label, model, revision) for one, label in zip(last, labels, strict=True)
    )
    unused = [*earlier, *card.refused, *_of_others(card, model)]
    return Plan(
        source,
        "card",
        model,
        revision,
        _with_means(planned),
        unused=tuple(unused),
        example_of=_example_of(card, model),
    )


def _example_of(card: Card, model: str) -> str:
    """The model that the usage example loads, where that is another.

    It may be the former name of this one, a sibling, or the one whose card was copied.
    """
    loaded = card.usage.model_id if card.usage else ""
    return "" if not loaded or names_of(loaded) & names_of(model) else loaded


def _of_others(card: Card, model: str) -> list[str]:
    """A sentence on the models that the card compares with."""
    own = names_of(model) | names_of(card.name)
    names = dict.fromkeys(one.model for one in card.evaluations if one.model)
    others = [name for name in names if not names_of(name) & own]
    if not others:
        return []
    shown = ", ".join(others[:5]) + (", …" if len(others) > 5 else "")
    return [f"numbers of other models: {shown}."]


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
    labels = []
    for one in found:
        same = [other for other in found if same_name(other.dataset) == same_name(one.dataset)]
        told = [
            text
            for name, text in _settings(one).items()
            if len({_settings(other).get(name) for other in same}) > 1
        ]
        labels.append(f"{one.dataset} ({', '.join(told)})" if told else one.dataset)
    return [
        f"{label} #{labels[:at].count(label) + 1}" if labels.count(label) > 1 else label
        for at, label in enumerate(labels)
    ]


def _settings(one: ClaimedEvaluation) -> dict[str, str]:
    """What may tell an evaluation from others of its data set, in words."""
    found = {"config": one.config, "split": one.split, "similarity": one.similarity}
    told = {name: text for name, text in found.items() if text}
    return told | {key: f"{key} {value}" for key, value in one.parameters.items()}


def _planned(
    card: Card,
    one: ClaimedEvaluation,
    label: str,
    model: str,
    revision: str,
) -> PlannedEvaluation:
    basis = choose(one)
    planned = PlannedEvaluation(
        label=label,
        numbers=one.numbers,
        # A mean is taken here, so that nobody need be told how to.
        assumed=basis.why if basis.mean_of else (*basis.why, *notes(card, one)),
        guessed=basis.guessed,
        queries=basis.queries,
        parts=basis.mean_of,
        maker=basis.maker,
    )
    try:
        experiment = _experiment(card, one, model, revision)
    except HarnessError as error:
        told = str(error).removeprefix(f"{card.source}: ")
        return replace(planned, obstacle=told, exit_code=error.exit_code, parts=())
    if basis.mean_of:  # its parts are known when all are planned
        return replace(planned, experiment=experiment)
    if not basis.collection:  # --collection may say it
        return replace(planned, experiment=experiment, obstacle=basis.obstacle, exit_code=_CANNOT)
    known = facts_of(basis.collection)
    return replace(
        planned,
        experiment=replace(experiment, collection=CollectionSpec(basis.collection)),
        documents=basis.documents or (known.documents if known else None),
    )


def _experiment(card: Card, one: ClaimedEvaluation, model: str, revision: str) -> Experiment:
    """As `harness card --to-experiment` writes it, so that both mean the same."""
    return read_experiment(experiment_toml(card, one, model, revision), one.where[0])


def _with_means(planned: tuple[PlannedEvaluation, ...]) -> tuple[PlannedEvaluation, ...]:
    """Means over collections as means over evaluations, which are added where the card lacks them.

    sentence-transformers prints a mean behind the sets that it is over. Of a card that has some of
    them it is the mean over these; of one that has none, over all that the name means, which is a
    guess, since an author may have chosen fewer.
    """
    at = {one.collection: one.label for one in planned if one.experiment and not one.parts}
    added: dict[str, PlannedEvaluation] = {}
    found: list[PlannedEvaluation] = []
    for one in planned:
        mine = tuple(at[collection] for collection in one.parts if collection in at)
        if one.parts and len(mine) >= 2:
            told = f"taken over the {len(mine)} sets of this card: {', '.join(mine)}."
            found.append(replace(one, parts=mine, assumed=(*one.assumed, told)))
        elif one.parts:
            # One that the card has keeps its numbers; an added one is called by its id.
            lacking = [collection for collection in one.parts if collection not in at]
            added |= {collection: _part(one, collection) for collection in lacking}
            parts = tuple(at.get(collection, collection) for collection in one.parts)
            found.append(replace(one, guessed=True, parts=parts))
        else:
            found.append(one)
    return (*added.values(), *found)


def _part(mean: PlannedEvaluation, collection: str) -> PlannedEvaluation:
    """A part of a mean, of which the card itself says nothing."""
    experiment, known = mean.experiment, facts_of(collection)
    if experiment is None:
        raise InputError(mean.obstacle)
    return PlannedEvaluation(
        label=collection,
        numbers=(),
        experiment=replace(
            experiment,
            published=PublishedSpec(),
            collection=CollectionSpec(collection),
        ),
        documents=known.documents if known else None,
    )
