"""From the file of a result back to what it was made of: run, model, collection, cached vectors.

The model's weights are compared with the hash in the result, so that nothing is explained by
another checkpoint of the same name. The collection is proven by the shards: the key of a shard is
a hash over the texts in it.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, get_args

from harness.checkpoint import Checkpoint
from harness.checkpoint.modules import Role
from harness.collection import Collection, Query
from harness.collection.limit import limit_queries
from harness.collection.open import open_collection
from harness.data.run import Run
from harness.data.trec import read_run
from harness.encoder import EncoderOptions
from harness.encoder.cached import cached_encoders
from harness.encoder.encoder import Encoder
from harness.encoder.vector_cache import VectorCache
from harness.errors import InputError
from harness.experiment.identity import MEAN_OF
from harness.experiment.result import Result, read_result
from harness.experiment.sections import ModelSpec
from harness.experiment.spec import Experiment
from harness.measures import Policy
from harness.pipeline.evaluate import evaluated_queries
from harness.pipeline.run_experiment import Settings, open_model
from harness.system.foreign_files import is_file
from harness.system.paths import vectors_root

FOREIGN: Final = "sentence-transformers"
"""The kind of a recipe whose vectors another library has made."""


@dataclass(frozen=True, eq=False)
class OpenedResult:
    """A result with all that its numbers came from.

    Attributes:
        path: of the result's file.
        result: what stands in it.
        checkpoint: its model, whose weights are those of the result.
        collection: its collection, with as many queries as were asked.
        asked: the queries that were encoded, in the order of their shards.
        encoders: those whose vectors may be in the cache, the one that made the result first.
        store: the cache.
    """

    path: Path
    result: Result
    checkpoint: Checkpoint
    collection: Collection
    asked: tuple[Query, ...]
    encoders: tuple[Encoder, ...]
    store: VectorCache

    @property
    def policy(self) -> Policy:
        """How the result was scored."""
        evaluation = self.result.evaluation
        return Policy(evaluation.policy, evaluation.relevance_level)

    @property
    def cosine(self) -> bool:
        """Whether vectors are divided by their norms before they are compared."""
        return self.result.evaluation.similarity == "cosine"

    def run(self) -> Run:
        """The rankings that lie beside the result.

        Raises:
            InputError: they do not, or cannot be read.
        """
        path = beside(self.path, ".run.gz")
        if not is_file(path):
            raise InputError(
                f"The rankings of '{self.result.name}' are not beside it ({path} is missing): "
                "evaluate again, or put the file back."
            )
        return read_run(path)


def open_result(
    path: Path,
    *,
    model: str | None = None,
    collection: str | None = None,
    cache: Path | None = None,
) -> OpenedResult:
    """Open a result with its model, its collection and its encoders in the cache.

    Args:
        path: of the result's JSON file.
        model: where the model lies now; None: where the result says.
        collection: likewise.
        cache: the folder of the vector cache; None: this user's.

    Raises:
        InputError: it is no result of one evaluation, the model has other weights now, or the
            model or the collection cannot be opened.
        UnreachableError: they would have to be fetched and cannot be.
    """
    result = read_result(path)
    if result.collection.id.startswith(MEAN_OF):
        raise InputError(
            f"'{result.name}' is a {result.collection.id[:200]}, which has no rankings of its own: "
            "give the result of one collection."
        )
    checkpoint = _checkpoint(result, model)
    opened = open_collection(collection or result.collection.id)
    if result.collection.queries is not None and result.collection.queries:
        opened = limit_queries(opened, result.collection.queries)
    policy = Policy(result.evaluation.policy, result.evaluation.relevance_level)
    store = VectorCache(cache or vectors_root())
    return OpenedResult(
        path=path,
        result=result,
        checkpoint=checkpoint,
        collection=opened,
        asked=evaluated_queries(opened, policy),
        encoders=_encoders(result, checkpoint, store),
        store=store,
    )


def beside(path: Path, end: str) -> Path:
    """The path of another file of a result.

    Args:
        path: of its JSON file.
        end: of the other's name, such as `.run.gz`.
    """
    return path.with_name(f"{path.name.removesuffix('.json')}{end}")


def settings_of(result: Result) -> Settings:
    """How this machine has to run a result's model, as far as its vectors depend on it."""
    foreign = result.model.recipe.kind == FOREIGN
    return Settings(
        encoder=EncoderOptions(
            encoder=FOREIGN if foreign else "harness",
            precision="tf32" if result.model.precision == "tf32" else "float32",
        ),
        weights=None if result.model.weights_file is None else "pytorch_model.bin",
    )


def with_lengths(checkpoint: Checkpoint, result: Result) -> Checkpoint:
    """The checkpoint with the lengths that were applied to documents and to queries."""
    queries = checkpoint.queries
    own = result.model.queries.recipe.max_length if result.model.queries else None
    cut = _cut(checkpoint, result.model.recipe.max_length)
    return cut if queries is None else replace(cut, queries=_cut(queries, own))


def _cut(checkpoint: Checkpoint, length: int | None) -> Checkpoint:
    if checkpoint.recipe.kind in ("static", FOREIGN) or length is None:
        return checkpoint
    return replace(checkpoint, recipe=replace(checkpoint.recipe, max_length=length))


def _checkpoint(result: Result, model: str | None) -> Checkpoint:
    named = model or result.model.id
    revision = (result.model.revision if model is None else "") or "main"
    experiment = Experiment.of(named, "unused")
    try:
        opened = open_model(
            replace(experiment, model=ModelSpec(named, revision)), settings_of(result)
        )
    except InputError as error:
        if model is not None:
            raise
        why = str(error).removesuffix(".")
        raise InputError(
            f"The model of '{result.name}' cannot be opened: {why}. Say by --model where it lies "
            "now."
        ) from error
    queries = result.model.queries or result.model
    told: dict[Role, str] = {
        "document": result.model.weights_sha256,
        "query": queries.weights_sha256,
    }
    for role in get_args(Role):
        found = opened.of(role).weights_sha256
        if found != told[role]:
            raise InputError(
                f"{named} has other weights than those that '{result.name}' was made with: their "
                f"SHA-256 is {found[:12]}… and the result says {told[role][:12]}…; say by --model "
                "where that checkpoint lies, or evaluate again."
            )
    return opened


def _encoders(result: Result, checkpoint: Checkpoint, store: VectorCache) -> tuple[Encoder, ...]:
    """Those of the checkpoint as it is, or with the length that an experiment prescribed."""
    lengths = (checkpoint, *_prescribed(checkpoint, result))
    found = {
        (one.fingerprint, one.of("query").fingerprint): one
        for variant in lengths
        for one in cached_encoders(variant, store)
        if one.facts.max_length == result.model.recipe.max_length
        and one.facts.precision == result.model.precision
    }

    def otherwise(one: Encoder) -> bool:
        facts = one.facts
        return (facts.head, facts.products) != (result.model.head, result.model.products)

    return tuple(sorted(found.values(), key=otherwise))


def _prescribed(checkpoint: Checkpoint, result: Result) -> tuple[Checkpoint, ...]:
    length = result.model.recipe.max_length
    queries = checkpoint.queries
    cut = _cut(checkpoint, length)
    return (cut if queries is None else replace(cut, queries=_cut(queries, length)),)
