"""Open a checkpoint by the name of its model; `sources` says what names there are."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from harness.checkpoint import Checkpoint
from harness.checkpoint.masked_lm import check_masked_lm
from harness.checkpoint.recipe import read_recipe
from harness.checkpoint.sources import resolve_model

_SMALL = (".json", ".txt", ".model", ".jinja", ".toml", ".yaml", ".yml")

_TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "sentencepiece.bpe.model",
    "spiece.model",
)


def open_checkpoint(name: str, revision: str = "main") -> Checkpoint:
    """Find a checkpoint and read how it is run.

    Args:
        name: `asset:splade-tiny` for a shipped asset, a folder, or a hub id (`owner/name`).
        revision: a hub branch, tag or commit; a folder and an asset have none.

    Raises:
        InputError: there is nothing of that name, or it is not a SPLADE masked language model.
        UnreachableError: it would have to be fetched and cannot be.
    """
    folder, commit = resolve_model(name, revision).load()
    recipe, transformer = read_recipe(folder)
    check_masked_lm(transformer)
    return Checkpoint(
        id=name,
        revision=commit,
        folder=transformer,
        recipe=recipe,
        weights_sha256=_sha256(sorted(transformer.glob("*.safetensors"))),
        tokenizer_sha256=_sha256(p for n in _TOKENIZER_FILES if (p := transformer / n).is_file()),
        configuration_sha256=_sha256(_configuration(folder, transformer)),
    )


def _configuration(folder: Path, transformer: Path) -> list[Path]:
    """Every small file beside the modules that some loader may read, the tokenizer's aside.

    Which of them a version of transformers looks at is its own business: one too many costs an
    encoding, one too few would give stale vectors.
    """
    folders = {folder, transformer, *(path for path in folder.glob("*") if path.is_dir())}
    return [
        path
        for place in sorted(folders)
        for path in sorted(place.glob("*"))
        if path.suffix in _SMALL and path.name not in _TOKENIZER_FILES and path.is_file()
    ]


def _sha256(paths: Iterable[Path]) -> str:
    """Over names and contents, each with its length before it, so that no two lists collide."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()
