"""An author's own card: results of one checkpoint, and a usage example that it has just printed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from harness.checkpoint.modules import Role
from harness.data.vectors import SparseVectors, stack
from harness.encoder.open import open_encoder
from harness.encoder.vector_cache import VectorCache
from harness.experiment.result import Result, read_result
from harness.experiment.sections import CollectionSpec, ModelSpec
from harness.experiment.spec import Experiment
from harness.pipeline.run_experiment import Settings, open_model
from harness.pipeline.usage_examples import similarities
from harness.report.model_card import PrintedExample, model_card, require_one_model

QUERIES: Final = ("what makes bread rise",)
DOCUMENTS: Final = (
    "Yeast feeds on the sugars in dough and gives off carbon dioxide, which makes bread rise.",
    "Bread is cooled on a rack so that its crust stays crisp.",
    "The tide rises and falls twice a day because of the pull of the moon.",
)
"""The texts of the usage example: one that answers, one near it, and one that shares a word."""


def own_card(
    model: str, paths: Sequence[Path], name: str, settings: Settings, revision: str = "main"
) -> str:
    """The README.md of a model, from its results.

    Args:
        model: the checkpoint that the results were measured on: a folder or a hub id.
        paths: of the results, one for each collection.
        name: the id by which users will load it: `owner/name`.
        settings: how this machine runs it.
        revision: of the model, on the hub.

    Raises:
        InputError: a result is of another checkpoint, or no card can be made of them.
        UnreachableError: something cannot be read or fetched.
    """
    results = [read_result(path) for path in paths]
    length = _length(results)
    experiment = Experiment(
        name="card",
        model=ModelSpec(model, revision, length),
        collection=CollectionSpec("sampler"),
    )
    checkpoint = open_model(experiment, settings)
    require_one_model(results, checkpoint.weights_sha256)
    store = VectorCache(settings.cache)
    encoder = open_encoder(checkpoint, settings.encoder, store)

    def encode(texts: tuple[str, ...], role: Role) -> SparseVectors:
        return stack(shard.vectors for shard in store.encoded(encoder, texts, role))

    found = similarities(QUERIES, DOCUMENTS, encode, checkpoint.similarity)
    printed = tuple(tuple(f"{value:.4f}" for value in row) for row in found)
    return model_card(name, results, PrintedExample(QUERIES, DOCUMENTS, printed))


def _length(results: Sequence[Result]) -> int | None:
    """The length that the results were measured with, where one says it of both roles."""
    if not results or results[0].model.queries is not None:
        return None
    recipe = results[0].model.recipe
    return recipe.max_length if recipe.kind in (None, "autoencoder") else None
