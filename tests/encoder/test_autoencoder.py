"""Sparse autoencoders: vectors and numbers as sentence-transformers computes them."""

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import SparseEncoder
from sentence_transformers.base.modules import Normalize
from sentence_transformers.sentence_transformer.modules import Pooling
from sentence_transformers.sparse_encoder.modules import SparseAutoEncoder, Transformer

from harness.checkpoint.open import open_checkpoint
from harness.encoder import EncoderOptions, products
from harness.encoder.autoencoder import AutoencoderHead
from harness.encoder.open import open_encoder
from harness.errors import InputError
from tests.support import models

SIZE = 96
OPTIONS = EncoderOptions(device="cpu", threads=1)


def saved(folder, pooling="mean", normalize=False, standardized=False, **given):
    tokenizer = models.word_pieces()
    bare = models.save(folder / "bare", models.bert(tokenizer), tokenizer)
    torch.manual_seed(3)
    coder = SparseAutoEncoder(models.HIDDEN, hidden_dim=SIZE, k=12, normalize=standardized)
    with torch.no_grad():  # as trained ones, unlike new ones, have them
        coder.pre_bias.normal_(std=0.1)
        coder.latent_bias.normal_(std=0.1)
    modules = [Transformer(str(bare)), Pooling(models.HIDDEN, pooling)]
    modules += [Normalize()] if normalize else []
    made = SparseEncoder(modules=[*modules, coder], device="cpu", **given)
    made.save_pretrained(str(folder / "made"), create_model_card=False)
    return folder / "made"


def compared(folder, texts):
    ours = open_encoder(open_checkpoint(str(folder)), OPTIONS)
    theirs = SparseEncoder(str(folder), device="cpu")
    for role in ("query", "document"):
        expected = getattr(theirs, f"encode_{role}")(texts, convert_to_sparse_tensor=False)
        found = ours.encode(texts, role).vectors
        np.testing.assert_allclose(found.to_dense(), expected.numpy(), atol=2e-6)
    return ours, found


TEXTS = ("yeast makes bread rise", "", "a " * 400, "[MASK] of [CLS]")


@pytest.mark.parametrize("pooling", ["mean", "cls", "max"])
@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("standardized", [False, True])
def test_vectors_are_theirs(tmp_path, pooling, normalize, standardized):
    folder = saved(tmp_path, pooling, normalize, standardized, prompts={"query": "q: "})
    ours, found = compared(folder, [*TEXTS, *models.texts()[:30]])
    assert ours.vocab_size == SIZE
    assert 1 < found.active_dims.mean() <= 12
    assert ours.recipe.kind == "autoencoder"
    assert ours.recipe.normalized is normalize


def test_a_limit_of_the_model_goes_before_that_of_the_autoencoder(tmp_path):
    folder = saved(tmp_path, max_active_dims=20)
    _, found = compared(folder, list(models.texts()[:30]))
    assert found.active_dims.max() == 20


def test_the_old_flags_of_a_pooling(tmp_path):
    folder = saved(tmp_path, "cls")
    path = folder / "1_Pooling" / "config.json"
    old = {"word_embedding_dimension": models.HIDDEN, "pooling_mode_cls_token": True}
    path.write_text(json.dumps(old | {"pooling_mode_mean_tokens": False}))
    compared(folder, list(models.texts()[:5]))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return saved(tmp_path_factory.mktemp("csr"))


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("1_Pooling/config.json", {"pooling_mode": "lasttoken"}, "'lasttoken'; mean, cls, max"),
        ("1_Pooling/config.json", {"pooling_mode": ["cls", "mean"]}, "are evaluated"),
        ("1_Pooling/config.json", {"include_prompt": False}, "'include_prompt'"),
        ("2_SparseAutoEncoder/config.json", {"k": 0}, "k is '0'"),
        ("2_SparseAutoEncoder/config.json", {"k": SIZE + 1}, f"of '{SIZE}' dimensions"),
        ("2_SparseAutoEncoder/config.json", {"hidden_dim": 97}, "shapes"),
        ("2_SparseAutoEncoder/config.json", {"normalize": "yes"}, "normalize is 'yes'"),
        ("2_SparseAutoEncoder/config.json", {"depth": 2}, "'depth' is no setting"),
        ("sentence_bert_config.json", {"transformer_task": "fill-mask"}, "feature-extraction"),
    ],
)
def test_what_is_not_evaluated_is_refused_by_name(made, tmp_path, name, change, said):
    folder = shutil.copytree(made, tmp_path / "model")
    config = json.loads((folder / name).read_text())
    config |= change
    if "transformer_task" in change:
        del config["modality_config"]
    (folder / name).write_text(json.dumps(config))
    with pytest.raises(InputError) as caught:
        open_encoder(open_checkpoint(str(folder)), OPTIONS)
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["decoder.linear.weight", "pre_bias", "latent_bias"])
@pytest.mark.parametrize("damage", ["gone", "nan"])
def test_damaged_weights_are_refused(made, tmp_path, name, damage):
    folder = shutil.copytree(made, tmp_path / "model")
    path = folder / "2_SparseAutoEncoder" / "model.safetensors"
    tensors = load_file(path)
    if damage == "gone":
        del tensors[name]
    else:
        tensors[name].view(-1)[0] = float("nan")
    save_file(tensors, path)
    with pytest.raises(InputError, match="shapes" if damage == "gone" else "NaN"):
        open_encoder(open_checkpoint(str(folder)), OPTIONS)


def test_there_is_no_screened_head(made):
    with pytest.raises(InputError, match="no screened head"):
        open_encoder(open_checkpoint(str(made)), EncoderOptions("cpu", "screened"))


def test_products_that_give_something_else_are_not_used(made, monkeypatch, caplog):
    monkeypatch.setattr(products, "_has_onednn", lambda: True)
    monkeypatch.setattr(
        products.Linear,
        "filled_up",
        lambda layer, x: 1.01 * torch.nn.functional.linear(x, layer.weight),
    )
    encoder = open_encoder(open_checkpoint(str(made)), EncoderOptions("cpu", products="onednn"))
    assert encoder.facts.products == "torch"
    assert "torch's are used" in caplog.text
    right = open_encoder(open_checkpoint(str(made)), EncoderOptions("cpu", products="torch"))
    texts = list(models.texts()[:5])
    found, expected = (e.encode(texts, "query").vectors.to_dense() for e in (encoder, right))
    np.testing.assert_array_equal(found, expected)


def test_entries_near_zero_are_those_within_the_error_and_among_the_kept():
    """By hand: one text of one token, (1, 0); W's rows and biases make z what is written."""
    from harness.checkpoint.autoencoder import Autoencoder

    z = np.array([0.5, 1e-7, -1e-7, 0.0, 0.3, 1e-3], np.float32)
    weight = np.stack([z, np.ones_like(z)], axis=1)
    weights = Autoencoder(weight, np.zeros(2, np.float32), np.zeros(6, np.float32), False)
    head = AutoencoderHead(weights, "cls", 5, normalized=False, device=torch.device("cpu"))
    rows = head(torch.tensor([[1.0, 0.0]]), np.array([0, 1]))
    assert rows.vectors.indices.tolist() == [0, 1, 4, 5]
    # The error is 16 units of the norms, about 1e-6; dimension 2 is not among the five kept.
    assert rows.near.indices.tolist() == [1, 3]
    assert rows.near.active.tolist() == [True, False]
