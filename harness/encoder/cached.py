"""Encoders whose vectors lie in the cache, found by what they are and without loading one.

A fingerprint is taken over the checkpoint and over how it was run. The second part stands in the
note beside the vectors, so that for a given checkpoint the fingerprint can be made again: the
vectors are this checkpoint's, encoded by these versions on this kind of machine, if the two agree.
"""

from dataclasses import replace
from itertools import product

from harness.checkpoint import Checkpoint
from harness.encoder import EncoderFacts, Model
from harness.encoder.encoder import Encoder
from harness.encoder.fingerprint import fingerprint
from harness.encoder.open import read_note
from harness.encoder.vector_cache import VectorCache
from harness.errors import UnreachableError

_CHOSEN = ("head", "body", "products", "precision", "batch_tokens")


def cached_encoders(checkpoint: Checkpoint, vectors: VectorCache) -> tuple[Encoder, ...]:
    """The encoders of a checkpoint that have been run here; none of them can encode.

    Args:
        checkpoint: of the documents, with that of the queries where they have their own.
        vectors: the cache.

    Returns:
        One for each way of running it; where queries have an encoder of their own, one for each
        pair.
    """
    documents = _of_one(checkpoint, vectors)
    if checkpoint.queries is None:
        return documents
    pairs = product(documents, _of_one(checkpoint.queries, vectors))
    return tuple(one.beside(other) for one, other in pairs if one.vocab_size == other.vocab_size)


def _of_one(checkpoint: Checkpoint, vectors: VectorCache) -> tuple[Encoder, ...]:
    found = {}
    for path in sorted(vectors.root.glob("*/opened-*.json")):
        note = read_note(path)
        if note is not None and note[0].fingerprint == _again(checkpoint, note[0]):
            facts, terms = note
            found[facts.fingerprint] = Encoder(facts, checkpoint.recipe, 1, _not_loaded, terms)
    return tuple(found.values())


def _again(checkpoint: Checkpoint, facts: EncoderFacts) -> str:
    """The fingerprint that the checkpoint has when it is run as the facts say."""
    # "cuda:0 (NVIDIA H100)" is that GPU; any other device is what it is called.
    kind = facts.device.partition("(")[2].removesuffix(")") or facts.device.partition(":")[0]
    chosen = {name: getattr(facts, name) for name in _CHOSEN}
    alone = replace(checkpoint, queries=None)
    return fingerprint(alone, chosen | {"device": kind})


def _not_loaded() -> Model:
    raise UnreachableError("A vector is asked for that is not in the cache.")
