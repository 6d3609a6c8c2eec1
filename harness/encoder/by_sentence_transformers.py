"""The last way: sentence-transformers itself encodes; the only module that imports it.

Slower, and right, is better than refused. It is asked for by name (`--encoder
sentence-transformers`, an extra), runs in float32 and without remote code, and the result names it.
Search, measures and verdict are ours all the same. What float32 leaves open of its vectors is not
known.
"""

import logging
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from harness.checkpoint import Checkpoint
from harness.checkpoint.foreign_code import refused
from harness.checkpoint.modules import Role
from harness.checkpoint.recipe import Recipe
from harness.data.vectors import SparseVectors
from harness.encoder import AUTO, Encoded, EncoderFacts, EncoderOptions
from harness.encoder.device import described, kind_of, torch_device
from harness.encoder.fingerprint import fingerprint
from harness.encoder.tokens import Vocabulary
from harness.errors import InputError
from harness.system.cores import usable_cores

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch
    from sentence_transformers import SparseEncoder

_BATCH: Final = 32
"""Texts, as its own `encode` has it."""

_PROBE: Final = "A probe: seven words, and a number 42."


@dataclass(frozen=True, eq=False)
class SentenceTransformersEncoder:
    """A SparseEncoder of sentence-transformers, asked as its own evaluator asks it.

    Attributes:
        facts: what it is, its fingerprint among them.
        recipe: what is known of it without knowing its modules.
        tokenize: spells the vocabulary, and does nothing else.
        model: the encoder.
        threads: of torch.
    """

    facts: EncoderFacts
    recipe: Recipe
    tokenize: Vocabulary
    model: "SparseEncoder"
    threads: int

    def encode(self, texts: Sequence[str], role: Role) -> Encoded:
        """Both halves."""
        return self.encode_tokens(self.tokens(texts, role), role)

    def tokens(self, texts: Sequence[str], role: Role) -> Sequence[str]:  # noqa: ARG002 - of no role
        """The texts: they are tokenized by whoever encodes them."""
        return list(texts)

    def encode_tokens(self, texts: Sequence[str], role: Role) -> Encoded:
        """Sparse vectors of texts.

        Raises:
            InputError: sentence-transformers cannot encode them, or a weight is negative or not
                finite.
        """
        import torch

        torch.set_num_threads(self.threads)
        encode = self.model.encode_query if role == "query" else self.model.encode_document
        with refused("sentence-transformers cannot encode the texts"):
            rows = encode(
                list(texts),
                batch_size=_BATCH,
                show_progress_bar=False,
                convert_to_sparse_tensor=True,
                save_to_cpu=True,
            )
        vectors = _vectors(rows, self.facts.vocab_size).check(f"the {role} vectors")
        return Encoded(vectors, None, None, None, None)


def build(checkpoint: Checkpoint, options: EncoderOptions = AUTO) -> SentenceTransformersEncoder:
    """Load a model by sentence-transformers, from safetensors and without remote code.

    Raises:
        InputError: it is not installed, the model cannot be loaded, or queries and documents have
            vectors of unlike sizes.
    """
    where = torch_device(options.device)
    release = installed()
    with _quiet(), refused(f"{checkpoint.folder}: sentence-transformers cannot load the model"):
        from sentence_transformers import SparseEncoder

        model = SparseEncoder(
            str(checkpoint.folder),
            device=str(where),
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"dtype": "float32", "use_safetensors": True},
        )
        if checkpoint.recipe.max_length is not None:
            model.max_seq_length = checkpoint.recipe.max_length
        if checkpoint.recipe.max_active_dims is not None:
            model.max_active_dims = checkpoint.recipe.max_active_dims
        sizes = [
            int(one([_PROBE], convert_to_sparse_tensor=False, show_progress_bar=False).shape[1])
            for one in (model.encode_query, model.encode_document)
        ]
    if sizes[0] != sizes[1]:
        raise InputError(
            f"{checkpoint.folder}: the vectors of queries have {sizes[0]} dimensions and those of "
            f"documents {sizes[1]}: the two ways do not belong together."
        )
    chosen: dict[str, Any] = {
        "head": f"sentence-transformers {release}",
        "body": f"sentence-transformers {release}",
        "products": "torch",
        "precision": "float32",
        "batch_tokens": 0,
    }
    return SentenceTransformersEncoder(
        facts=EncoderFacts(
            fingerprint=fingerprint(checkpoint, chosen | {"device": kind_of(where)}),
            vocab_size=sizes[0],
            max_length=int(model.max_seq_length or 0),
            device=described(where),
            **chosen,
        ),
        recipe=checkpoint.recipe,
        tokenize=_Terms(getattr(model, "tokenizer", None)),
        model=model,
        threads=options.threads or usable_cores(),
    )


def installed() -> str:
    """The version of sentence-transformers.

    Raises:
        InputError: it is not installed.
    """
    try:
        return version("sentence-transformers")
    except PackageNotFoundError as error:
        raise InputError(
            "--encoder sentence-transformers needs that package: "
            "pip install 'harness[sentence-transformers]'."
        ) from error


class _Terms:
    """The terms of a model's first tokenizer, as far as it has any."""

    def __init__(self, tokenizer: Any) -> None:  # noqa: ANN401 - whatever a first module brings
        self._tokenizer = tokenizer

    def term(self, entry: int) -> str:
        """The vocabulary entry of a number, or the number in brackets."""
        known = getattr(self._tokenizer, "convert_ids_to_tokens", None)
        found = known(entry) if known is not None else None
        return found if isinstance(found, str) else f"[{entry}]"

    def terms(self, size: int) -> list[str]:
        """The first `size` entries."""
        return [self.term(entry) for entry in range(size)]


def _vectors(rows: "torch.Tensor", size: int) -> SparseVectors:
    found = rows.coalesce()
    row, entry = found.indices().numpy()
    values = found.values().float().numpy()
    kept = values != 0
    counts = np.bincount(row[kept], minlength=rows.shape[0])
    return SparseVectors(
        np.concatenate(([0], np.cumsum(counts))), entry[kept].astype(np.int32), values[kept], size
    )


@contextmanager
def _quiet() -> "Iterator[None]":
    """Keep what is loaded from reporting on stderr."""
    noisy = logging.getLogger("sentence_transformers")
    before = noisy.level
    noisy.setLevel(logging.ERROR)
    try:
        yield
    finally:
        noisy.setLevel(before)
