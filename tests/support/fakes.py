"""An encoder without a model, which counts its calls, and a result without an evaluation."""

import time
from binascii import crc32
from collections import Counter
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np

from harness.claims.claims import Claims
from harness.data.vectors import NearZero, SparseVectors
from harness.encoder import Encoded
from harness.experiment.parts import (
    CollectionInfo,
    EvaluationInfo,
    ModelInfo,
    RecipeInfo,
    ResultCounts,
)
from harness.experiment.result import Result
from harness.system.provenance import Provenance

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
        calls: the texts of every encoding, with their role.
        seconds: each call takes, so that a test can kill it.
    """

    vector: object = hashed
    vocab_size: int = VOCAB
    fingerprint: str = "f" * 64
    calls: list = field(default_factory=list)
    seconds: float = 0.0
    max_length: int = 512
    threads: int = 1
    recipe: object = field(default_factory=lambda: SimpleNamespace(max_active_dims=None))

    def of(self, role):
        return self

    def encode(self, texts, role):
        return self.encode_tokens(self.tokens(texts, role), role)

    def tokens(self, texts, role):
        return texts

    def encode_tokens(self, texts, role):
        self.calls.append((role, tuple(texts)))
        time.sleep(self.seconds)
        vectors = vectors_of([self.vector(text) for text in texts], self.vocab_size)
        tokens = sum(len(text.split()) for text in texts)
        return Encoded(vectors, tokens, 1, 2, self.near(texts))

    def near(self, texts):
        """One entry near zero for each text that is not empty, told by its length."""
        lengths = np.array([len(text) for text in texts if text], np.int64)
        return NearZero(
            np.cumsum([0, *(bool(text) for text in texts)], dtype=np.int64),
            (lengths % self.vocab_size).astype(np.int32),
            lengths % 2 == 0,
        )


SCORES = {
    "dot_accuracy@1": 0.5,
    "dot_ndcg@10": 0.7457042059559617,
    "dot_mrr@10": 0.6749323809523842,
    "query_active_dims": 22.585,
    "corpus_active_dims": 174.85202722777373,
}


NOTHING_CLAIMED = Claims("", "", (), ())


def result(**changed):
    """A result with what a file must have, and some of what `harness eval` writes."""
    return Result(
        **{
            "name": "an-experiment",
            "scores": dict(SCORES),
            "counts": ResultCounts(queries=5000, unanswered=0),
            "model": ModelInfo(
                id="owner/model",
                revision="0123456789abcdef",
                weights_sha256="a" * 64,
                tokenizer_sha256="b" * 64,
                recipe=RecipeInfo(max_length=512, pooling="max"),
                vocab_size=30522,
                precision="float32",
                head="float32",
                configuration_sha256="d" * 64,
            ),
            "collection": CollectionInfo(id="pool", documents=49036, sha256="c" * 64),
            "evaluation": EvaluationInfo(
                policy="st",
                relevance_level=1,
                depth=100,
                ignore_identical_ids=False,
                similarity="dot",
            ),
            "claims": NOTHING_CLAIMED,
            "examples": (),
            "alarms": (),
            "provenance": Provenance(
                when="2026-11-23T12:00:00+00:00",
                machine="a machine",
                seconds={"encode documents": 10.25, "search": 0.5},
                peak_memory_gb=1.5,
            ),
        }
        | changed
    )


EXAMPLE = """
[[examples]]
source = "a README"
queries = ["yeast"]
documents = ["yeast"]
similarity = [["{}"]]
"""
"""A usage example for an experiment's file; its printed similarity is to be filled in."""
