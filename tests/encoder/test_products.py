"""Products: the same numbers by either library, chosen by facts of the processor alone."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from harness.checkpoint.open import open_checkpoint
from harness.encoder import EncoderOptions
from harness.encoder.build import build_encoder
from harness.encoder.fingerprint import machine, request
from harness.encoder.products import Linear, multiply_by, products_for
from harness.errors import InputError
from tests.support import models

CPU = torch.device("cpu")
TOKENS, NARROW, WIDE = 37, 48, 72


def has_onednn():
    try:
        return products_for("onednn", CPU) == "onednn"
    except InputError:
        return False


needs_onednn = pytest.mark.skipif(not has_onednn(), reason="no oneDNN in this torch")
LIBRARIES = ("torch", pytest.param("onednn", marks=needs_onednn))


def layer(products, *, bias=True, gelu=False):
    generator = torch.Generator().manual_seed(1)
    weight = torch.randn(WIDE, NARROW, generator=generator)
    return Linear(weight, torch.randn(WIDE, generator=generator) if bias else None, products, gelu)


def tokens(width=NARROW):
    return torch.randn(TOKENS, width, generator=torch.Generator().manual_seed(2))


def in_float64(layer, x):
    found = x.double() @ layer.weight.double().T
    return found if layer.bias is None else found + layer.bias.double()


def close(found, expected):
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.double(), expected, rtol=2e-6, atol=2e-5)


@pytest.mark.parametrize("products", LIBRARIES)
@pytest.mark.parametrize("bias", [True, False])
def test_a_linear_layer_is_its_formula(products, bias):
    plain, x, other = layer(products, bias=bias), tokens(), tokens(WIDE)
    before = other.clone()
    close(plain(x), in_float64(plain, x))
    close(plain.plus(x, other), in_float64(plain, x) + other.double())
    close(plain.times(x, other), in_float64(plain, x) * other.double())
    assert torch.equal(other, before)


@pytest.mark.parametrize("products", LIBRARIES)
def test_gelu_is_by_the_error_function(products):
    """x Phi(x), and not its approximation by tanh, which differs in the fourth place."""
    fused, x = layer(products, gelu=True), tokens()
    inner = in_float64(fused, x)
    close(fused(x), inner * 0.5 * (1 + torch.erf(inner / 2**0.5)))


@needs_onednn
def test_a_token_has_the_same_bits_wherever_it_stands():
    """Of one batch budget every order of arrival gives the same bits, also on several threads."""
    generator = torch.Generator().manual_seed(4)
    for narrow, wide in ((128, 384), (96, 200), (768, 96)):
        own = Linear(
            torch.randn(wide, narrow, generator=generator), torch.randn(wide), "onednn", gelu=True
        )
        x = torch.randn(203, narrow, generator=generator)
        order = torch.randperm(len(x), generator=generator)
        expected = own(x)
        assert torch.equal(own(x[order]), expected[order])
        with ThreadPoolExecutor(3) as pool:
            for found in pool.map(lambda _, own=own, x=x: on_one_core(own, x), range(6)):
                assert torch.equal(found, expected)


def on_one_core(own, x):
    torch.set_num_threads(1)
    return own(x)


def on(monkeypatch, vendor, *instructions):
    monkeypatch.setattr("harness.encoder.products.vendor", lambda: vendor)
    monkeypatch.setattr("harness.encoder.products.instructions", lambda: frozenset(instructions))


@needs_onednn
@pytest.mark.parametrize(
    ("vendor", "instructions", "expected"),
    [
        ("AuthenticAMD", ("avx2", "avx512f"), "onednn"),
        ("AuthenticAMD", ("avx2",), "torch"),
        ("GenuineIntel", ("avx2", "avx512f", "amx_tile"), "torch"),
        ("", (), "torch"),
    ],
)
def test_the_rule_asks_the_processor(monkeypatch, vendor, instructions, expected):
    on(monkeypatch, vendor, *instructions)
    assert products_for("auto", CPU) == expected
    assert products_for("torch", CPU) == "torch"
    assert products_for("onednn", CPU) == "onednn"
    assert products_for("auto", torch.device("meta")) == "torch"


def test_what_is_not_there_is_refused(monkeypatch):
    on(monkeypatch, "AuthenticAMD", "avx512f")
    with pytest.raises(InputError, match="no oneDNN products on the device 'meta': take"):
        products_for("onednn", torch.device("meta"))
    monkeypatch.setattr("harness.encoder.products._has_onednn", lambda: False)
    with pytest.raises(InputError, match="no oneDNN products in this torch: take --products auto"):
        products_for("onednn", CPU)
    assert products_for("auto", CPU) == "torch"


def test_products_that_there_are_not_are_refused():
    with pytest.raises(InputError, match="products is 'mkl'; it is one of auto, torch, onednn"):
        EncoderOptions(products="mkl")
    with pytest.raises(InputError, match="own head and products"):
        EncoderOptions(encoder="sentence-transformers", products="torch")


@needs_onednn
def test_encoders_of_both_give_the_same_vectors_under_their_own_names(tiny_bert):
    checkpoint = open_checkpoint(str(tiny_bert))
    texts = models.texts()[:40]
    found = {}
    for products in ("torch", "onednn"):
        options = EncoderOptions(device="cpu", threads=2, products=products)
        found[products] = build_encoder(checkpoint, options)
        assert found[products].facts.products == products
    one, other = (encoder.encode(texts, "document").vectors for encoder in found.values())
    for mine, theirs in zip(one.to_scipy().toarray(), other.to_scipy().toarray(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-5)
    assert found["torch"].fingerprint != found["onednn"].fingerprint


@needs_onednn
def test_the_same_bits_in_any_order_of_arrival(tiny_bert):
    options = EncoderOptions(device="cpu", threads=2, products="onednn", batch_tokens=256)
    encoder = build_encoder(open_checkpoint(str(tiny_bert)), options)
    texts = list(models.texts()[:80])
    order = np.random.default_rng(0).permutation(len(texts))
    expected = encoder.encode(texts, "document").vectors.take(order)
    found = encoder.on(1).encode([texts[n] for n in order], "document").vectors
    assert np.array_equal(found.indices, expected.indices)
    assert np.array_equal(found.values, expected.values)


def test_a_request_names_its_products_and_the_processor_s_generation(tiny_bert):
    checkpoint = open_checkpoint(str(tiny_bert))
    keys = {request(checkpoint, EncoderOptions(products=p)) for p in ("auto", "torch", "onednn")}
    assert len(keys) == 3
    assert "generation" in machine()


@needs_onednn
def test_layers_of_any_model_are_multiplied_by_it_and_share_their_weights():
    class Doubled(torch.nn.Linear):
        def forward(self, x):
            return 2 * super().forward(x)

    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.GELU(), Doubled(8, 4, bias=False))
    x = torch.randn(2, 5, 8)
    with torch.inference_mode():
        expected = model(x)
        weights = [weight.data_ptr() for weight in model.parameters()]
        multiply_by(model, "onednn")
        torch.testing.assert_close(model(x), expected, rtol=1e-5, atol=1e-6)
    assert [weight.data_ptr() for weight in model.parameters()] == weights
    assert "forward" in vars(model[0])
    assert "forward" not in vars(model[2])
