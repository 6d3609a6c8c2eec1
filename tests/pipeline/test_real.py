"""The published checkpoint on published passages: what the sources print, and what another
implementation computes. The whole default experiment is run by `make eval` and not here."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from harness.checkpoint.open import open_checkpoint
from harness.collection.open import open_collection
from harness.encoder import EncoderOptions
from harness.encoder.build import build_encoder
from harness.encoder.open import open_encoder
from harness.encoder.vector_cache import VectorCache
from harness.experiment.spec import DEFAULT, Experiment, open_experiment
from harness.pipeline.run_experiment import Settings, run_experiment
from harness.pipeline.usage_examples import reproduce

pytestmark = pytest.mark.real

MODEL = "asset:splade-tiny"


@pytest.fixture(scope="module")
def encoder(asset):
    asset("splade-tiny")
    return open_encoder(open_checkpoint(MODEL), EncoderOptions(device="cpu"))


@pytest.fixture
def store(tmp_path):
    return VectorCache(tmp_path / "vectors")


@pytest.fixture(scope="module")
def passages(asset):
    """The first 40 passages of CrowdRAG-25 (192 words on average) and as many of its questions."""
    asset("crowdrag-25")
    collection = open_collection("crowdrag-25")
    documents = [doc.text for doc in islice(collection.corpus, 40)]
    return documents, [query.text for query in collection.queries[:40]]


def dense(vectors):
    rows = np.zeros((len(vectors), vectors.vocab_size), np.float32)
    for row, (indices, values) in enumerate(vectors.rows()):
        rows[row, indices] = values
    return rows


@pytest.mark.parametrize("number", range(3))
def test_the_usage_examples_prove_that_it_is_the_published_checkpoint(encoder, number, store):
    example = open_experiment(DEFAULT).examples[number]
    (found,) = reproduce([example], encoder, store)
    assert found.holds, found.differs


def test_a_usage_example_of_another_checkpoint_is_not_reproduced(encoder, store):
    """What sentence-transformers' tests print of splade-mini for the same five sentences."""
    example = open_experiment(DEFAULT).examples[2]
    other = (("5.89081", "17.4685", "13.97732", "16.45229"),)
    (found,) = reproduce([replace(example, similarity=other)], encoder, store)
    assert not found.holds
    assert found.differs.startswith("4.9923")
    assert found.differs.endswith("is measured where 5.89081 is printed")


def test_top_terms_in_another_order_are_not_reproduced(encoder, store):
    example = open_experiment(DEFAULT).examples[1]
    first, second, *others = example.top_terms
    swapped = ((second[0], first[1]), (first[0], second[1]), *others)
    (found,) = reproduce([replace(example, top_terms=swapped)], encoder, store)
    assert not found.holds
    assert found.differs.startswith("the top terms are today, lovely")


def test_real_passages_have_sentence_transformers_vectors(encoder, passages, asset):
    from sentence_transformers import SparseEncoder
    from sentence_transformers.sparse_encoder.modules import MLMTransformer, SpladePooling

    documents, questions = passages
    theirs = SparseEncoder(
        modules=[
            MLMTransformer(str(asset("splade-tiny")), max_seq_length=512),
            SpladePooling("max"),
        ],
        device="cpu",
    )
    for role, texts, encode, truncated in (
        ("document", documents, theirs.encode_document, 1),
        ("query", questions, theirs.encode_query, 0),
    ):
        expected = encode(texts, convert_to_sparse_tensor=False, batch_size=8).numpy()
        encoded = encoder.encode(texts, role)
        found = dense(encoded.vectors)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
        differing = (found > 0) != (expected > 0)
        assert differing.sum() <= 1
        assert (encoded.truncated, encoded.unknown) == (truncated, 0)


def test_the_two_heads_agree_to_the_last_bit_on_real_passages(encoder, passages):
    """As README says of processors whose products are those of oneDNN and MKL."""
    plain = build_encoder(open_checkpoint(MODEL), EncoderOptions(device="cpu", head="float32"))
    if encoder.facts.head == plain.facts.head:
        pytest.skip("no screen on this processor")
    documents, _ = passages
    found, expected = (e.encode(documents, "document") for e in (encoder, plain))
    for part in ("indptr", "indices", "values"):
        np.testing.assert_array_equal(
            getattr(found.vectors, part), getattr(expected.vectors, part), part
        )
    for part in ("indptr", "indices", "active"):
        np.testing.assert_array_equal(getattr(found.near, part), getattr(expected.near, part), part)


SAMPLER = {
    "dot_accuracy@1": 0.7222222222222222,
    "dot_accuracy@3": 0.9166666666666666,
    "dot_accuracy@5": 0.9722222222222222,
    "dot_accuracy@10": 0.9722222222222222,
    "dot_precision@1": 0.7222222222222222,
    "dot_precision@3": 0.3425925925925926,
    "dot_precision@5": 0.26111111111111107,
    "dot_precision@10": 0.21111111111111114,
    "dot_recall@1": 0.2222222222222222,
    "dot_recall@3": 0.31481481481481477,
    "dot_recall@5": 0.39814814814814814,
    "dot_recall@10": 0.6458333333333334,
    "dot_ndcg@10": 0.562602214213904,
    "dot_mrr@10": 0.8240740740740741,
    "dot_map@100": 0.4266522401423209,
    "query_active_dims": 17.30555534362793,
    "query_sparsity_ratio": 0.9994330137165446,
    "corpus_active_dims": 123.00537872314453,
    "corpus_sparsity_ratio": 0.9959699436890392,
    "avg_flops": 1.955495834350586,
}
"""By sentence-transformers 6.2.0's SparseInformationRetrievalEvaluator (batch 16, CPU)."""


def test_the_sampler_has_the_scores_of_sentence_transformers(asset, tmp_path):
    asset("splade-tiny")
    outcome = run_experiment(
        Experiment.of(MODEL, "sampler"),
        Settings(cache=tmp_path, encoder=EncoderOptions(device="cpu")),
    )
    found = outcome.result
    assert list(found.scores) == list(SAMPLER)
    for key, value in SAMPLER.items():
        assert found.scores[key] == pytest.approx(value, rel=1e-6), key
    assert (found.counts.queries, found.counts.encoded_documents) == (36, 372)
    assert found.model.vocab_size == 30522
    assert found.alarms == ()
