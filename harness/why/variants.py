"""Variants that encode again: lengths, prompts, pooling, fewer dimensions; only when asked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from harness.checkpoint import Checkpoint
from harness.checkpoint.recipe import Recipe
from harness.collection.check import CheckedCollection
from harness.errors import HarnessError
from harness.measures.policy import Policy
from harness.pipeline.run_experiment import Settings
from harness.why.explain import Explanation, explained_by
from harness.why.origin import searched
from harness.why.question import Question
from harness.why.sources import checkpoint_of, vectors_of

LENGTHS: Final = (256, 128)
"""Tokens of a text that are tried: what training scripts and evaluators set."""


@dataclass(frozen=True)
class Variant:
    """One other way to encode.

    Attributes:
        name: for people.
        change: of the recipe; None: it cannot be run here.
        reason: why it cannot.
    """

    name: str
    change: Callable[[Recipe], Recipe] | None
    reason: str = ""


def variants_of(recipe: Recipe, length: int, max_active_dims: int | None) -> tuple[Variant, ...]:
    """What can be tried of a recipe.

    Args:
        recipe: of the documents.
        length: tokens that are kept of a text.
        max_active_dims: what a card says of it, if it does.
    """
    found = [
        Variant(f"{most} tokens of a text", _length(most)) for most in LENGTHS if most < length
    ]
    if recipe.query_prompt or recipe.document_prompt:
        found.append(Variant("without prompts", _without_prompts))
    else:
        found.append(Variant("with prompts", None, "the checkpoint names none"))
    if max_active_dims is not None:
        found.append(Variant(f"max_active_dims {max_active_dims}", _dims(max_active_dims)))
    elif recipe.max_active_dims is None:
        found.append(Variant("max_active_dims", None, "say how many by --max-active-dims"))
    if recipe.max_active_dims is not None and recipe.kind == "masked-lm":
        found.append(Variant("all active dimensions", _dims(None)))
    if recipe.kind == "masked-lm":
        other = "sum" if recipe.pooling == "max" else "max"
        found.append(Variant(f"{other} pooling", _pooling(other)))
    half = "weights and activations are computed in float32 here, whatever a model is stored in"
    found.append(Variant("float16 or bfloat16", None, half))
    return tuple(found)


def explained_by_encoding(
    question: Question,
    checked: CheckedCollection,
    settings: Settings,
    max_active_dims: int | None = None,
) -> Iterator[Explanation | str]:
    """Encode the collection in every variant, and try every convention on each.

    Args:
        question: what is published.
        checked: the collection.
        settings: where vectors are kept, and how the encoder is run.
        max_active_dims: what a card says of it, if it does.

    Returns:
        For each variant its explanation, or a sentence on why there is none.

    Raises:
        InputError: the checkpoint is not the result's.
        UnreachableError: it would have to be fetched and cannot be.
    """
    evaluation = question.result.evaluation
    policy = Policy(evaluation.policy, evaluation.relevance_level)
    checkpoint = checkpoint_of(question.result, settings)
    length = question.result.model.recipe.max_length
    for variant in variants_of(checkpoint.recipe, length, max_active_dims):
        if variant.change is None:
            yield f"{variant.name}: not tried, {variant.reason}"
            continue
        try:
            changed = _changed(checkpoint, variant.change)
            found = vectors_of(changed, checked, policy, settings, encode=True)
        except HarnessError as error:
            yield f"{variant.name}: not tried, {str(error).rstrip('.')}"
            continue
        rankings = searched(question, found, checked)
        off = question.others_off(found.scores, found.intervals)
        yield explained_by(question, rankings, off, variant.name)


def _changed(checkpoint: Checkpoint, change: Callable[[Recipe], Recipe]) -> Checkpoint:
    queries = checkpoint.queries
    return replace(
        checkpoint,
        recipe=change(checkpoint.recipe),
        queries=None if queries is None else _changed(queries, change),
    )


def _length(most: int) -> Callable[[Recipe], Recipe]:
    return lambda recipe: replace(recipe, max_length=min(most, recipe.max_length or most))


def _without_prompts(recipe: Recipe) -> Recipe:
    return replace(recipe, query_prompt="", document_prompt="")


def _dims(most: int | None) -> Callable[[Recipe], Recipe]:
    return lambda recipe: replace(recipe, max_active_dims=most)


def _pooling(name: str) -> Callable[[Recipe], Recipe]:
    return lambda recipe: replace(recipe, pooling=name)  # type: ignore[arg-type]  # max or sum
