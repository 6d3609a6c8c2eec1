"""The file of a shard: vectors, entries near zero and counts, with the hash of all of it."""

import hashlib
import json
import logging
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harness.data.vectors import NearZero, SparseVectors
from harness.encoder import Encoded

_ARRAYS = ("indptr", "indices", "values", "near_indptr", "near_indices", "near_active")
_KEY = "harness"

logger = logging.getLogger(__name__)


def pack_shard(encoded: Encoded, name: str) -> bytes:
    """The file of a shard; the same vectors give the same bytes."""
    from safetensors.numpy import save

    vectors = encoded.vectors
    # Vocabulary entries of all but the multilingual models fit in two bytes.
    near = NearZero.none(0) if encoded.near is None else encoded.near
    narrow = vectors.vocab_size <= 1 << 16
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "indptr": vectors.indptr,
        "indices": vectors.indices.astype(np.uint16) if narrow else vectors.indices,
        "values": vectors.values,
        "near_indptr": near.indptr,
        "near_indices": near.indices,
        "near_active": near.active.astype(np.uint8),
    }
    facts = json.dumps(
        {
            "name": name,
            "vocab_size": vectors.vocab_size,
            "tokens": encoded.tokens,
            "truncated": encoded.truncated,
            "unknown": encoded.unknown,
        }
    )
    # One key only: safetensors writes several in an order that changes from run to run.
    return save(arrays, metadata={_KEY: f"{_digest(arrays, facts)} {facts}"})


def _digest(arrays: dict[str, npt.NDArray[np.generic]], facts: str) -> str:
    digest = hashlib.sha256(facts.encode())
    for name in _ARRAYS:
        digest.update(np.ascontiguousarray(arrays[name]).data)
    return digest.hexdigest()


def read_shard(path: Path, vocab_size: int, texts: int) -> Encoded | None:
    """The shard, or None where there is none or it is damaged (which is said in the log)."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="numpy") as stream:
            arrays = {name: stream.get_tensor(name) for name in _ARRAYS}
            metadata = stream.metadata() or {}
        digest, _, text = metadata[_KEY].partition(" ")
        facts = json.loads(text)
        sound = _digest(arrays, text) == digest and facts["name"] == path.stem
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        logger.warning("The shard %s is damaged (%s); it is encoded again.", path, error)
        return None
    if not sound or len(arrays["indptr"]) != texts + 1 or facts["vocab_size"] != vocab_size:
        logger.warning("The shard %s is damaged (not its hash); it is encoded again.", path)
        return None
    vectors = SparseVectors(
        arrays["indptr"], arrays["indices"].astype(np.int32), arrays["values"], vocab_size
    )
    near = NearZero(
        arrays["near_indptr"], arrays["near_indices"], arrays["near_active"].astype(bool)
    )
    known = near if len(near) == texts else None
    return Encoded(vectors, facts["tokens"], facts["truncated"], facts["unknown"], known)
