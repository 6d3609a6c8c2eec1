"""From an experiment to its result: fetch, check, encode, search, measure, compare."""

import html
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.checkpoint import Checkpoint
from harness.checkpoint.open import open_checkpoint
from harness.claims.compare import Comparison
from harness.collection import Collection
from harness.collection.check import CheckedCollection, check_collection
from harness.collection.limit import limit_queries
from harness.collection.open import open_collection
from harness.data.inputs import frame
from harness.encoder import HeadChoice, Precision, Role
from harness.encoder.encoder import Encoder
from harness.encoder.open import open_encoder
from harness.encoder.vector_cache import VectorCache
from harness.errors import NotReproducedError
from harness.experiment.result import Result
from harness.experiment.spec import Experiment
from harness.measures.by_measure import ByKey
from harness.pipeline import describe
from harness.pipeline.diagnostics import alarms
from harness.pipeline.evaluate import Evaluation, evaluate, evaluated_queries
from harness.pipeline.usage_examples import reproduce
from harness.report.files import measured_on, summary, verdict_sentence, write_all
from harness.system.paths import vectors_root
from harness.system.progress import Progress, ProgressIterable, no_progress
from harness.system.provenance import provenance

if TYPE_CHECKING:
    from harness.data.inputs import DataFrame


@dataclass(frozen=True)
class Settings:
    """How this machine runs an experiment.

    Only `queries` and `precision` change what is measured; the result tells of both.

    Attributes:
        cache: the folder of the vector cache.
        device: `auto`, `cpu`, `cuda`, ….
        head: `auto`, `screened` or `float32`.
        precision: `float32` or, on a GPU, `tf32`.
        threads: cores to use; None: all that are open to this process.
        batch_tokens: tokens in a batch; None: what suits the device.
        queries: only the first so many queries; None: all.
        allow_missing_docs: accept judgements of documents that the corpus lacks.
    """

    cache: Path = field(default_factory=vectors_root)
    device: str = "auto"
    head: HeadChoice = "auto"
    precision: Precision = "float32"
    threads: int | None = None
    batch_tokens: int | None = None
    queries: int | None = None
    allow_missing_docs: bool = False


@dataclass(frozen=True)
class Outcome:
    """What an experiment gave: what was measured, and the verdict.

    Attributes:
        result: what is written down.
        evaluation: the rankings and the scores of each query.
    """

    result: Result
    evaluation: Evaluation

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Measured against published."""
        return self.result.comparisons

    @property
    def holds(self) -> bool:
        """The one verdict, on every published number and every usage example."""
        return self.result.holds

    @property
    def scores(self) -> ByKey[float]:
        """Every measure at full precision, by any spelling: `["dot_ndcg@10"]`, `["ndcg@10"]`."""
        return ByKey(self.result.scores)

    def to_frame(self) -> "DataFrame":
        """A row for each number: measured, published, delta, verdict, and why where it is close."""
        return frame(
            {
                "measure": one.measure,
                "measured": one.measured,
                "published": one.published.text if one.published else None,
                "delta": one.delta,
                "verdict": str(one.verdict),
                "because": one.because,
            }
            for one in self.comparisons
        )

    def write(self, folder: Path | str) -> Path:
        """Write result, run, scores of each query and tables; the path is the result's.

        Raises:
            UnreachableError: something cannot be written.
        """
        found = self.evaluation
        return write_all(Path(folder), self.result, self.comparisons, found.run, found.ranked)

    def __str__(self) -> str:
        return summary(self.result, self.comparisons)

    def _repr_html_(self) -> str:
        told = (measured_on(self.result), verdict_sentence(self.comparisons, self.result))
        before, after = (f"<p>{html.escape(text)}</p>" for text in told)
        return f"{before}{self.to_frame().to_html(index=False, na_rep='')}{after}"


def run_experiment(
    experiment: Experiment,
    settings: Settings,
    *,
    collection: Collection | None = None,
    watch: Progress = no_progress,
    ignore_examples: bool = False,
) -> Outcome:
    """Run an experiment.

    Args:
        experiment: what to run.
        settings: how to run it here.
        collection: what to run it on; None: what the experiment names.
        watch: what shows the stages.
        ignore_examples: evaluate even where the usage examples are not reproduced.

    Raises:
        NotReproducedError: a usage example comes out differently.
        InputError: the model or the collection cannot be evaluated.
        UnreachableError: something cannot be fetched or written.
    """
    checkpoint = open_model(experiment)
    store = VectorCache(settings.cache)
    encoder = ready(checkpoint, settings, store)
    # The examples come first: a wrong checkpoint shows before an hour goes into a collection.
    reproduced = reproduce(experiment.examples, encoder, store)
    off = next((example for example in reproduced if not example.holds), None)
    if off is not None and not ignore_examples:
        raise NotReproducedError(
            f"The checkpoint is not the published one: of the usage example in {off.source}, "
            f"{off.differs}; nothing was evaluated (--ignore-examples goes on)."
        )
    source = open_source(experiment, settings, watch, collection)
    store.describe(encoder, checkpoint.id, checkpoint.revision)
    evaluation = evaluate(
        source,
        encoder,
        experiment.evaluation,
        store=store,
        threads=encoder.threads,
        watch=watch,
    )
    result = Result(
        name=experiment.name,
        scores=dict(evaluation.scores),
        counts=describe.counts(evaluation),
        model=describe.model(checkpoint, encoder),
        collection=describe.collection(source),
        evaluation=describe.evaluation(experiment.evaluation),
        claims=experiment.claims,
        examples=tuple(map(describe.example, reproduced)),
        alarms=alarms(evaluation, encoder.vocab_size),
        provenance=provenance(encoder.facts.device, encoder.threads, evaluation.seconds),
    )
    return Outcome(result, evaluation)


def encode(
    experiment: Experiment, settings: Settings, *, watch: Progress = no_progress
) -> tuple[int, int]:
    """Put the vectors of an experiment's queries and documents into the store.

    Returns:
        How many queries and how many documents lie there now.

    Raises:
        InputError: the model or the collection cannot be evaluated.
        UnreachableError: something cannot be fetched or written.
    """
    checkpoint = open_model(experiment)
    store = VectorCache(settings.cache)
    encoder = ready(checkpoint, settings, store)
    source = open_source(experiment, settings, watch)
    store.describe(encoder, checkpoint.id, checkpoint.revision)
    asked = evaluated_queries(source.collection, experiment.evaluation.policy_at_level)
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
    model = experiment.model
    checkpoint = open_checkpoint(model.id, model.revision)
    if model.max_length is None:
        return checkpoint
    return replace(checkpoint, recipe=replace(checkpoint.recipe, max_length=model.max_length))


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
