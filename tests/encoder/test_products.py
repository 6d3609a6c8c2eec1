"""Matrix products: which are taken where, and that they give what torch's own give."""

import numpy as np
import pytest
import torch

from harness.checkpoint.open import open_checkpoint
from harness.encoder import EncoderOptions, products
from harness.encoder.build import build_encoder
from harness.encoder.products import ONEDNN, TORCH, choose_products, multiply_by
from harness.errors import InputError
from tests.support import models

CPU = torch.device("cpu")
AMD, INTEL = "AuthenticAMD", "GenuineIntel"
WIDE, NARROW = frozenset({"avx2", "avx512f"}), frozenset({"avx2"})

pytestmark = pytest.mark.skipif(
    not torch.backends.mkldnn.is_available(), reason="this torch was built without oneDNN"
)


@pytest.mark.parametrize(
    ("vendor", "flags", "expected"),
    [(AMD, WIDE, ONEDNN), (AMD, NARROW, TORCH), (INTEL, WIDE, TORCH), ("", frozenset(), TORCH)],
)
def test_the_processor_decides_and_no_stopwatch(monkeypatch, vendor, flags, expected):
    monkeypatch.setattr(products, "vendor_and_flags", lambda: (vendor, flags))
    assert choose_products("auto", CPU) is expected
    assert choose_products("torch", CPU) is TORCH
    assert choose_products("onednn", CPU) is ONEDNN
    assert choose_products("auto", torch.device("meta")) is TORCH


def test_products_that_are_not_here_are_refused(monkeypatch):
    for where in (torch.device("meta"), torch.device("cuda")):
        with pytest.raises(InputError, match="take --products auto"):
            choose_products("onednn", where)
    monkeypatch.setattr(products, "_pointwise", lambda x, weight, bias, then: x @ weight.T)
    with pytest.raises(InputError, match="no products of oneDNN here"):
        choose_products("onednn", CPU)
    with pytest.raises(InputError, match="it is one of auto, torch, onednn"):
        EncoderOptions(products="fast")


@pytest.mark.parametrize("shape", [(1, 48), (7, 48), (0, 48), (3, 5, 48)])
@pytest.mark.parametrize("bias", [True, False])
def test_both_are_the_product_in_float64_but_for_rounding(shape, bias):
    generator = torch.Generator().manual_seed(1)
    x, weight = torch.randn(shape, generator=generator), torch.randn(33, 48, generator=generator)
    shift = torch.randn(33, generator=generator) if bias else None
    exact = x.double() @ weight.double().T + (shift.double() if bias else 0)
    curved = exact * 0.5 * (1 + torch.erf(exact / 2**0.5))
    for one in (TORCH, ONEDNN):
        assert torch.allclose(one.linear(x, weight, shift).double(), exact, atol=1e-4)
        assert torch.allclose(one.gelu(x, weight, shift).double(), curved, atol=1e-4)


@pytest.mark.parametrize("make", [models.bert, models.distilbert])
def test_vectors_differ_in_their_last_bits_only_and_so_do_fingerprints(tmp_path, make):
    tokenizer = models.word_pieces()
    folder = models.save(tmp_path / "model", make(tokenizer), tokenizer)
    checkpoint = open_checkpoint(str(folder))
    texts = list(models.texts()[:40])
    found = {}
    for name in ("torch", "onednn"):
        one, two = (
            build_encoder(
                checkpoint, EncoderOptions(device="cpu", products=name, threads=n, batch_tokens=300)
            )
            for n in (1, 2)
        )
        vectors = one.encode(texts, "document").vectors
        again = two.encode(texts[::-1], "document").vectors.take(np.arange(40)[::-1])
        np.testing.assert_array_equal(vectors.values, again.values)
        assert one.facts.products == name
        assert one.fingerprint == two.fingerprint
        found[name] = (one.fingerprint, vectors.to_dense())
    assert found["torch"][0] != found["onednn"][0]
    np.testing.assert_allclose(found["torch"][1], found["onednn"][1], atol=1e-5)


def test_a_body_that_comes_out_otherwise_gets_torch_s_products(tmp_path, monkeypatch, caplog):
    tokenizer = models.word_pieces()
    folder = models.save(tmp_path / "model", models.distilbert(tokenizer), tokenizer)
    right = products._pointwise

    def wrong(x, weight, bias, then):  # right where it is tried, and wrong in the model
        found = right(x, weight, bias, then)
        return found if weight.shape == (8, 16) else found * 1.01

    monkeypatch.setattr(products, "_pointwise", wrong)
    options = EncoderOptions(device="cpu", products="onednn")
    encoder = build_encoder(open_checkpoint(str(folder)), options)
    assert "torch's are used" in caplog.text
    assert encoder.facts.products == "torch"


def test_only_linear_layers_change_and_they_change_back():
    layers = torch.nn.Sequential(
        torch.nn.Linear(4, 4), torch.nn.LayerNorm(4), torch.nn.Bilinear(1, 1, 1)
    )
    before = [type(layer) for layer in layers]
    multiply_by(layers, ONEDNN)
    assert [type(layer) for layer in layers][1:] == before[1:]
    assert type(layers[0]) is not torch.nn.Linear
    multiply_by(layers, TORCH)
    assert [type(layer) for layer in layers] == before
