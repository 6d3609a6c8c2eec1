"""From an experiment to its result: fetch, check, encode, search, measure, compare."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.checkpoint import Checkpoint
from harness.checkpoint.foreign_model import open_foreign
from harness.checkpoint.number_types import number_types
from harness.checkpoint.open import open_checkpoint
from harness.checkpoint.weights import check_choice
from harness.collection import Collection
from harness.collection.check import CheckedCollection, check_collection
from harness.collection.limit import limit_queries
from harness.collection.open import open_collection
from harness.encoder import AUTO, EncoderOptions
from harness.encoder.encoder import Encoder
from harness.encoder.open import open_encoder
from harness.encoder.vector_cache import VectorCache
from harness.errors import InputError, NotReproducedError
from harness.experiment.pin import check_pinned
from harness.experiment.result import Result
from harness.experiment.sections import ModelSpec
from harness.experiment.spec import Experiment
from harness.measures.alarms import identical_ids
from harness.pipeline import describe
from harness.pipeline.diagnostics import alarms
from harness.pipeline.evaluate import Evaluation, evaluate, evaluated_queries
from harness.pipeline.outcome import Outcome
from harness.pipeline.usage_examples import reproduce
from harness.system.paths import vectors_root
from harness.system.progress import Progress, ProgressIterable, no_progress
from harness.system.provenance import provenance


@dataclass(frozen=True)
class Settings:
    """How this machine runs an experiment.

    Only `queries`, the weights and the precision change what is measured; the result tells of each.

    Attributes:
        cache: the folder of the vector cache.
        encoder: how the encoder is run.
        queries: only the first so many queries; None: all.
        allow_missing_docs: accept judgements of documents that the corpus lacks.
        weights: `pytorch_model.bin` where the model's weights are to be read from that pickle
            (tensors only); None: from safetensors. No experiment's file can say so.

    Raises:
        InputError: a number of queries below 1, or weights that cannot be asked for.
    """

    cache: Path = field(default_factory=vectors_root)
    encoder: EncoderOptions = AUTO
    queries: int | None = None
    allow_missing_docs: bool = False
    weights: str | None = None

    def __post_init__(self) -> None:
        if self.queries is not None and (type(self.queries) is not int or self.queries < 1):
            raise InputError(f"queries is {self.queries!r}; a whole number above 0 is needed.")
        if check_choice(self.weights) and self.encoder.encoder != "harness":
            raise InputError(
                f"{self.encoder.encoder} is given safetensors only: leave out --weights, or "
                "--encoder."
            )


def run_experiment(
    experiment: Experiment,
    settings: Settings,
    *,
    collection: Collection | None = None,
    watch: Progress = no_progress,
    ignore_examples: bool = False,
    encoder: Encoder | None = None,
    try_outputs: Callable[[int], None] = lambda lines: None,  # noqa: ARG005 - nothing is written
    tell: Callable[[str], None] = lambda alarm: None,  # noqa: ARG005 - the result says it, too
) -> Outcome:
    """Run an experiment.

    Args:
        experiment: what to run.
        settings: how to run it here.
        collection: what to run it on; None: what the experiment names.
        watch: what shows the stages.
        encoder: of this very model under these settings, if it is open already.
        ignore_examples: evaluate even where the usage examples are not reproduced.
        try_outputs: called before the collection is encoded with how many lines the run may have;
            raises what would stop the writing of the outcome.
        tell: called before the work with each alarm of the result that is known by then.

    Raises:
        NotReproducedError: a usage example comes out differently.
        InputError: the model or the collection cannot be evaluated, or claims about all queries
            are to be compared with a part of them.
        UnreachableError: something cannot be fetched or written.
    """
    if settings.queries is not None and experiment.published.values:
        raise InputError(
            "A part of the queries is another thing than the whole, of which no published number "
            "speaks: run experiment.first(queries)."
        )
    checkpoint = open_model(experiment, settings)
    known = known_alarms(checkpoint, tell)
    store = VectorCache(settings.cache)
    encoder = encoder or open_encoder(checkpoint, settings.encoder, store)
    # The examples come first: a wrong checkpoint shows before an hour goes into a collection.
    reproduced = reproduce(experiment.examples, encoder, store, checkpoint.similarity)
    off = next((example for example in reproduced if not example.holds), None)
    if off is not None and not ignore_examples:
        raise NotReproducedError(
            f"The checkpoint is not the published one: of the usage example in {off.source}, "
            f"{off.differs}; nothing was evaluated (--ignore-examples goes on)."
        )
    source = open_source(experiment, settings, watch, collection)
    asked = evaluated_queries(source.collection, experiment.evaluation.policy_at_level)
    depth = min(experiment.evaluation.depth, source.fingerprint.documents)
    try_outputs(len(asked) * depth)
    store.describe(encoder, checkpoint.id, checkpoint.revision)
    evaluation = evaluate(
        source,
        encoder,
        experiment.evaluation,
        store=store,
        threads=encoder.threads,
        watch=watch,
        similarity=checkpoint.similarity,
    )
    result = Result(
        name=experiment.name,
        scores=dict(evaluation.scores),
        intervals=None if evaluation.intervals is None else dict(evaluation.intervals),
        counts=describe.counts(evaluation),
        model=describe.model(checkpoint, encoder),
        collection=describe.collection(source),
        evaluation=describe.evaluation(experiment.evaluation, checkpoint.similarity),
        claims=experiment.claims,
        examples=tuple(map(describe.example, reproduced)),
        alarms=(
            *alarms(evaluation, encoder.vocab_size),
            *_identical_ids(source, evaluation, experiment),
            *known,
            *_foreign(encoder),
        ),
        provenance=provenance(encoder.facts.device, encoder.threads, evaluation.seconds),
    )
    return Outcome(result, evaluation)


def known_alarms(checkpoint: Checkpoint, tell: Callable[[str], None]) -> tuple[str, ...]:
    """The alarms that are known before the work, told."""
    found = number_types(checkpoint)
    for sentence in found:
        tell(sentence)
    return found


def _identical_ids(
    source: CheckedCollection, evaluation: Evaluation, experiment: Experiment
) -> tuple[str, ...]:
    ranked, level = evaluation.ranked, experiment.evaluation.relevance_level
    return identical_ids(evaluation.run, source.collection.qrels, ranked.query_ids, level)


def _foreign(encoder: Encoder) -> tuple[str, ...]:
    """A sentence where another library encoded."""
    if encoder.recipe.kind != "sentence-transformers":
        return ()
    return (
        f"Texts were encoded by {encoder.facts.head}; how many were cut, and what float32 leaves "
        "open of the scores, is not known.",
    )


def open_model(experiment: Experiment, settings: Settings) -> Checkpoint:
    """The experiment's checkpoint, with the length and the limit that the experiment prescribes."""
    model = experiment.model
    if settings.encoder.encoder == "sentence-transformers":
        checkpoint = open_foreign(model.id, model.revision)
    else:
        checkpoint = open_checkpoint(model.id, model.revision, settings.weights)
    check_pinned(model, checkpoint)
    queries = checkpoint.queries
    return replace(
        _as_prescribed(checkpoint, model),
        queries=None if queries is None else _as_prescribed(queries, model),
    )


def _as_prescribed(checkpoint: Checkpoint, model: ModelSpec) -> Checkpoint:
    """With another length and limit; static weights are of all terms of a text, however long."""
    recipe = checkpoint.recipe
    if model.max_length is not None and recipe.kind != "static":
        recipe = replace(recipe, max_length=model.max_length)
    if model.max_active_dims is not None:
        recipe = replace(recipe, max_active_dims=model.max_active_dims)
    return replace(checkpoint, recipe=recipe)


def open_source(
    experiment: Experiment,
    settings: Settings,
    watch: Progress = no_progress,
    collection: Collection | None = None,
) -> CheckedCollection:
    """The experiment's collection (or the one given), read through and found fit."""
    collection = collection or open_collection(experiment.collection.id)
    if settings.queries is not None:
        collection = limit_queries(collection, settings.queries)
    with watch("check the collection", None, "documents") as advance:
        counted = replace(collection, corpus=ProgressIterable(collection.corpus, advance))
        found = check_collection(counted, allow_missing_docs=settings.allow_missing_docs)
    return replace(found, collection=replace(found.collection, corpus=collection.corpus))
