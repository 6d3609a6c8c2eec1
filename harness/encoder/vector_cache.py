"""Encoded texts on disk: kept under what determines them, and never trusted without their hash.

A shard holds the vectors of some texts. Its name is a hash over the encoder's fingerprint, the role
and the texts themselves: a changed weight, setting or letter is another shard, and the same texts
are found again from any collection. It is written whole or not at all, and one that is damaged is
encoded again.
"""

import hashlib
import json
import logging
import shutil
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from harness.data.vectors import NearZero, SparseVectors
from harness.encoder import Encoded, Role
from harness.encoder.encoder import Encoder
from harness.encoder.tokens import Tokens
from harness.errors import InputError, UnreachableError
from harness.system.atomic import write_bytes
from harness.system.memory import give_back

SHARD_TEXTS = 2_048
"""Texts in a shard: some seconds of work on two cores, a megabyte or two on disk."""

_ARRAYS = ("indptr", "indices", "values", "near_indptr", "near_indices", "near_active")
_KEY = "harness"

logger = logging.getLogger(__name__)


class CacheEntry(NamedTuple):
    """The vectors of one encoder in a store.

    Attributes:
        name: the start of the encoder's fingerprint, and the name of its folder.
        model: id and revision of the checkpoint.
        shards: how many.
        size: in bytes.
    """

    name: str
    model: str
    shards: int
    size: int


@dataclass(frozen=True)
class VectorCache:
    """A folder of shards, one folder below it for each encoder; several processes may share it.

    Attributes:
        root: the folder; it need not exist yet.
    """

    root: Path

    def encoded(self, encoder: Encoder, texts: Iterable[str], role: Role) -> Iterator[Encoded]:
        """The vectors of the texts, shard by shard, in order; what is not in the store is encoded.

        Raises:
            UnreachableError: the store can not be written (no room, no permission).
        """
        folder = self.root / encoder.fingerprint[:32]
        shards = (
            (shard, folder / f"{_key(encoder.fingerprint, role, shard)}.safetensors")
            for shard in _shards(texts)
        )
        # While a shard is encoded, the tokens of the next one are made: no GPU waits for them.
        with ThreadPoolExecutor(1, "tokenize") as ahead:
            tokens: Future[Tokens] | None = None
            following = next(shards, None)
            while following:
                (shard, path), following = following, next(shards, None)
                found = _read(path, encoder.vocab_size, len(shard))
                own, tokens = tokens, None
                if found is None:
                    own = own or ahead.submit(encoder.tokens, shard, role)
                    if following and not following[1].is_file():
                        tokens = ahead.submit(encoder.tokens, following[0], role)
                    found = self._encode(encoder, own.result(), role, path)
                yield found

    def describe(self, encoder: Encoder, model: str, revision: str) -> None:
        """Leave a note beside an encoder's shards that says whose they are."""
        note = {"model": model, "revision": revision, "fingerprint": encoder.fingerprint}
        if not (self.root / encoder.fingerprint[:32] / "encoder.json").is_file():
            content = json.dumps(note, indent=2).encode() + b"\n"
            self.note(encoder.fingerprint, "encoder.json", content)

    def note(self, fingerprint: str, name: str, content: bytes) -> None:
        """Keep a small file beside an encoder's shards.

        Raises:
            UnreachableError: the cache cannot be written.
        """
        path = self.root / fingerprint[:32] / name
        _make(path.parent)
        if not path.is_file() or path.read_bytes() != content:
            write_bytes(path, content)

    def kept(self) -> tuple[CacheEntry, ...]:
        """What lies in the store."""
        return tuple(_kept(folder) for folder in sorted(self.root.glob("*")) if folder.is_dir())

    def prune(self, encoder: str) -> int:
        """Remove the vectors of the encoders whose fingerprint starts with `encoder`.

        Returns:
            How many shards were removed.

        Raises:
            InputError: there is no such encoder.
        """
        chosen = [kept for kept in self.kept() if kept.name.startswith(encoder)]
        if encoder and not chosen:
            raise InputError(f"No vectors of an encoder '{encoder}' lie in {self.root}.")
        for kept in chosen:
            shutil.rmtree(self.root / kept.name)
        return sum(kept.shards for kept in chosen)

    def _encode(self, encoder: Encoder, tokens: Tokens, role: Role, path: Path) -> Encoded:
        from filelock import FileLock

        _make(path.parent)
        # One process at a time encodes for one encoder: it uses every core, and the other finds
        # the shard done when its turn comes. The system lifts the lock of a process that dies.
        with FileLock(path.parent / "encoding.lock"):
            for left in path.parent.glob(".*.safetensors.*.tmp"):  # a killed process left it
                left.unlink(missing_ok=True)
            found = _read(path, encoder.vocab_size, len(tokens))
            if found is None:
                found = encoder.encode_tokens(tokens, role)
                give_back()
                self._keep(path, _packed(found, path.stem))
        return found

    def _keep(self, path: Path, content: bytes) -> None:
        try:
            write_bytes(path, content)
        except UnreachableError as error:
            reason = getattr(error.__cause__, "strerror", None) or error
            raise UnreachableError(
                f"Vectors can not be kept in {self.root} ({reason}): make room there, or set "
                "HARNESS_CACHE to a folder with room. Those that are there are used again."
            ) from error


def _kept(folder: Path) -> CacheEntry:
    try:
        note = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
        model = " ".join((note["model"], note["revision"][:12])).strip()
    except (OSError, ValueError, KeyError, TypeError):
        model = "unknown"  # killed before the note was written; the shards are sound all the same
    sizes = [path.stat().st_size for path in folder.glob("*.safetensors")]
    return CacheEntry(folder.name, model, len(sizes), sum(sizes))


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnreachableError(
            f"The cache folder {folder} can not be made ({error.strerror}): set HARNESS_CACHE to a "
            "folder with room that you may write to."
        ) from error


def _shards(texts: Iterable[str]) -> Iterator[list[str]]:
    source = iter(texts)
    while shard := list(islice(source, SHARD_TEXTS)):
        yield shard


def _key(fingerprint: str, role: Role, texts: Sequence[str]) -> str:
    """Every text with its length before it, so that no two lists of texts collide."""
    digest = hashlib.sha256(f"{fingerprint} {role} {len(texts)}\n".encode())
    for text in texts:
        encoded = text.encode("utf-8", "surrogatepass")
        digest.update(f"{len(encoded)}\n".encode())
        digest.update(encoded)
    return digest.hexdigest()


def _packed(encoded: Encoded, name: str) -> bytes:
    """The file of a shard; the same vectors give the same bytes."""
    from safetensors.numpy import save

    vectors = encoded.vectors
    # Vocabulary entries of all but the multilingual models fit in two bytes.
    narrow = vectors.vocab_size <= 1 << 16
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "indptr": vectors.indptr,
        "indices": vectors.indices.astype(np.uint16) if narrow else vectors.indices,
        "values": vectors.values,
        "near_indptr": encoded.near.indptr,
        "near_indices": encoded.near.indices,
        "near_active": encoded.near.active.astype(np.uint8),
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


def _read(path: Path, vocab_size: int, texts: int) -> Encoded | None:
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
    return Encoded(vectors, facts["tokens"], facts["truncated"], facts["unknown"], near)
