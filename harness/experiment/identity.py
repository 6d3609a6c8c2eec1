"""Claim identity: what a result's scores are of, so that like is compared with like.

Two results of one claim identity measure the same thing: the same model files under the same
settings, on the same collection, ranked and scored alike. The machine, the versions, the threads,
the batches and the implementation of the vocabulary head are no part of it: they are provenance.

A key that a file lacks is unknown: equal to nothing and different from nothing, and said to be so.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from harness.errors import InputError
from harness.experiment.parts import RecipeInfo
from harness.experiment.result import Result
from harness.experiment.spec import Experiment

Fact = str | int | bool | None
"""One part of an identity; None: the file does not say."""

MEAN_OF: Final = "mean of "
"""How the collection of a mean is called: this, and the ids of its parts with commas between."""

_COMMIT = re.compile("[0-9a-f]{40}")


@dataclass(frozen=True)
class ClaimIdentity:
    """What scores are of, by the name of each part as it stands in a result.

    Attributes:
        model: hashes of the model's files, and the settings that change its vectors.
        collection: the hash of its content, and how many queries were evaluated.
        evaluation: policy, relevance level, depth, and whether identical ids are ignored.
    """

    model: Mapping[str, Fact]
    collection: Mapping[str, Fact]
    evaluation: Mapping[str, Fact]


@dataclass(frozen=True)
class Unlike:
    """How two identities are told apart.

    Attributes:
        differences: of each part that differs, its name and both values: `policy: st and trec`.
        unknown: the parts that one of the two does not say.
    """

    differences: tuple[str, ...]
    unknown: tuple[str, ...]


def identity(result: Result) -> ClaimIdentity:
    """The claim identity of a result."""
    model, evaluation = result.model, result.evaluation
    queries = model.queries
    other: dict[str, Fact] = (
        {"queries": "as documents"}
        if queries is None
        else {
            "queries": "by an encoder of their own",
            "queries.weights_sha256": queries.weights_sha256,
            "queries.tokenizer_sha256": queries.tokenizer_sha256,
            **{f"queries.{name}": value for name, value in _recipe(queries.recipe).items()},
        }
    )
    return ClaimIdentity(
        model={
            "weights_sha256": model.weights_sha256,
            "tokenizer_sha256": model.tokenizer_sha256,
            "configuration_sha256": model.configuration_sha256,
            "precision": model.precision,
        }
        | _recipe(model.recipe)
        | other,
        collection={"sha256": result.collection.sha256, "queries": result.counts.queries},
        evaluation=asdict(evaluation),
    )


def _recipe(recipe: RecipeInfo) -> dict[str, Fact]:
    """A recipe's parts; what it does not say has one meaning, so that nothing is unknown."""
    told = asdict(recipe) | {
        "max_active_dims": recipe.max_active_dims or "all",
        "kind": recipe.kind or "masked-lm",
        "normalized": recipe.normalized or False,
        "steps": ", ".join(recipe.steps or ()) or "none",
    }
    return {f"recipe.{key}": value for key, value in told.items()}


def unlike(one: Mapping[str, Fact], other: Mapping[str, Fact]) -> Unlike:
    """What tells two parts of identities apart, in their order."""
    both = {name: (value, other[name]) for name, value in one.items() if name in other}
    return Unlike(
        tuple(
            f"{name}: {_shown(mine)} and {_shown(theirs)}"
            for name, (mine, theirs) in both.items()
            if None not in (mine, theirs) and mine != theirs
        ),
        tuple(name for name, pair in both.items() if None in pair),
    )


def require_claimed(experiment: Experiment, result: Result) -> None:
    """Refuse to compare an experiment's claims with a result of something else.

    Raises:
        InputError: with the first difference.
    """
    said = next(_other_than_claimed(experiment, result), None)
    if said:
        raise InputError(
            f"The result '{result.name}' is not one of the experiment '{experiment.name}', so its "
            f"claims say nothing of it: {said}. Evaluate the experiment, or check the result with "
            "the experiment that it is of."
        )


def require_same_task(result: Result, baseline: Result, source: str) -> Unlike:
    """Refuse a baseline on another collection or scored otherwise; a changed model is the test.

    Args:
        result: what is checked.
        baseline: an earlier result.
        source: where that stands.

    Returns:
        How the two models are told apart.

    Raises:
        InputError: with the difference.
    """
    mine, theirs = identity(result), identity(baseline)
    for part in ("collection", "evaluation"):
        found = unlike(getattr(mine, part), getattr(theirs, part))
        if found.differences:
            raise InputError(
                f"'{result.name}' and {source} cannot be compared: they differ in {part} "
                f"{found.differences[0]}; a baseline is of the same collection and queries, ranked "
                "and scored alike."
            )
    return unlike(mine.model, theirs.model)


def not_as_claimed(claimed: Experiment, run: Experiment) -> tuple[str, ...]:
    """An alarm where published numbers are compared with what is scored otherwise.

    Args:
        claimed: the experiment as its file has it.
        run: the same with what a command line says otherwise.
    """
    if not run.published.values:
        return ()
    changed = ", ".join(
        f"{name} {getattr(run.evaluation, name)} and not {getattr(claimed.evaluation, name)}"
        for name in _SCORED_BY
        if getattr(run.evaluation, name) != getattr(claimed.evaluation, name)
    )
    if not changed:
        return ()
    return (f"The published numbers are claimed of something else: this is {changed}.",)


def not_run(experiment: Experiment, result: Result) -> tuple[str, ...]:
    """An alarm where a result lacks usage examples of the experiment."""
    run = {example.source for example in result.examples}
    lacking = [example.source for example in experiment.examples if example.source not in run]
    if not lacking:
        return ()
    return (
        f"{len(lacking)} of {len(experiment.examples)} usage examples were not run for this result "
        f"(first: {lacking[0]}): evaluate the experiment to have them.",
    )


_SCORED_BY: Final = ("policy", "relevance_level", "depth", "ignore_identical_ids")


def _other_than_claimed(experiment: Experiment, result: Result) -> Iterator[str]:
    model, spec = experiment.model, experiment.evaluation
    if not same_name(model.id, result.model.id):
        yield f"it is of the model {result.model.id} and not {model.id}"
    commits = (model.revision, result.model.revision)
    if all(map(_COMMIT.fullmatch, commits)) and commits[0] != commits[1]:
        yield f"it is of the revision {commits[1]} and not {commits[0]}"
    queries = result.model.queries or result.model
    for demanded, found in (
        (model.weights_sha256, result.model.weights_sha256),
        (model.query_weights_sha256, queries.weights_sha256),
    ):
        if demanded not in (None, found):
            yield f"it is of the weights {found} and not {demanded}"
    length = result.model.recipe.max_length
    if model.max_length not in (None, length):
        yield f"it keeps {length} tokens of a text and not {model.max_length}"
    limit = result.model.recipe.max_active_dims
    if model.max_active_dims not in (None, limit):
        yield f"it keeps {limit or 'all'} active dims of a text and not {model.max_active_dims}"
    if not _same_collection(experiment.collection.id, result.collection.id):
        yield f"it is of the collection {result.collection.id} and not {experiment.collection.id}"
    for name in _SCORED_BY:
        claimed, found = getattr(spec, name), getattr(result.evaluation, name)
        if found is not None and claimed != found:
            yield f"its {name} is {found} and not {claimed}"


def same_name(one: str, other: str) -> bool:
    """Whether two ids are one: `./model/` and `model` are."""
    return os.path.normpath(one) == os.path.normpath(other)


def _same_collection(claimed: str, found: str) -> bool:
    """Equal, or a mean over members of the collection claimed: `nano-beir` over nano-beir/nq, …."""
    if same_name(claimed, found):
        return True
    if not found.startswith(MEAN_OF):
        return False
    parts = found.removeprefix(MEAN_OF).split(", ")
    return all(part.startswith(f"{claimed.rstrip('/')}/") for part in parts)


def _shown(fact: Fact) -> str:
    return repr(fact) if isinstance(fact, str) and (not fact or fact.isspace()) else str(fact)
