"""Vectors of CrowdRAG-25 as several correct programs give them, for `benchmarks.true_cards`.

Each way is a process of its own, because MKL and torch read their environment at the start.
"""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np

MODEL = "asset:splade-tiny"
COLLECTION = "crowdrag-25"


class Way(NamedTuple):
    """Who encodes (harness with a head, or sentence-transformers), and in what environment."""

    head: str
    batch: int
    environment: dict[str, str]


OURS = "harness"

WAYS = {
    OURS: Way("auto", 0, {}),
    "harness, float32 head, MKL compatible": Way("float32", 0, {"MKL_CBWR": "COMPATIBLE"}),
    "harness, float32 head, AVX2": Way("float32", 0, {"ATEN_CPU_CAPABILITY": "avx2"}),
    "sentence-transformers, batch 32": Way("", 32, {}),
    "sentence-transformers, batch 8, MKL compatible": Way("", 8, {"MKL_CBWR": "COMPATIBLE"}),
    "sentence-transformers, batch 5, AVX2": Way("", 5, {"ATEN_CPU_CAPABILITY": "avx2"}),
}
"""By name; the first is the one that is judged with."""


def ensure(folder: Path, passages: int, ways: int) -> dict[str, Path]:
    """The vectors of the first so many ways in a folder, encoded where they are not there.

    All but ours encode the first `passages` only: they take up to ten times as long.
    """
    found = {}
    for number, (name, way) in enumerate(list(WAYS.items())[:ways]):
        path = found[name] = folder / f"{number}-{passages if number else 0}.npz"
        if not path.is_file():
            command = [sys.executable, "-m", "benchmarks.true_card_vectors", name, str(path)]
            command += ["--passages", str(passages)] if number else []
            environment = os.environ | way.environment
            subprocess.run(command, env=environment, check=True)
    return found


def texts(passages: int | None = None) -> tuple[list[str], list[str]]:
    """The queries and the documents."""
    from harness.collection.open import open_collection

    collection = open_collection(COLLECTION)
    return (
        [query.text for query in collection.queries],
        [doc.text for doc in islice(collection.corpus, passages)],
    )


def _by_harness(way: Way, folder: Path, passages: int | None) -> dict[str, np.ndarray]:
    from harness.checkpoint.open import open_checkpoint
    from harness.data.vectors import stack, stack_near
    from harness.encoder import EncoderOptions
    from harness.encoder.open import open_encoder
    from harness.encoder.vector_cache import VectorCache

    options = EncoderOptions(device="cpu", head=way.head)
    encoder = open_encoder(open_checkpoint(MODEL), options)
    kept = {}
    for role, of_role in zip(("query", "document"), texts(passages), strict=True):
        shards = list(VectorCache(folder).encoded(encoder, of_role, role))
        vectors = stack(shard.vectors for shard in shards)
        near = stack_near(shard.near for shard in shards)
        kept |= {f"{role} {key}": value for key, value in _csr(vectors)}
        kept |= {
            f"{role} near indptr": near.indptr,
            f"{role} near indices": near.indices,
            f"{role} near active": near.active,
        }
    return kept


def _by_sentence_transformers(way: Way, passages: int | None) -> dict[str, np.ndarray]:
    from sentence_transformers import SparseEncoder

    from harness.assets import fetch

    encoder = SparseEncoder(str(fetch("splade-tiny")), device="cpu")
    kept = {}
    given = zip(("query", "document"), texts(passages), strict=True)
    for role, of_role in given:
        encode = encoder.encode_query if role == "query" else encoder.encode_document
        parts = [
            encode(part, batch_size=way.batch, convert_to_sparse_tensor=False).numpy()
            for part in _parts(of_role, 500)
        ]
        rows = [(np.flatnonzero(row), row) for part in parts for row in part]
        lengths = [len(indices) for indices, _ in rows]
        kept[f"{role} indptr"] = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        kept[f"{role} indices"] = np.concatenate([i for i, _ in rows]).astype(np.int32)
        kept[f"{role} values"] = np.concatenate([row[i] for i, row in rows])
    return kept


def _csr(vectors) -> Iterable[tuple[str, np.ndarray]]:
    return (("indptr", vectors.indptr), ("indices", vectors.indices), ("values", vectors.values))


def _parts(listed: list[str], size: int) -> Iterator[list[str]]:
    return (listed[start : start + size] for start in range(0, len(listed), size))


@click.command()
@click.argument("name")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--passages", type=int)
def main(name, target, passages):
    way = WAYS[name]
    kept = (
        _by_harness(way, target.parent / "vectors", passages)
        if way.head
        else _by_sentence_transformers(way, passages)
    )
    np.savez(target, **kept)


if __name__ == "__main__":
    main()
