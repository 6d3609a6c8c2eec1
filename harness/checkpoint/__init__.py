"""A checkpoint: a published SPLADE encoder on disk and how it wants to be run.

Reading order: `recipe` (what the files say about pooling, prompts and lengths), `masked_lm` (the
only door to transformers), `open` (from a name to a checkpoint).
"""

from dataclasses import dataclass
from pathlib import Path

from harness.checkpoint.recipe import Recipe


@dataclass(frozen=True)
class Checkpoint:
    """Where an encoder lies, what it is called, and what its bytes are.

    Attributes:
        id: the name it was opened by.
        revision: the hub's commit, or "" for a folder.
        folder: where `config.json`, the weights and the tokenizer lie.
        recipe: how texts become vectors.
        weights_sha256: over the safetensors files, in the order of their names.
        tokenizer_sha256: over the tokenizer's files, likewise.
        configuration_sha256: over every other small file that a loader may read: configurations,
            module lists, templates.
    """

    id: str
    revision: str
    folder: Path
    recipe: Recipe
    weights_sha256: str
    tokenizer_sha256: str
    configuration_sha256: str
