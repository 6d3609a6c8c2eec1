"""From a checkpoint to an encoder, without loading the model where its vectors are in the cache.

What an encoder turned out to be on this machine (its `EncoderFacts` and its vocabulary) is kept
beside its vectors, under the key of what was asked for (`fingerprint.request`). The same request
again finds the facts, and with them every vector; only a text that was never encoded loads the
model, which must then be the one described.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path

from harness.checkpoint import Checkpoint
from harness.encoder import AUTO, EncoderFacts, EncoderOptions, Model
from harness.encoder.encoder import Encoder
from harness.encoder.fingerprint import request
from harness.encoder.vector_cache import VectorCache
from harness.errors import HarnessError
from harness.system.cores import usable_cores
from harness.system.foreign_files import read_bytes
from harness.system.json_files import read_json

_VOCABULARY = "vocabulary.json"
_MOST_TERMS = 64_000_000  # bytes of that; 250,000 terms take 4 million


def open_encoder(
    checkpoint: Checkpoint,
    options: EncoderOptions = AUTO,
    vectors: VectorCache | None = None,
) -> Encoder:
    """An encoder of a checkpoint on this machine.

    Args:
        checkpoint: what to run.
        options: what is asked of this machine.
        vectors: where vectors are kept; None: the model is loaded at once.

    Raises:
        InputError: the device does not exist or cannot do what is asked of it, or the model is
            none that can be evaluated.
        UnreachableError: the cache cannot be written.
    """

    def build() -> Model:
        if options.encoder == "sentence-transformers":
            from harness.encoder import by_sentence_transformers

            return by_sentence_transformers.build(checkpoint, options)
        from harness.encoder.build import build_encoder

        return build_encoder(checkpoint, options)

    documents = _opened(checkpoint, options, vectors, build)
    if checkpoint.queries is None:
        return documents
    other = checkpoint.queries

    def build_queries() -> Model:
        from harness.encoder.build import build_encoder, same_model, with_recipe
        from harness.encoder.loaded import LoadedEncoder

        model = documents.loaded() if same_model(other, checkpoint) else None
        if isinstance(model, LoadedEncoder):  # once in memory serves both
            return with_recipe(model, other)
        return build_encoder(other, options)

    return documents.beside(_opened(other, options, vectors, build_queries))


def _opened(
    checkpoint: Checkpoint,
    options: EncoderOptions,
    vectors: VectorCache | None,
    build: Callable[[], Model],
) -> Encoder:
    """The encoder of one role."""
    if vectors is None:
        return _of(build())
    key = request(checkpoint, options)
    remembered = _remembered(vectors.root, key)
    if remembered is None:
        model = build()
        _remember(vectors, key, model)
        return _of(model)
    path, facts, terms = remembered
    cores = options.threads or usable_cores()
    return Encoder(
        facts,
        checkpoint.recipe,
        cores if facts.device == "cpu" else 1,
        lambda: _same(build(), facts, path),
        terms,
    )


def _of(model: Model) -> Encoder:
    return Encoder(model.facts, model.recipe, model.threads, lambda: model)


def _same(model: Model, facts: EncoderFacts, path: Path) -> Model:
    """The model; where it is not the one remembered, that is forgotten (`Encoder` refuses it)."""
    if model.facts != facts:
        with suppress(OSError):
            path.unlink()
    return model


def _remember(vectors: VectorCache, key: str, model: Model) -> None:
    terms = json.dumps(model.tokenize.terms(model.facts.vocab_size)).encode()
    facts = asdict(model.facts) | {"vocabulary_sha256": hashlib.sha256(terms).hexdigest()}
    content = json.dumps({"sha256": _digest(facts), "facts": facts}, indent=2).encode()
    vectors.note(model.facts.fingerprint, _VOCABULARY, terms)
    vectors.note(model.facts.fingerprint, _name(key), content)


def _remembered(
    root: Path, key: str
) -> tuple[Path, EncoderFacts, Callable[[], Sequence[str]]] | None:
    """What a request gave before; None where it was never made, or where that is damaged."""
    for path in sorted(root.glob(f"*/{_name(key)}")):
        found = read_note(path)
        if found is not None:
            return path, *found
    return None


def read_note(path: Path) -> tuple[EncoderFacts, Callable[[], Sequence[str]]] | None:
    """What an encoder turned out to be, and its vocabulary; None where the note is damaged.

    Args:
        path: of an `opened-….json` beside an encoder's vectors.
    """
    with suppress(HarnessError, ValueError, KeyError, TypeError):
        content = read_json(path)
        facts = dict(content["facts"])
        terms = read_bytes(path.with_name(_VOCABULARY), _MOST_TERMS)
        sound = content["sha256"] == _digest(facts)
        if sound and facts.pop("vocabulary_sha256") == hashlib.sha256(terms).hexdigest():
            return EncoderFacts(**facts), cache(partial(json.loads, terms))
    return None


def _name(key: str) -> str:
    return f"opened-{key[:32]}.json"


def _digest(facts: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
