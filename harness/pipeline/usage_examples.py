"""Usage examples, run again: they show in a second whether a checkpoint is the published one."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from harness.claims.printed_number import FLOAT32_SUM_SLACK, PrintedNumber
from harness.data.vectors import SparseVectors
from harness.encoder import Encoder
from harness.experiment.spec import Example


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


def reproduce(examples: Iterable[Example], encoder: Encoder) -> tuple[Reproduced, ...]:
    """Run usage examples and compare each number at the precision that its source prints."""
    return tuple(
        _top_terms(example, encoder) if example.terms else _similarities(example, encoder)
        for example in examples
    )


def _similarities(example: Example, encoder: Encoder) -> Reproduced:
    queries = encoder.encode(example.queries, "query").vectors
    documents = _dense(encoder.encode(example.documents, "document").vectors)
    products = _dense(queries) @ documents.T
    return _compared(example, tuple(tuple(map(float, row)) for row in products))


def _top_terms(example: Example, encoder: Encoder) -> Reproduced:
    vectors = encoder.encode(example.queries, "query").vectors
    best = np.argsort(-vectors.values, kind="stable")[: len(example.terms)]
    terms = tuple(encoder.tokenize.term(int(entry)) for entry in vectors.indices[best])
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


def _dense(vectors: SparseVectors) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """float64 [rows, vocab]: an example has a handful of rows."""
    dense = np.zeros((len(vectors), vectors.vocab_size))
    dense[np.repeat(np.arange(len(vectors)), vectors.active_dims), vectors.indices] = vectors.values
    return dense
