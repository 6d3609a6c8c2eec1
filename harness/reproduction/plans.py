"""From what a user names to a plan: a card, a result, or an experiment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.card import same_name
from harness.card.open import open_card
from harness.collection.sources import resolve_collection
from harness.errors import HarnessError, InputError
from harness.experiment.result import read_result
from harness.experiment.sections import CollectionSpec
from harness.experiment.spec import Experiment, open_experiment, shipped
from harness.reproduction import Plan, PlannedEvaluation
from harness.reproduction.of_card import of_card
from harness.reproduction.of_records import of_experiment, of_result
from harness.system.paths import expand


@dataclass(frozen=True)
class Chosen:
    """What a user says beside the source.

    Attributes:
        model: a folder or hub id to be judged in place of the one that the source names.
        revision: of the model, and so of its card, on the hub.
        collection: what the numbers were made on, where the source does not say, or says otherwise.
        only: names of the evaluations that are to be judged; () for all.
    """

    model: str | None = None
    revision: str = "main"
    collection: str | None = None
    only: tuple[str, ...] = ()


def make_plan(source: str, asked: Chosen = Chosen()) -> Plan:
    """The plan of a source; nothing but a card is fetched for it.

    Args:
        source: a hub id, a folder or a README (a card); a `.json` file (a result); a `.toml` file
            or the name of a shipped experiment.
        asked: what else is known.

    Raises:
        InputError: there is no such source, it claims nothing, or no evaluation of it is asked for.
        UnreachableError: its card would have to be fetched and cannot be.
    """
    if source.endswith(".toml") or source in shipped():
        plan = of_experiment(open_experiment(source), source)
    elif source.endswith(".json"):
        plan = of_result(read_result(expand(source)), source)
    else:
        plan = of_card(*open_card(source, asked.revision), source)
    if asked.collection is not None:
        plan = _on(plan, asked.collection, asked.only)
    if asked.model is not None:
        plan = _with_model(plan, asked.model, asked.revision)
    return _cheapest_first(_named_apart(_only(plan, asked.only)))


def _named_apart(plan: Plan) -> Plan:
    """A card's results bear the names of model and collection, as those of `harness eval` do."""
    if plan.kind != "card":
        return plan
    taken: list[str] = []
    found: list[PlannedEvaluation] = []
    for one in plan.evaluations:
        if one.experiment is not None and one.collection and not one.parts:
            name = Experiment.of(plan.model, one.collection).name
            taken.append(name)
            again = taken.count(name)
            name = name if again == 1 else f"{name[:140]}-{again}"
            found.append(replace(one, experiment=replace(one.experiment, name=name)))
        else:
            found.append(one)
    return replace(plan, evaluations=tuple(found))


def _on(plan: Plan, collection: str, only: Sequence[str]) -> Plan:
    """The user knows on what one evaluation was made; what is off then is off."""
    chosen = [one for one in plan.evaluations if not only or _is_asked(one, only)]
    chosen = [one for one in chosen if not one.parts]
    if len(chosen) != 1:
        raise InputError(
            f"--collection says what one evaluation was made on, and {len(chosen)} are asked for: "
            f"choose one by --only: {_labels(plan)}."
        )
    resolve_collection(collection)  # a name that means nothing is the user's mistake
    (one,) = chosen
    if one.experiment is None:
        raise InputError(f"{one.label or '(unnamed)'}: {one.obstacle}")
    told = replace(
        one,
        experiment=replace(one.experiment, collection=CollectionSpec(collection)),
        guessed=False,
        queries=None,
        obstacle="",
        exit_code=0,
        documents=None,
        assumed=(f"it is made on {collection}, as --collection says.",),
    )
    told = with_source(told)
    return replace(
        plan, evaluations=tuple(told if each is one else each for each in plan.evaluations)
    )


def with_source(planned: PlannedEvaluation) -> PlannedEvaluation:
    """The same, with where its collection comes from; an obstacle where the name means nothing."""
    if planned.obstacle or planned.parts:
        return planned
    try:
        source = resolve_collection(planned.collection)
        here = source.is_local()
    except HarnessError as error:
        return replace(planned, obstacle=str(error), exit_code=error.exit_code)
    return replace(planned, here=here, size=source.size, origin=source.origin)


def _with_model(plan: Plan, model: str, revision: str) -> Plan:
    changed = [
        one
        if one.experiment is None
        else replace(
            one,
            experiment=replace(
                one.experiment, model=replace(one.experiment.model, id=model, revision=revision)
            ),
        )
        for one in plan.evaluations
    ]
    return replace(plan, model=model, revision=revision, evaluations=tuple(changed))


def _only(plan: Plan, only: Sequence[str]) -> Plan:
    if not only:
        return plan
    kept = [one for one in plan.evaluations if _is_asked(one, only)]
    unknown = [name for name in only if not any(_is_asked(one, [name]) for one in kept)]
    if unknown:
        raise InputError(f"{plan.source} has no evaluation '{unknown[0]}'; it has {_labels(plan)}.")
    parts = {label for one in kept for label in one.parts}
    kept = [one for one in plan.evaluations if one in kept or one.label in parts]
    left = tuple(one.label for one in plan.evaluations if one not in kept)
    return replace(plan, evaluations=tuple(kept), left_out=left)


def _is_asked(one: PlannedEvaluation, only: Sequence[str]) -> bool:
    names = {same_name(one.label), same_name(one.label.partition(" (")[0]), one.collection}
    return any(name in names or same_name(name) in names for name in only)


def _labels(plan: Plan) -> str:
    return ", ".join(one.label or "(unnamed)" for one in plan.evaluations)


def _cheapest_first(plan: Plan) -> Plan:
    """By the size of the corpus, those here first among equals; a mean after its parts."""
    sourced = list(map(with_source, plan.evaluations))

    def cost(one: PlannedEvaluation) -> tuple[bool, bool, int, bool]:
        return (bool(one.parts), one.documents is None, one.documents or 0, one.here is not True)

    return replace(plan, evaluations=tuple(sorted(sourced, key=cost)))
