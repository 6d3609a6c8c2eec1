"""Hashes of a checkpoint's files: what its bytes are."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from harness.errors import InputError
from harness.system.foreign_files import check_regular, open_regular

CONFIGURATION = (
    "*config*.json",
    "modules.json",
    "*.index.json",
    "chat_template*",
    "*.jinja",
    "*.model",
)
"""What loaders read beside weights and vocabularies. A test watches which files are opened."""

TOKENIZER_FILES = (
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

_LARGEST: Final = 200_000_000
"""Bytes of a tokenizer's or a configuration's file; the largest vocabularies take 35 million."""


def sha256(paths: Iterable[Path]) -> str:
    """Over names and contents, each with its length before it, so that no two lists collide.

    Raises:
        InputError: a file is no regular one, or too large for a configuration.
    """
    digest = hashlib.sha256()
    for path in paths:
        check_regular(path)
        with open_regular(path) as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > _LARGEST and path.suffix not in (".safetensors", ".bin"):
                raise InputError(
                    f"{path} is larger than the {_LARGEST / 1e6:g} MB that such a file may have."
                )
            digest.update(f"{path.name}\0{size}\0".encode())
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()
