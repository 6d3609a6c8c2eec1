"""From an experiment to its result: fetch, check, encode, search, measure, compare."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from harness.checkpoint import Checkpoint
from harness.checkpoint.open import open_checkpoint
from harness.claims.compare import Comparison, compare
from harness.collection import Collection
from harness.collection.check import CheckedCollection, check_collection
from harness.collection.limit import limit_queries
from harness.collection.open import open_collection
from harness.encoder import HeadChoice, Precision, Role
from harness.encoder.encoder import Encoder
from harness.encoder.open import open_encoder
from harness.encoder.vector_cache import VectorCache
from harness.errors import NotReproducedError
from harness.experiment.result import Result
from harness.experiment.spec import Experiment
from harness.pipeline.diagnostics import alarms
from harness.pipeline.evaluate import Evaluation, Options, evaluate, evaluated_queries
from harness.pipeline.usage_examples import Reproduced, reproduce
from harness.system.progress import Progress, ProgressIterable, no_progress
from harness.system.provenance import provenance


@dataclass(frozen=True)
class Settings:
    """How this machine runs an experiment.

    Only `queries` and `precision` change what is measured; the result tells of both.

    Attributes:
        cache: the folder of encoded texts.
        device: `auto`, `cpu`, `cuda`, ….
        head: `auto`, `screened` or `float32`.
        precision: `float32` or, on a GPU, `tf32`.
        threads: cores to use; None: all that are open to this process.
        batch_tokens: tokens in a batch; None: what suits the device.
        queries: only the first so many queries; None: all.
        allow_dangling: accept judgements of documents that the corpus lacks.
    """

    cache: Path
    device: str = "auto"
    head: HeadChoice = "auto"
    precision: Precision = "float32"
    threads: int | None = None
    batch_tokens: int | None = None
    queries: int | None = None
    allow_dangling: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of an experiment.

    Attributes:
        result: what is written down.
        evaluation: the rankings and the scores of each query.
        comparisons: measured against published.
    """

    result: Result
    evaluation: Evaluation
    comparisons: tuple[Comparison, ...]


def run_experiment(
    experiment: Experiment,
    settings: Settings,
    *,
    watch: Progress = no_progress,
    despite_examples: bool = False,
) -> Outcome:
    """Run an experiment.

    Args:
        experiment: what to run.
        settings: how to run it here.
        watch: what shows the stages.
        despite_examples: evaluate even where the usage examples are not reproduced.

    Raises:
        NotReproducedError: a usage example comes out differently.
        InputError: the model or the collection can not be evaluated.
        UnreachableError: something can not be fetched or written.
    """
    checkpoint = open_model(experiment)
    store = VectorCache(settings.cache)
    encoder = ready(checkpoint, settings, store)
    # The examples come first: a wrong checkpoint shows before an hour goes into a collection.
    reproduced = reproduce(experiment.examples, encoder, store)
    off = next((example for example in reproduced if not example.holds), None)
    if off is not None and not despite_examples:
        raise NotReproducedError(
            f"The checkpoint is not the published one: of the usage example in {off.source}, "
            f"{off.differs}; nothing was evaluated (--despite-examples goes on)."
        )
    source = open_source(experiment, settings, watch)
    result = _described(experiment, checkpoint, encoder, source, reproduced)
    store.describe(encoder, checkpoint.id, checkpoint.revision)
    options = Options(
        experiment.policy,
        experiment.depth,
        experiment.measures,
        experiment.drop_query_itself,
        encoder.threads,
    )
    evaluation = evaluate(source, encoder, options, store=store, watch=watch)
    result = replace(
        result,
        scores=dict(evaluation.scores),
        counts=_counts(evaluation),
        alarms=alarms(evaluation, encoder.vocab_size),
        provenance=provenance(encoder.facts.device, encoder.threads, evaluation.seconds),
    )
    comparisons = compare(result.scores, experiment.published, experiment.deviations)
    return Outcome(result, evaluation, comparisons)


def encode(
    experiment: Experiment, settings: Settings, *, watch: Progress = no_progress
) -> tuple[int, int]:
    """Put the vectors of an experiment's queries and documents into the store.

    Returns:
        How many queries and how many documents lie there now.

    Raises:
        InputError: the model or the collection can not be evaluated.
        UnreachableError: something can not be fetched or written.
    """
    checkpoint = open_model(experiment)
    store = VectorCache(settings.cache)
    encoder = ready(checkpoint, settings, store)
    source = open_source(experiment, settings, watch)
    store.describe(encoder, checkpoint.id, checkpoint.revision)
    asked = evaluated_queries(source.collection, experiment.policy)
    sides: tuple[tuple[Role, int, Iterable[str]], ...] = (
        ("query", len(asked), (query.text for query in asked)),
        ("document", source.fingerprint.documents, (d.text for d in source.collection.corpus)),
    )
    for role, count, texts in sides:
        with watch(f"encode {role} texts", count, "texts") as advance:
            for shard in store.encoded(encoder, texts, role):
                advance(len(shard.vectors))
    return len(asked), source.fingerprint.documents


def ready(checkpoint: Checkpoint, settings: Settings, store: VectorCache) -> Encoder:
    """The checkpoint's encoder, as the settings want it."""
    return open_encoder(
        checkpoint,
        store,
        device=settings.device,
        head=settings.head,
        precision=settings.precision,
        threads=settings.threads,
        batch_tokens=settings.batch_tokens,
    )


def open_model(experiment: Experiment) -> Checkpoint:
    """The experiment's checkpoint, with the length that the experiment prescribes."""
    checkpoint = open_checkpoint(experiment.model, experiment.revision)
    if experiment.max_length is None:
        return checkpoint
    return replace(checkpoint, recipe=replace(checkpoint.recipe, max_length=experiment.max_length))


def open_source(
    experiment: Experiment, settings: Settings, watch: Progress = no_progress
) -> CheckedCollection:
    """The experiment's collection, read through and found fit."""
    collection: Collection = open_collection(experiment.collection)
    if settings.queries is not None:
        collection = limit_queries(collection, settings.queries)
    with watch("check the collection", None, "documents") as advance:
        counted = replace(collection, corpus=ProgressIterable(collection.corpus, advance))
        found = check_collection(counted, allow_dangling=settings.allow_dangling)
    return replace(found, collection=replace(found.collection, corpus=collection.corpus))


def _described(
    experiment: Experiment,
    checkpoint: Checkpoint,
    encoder: Encoder,
    source: CheckedCollection,
    reproduced: tuple[Reproduced, ...],
) -> Result:
    return Result(
        name=experiment.name,
        scores={},
        counts={},
        model={
            "id": checkpoint.id,
            "revision": checkpoint.revision,
            "weights_sha256": checkpoint.weights_sha256,
            "tokenizer_sha256": checkpoint.tokenizer_sha256,
            "recipe": asdict(checkpoint.recipe) | {"max_length": encoder.facts.max_length},
            "vocab_size": encoder.vocab_size,
            "precision": encoder.facts.precision,
            "head": encoder.facts.head,
        },
        collection={
            "id": source.collection.id,
            **asdict(source.fingerprint),
            "facts": list(source.collection.facts),
            "notice": source.collection.notice,
        },
        evaluation={
            "policy": experiment.policy.name,
            "relevance_level": experiment.policy.level,
            "depth": experiment.depth,
            "drop_query_itself": experiment.drop_query_itself,
            "similarity": "dot",
        },
        claims=experiment.claims,
        examples=tuple(_example(example) for example in reproduced),
    )


def _example(example: Reproduced) -> Mapping[str, Any]:
    return {"source": example.source, "holds": example.holds, "differs": example.differs}


def _counts(evaluation: Evaluation) -> dict[str, int]:
    counts = asdict(evaluation.ranked.counts)
    for name, texts in (("queries", evaluation.queries), ("documents", evaluation.documents)):
        counts[f"encoded_{name}"] = texts.texts
        counts[f"{name}_tokens"] = texts.tokens
        counts[f"truncated_{name}"] = texts.truncated
        counts[f"empty_{name}"] = texts.empty
    return counts | {"unmatched_queries": evaluation.unmatched}
