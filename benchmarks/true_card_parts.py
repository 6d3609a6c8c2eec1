"""Parts of CrowdRAG-25, their vectors, and the card that sentence-transformers prints of them."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.true_card_vectors import ensure, texts


class Part(NamedTuple):
    """A part of the collection: rows of queries and of documents, whose vectors, the chunk."""

    way: str
    queries: list[int]
    documents: list[int]
    chunk: int


@dataclass
class Table:
    """The vectors of one way, by role and text."""

    arrays: Mapping[str, np.ndarray]
    rows: dict[str, dict[str, int]] = field(default_factory=dict)

    def take(self, role: str, texts: list[str]):
        """The rows of the texts, as `SparseVectors`."""
        from harness.data.vectors import SparseVectors

        whole = SparseVectors(
            *(self.arrays[f"{role} {part}"] for part in ("indptr", "indices", "values")), 30_522
        )
        return whole.take(self._places(role, texts))

    def near(self, role: str, texts: list[str]):
        """What lies near zero in the same rows."""
        from harness.data.vectors import NearZero

        names = ("near indptr", "near indices", "near active")
        return NearZero(*(self.arrays[f"{role} {name}"] for name in names)).take(
            self._places(role, texts)
        )

    def encoded(self, _encoder, texts: Iterable[str], role: str) -> Iterator:
        """As `VectorCache.encoded`: the vectors were computed before."""
        from harness.encoder import Encoded

        listed = list(texts)
        for start in range(0, len(listed), 4096):
            some = listed[start : start + 4096]
            yield Encoded(self.take(role, some), 1, 0, 0, self.near(role, some))

    def _places(self, role: str, texts: list[str]) -> np.ndarray:
        return np.array([self.rows[role][text] for text in texts], np.int64)


def tables(folder: Path, passages: int, ways: int) -> dict[str, Table]:
    """The vectors of every way; equal texts have equal vectors, and the first of them stands."""
    rows = {
        role: {text: place for place, text in reversed(list(enumerate(listed)))}
        for role, listed in zip(("query", "document"), texts(), strict=True)
    }
    paths = ensure(folder, passages, ways)
    return {name: Table(dict(np.load(path)), rows) for name, path in paths.items()}


def draw(rng: random.Random, found: Mapping[str, Table], number: int) -> Part:
    """A part of any size; one in 150 has more documents than a chunk of the evaluator's default."""
    way = rng.choice(list(found))
    documents = len(found[way].arrays["document indptr"]) - 1
    queries = len(found[way].arrays["query indptr"]) - 1
    size = min(documents, int(np.exp(rng.uniform(0, np.log(6012)))))
    asked = min(queries, max(1, int(np.exp(rng.uniform(0, np.log(302))))))
    rows = rng.sample(range(documents), size)
    if number % 150 == 149:
        rows = list(range(documents)) * (50_001 // documents + 1)
        asked = min(asked, 20)
    chunk = rng.choice([50_000, 50_000, 2_048, 777])
    return Part(way, rng.sample(range(queries), asked), rows, chunk)


def collection_of(part: Part, whole):
    """The part as a collection of its own; None where no query of it can be evaluated.

    A passage that stands in it again has another id and the same judgements.
    """
    from harness.collection import Collection, Doc
    from harness.data.qrels import Qrels

    docs = list(whole.corpus)
    ids: dict[str, list[str]] = defaultdict(list)
    corpus = []
    for row in part.documents:
        own = docs[row].doc_id
        ids[own].append(f"{own}~{len(ids[own])}" if ids[own] else own)
        corpus.append(Doc(ids[own][-1], docs[row].text))
    asked = tuple(whole.queries[row] for row in part.queries)
    grades = {
        query.query_id: {
            copy: judgement.grade
            for judgement in whole.qrels.by_query.get(query.query_id, ())
            for copy in ids.get(judgement.doc_id, ())
        }
        for query in asked
    }
    qrels = Qrels.of({query: judged for query, judged in grades.items() if judged})
    if not any(qrels.relevant(query) for query in qrels):
        return None
    return Collection("part", tuple(corpus), asked, qrels)


def card(collection, vectors: Table, chunk: int, model) -> dict[str, float]:
    """The 20 numbers of sentence-transformers' evaluator, given the vectors."""
    import torch
    from sentence_transformers.sparse_encoder.evaluation import (
        SparseInformationRetrievalEvaluator,
    )

    class Given(SparseInformationRetrievalEvaluator):
        def embed_inputs(self, model, sentences, encode_fn_name=None, **_):
            role = encode_fn_name or "query"
            rows = vectors.take(role, list(sentences))
            place = np.repeat(np.arange(len(rows)), rows.active_dims)
            embeddings = torch.sparse_coo_tensor(
                torch.from_numpy(np.stack([place, rows.indices.astype(np.int64)])),
                torch.from_numpy(rows.values),
                (len(rows), rows.vocab_size),
            ).coalesce()
            self._record_sparsity_stats(model, embeddings, "corpus" if role != "query" else role)
            return embeddings

    relevant = {query: set(collection.qrels.relevant(query)) for query in collection.qrels}
    return Given(
        {query.query_id: query.text for query in collection.queries},
        {doc.doc_id: doc.text for doc in collection.corpus},
        relevant,
        corpus_chunk_size=chunk,
        write_csv=False,
    )(model)
