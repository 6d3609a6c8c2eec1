"""The whole way against sentence-transformers' own encoder and evaluator, on the sampler.

Checkpoints are made by sentence-transformers, so that its present file layout is what is read.
"""

import copy
from typing import NamedTuple

import numpy as np
import pytest
import torch
from sentence_transformers import SparseEncoder
from sentence_transformers.sparse_encoder.evaluation import (
    SparseInformationRetrievalEvaluator,
)
from sentence_transformers.sparse_encoder.modules import MLMTransformer, SpladePooling

from harness.checkpoint.open import open_checkpoint
from harness.claims.compare import compare
from harness.collection.check import check_collection
from harness.encoder import EncoderOptions
from harness.encoder.open import open_encoder
from harness.encoder.packed.post_norm import PostNormBody
from harness.encoder.vector_cache import VectorCache
from harness.experiment.evidence import PublishedSpec
from harness.experiment.sections import EvaluationSpec
from harness.measures.names import CARD, SPARSITY
from harness.pipeline.evaluate import evaluate
from tests.support import models


class Variant(NamedTuple):
    make: object = models.bert
    tokenizer: object = models.word_pieces
    body: type = PostNormBody
    pooling: str = "max"
    activation: str = "relu"
    prompts: dict = {}  # noqa: RUF012
    max_active_dims: int | None = None
    max_seq_length: int | None = None


VARIANTS = {
    "bert": Variant(),
    "bert, sum": Variant(pooling="sum"),
    "bert, log1p_relu": Variant(activation="log1p_relu"),
    "bert, prompts": Variant(prompts={"query": "what is asked: ", "document": "the passage "}),
    "bert, 16 tokens": Variant(max_seq_length=16),
    "bert, 12 dims": Variant(max_active_dims=12),
    "bert, all at once": Variant(
        pooling="sum",
        activation="log1p_relu",
        prompts={"query": "question ", "document": "answer "},
        max_active_dims=20,
        max_seq_length=24,
    ),
    "distilbert": Variant(models.distilbert),
    "roberta": Variant(models.roberta, models.byte_pairs),
    "roberta, 16 tokens": Variant(
        models.roberta, models.byte_pairs, max_seq_length=16, prompts={"query": "q: "}
    ),
}

EVALUATED = ("bert", "bert, all at once", "distilbert", "roberta, 16 tokens")
"""Scored as well: the others differ from these in their vectors only."""

ODD = (
    "",
    " ",
    "a",
    "  Two   spaces,\ttabs\nand lines  ",
    "Zoë’s naïve café — 東京 \U0001f600 …",
    "[MASK] [SEP] of the [CLS]",
    "yeast " * 500,
    "Upper CASE 42 3.14 e-mail@example.org",
)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Tiny matrices are multiplied faster by one thread than by several that wait."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module", params=VARIANTS)
def both(request, tmp_path_factory):
    """(variant, sentence-transformers' encoder, ours) of one checkpoint on disk."""
    return checkpoint(VARIANTS[request.param], tmp_path_factory.mktemp("checkpoint"))


def checkpoint(variant, folder):
    tokenizer = variant.tokenizer()
    bare = models.save(folder / "bare", variant.make(tokenizer), tokenizer)
    made = SparseEncoder(
        modules=[
            MLMTransformer(str(bare), max_seq_length=variant.max_seq_length),
            SpladePooling(variant.pooling, activation_function=variant.activation),
        ],
        prompts=copy.copy(variant.prompts) or None,
        max_active_dims=variant.max_active_dims,
        device="cpu",
    )
    saved = folder / "saved"
    made.save_pretrained(str(saved), create_model_card=False)
    theirs = SparseEncoder(str(saved), device="cpu")
    return (
        variant,
        theirs,
        open_encoder(open_checkpoint(str(saved)), EncoderOptions(device="cpu", threads=2)),
    )


def test_the_files_are_read_as_they_were_written(both):
    variant, theirs, ours = both
    recipe = ours.recipe
    assert ours.loaded().body.name == variant.body.name
    assert (recipe.layout, recipe.pooling, recipe.activation, recipe.max_active_dims) == (
        "sentence-transformers",
        variant.pooling,
        variant.activation,
        variant.max_active_dims,
    )
    assert recipe.query_prompt == variant.prompts.get("query", "")
    assert recipe.document_prompt == variant.prompts.get("document", "")
    assert ours.facts.max_length == theirs.max_seq_length


@pytest.mark.parametrize("role", ["query", "document"])
def test_vectors_have_the_same_active_dims_and_values(both, role):
    _, theirs, ours = both
    texts = [*ODD, *models.questions()[:12], *models.texts()[:28]]
    encode = theirs.encode_query if role == "query" else theirs.encode_document
    expected = encode(texts, convert_to_sparse_tensor=False, batch_size=16).numpy()
    found = ours.encode(texts, role).vectors
    dense = np.zeros_like(expected)
    for row, (indices, values) in enumerate(found.rows()):
        dense[row, indices] = values
    # Where one of two equal-but-for-rounding logits is just above zero and the other is not.
    differing = (dense > 0) != (expected > 0)
    assert np.abs(np.where(differing, dense - expected, 0)).max() < 1e-6
    assert differing.sum() <= 1
    np.testing.assert_allclose(dense, expected, rtol=1e-5, atol=1e-5)
    assert (expected > 0).sum(1).max() > 5


def judged(found, printed):
    """The verdict on each of the numbers, printed as a card prints them: as full doubles."""
    values = {key: repr(value) for key, value in printed.items()}
    claims = PublishedSpec(source="their evaluator", exact=True, values=values)
    return compare(found.scores, claims.numbers, (), found.intervals)


@pytest.mark.parametrize("name", EVALUATED)
def test_all_twenty_numbers_are_those_of_their_evaluator(name, tmp_path):
    _, theirs, ours = checkpoint(VARIANTS[name], tmp_path)
    collection = models.sampler()
    evaluator = SparseInformationRetrievalEvaluator(
        queries={query.query_id: query.text for query in collection.queries},
        corpus={doc.doc_id: doc.text for doc in collection.corpus},
        relevant_docs={q: set(collection.qrels.relevant(q)) for q in collection.qrels},
        corpus_chunk_size=100,
        batch_size=32,
    )
    expected = evaluator(theirs)
    found = evaluate(
        check_collection(collection),
        ours,
        EvaluationSpec(),
        store=VectorCache(tmp_path / "store"),
        threads=2,
    )
    keys = [*(f"dot_{measure}" for measure in CARD), *SPARSITY]
    assert list(found.scores) == keys
    assert len(keys) == 20
    for key in keys[:15]:
        assert found.scores[key] == pytest.approx(expected[key], rel=1e-9, abs=1e-12), key
    # Each number as a card prints it, judged as a card's are; and one a little beside each.
    printed = {key: float(expected[key]) for key in keys}
    off = [one for one in judged(found, printed) if one.verdict not in ("match", "close")]
    assert not off
    beside = {key: value * (1 - 1e-4) or 1e-4 for key, value in printed.items()}
    for one in judged(found, beside):
        around = found.intervals.get(one.measure)
        inside = around is not None and around.low <= beside[one.measure] <= around.high
        assert one.verdict == ("close" if inside else "off"), one
    # A degenerate ranking would agree whatever either program did.
    assert 0.04 < found.scores["dot_ndcg@10"] < 0.9
