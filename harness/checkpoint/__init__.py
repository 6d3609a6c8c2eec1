"""A checkpoint: a published sparse encoder on disk and how it wants to be run.

Reading order: `modules` (what a text goes through, by its role), `recipe` (what the files say about
each way, with `transformer_config` and `model_config`), `masked_lm` (the only door to
transformers), `static_weights`, `open` (from a name to a checkpoint).
"""

from dataclasses import dataclass
from pathlib import Path

from harness.checkpoint.model_config import Similarity
from harness.checkpoint.modules import Role
from harness.checkpoint.recipe import Recipe
from harness.checkpoint.weights import PICKLE


@dataclass(frozen=True)
class Checkpoint:
    """Where an encoder lies, what it is called, and what its bytes are.

    Attributes:
        id: the name it was opened by.
        revision: the hub's commit, or "" for a folder.
        folder: where `config.json`, the weights and the tokenizer lie; of an encoder without a
            model, its table of weights and its tokenizer.
        recipe: how texts become vectors.
        weights_sha256: over the files of weights, in the order of their names.
        tokenizer_sha256: over the tokenizer's files, likewise.
        configuration_sha256: over every other small file that a loader may read: configurations,
            module lists, templates.
        weights: the files that hold the weights.
        weighting: where the static weights lie that the vectors are multiplied by; None: nowhere.
        autoencoder: where the sparse autoencoder lies that follows the transformer; None: nowhere.
        similarity: between a query's and a document's vector.
        queries: what encodes queries, where that is not what encodes documents (a Router, or a
            length of its own); None: all of the above.
    """

    id: str
    revision: str
    folder: Path
    recipe: Recipe
    weights_sha256: str
    tokenizer_sha256: str
    configuration_sha256: str
    weights: tuple[Path, ...] = ()
    weighting: Path | None = None
    autoencoder: Path | None = None
    similarity: Similarity = "dot"
    queries: "Checkpoint | None" = None

    @property
    def pickled(self) -> bool:
        """Whether weights are read from a pickle, as it was asked for."""
        return self.pickle_name is not None

    @property
    def pickle_name(self) -> str | None:
        """The pickle that weights are read from, or the index of its shards; None: safetensors."""
        names = {path.name for path in self.weights if path.suffix == ".bin"}
        return min(names, default=None) if len(names) < 2 else f"{PICKLE}.index.json"

    def of(self, role: Role) -> "Checkpoint":
        """What encodes the texts of a role."""
        return self.queries if role == "query" and self.queries is not None else self
