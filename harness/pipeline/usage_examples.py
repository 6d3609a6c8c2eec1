"""Usage examples, run again: they show in a second whether a checkpoint is the published one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from harness.checkpoint.model_config import Similarity
from harness.checkpoint.modules import Role
from harness.claims.printed_number import FLOAT32_SUM_SLACK, PrintedNumber
from harness.data.vectors import SparseVectors, stack
from harness.encoder.encoder import Encoder
from harness.encoder.steps import normalized
from harness.encoder.vector_cache import VectorCache
from harness.experiment.evidence import Example

Encode = Callable[[tuple[str, ...], Role], SparseVectors]
"""The vectors of some texts, from the cache where they are there."""


@dataclass(frozen=True)
class Reproduced:
    """A usage example and what came out of it.

    Attributes:
        source: where the example stands.
        printed: the numbers as the source prints them, row by row.
        measured: the same numbers, computed here.
        holds: whether every one rounds to what is printed, and the terms are the printed ones.
        differs: one sentence on the first that does not, or "".
    """

    source: str
    printed: tuple[tuple[str, ...], ...]
    measured: tuple[tuple[float, ...], ...]
    holds: bool
    differs: str = ""


def reproduce(
    examples: Iterable[Example],
    encoder: Encoder,
    store: VectorCache,
    similarity: Similarity = "dot",
) -> tuple[Reproduced, ...]:
    """Run usage examples and compare each number at the precision that its source prints.

    Args:
        examples: as their source prints them.
        encoder: what encodes their texts.
        store: where vectors are kept.
        similarity: the model's own, by which its card prints scores.
    """

    def encode(texts: tuple[str, ...], role: Role) -> SparseVectors:
        return stack(shard.vectors for shard in store.encoded(encoder, texts, role))

    return tuple(
        _top_terms(example, encoder, encode)
        if example.terms
        else _compared(
            example, similarities(example.queries, example.documents, encode, similarity)
        )
        for example in examples
    )


def similarities(
    queries: tuple[str, ...],
    documents: tuple[str, ...],
    encode: Encode,
    similarity: Similarity = "dot",
) -> tuple[tuple[float, ...], ...]:
    """The similarity of each query with each document, [queries][documents], summed in float64."""
    compared = normalized if similarity == "cosine" else _as_they_are
    rows, columns = compared(encode(queries, "query")), compared(encode(documents, "document"))
    products = rows.to_dense().astype(np.float64) @ columns.to_dense().astype(np.float64).T
    return tuple(tuple(map(float, row)) for row in products)


def _as_they_are(vectors: SparseVectors) -> SparseVectors:
    return vectors


def _top_terms(example: Example, encoder: Encoder, encode: Encode) -> Reproduced:
    vectors = encode((example.text,), "query")
    best = np.argsort(-vectors.values, kind="stable")[: len(example.terms)]
    terms = tuple(encoder.term(int(entry)) for entry in vectors.indices[best])
    result = _compared(example, (tuple(map(float, vectors.values[best])),))
    if terms == example.terms:
        return result
    differs = f"the top terms are {', '.join(terms)}, not {', '.join(example.terms)}"
    return Reproduced(example.source, example.printed, result.measured, False, differs)


def _compared(example: Example, measured: tuple[tuple[float, ...], ...]) -> Reproduced:
    pairs = [
        (text, value)
        for printed, values in zip(example.printed, measured, strict=True)
        for text, value in zip(printed, values, strict=False)
    ]
    off = next((pair for pair in pairs if not _rounds_to(*pair)), None)
    complete = len(pairs) == sum(map(len, example.printed))
    differs = f"{off[1]:.6f} is measured where {off[0]} is printed" if off else ""
    if not complete:
        differs = differs or "fewer dimensions are active than are printed"
    return Reproduced(example.source, example.printed, measured, not differs, differs)


def _rounds_to(text: str, value: float) -> bool:
    return PrintedNumber(text).rounds_to(value, FLOAT32_SUM_SLACK)
