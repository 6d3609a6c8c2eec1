"""The first half of an evaluation alone: the vectors of its texts are put into the store."""

from collections.abc import Callable, Iterable

from harness.checkpoint.modules import Role
from harness.encoder.open import open_encoder
from harness.encoder.vector_cache import VectorCache
from harness.experiment.spec import Experiment
from harness.pipeline.evaluate import evaluated_queries
from harness.pipeline.run_experiment import Settings, known_alarms, open_model, open_source
from harness.system.progress import Progress, no_progress


def encode(
    experiment: Experiment,
    settings: Settings,
    *,
    watch: Progress = no_progress,
    tell: Callable[[str], None] = lambda alarm: None,  # noqa: ARG005 - nobody asked
) -> tuple[int, int]:
    """Put the vectors of an experiment's queries and documents into the store.

    Returns:
        How many queries and how many documents lie there now.

    Raises:
        InputError: the model or the collection cannot be evaluated.
        UnreachableError: something cannot be fetched or written.
    """
    checkpoint = open_model(experiment, settings)
    known_alarms(checkpoint, tell)
    store = VectorCache(settings.cache)
    encoder = open_encoder(checkpoint, settings.encoder, store)
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
