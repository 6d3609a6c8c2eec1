"""A content-addressed cache of sparse vectors: shards keyed by encoder and texts, checksummed.

A shard holds the vectors of some texts. Its name is a hash over the encoder's fingerprint, the role
and the texts themselves: a changed weight, setting or letter is another shard, and the same texts
are found again from any collection. It is written whole or not at all, and one that is damaged is
encoded again.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple, get_args

from harness.checkpoint.modules import Role
from harness.encoder import Encoded, Prepared
from harness.encoder.encoder import Encoder
from harness.encoder.shards import pack_shard, read_shard
from harness.errors import HarnessError, InputError, UnreachableError
from harness.system.atomic import write_bytes
from harness.system.foreign_files import read_bytes
from harness.system.json_files import read_json
from harness.system.memory import give_back

SHARD_TEXTS = 2_048
"""Texts in a shard: some seconds of work on two cores, a megabyte or two on disk."""

_FOLDER = re.compile("[0-9a-f]{32}")
_FILE = re.compile(
    r"[0-9a-f]{64}\.safetensors|\..*\.[0-9a-f]{16}\.tmp|encoding\.lock"
    r"|encoder\.json|vocabulary\.json|opened-[0-9a-f]{32}\.json"
)
"""The names of what this package makes: the marks by which it is known again."""


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
            UnreachableError: the store cannot be written (no room, no permission).
        """
        encoder = encoder.of(role)
        shards = ((shard, self.path(encoder, shard, role)) for shard in _shards(texts))
        # While a shard is encoded, the tokens of the next one are made: no GPU waits for them.
        with ThreadPoolExecutor(1, "tokenize") as ahead:
            tokens: Future[Prepared] | None = None
            following = next(shards, None)
            while following:
                (shard, path), following = following, next(shards, None)
                found = read_shard(path, encoder.vocab_size, len(shard))
                own, tokens = tokens, None
                if found is None:
                    own = own or ahead.submit(encoder.tokens, shard, role)
                    if following and not following[1].is_file():
                        tokens = ahead.submit(encoder.tokens, following[0], role)
                    found = self._encode(encoder, own.result(), role, path)
                yield found

    def found(self, encoder: Encoder, texts: Iterable[str], role: Role) -> Iterator[Encoded]:
        """The vectors of the texts where all of them lie in the store; nothing is encoded.

        Raises:
            UnreachableError: a shard of them is not there, or is damaged.
        """
        for number, shard in enumerate(_shards(texts)):
            vectors = read_shard(self.path(encoder, shard, role), encoder.vocab_size, len(shard))
            if vectors is None:
                first = number * SHARD_TEXTS + 1
                raise UnreachableError(
                    f"The vectors of {role} texts from number {first:,} on are not in {self.root}: "
                    "`harness encode` puts them there."
                )
            yield vectors

    def path(self, encoder: Encoder, texts: Sequence[str], role: Role) -> Path:
        """Where the shard of these texts lies, or would lie; it is that of these texts together."""
        fingerprint = encoder.of(role).fingerprint
        return self.root / fingerprint[:32] / f"{_key(fingerprint, role, texts)}.safetensors"

    def describe(self, encoder: Encoder, model: str, revision: str) -> None:
        """Leave a note beside an encoder's shards that says whose they are."""
        for fingerprint in {encoder.of(role).fingerprint for role in get_args(Role)}:
            note = {"model": model, "revision": revision, "fingerprint": fingerprint}
            if not (self.root / fingerprint[:32] / "encoder.json").is_file():
                content = json.dumps(note, indent=2).encode() + b"\n"
                self.note(fingerprint, "encoder.json", content)

    def note(self, fingerprint: str, name: str, content: bytes) -> None:
        """Keep a small file beside an encoder's shards.

        Raises:
            UnreachableError: the cache cannot be written.
        """
        path = self.root / fingerprint[:32] / name
        _make(path.parent)
        if not _holds(path, content):
            write_bytes(path, content)

    def kept(self) -> tuple[CacheEntry, ...]:
        """What lies in the store; a folder that this class did not make is none of it."""
        return tuple(_kept(folder) for folder in sorted(self.root.glob("*")) if _is_own(folder))

    def strangers(self) -> tuple[Path, ...]:
        """What lies in the store's folder and is none of ours: folders, and files inside ours."""
        return tuple(
            path
            for entry in sorted(self.root.glob("*"))
            for path in (_foreign(entry) if _is_own(entry) else (entry,))
        )

    def prune(self, encoder: str) -> int:
        """Remove the vectors of the encoders whose fingerprint starts with `encoder`.

        Files are removed by the names that we give them, so what somebody else has put there stays
        (`strangers` names it).

        Returns:
            How many shards were removed.

        Raises:
            InputError: there is no such encoder.
            UnreachableError: a file of it cannot be removed.
        """
        chosen = [kept for kept in self.kept() if kept.name.startswith(encoder)]
        if encoder and not chosen:
            raise InputError(f"No vectors of an encoder '{encoder}' lie in {self.root}.")
        for kept in chosen:
            _remove(self.root / kept.name)
        return sum(kept.shards for kept in chosen)

    def _encode(self, encoder: Encoder, tokens: Prepared, role: Role, path: Path) -> Encoded:
        from filelock import FileLock

        _make(path.parent)
        # One process at a time encodes for one encoder: it uses every core, and the other finds
        # the shard done when its turn comes. The system lifts the lock of a process that dies.
        with FileLock(path.parent / "encoding.lock"):
            for left in path.parent.glob(".*.safetensors.*.tmp"):  # a killed process left it
                left.unlink(missing_ok=True)
            found = read_shard(path, encoder.vocab_size, len(tokens))
            if found is None:
                found = encoder.encode_tokens(tokens, role)
                give_back()
                self._keep(path, pack_shard(found, path.stem))
        return found

    def _keep(self, path: Path, content: bytes) -> None:
        try:
            write_bytes(path, content)
        except UnreachableError as error:
            reason = getattr(error.__cause__, "strerror", None) or error
            raise UnreachableError(
                f"Vectors cannot be kept in {self.root} ({reason}): make room there, or set "
                "HARNESS_CACHE to a folder with room. Those that are there are used again."
            ) from error


def _is_own(folder: Path) -> bool:
    """Whether a folder bears a fingerprint's name; no link, which may lead anywhere."""
    return bool(_FOLDER.fullmatch(folder.name)) and folder.is_dir() and not folder.is_symlink()


def _foreign(folder: Path) -> tuple[Path, ...]:
    return tuple(path for path in sorted(folder.iterdir()) if not _FILE.fullmatch(path.name))


def _remove(folder: Path) -> None:
    foreign = _foreign(folder)
    try:
        for path in sorted(folder.iterdir()):
            if path not in foreign:
                path.unlink(missing_ok=True)
        if not foreign:
            folder.rmdir()
    except OSError as error:
        raise UnreachableError(f"{folder} cannot be emptied ({error.strerror}).") from error


def _kept(folder: Path) -> CacheEntry:
    try:
        note = read_json(folder / "encoder.json")
        model = " ".join((note["model"], note["revision"][:12])).strip()
    except (HarnessError, KeyError, TypeError):
        model = "unknown"  # killed before the note was written; the shards are sound all the same
    sizes = [path.stat().st_size for path in folder.glob("*.safetensors")]
    return CacheEntry(folder.name, model, len(sizes), sum(sizes))


def _holds(path: Path, content: bytes) -> bool:
    try:
        return read_bytes(path, len(content)) == content
    except HarnessError:
        return False


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnreachableError(
            f"The cache folder {folder} cannot be made ({error.strerror}): set HARNESS_CACHE to a "
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
