"""An encoder without a model: fixed vectors, or words hashed to dimensions; it counts its calls."""

import time
from binascii import crc32
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from harness.encoder import Encoded
from harness.vectors import SparseVectors

VOCAB = 1000


def hashed(text):
    """Dimension to weight, from the words of a text."""
    words = Counter(crc32(word.encode()) % VOCAB for word in text.split())
    return {dim: 1 + count / 3 for dim, count in words.items()}


def vectors_of(rows, vocab_size):
    """Sparse vectors from mappings of dimensions to weights."""
    rows = [sorted(row.items()) for row in rows]
    return SparseVectors(
        np.cumsum([0, *map(len, rows)], dtype=np.int64),
        np.array([dim for row in rows for dim, _ in row], np.int32),
        np.array([weight for row in rows for _, weight in row], np.float32),
        vocab_size,
    )


@dataclass
class FakeEncoder:
    """What the store and `evaluate` use of an encoder.

    Attributes:
        vector: from a text to its weights by dimension.
        calls: the texts of every call of `encode`, with their role.
        seconds: each call takes, so that a test can kill it.
    """

    vector: object = hashed
    vocab_size: int = VOCAB
    fingerprint: str = "f" * 64
    calls: list = field(default_factory=list)
    seconds: float = 0.0
    max_length: int = 512
    threads: int = 1

    def encode(self, texts, role):
        self.calls.append((role, tuple(texts)))
        time.sleep(self.seconds)
        vectors = vectors_of([self.vector(text) for text in texts], self.vocab_size)
        return Encoded(vectors, sum(len(text.split()) for text in texts), 1, 2)
