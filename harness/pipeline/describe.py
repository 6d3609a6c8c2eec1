"""What a result says of its model, its collection and its texts, from the objects that ran."""

from dataclasses import asdict

from harness.checkpoint import Checkpoint
from harness.checkpoint.model_config import Similarity
from harness.checkpoint.number_types import stored_dtype
from harness.collection.check import CheckedCollection
from harness.encoder.encoder import Encoder
from harness.experiment.parts import (
    CollectionInfo,
    EvaluationInfo,
    ExampleOutcome,
    ModelInfo,
    QueryEncoderInfo,
    RecipeInfo,
    ResultCounts,
)
from harness.experiment.sections import EvaluationSpec
from harness.pipeline.evaluate import Evaluation
from harness.pipeline.usage_examples import Reproduced


def model(checkpoint: Checkpoint, encoder: Encoder) -> ModelInfo:
    """The encoder, with the length that it applies."""
    return ModelInfo(
        id=checkpoint.id,
        revision=checkpoint.revision,
        weights_sha256=checkpoint.weights_sha256,
        tokenizer_sha256=checkpoint.tokenizer_sha256,
        recipe=_recipe(encoder),
        vocab_size=encoder.vocab_size,
        precision=encoder.facts.precision,
        head=encoder.facts.head,
        configuration_sha256=checkpoint.configuration_sha256,
        weights_file=checkpoint.pickle_name,
        stored_dtype=stored_dtype(checkpoint),
        products=encoder.facts.products,
        queries=_queries(checkpoint.queries, encoder.of("query")) if checkpoint.queries else None,
    )


def _queries(checkpoint: Checkpoint, encoder: Encoder) -> QueryEncoderInfo:
    return QueryEncoderInfo(
        weights_sha256=checkpoint.weights_sha256,
        tokenizer_sha256=checkpoint.tokenizer_sha256,
        recipe=_recipe(encoder),
        head=encoder.facts.head,
        weights_file=checkpoint.pickle_name,
        stored_dtype=stored_dtype(checkpoint),
    )


def _recipe(encoder: Encoder) -> RecipeInfo:
    """The recipe with the length that is applied; a masked language model needs no kind."""
    recipe = encoder.recipe
    told = asdict(recipe) | {
        "max_length": encoder.facts.max_length,
        "kind": None if recipe.kind == "masked-lm" else recipe.kind,
        "steps": recipe.steps or None,
        "normalized": recipe.normalized or None,
    }
    if recipe.kind in ("static", "sentence-transformers"):  # there is none, or none that is known
        told |= {"pooling": "none", "activation": "none"}
    return RecipeInfo(**told)


def collection(checked: CheckedCollection) -> CollectionInfo:
    """The collection, with its counts, its hash and what is remarkable in it."""
    return CollectionInfo(
        id=checked.collection.id,
        **asdict(checked.fingerprint),
        facts=tuple(checked.collection.facts),
        notice=checked.collection.notice,
    )


def evaluation(spec: EvaluationSpec, similarity: Similarity) -> EvaluationInfo:
    """How rankings were made and scored."""
    return EvaluationInfo(
        policy=spec.policy,
        relevance_level=spec.relevance_level,
        depth=spec.depth,
        ignore_identical_ids=spec.ignore_identical_ids,
        similarity=similarity,
    )


def counts(found: Evaluation) -> ResultCounts:
    """How many queries were evaluated, and what became of the texts."""
    queries, documents = found.queries, found.documents
    return ResultCounts(
        **asdict(found.ranked.counts),
        encoded_queries=queries.texts,
        queries_tokens=queries.tokens,
        truncated_queries=queries.truncated,
        empty_queries=queries.empty,
        encoded_documents=documents.texts,
        documents_tokens=documents.tokens,
        truncated_documents=documents.truncated,
        empty_documents=documents.empty,
        unmatched_queries=found.unmatched,
    )


def example(reproduced: Reproduced) -> ExampleOutcome:
    """Whether a usage example was reproduced."""
    return ExampleOutcome(reproduced.source, reproduced.holds, reproduced.differs)
