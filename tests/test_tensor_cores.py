"""The head that screens in float16, on whatever device is here: a CPU's arithmetic is the same.

What needs a GPU is marked `cuda` and skipped without one; that tensors of two devices never meet is
shown everywhere, on tensors that only pretend to lie elsewhere.
"""

from itertools import pairwise

import models
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from test_screen import sample
from test_screen_bound import problems, truth
from torch._subclasses.fake_tensor import FakeTensorMode
from transformers import BertConfig, BertForMaskedLM

from harness.checkpoint.open import open_checkpoint
from harness.encoder.bert import PackedBert
from harness.encoder.blocks import blocks
from harness.encoder.heads import Float32Head
from harness.encoder.open import open_encoder, proven
from harness.encoder.screen import bound
from harness.encoder.tensor_cores import TensorCoreHead, halved
from harness.errors import InputError

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
cuda = pytest.mark.skipif(DEVICE == "cpu", reason="no GPU here")


def head(weight, bias, device=DEVICE):
    return TensorCoreHead(
        torch.from_numpy(weight).to(device), torch.from_numpy(bias).to(device), "relu"
    )


def vectors(hidden, offsets, weight, bias):
    return head(weight, bias)(torch.from_numpy(hidden).to(DEVICE), offsets)


def logits(found):
    """float64 [texts, V]: what stands in the vectors before the logarithm, 0 where nothing does."""
    dense = np.zeros((len(found), found.vocab_size))
    document = np.repeat(np.arange(len(found)), found.active_dims)
    dense[document, found.indices] = np.expm1(found.values.astype(np.float64))
    return dense


@pytest.mark.parametrize("width", [16, 128, 320])
def test_same_entries_and_values_as_the_plain_head(width):
    hidden, offsets, weight, bias = sample(width)
    found = vectors(hidden, offsets, weight, bias)
    plain = Float32Head(torch.from_numpy(weight), torch.from_numpy(bias), "max", "relu")
    expected = plain(torch.from_numpy(hidden), offsets)
    assert found.indptr.tolist() == expected.indptr.tolist()
    assert found.indices.tolist() == expected.indices.tolist()
    np.testing.assert_allclose(found.values, expected.values, rtol=0, atol=1e-5)
    assert 100 < len(found.values) < len(weight) * 5 / 2


@given(problems())
@settings(max_examples=60, deadline=None)
def test_hostile_vectors_give_what_float32_gives(problem):
    hidden, offsets, weight, bias, _ = problem
    found = vectors(hidden, offsets, weight, bias)
    exact = truth(hidden, offsets, weight, bias)
    sizes = np.linalg.norm(hidden.astype(np.float64), axis=1)
    longest = np.maximum.reduceat(sizes, offsets[:-1])[:, None]
    blur = hidden.shape[1] * 2.0**-24 * longest * np.linalg.norm(weight.astype(np.float64), axis=1)
    # The logarithm in float32 takes its own share, of its own size.
    blur = blur + 2.0**-21 * (1 + np.abs(exact)) * (1 + np.log1p(np.abs(exact)))
    blur = blur + 2.0**-23 * np.abs(bias)
    assert (np.abs(logits(found) - np.maximum(exact, 0)) <= blur).all()


@given(problems())
@settings(max_examples=60, deadline=None)
def test_the_screen_lets_through_whatever_could_be_active(problem):
    """By the theorem alone: any product within eta, at its worst, taken in float64."""
    hidden, offsets, weight, bias, centre = problem
    width, zero = hidden.shape[1], np.zeros_like(centre)
    own = bound.weights(weight, bias, zero, bound.to_float16)
    eta = width * 2.0**-21
    for document, (start, end) in enumerate(pairwise(offsets)):
        halves, measured = halved(torch.from_numpy(hidden[None, start:end]))
        margins = bound.margins(measured.numpy(), width, own.norms.max(), 0.0, eta)
        q, r = halves[0].double().numpy(), own.quantised.astype(np.float64)
        worst = q @ r.T - eta * np.outer(np.linalg.norm(q, axis=1), np.linalg.norm(r, axis=1))
        scale, by_norm, by_loss, _ = margins[0].astype(np.float64)
        upper = scale * own.scales * worst.max(axis=0) + own.bias
        upper = upper + by_norm * own.norms + by_loss * own.losses
        active = truth(hidden, offsets, weight, bias)[document] > 0
        assert (upper[active] > 0).all()


@given(problems())
@settings(max_examples=40, deadline=None)
def test_scales_are_powers_of_two_and_what_is_lost_is_measured(problem):
    hidden, _, weight, bias, centre = problem
    found = bound.weights(weight, bias, centre, bound.to_float16)
    exact = weight.astype(np.float64)
    lost = exact - found.quantised.astype(np.float64) * found.scales.astype(np.float64)[:, None]
    assert (np.frexp(found.scales)[0] == 0.5).all()
    assert (np.abs(found.quantised) <= 1).all()
    assert (found.losses >= np.linalg.norm(lost, axis=1)).all()
    assert (np.abs(lost).max(axis=1) <= found.scales * 2.0**-11).all()
    halves, measured = halved(torch.from_numpy(hidden[None]))
    scale = measured[0, 0].item()
    assert np.frexp(scale)[0] == 0.5
    assert halves.abs().max() <= 1
    e = hidden.astype(np.float64) - scale * halves[0].double().numpy()
    np.testing.assert_allclose(
        measured[0, 1], np.square(e).sum(axis=1).max(), rtol=1e-4, atol=2.0**-110
    )


def test_the_product_of_this_device_stays_within_its_bound():
    """Sums that cancel, where the order and the width of an accumulator show most."""
    rng = np.random.default_rng(3)
    for width in (64, 256, 768):
        hidden = rng.standard_cauchy((64, width)).clip(-1e3, 1e3).astype(np.float32)
        weight = rng.standard_cauchy((500, width)).clip(-1e3, 1e3).astype(np.float32)
        weight[:, 1::2] = -weight[:, ::2] * (1 + 1e-3 * rng.standard_normal((500, width // 2)))
        hidden[:, 1::2] = hidden[:, ::2]
        own = head(weight, np.zeros(500, np.float32))
        halves, _ = halved(torch.from_numpy(hidden[:, None]).to(DEVICE))
        upper = own._largest_products(halves, slice(None)).double().cpu().numpy()
        q = halves[:, 0].double().cpu().numpy()
        r = own._halves.double().cpu().numpy()
        room = width * 2.0**-21 * np.outer(np.linalg.norm(q, axis=1), np.linalg.norm(r, axis=1))
        assert (upper >= q @ r.T - room).all()
        assert (upper <= q @ r.T + room + 2.0**-9 * np.abs(q @ r.T) + 2.0**-22).all()


def test_the_screen_is_selective(monkeypatch):
    """On ordinary vectors hardly anything is let through that is not active."""
    hidden, offsets, weight, bias = sample(256, vocab=5000)
    seen = []
    decided = TensorCoreHead._decided
    monkeypatch.setattr(
        TensorCoreHead,
        "_decided",
        lambda self, tokens, may: seen.append(int(may.sum())) or decided(self, tokens, may),
    )
    found = vectors(hidden, offsets, weight, bias)
    assert len(found.values) <= sum(seen) < 1.02 * len(found.values)


def test_many_candidates_are_decided_in_parts(monkeypatch):
    hidden, offsets, weight, bias = sample()
    whole = rows_of(vectors(hidden, offsets, weight, bias))
    monkeypatch.setattr("harness.encoder.tensor_cores._NUMBERS", 1)
    monkeypatch.setattr("harness.encoder.tensor_cores._ENTRIES", 100)
    monkeypatch.setattr("harness.encoder.tensor_cores._TOKENS", 70)
    parts = rows_of(vectors(hidden, offsets, weight, bias))
    for one, other in zip(whole, parts, strict=True):
        assert list(one) == list(other)
        assert list(one.values()) == pytest.approx(list(other.values()), abs=1e-5)


def rows_of(found):
    return [dict(zip(i.tolist(), v.tolist(), strict=True)) for i, v in found.rows()]


def test_nothing_active_and_everything_active():
    hidden, offsets, weight, bias = sample()
    assert len(vectors(hidden, offsets, weight, bias - 1e6).values) == 0
    assert len(vectors(hidden, offsets, weight, bias + 1e6).values) == 5 * len(weight)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e38])
def test_vectors_that_are_not_finite_or_overflow_are_refused(value):
    hidden, offsets, weight, bias = sample()
    hidden[3, 5] = value
    with pytest.raises(InputError, match="overflow"):
        vectors(hidden, offsets, weight, bias)


def test_a_head_that_differs_on_this_device_is_not_used(caplog):
    hidden, offsets, weight, bias = sample()
    arguments = torch.from_numpy(hidden).to(DEVICE), offsets
    plain = Float32Head(
        torch.from_numpy(weight).to(DEVICE), torch.from_numpy(bias).to(DEVICE), "max", "relu"
    )
    good, wrong = head(weight, bias), head(weight * np.float32(1.001), bias)
    assert proven(good, plain, *arguments) is good
    assert not caplog.records
    assert proven(wrong, plain, *arguments) is plain
    assert "not used" in caplog.text


def test_blocks_cut_a_batch_by_hand():
    device = torch.device("cpu")
    first, second = blocks(np.array([0, 2, 3, 7]), 4, device)
    assert first.places.tolist() == [[0, 1], [2, 2]]
    assert first.real.tolist() == [[True, True], [True, False]]
    assert second.places.tolist() == [[3, 4, 5, 6]]
    assert [len(block.places) for block in blocks(np.array([0, 9, 18]), 4, device)] == [1, 1]


def test_tensors_of_two_devices_never_meet(monkeypatch):
    """Fake tensors of the device "meta" stand for those of a GPU: torch refuses to mix them too."""
    lengths = np.array([9, 9, 4])
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    config = BertConfig(vocab_size=90, hidden_size=32, num_hidden_layers=1, num_attention_heads=2)
    ends = []
    monkeypatch.setattr(Float32Head, "_sparse", lambda _, pooled: ends.append(pooled))
    monkeypatch.setattr("harness.encoder.heads.stack", list)
    with FakeTensorMode():
        with torch.device("meta"):
            model = BertForMaskedLM(config).eval()
        ids = torch.zeros(22, dtype=torch.int64, device="meta")
        hidden = PackedBert(model)(ids, lengths)
        weight, bias = torch.empty(90, 32, device="meta"), torch.empty(90, device="meta")
        for pooling in ("max", "sum"):
            Float32Head(weight, bias, pooling, "relu")(hidden, offsets)
        own = object.__new__(TensorCoreHead)
        own._weight, own._halves = weight, weight.half()
        (block,) = blocks(offsets, 100, hidden.device)
        tokens = hidden[block.places]
        halves, measured = halved(tokens)
        ends += [hidden, measured, own._largest_products(halves, slice(None))]
        ends.append(own._logits(tokens, torch.zeros(3, 7, dtype=torch.int64, device="meta")))
        with pytest.raises(RuntimeError, match="same device"):
            own._largest_products(torch.zeros(3, 9, 32).half(), slice(None))
    assert [end.device.type for end in ends] == ["meta"] * 6


@cuda
@pytest.mark.parametrize("precision", ["float32", "tf32"])
def test_a_gpu_gives_what_the_cpu_gives(tiny_bert, precision):
    checkpoint = open_checkpoint(str(tiny_bert))
    here = open_encoder(checkpoint, device="cpu", head="float32")
    there = open_encoder(checkpoint, device="cuda", precision=precision)
    assert there.head.name == ("screened-float16" if precision == "float32" else "float32")
    ours, theirs = (e.encode(models.texts(), "document").vectors for e in (there, here))
    atol = 1e-5 if precision == "float32" else 0.05
    for one, other in zip(rows_of(ours), rows_of(theirs), strict=True):
        for entry in one.keys() | other.keys():
            assert abs(one.get(entry, 0) - other.get(entry, 0)) <= atol


def test_tf32_is_refused_off_a_gpu(tiny_bert):
    with pytest.raises(InputError, match="no TF32 on the device 'cpu'"):
        open_encoder(open_checkpoint(str(tiny_bert)), device="cpu", precision="tf32")
