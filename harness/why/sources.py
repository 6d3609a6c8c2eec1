"""Vectors of a result again: from the cache, or encoded anew where that was asked for."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from harness.checkpoint import Checkpoint
from harness.checkpoint.modules import Role
from harness.checkpoint.open import open_checkpoint
from harness.collection.check import CheckedCollection, check_collection
from harness.collection.limit import limit_queries
from harness.collection.open import open_collection
from harness.data.vectors import SparseVectors, stack
from harness.encoder import Encoded
from harness.encoder.encoder import Encoder
from harness.encoder.open import open_encoder
from harness.encoder.steps import normalized
from harness.encoder.vector_cache import VectorCache
from harness.errors import InputError, UnreachableError
from harness.experiment.identity import MEAN_OF
from harness.experiment.result import Result
from harness.measures.intervals import Float32Interval, sparsity_intervals
from harness.measures.policy import Policy
from harness.measures.sparsity import Activity, activity, sparsity
from harness.pipeline.evaluate import evaluated_queries
from harness.pipeline.run_experiment import Settings
from harness.why.searched import MOST, Vectors

Shards = Callable[[Encoder, Iterable[str], Role], Iterator[Encoded]]
"""Where vectors come from: `VectorCache.found` or `VectorCache.encoded`."""


@dataclass(frozen=True, eq=False)
class OfVectors:
    """Vectors of a collection, and what is measured of them.

    Attributes:
        vectors: for the search.
        scores: active dims, sparsity ratios and operations.
        intervals: within what another processor may print those.
    """

    vectors: Vectors
    scores: dict[str, float]
    intervals: dict[str, Float32Interval]


def collection_of(result: Result) -> CheckedCollection:
    """The collection that a result was measured on.

    Raises:
        InputError: it is another by now, or a mean over several.
        UnreachableError: it would have to be fetched and cannot be.
    """
    info = result.collection
    if info.id.startswith(MEAN_OF):
        raise InputError(
            f"'{result.name}' is a mean over collections, which has no ranking of its own: give "
            "the result of one of them."
        )
    collection = open_collection(info.id)
    if info.queries is not None and info.queries < len(collection.queries):
        collection = limit_queries(collection, info.queries)
    checked = check_collection(collection, allow_missing_docs=True)
    if checked.fingerprint.sha256 != info.sha256:
        raise InputError(
            f"The collection {info.id} is not the one that '{result.name}' was measured on (its "
            "hash is another): evaluate again."
        )
    return checked


def checkpoint_of(result: Result, settings: Settings) -> Checkpoint:
    """The checkpoint of a result, with the length that it was cut to.

    Raises:
        InputError: it is another by now, or needs a pickle that was not asked for.
        UnreachableError: it would have to be fetched and cannot be.
    """
    model = result.model
    if model.recipe.kind == "sentence-transformers":
        raise InputError("its texts were encoded by sentence-transformers")
    if model.weights_file is not None and settings.weights != model.weights_file:
        raise InputError(f"its weights are in {model.weights_file}, which --weights would read")
    checkpoint = open_checkpoint(model.id, model.revision or "main", settings.weights)
    if checkpoint.weights_sha256 != model.weights_sha256:
        raise InputError(f"{model.id} has other weights by now")
    encoder = open_encoder(checkpoint, settings.encoder, VectorCache(settings.cache))
    if encoder.facts.max_length == model.recipe.max_length:
        return checkpoint
    return with_length(checkpoint, model.recipe.max_length)


def with_length(checkpoint: Checkpoint, length: int) -> Checkpoint:
    """The same with another length of texts, for documents and for queries."""
    queries = checkpoint.queries
    return replace(
        checkpoint,
        recipe=replace(checkpoint.recipe, max_length=length),
        queries=None if queries is None else with_length(queries, length),
    )


def vectors_of(
    checkpoint: Checkpoint,
    checked: CheckedCollection,
    policy: Policy,
    settings: Settings,
    *,
    encode: bool,
) -> OfVectors:
    """Vectors of the evaluated queries and of all documents.

    Args:
        checkpoint: what encodes.
        checked: the collection.
        policy: which decides what queries are evaluated.
        settings: where the cache is, and how the encoder is run.
        encode: whether what is not in the cache is encoded.

    Raises:
        InputError: the corpus is too large to be held in memory.
        UnreachableError: vectors are not in the cache, and nothing is to be encoded.
    """
    if checked.fingerprint.documents > MOST:
        raise InputError(f"the corpus has more than {MOST:,} documents")
    store = VectorCache(settings.cache)
    encoder = open_encoder(checkpoint, settings.encoder, store)
    if encode:
        store.describe(encoder, checkpoint.id, checkpoint.revision)
    shards = store.encoded if encode else store.found
    asked = evaluated_queries(checked.collection, policy)
    queries, query_activity = _side(shards, encoder, (q.text for q in asked), "query")
    texts = (document.text for document in checked.collection.corpus)
    documents, document_activity = _side(shards, encoder, texts, "document")
    if checkpoint.similarity == "cosine":
        queries, documents = normalized(queries), normalized(documents)
    return OfVectors(
        Vectors(
            tuple(query.query_id for query in asked),
            queries,
            documents,
            checked.doc_ids,
            encoder.threads,
        ),
        dict(sparsity(query_activity, document_activity)),
        sparsity_intervals(query_activity, document_activity),
    )


def _side(
    shards: Shards, encoder: Encoder, texts: Iterable[str], role: Role
) -> tuple[SparseVectors, Activity]:
    parts: list[SparseVectors] = []
    total: Activity | None = None
    for shard in shards(encoder, texts, role):
        seen = activity(shard.vectors, shard.near, encoder.of(role).recipe.max_active_dims)
        total = seen if total is None else total + seen
        parts.append(shard.vectors)
    if total is None:
        raise UnreachableError("There is nothing to encode.")
    return stack(parts), total
