"""Plans from the two records that a person keeps: an experiment's file and a result's."""

from collections.abc import Mapping
from dataclasses import replace

from harness.claims.published import bare
from harness.collection.known_sets import facts_of
from harness.errors import InputError
from harness.experiment.evidence import PublishedSpec
from harness.experiment.identity import MEAN_OF
from harness.experiment.result import Result
from harness.experiment.sections import CollectionSpec, EvaluationSpec, ModelSpec
from harness.experiment.spec import Experiment
from harness.measures.names import SPARSITY, Measure
from harness.reproduction import Plan, PlannedEvaluation


def of_experiment(experiment: Experiment, source: str) -> Plan:
    """The plan of an experiment: its one evaluation, as its file says.

    Raises:
        InputError: it claims nothing, so that there is nothing to reproduce.
    """
    if not experiment.published.values and not experiment.examples:
        raise InputError(
            f"{source} claims nothing: add [published] to it, or run it by `harness eval`."
        )
    model = experiment.model
    known = facts_of(experiment.collection.id)
    planned = PlannedEvaluation(
        label=experiment.collection.id,
        numbers=experiment.published.numbers,
        documents=known.documents if known else None,
        experiment=replace(
            experiment, model=replace(model, weights_sha256=None, query_weights_sha256=None)
        ),
    )
    return Plan(
        source,
        "experiment",
        model.id,
        model.revision,
        (planned,),
        weights_sha256=model.weights_sha256,
        query_weights_sha256=model.query_weights_sha256,
    )


def of_result(result: Result, source: str) -> Plan:
    """The plan of a result: its scores are the claims, made again by what it says of itself.

    Raises:
        InputError: it is the mean of several results, each of which is to be reproduced by itself.
    """
    if result.collection.id.startswith(MEAN_OF):
        raise InputError(
            f"{source} is the {result.collection.id[:200]}: reproduce the results that it is of."
        )
    model, told = result.model, result.evaluation
    queries = model.queries
    numbers = PublishedSpec(
        source=source, exact=True, values={key: repr(v) for key, v in result.scores.items()}
    )
    experiment = Experiment(
        name=f"{result.name[:140]}-again",
        title=f"{result.name}, measured again",
        model=ModelSpec(
            model.id, model.revision or "main", _max_length(result), _max_active_dims(result)
        ),
        collection=CollectionSpec(result.collection.id),
        evaluation=EvaluationSpec(
            policy=told.policy,
            depth=told.depth,
            relevance_level=told.relevance_level,
            measures=_measures(result.scores),
            ignore_identical_ids=told.ignore_identical_ids or False,
        ),
        published=numbers,
    )
    planned = PlannedEvaluation(
        label=result.collection.id,
        numbers=numbers.numbers,
        experiment=experiment,
        documents=result.collection.documents,
        content_sha256=result.collection.sha256,
    )
    return Plan(
        source,
        "result",
        model.id,
        model.revision or "main",
        (planned,),
        unused=_unused(result),
        weights_sha256=model.weights_sha256,
        query_weights_sha256=queries.weights_sha256 if queries else None,
    )


def _max_length(result: Result) -> int | None:
    """The length that was applied, where one length says it of both roles."""
    recipes = [result.model.recipe, *([q.recipe] if (q := result.model.queries) else [])]
    cut = {one.max_length for one in recipes if one.kind in (None, "masked-lm", "autoencoder")}
    return cut.pop() if len(cut) == 1 else None


def _max_active_dims(result: Result) -> int | None:
    """The limit that was applied, where one limit says it of both roles."""
    recipes = [result.model.recipe, *([q.recipe] if (q := result.model.queries) else [])]
    limits = {one.max_active_dims for one in recipes}
    return limits.pop() if len(limits) == 1 else None


def _measures(scores: Mapping[str, float]) -> tuple[Measure, ...]:
    return tuple(Measure.parse(name) for key in scores if (name := bare(key)) not in SPARSITY)


def _unused(result: Result) -> tuple[str, ...]:
    published = result.claims.published
    if not published:
        return ()
    return (
        f"The {len(published)} published numbers that this result was compared with are another "
        "matter (`harness check`): what is judged is whether its own scores come out again.",
    )
