"""Evaluations of tiny models on a part of the sampler, whose results are looked into."""

from dataclasses import dataclass
from pathlib import Path

import pytest

import harness
from harness.inspection.cached_vectors import CachedVectors
from harness.inspection.opened import open_result
from tests.support import models
from tests.support.zoo.made import splade
from tests.support.zoo.others import csr
from tests.support.zoo.routers import inference_free

KINDS = {
    "one model": splade("Bert"),
    "static queries": inference_free(),
    "cosine": splade("Bert", similarity_fn_name="cosine"),
    "an autoencoder, cosine": csr(similarity_fn_name="cosine"),
    "byte pairs with prompts": splade(
        "Roberta", prompts={"query": "a question: ", "document": "a passage: "}
    ),
    "six dimensions": splade("Bert", max_active_dims=6),
}


@dataclass(frozen=True)
class Evaluated:
    """A result on disk, with its model and the cache that it left."""

    model: Path
    result: Path
    cache: Path

    def vectors(self, **how) -> CachedVectors:
        return CachedVectors(open_result(self.result, cache=self.cache), **how)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A BEIR folder: 120 documents of the sampler and twelve of its questions."""
    sampler = models.sampler()
    asked = sampler.queries[:12]
    relevant = {q.query_id: sampler.qrels.relevant(q.query_id) for q in asked}
    wanted = {doc_id for doc_ids in relevant.values() for doc_id in doc_ids}
    documents = [doc for doc in sampler.corpus if doc.doc_id in wanted]
    documents += [d for d in sampler.corpus if d.doc_id not in wanted][: 120 - len(documents)]
    return models.save_beir(
        tmp_path_factory.mktemp("beir"),
        dict(documents),
        dict(asked),
        [(q, doc_id, 1) for q, doc_ids in relevant.items() for doc_id in doc_ids],
    )


@pytest.fixture(scope="session")
def evaluated(tmp_path_factory, folder):
    """Evaluate a model of a kind, once."""
    done = {}

    def call(kind: str = "one model", **how) -> Evaluated:
        key = (kind, *how.items())
        if key not in done:
            place = tmp_path_factory.mktemp("evaluated")
            model = KINDS[kind](place)
            outcome = harness.evaluate(
                str(model), str(folder), cache=place / "cache", device="cpu", threads=1, **how
            )
            done[key] = Evaluated(model, outcome.write(place / "out"), place / "cache")
        return done[key]

    return call
