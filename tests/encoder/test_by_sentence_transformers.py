"""The last way: a model that is none of ours is encoded by sentence-transformers, and says so."""

import json
import shutil

import numpy as np
import pytest
import torch
from sentence_transformers import SparseEncoder
from sentence_transformers.sentence_transformer.modules import Pooling
from sentence_transformers.sparse_encoder.evaluation import (
    SparseInformationRetrievalEvaluator,
)
from sentence_transformers.sparse_encoder.modules import (
    SparseAutoEncoder,
    Transformer,
)

from harness.checkpoint.foreign_model import open_foreign
from harness.checkpoint.open import open_checkpoint
from harness.encoder import EncoderOptions
from harness.encoder.open import open_encoder
from harness.errors import InputError
from harness.experiment.result import read_result
from harness.measures.names import CARD, SPARSITY
from tests.support import models

OPTIONS = EncoderOptions(device="cpu", threads=1, encoder="sentence-transformers")


@pytest.fixture(scope="module")
def csr(tmp_path_factory):
    """A sparse autoencoder over the last token, which we do not pool by; with prompts."""
    folder = tmp_path_factory.mktemp("csr")
    tokenizer = models.word_pieces()
    bare = models.save(folder / "bare", models.bert(tokenizer), tokenizer)
    torch.manual_seed(3)
    body = Transformer(str(bare))
    pooling = Pooling(models.HIDDEN, "lasttoken")
    made = SparseEncoder(
        modules=[body, pooling, SparseAutoEncoder(models.HIDDEN, hidden_dim=96, k=12)],
        prompts={"query": "what is asked: "},
        similarity_fn_name="cosine",
        device="cpu",
    )
    made.save_pretrained(str(folder / "made"), create_model_card=False)
    return folder / "made"


def test_vectors_are_theirs(csr):
    ours = open_encoder(open_foreign(str(csr)), OPTIONS)
    theirs = SparseEncoder(str(csr), device="cpu", model_kwargs={"dtype": "float32"})
    texts = ["yeast makes bread rise", "", *models.texts()[:20]]
    assert ours.vocab_size == 96
    for role in ("query", "document"):
        expected = getattr(theirs, f"encode_{role}")(texts, convert_to_sparse_tensor=False)
        found = ours.encode(texts, role)
        np.testing.assert_array_equal(found.vectors.to_dense(), expected.numpy())
        assert (found.tokens, found.near) == (None, None)
    with pytest.raises(InputError, match="differently"):
        ours.encode(texts)


def test_from_the_refusal_to_the_numbers_of_their_evaluator(csr, tmp_path, monkeypatch, cli):
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    command = ["eval", "--model", str(csr), "--collection", "sampler", "--device", "cpu"]
    command += ["--results", str(tmp_path / "results")]
    code, _, told = cli(*command)
    assert code == 2
    assert "--encoder sentence-transformers" in told
    for _ in range(2):  # the second finds every vector in the cache
        assert cli(*command, "--encoder", "sentence-transformers")[0] == 0
    (path,) = (tmp_path / "results").glob("*.json")
    result = read_result(path)
    collection = models.sampler()
    evaluator = SparseInformationRetrievalEvaluator(
        queries={query.query_id: query.text for query in collection.queries},
        corpus={doc.doc_id: doc.text for doc in collection.corpus},
        relevant_docs={q: set(collection.qrels.relevant(q)) for q in collection.qrels},
    )
    expected = evaluator(SparseEncoder(str(csr), device="cpu"))
    keys = [*(f"cosine_{measure}" for measure in CARD), *SPARSITY]
    assert list(result.scores) == keys
    for key in keys:
        assert result.scores[key] == pytest.approx(expected[key], rel=1e-6), key
    assert result.intervals is None
    assert result.model.head.startswith("sentence-transformers ")
    assert result.model.recipe.kind == "sentence-transformers"
    # Of a model that sentence-transformers pools by its last token nothing else is told.
    assert (result.model.recipe.pooling, result.model.recipe.activation) == ("none", "none")
    page = path.with_suffix(".md").read_text(encoding="utf-8")
    assert "encoded by sentence-transformers" in page
    assert "max pooling" not in page
    assert result.counts.documents_tokens is None
    assert any("encoded by sentence-transformers" in alarm for alarm in result.alarms)


def test_choices_that_it_does_not_have_are_refused():
    for given in (
        {"head": "float32"},
        {"products": "torch"},
        {"precision": "tf32"},
        {"batch_tokens": 100},
    ):
        with pytest.raises(InputError, match="leave head, products, precision and batch_tokens"):
            EncoderOptions(encoder="sentence-transformers", **given)
    with pytest.raises(InputError, match="it is one of harness, sentence-transformers"):
        EncoderOptions(encoder="mine")


def rewritten(folder, name, change):
    path = folder / name
    path.write_text(json.dumps(change(json.loads(path.read_text()))))


@pytest.fixture
def copied(csr, tmp_path):
    return shutil.copytree(csr, tmp_path / "model")


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("modules.json", lambda m: [{**m[0], "type": "os.path"}, *m[1:]], "never run here"),
        ("config.json", lambda c: c | {"auto_map": {"AutoModel": "x.Y"}}, "never run here"),
        (
            "config_sentence_transformers.json",
            lambda c: c | {"model_type": None},
            "a SparseEncoder",
        ),
        (
            "config_sentence_transformers.json",
            lambda c: c | {"similarity_fn_name": "euclidean"},
            "'euclidean'",
        ),
    ],
)
def test_what_may_not_be_loaded_or_searched_is_refused_all_the_same(copied, name, change, said):
    rewritten(copied, name, change)
    with pytest.raises(InputError, match=said):
        open_foreign(str(copied))


def test_a_pickle_is_not_loaded(copied):
    (place,) = copied.glob("*_SparseAutoEncoder")
    (place / "model.safetensors").rename(place / "pytorch_model.bin")
    with pytest.raises(InputError, match="a pickle, which is never loaded"):
        open_foreign(str(copied))


def test_a_model_that_would_get_random_weights_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"architectures": ["BertModel"]}')
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(InputError, match="BertModel, which is not a masked language model"):
        open_foreign(str(tmp_path))


def test_a_masked_language_model_is_the_same_both_ways(tiny_bert):
    texts = ["yeast makes bread rise", *models.texts()[:5]]
    theirs = open_encoder(open_foreign(str(tiny_bert)), OPTIONS).encode(texts, "query").vectors
    plain = EncoderOptions(device="cpu", threads=1)
    ours = open_encoder(open_checkpoint(str(tiny_bert)), plain).encode(texts, "query").vectors
    np.testing.assert_allclose(ours.to_dense(), theirs.to_dense(), atol=1e-5)
