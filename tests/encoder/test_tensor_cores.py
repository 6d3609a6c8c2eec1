"""The head that screens in float16, on whatever device is here: a CPU's arithmetic is the same.

What needs a GPU is marked `cuda` and skipped without one; that tensors of two devices never meet is
shown everywhere, on tensors that only pretend to lie elsewhere.
"""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from torch._subclasses.fake_tensor import FakeTensorMode
from transformers import BertConfig, BertForMaskedLM

from harness.checkpoint.open import open_checkpoint
from harness.checkpoint.recipe import Recipe
from harness.encoder import EncoderOptions
from harness.encoder import best_head as opening
from harness.encoder.best_head import agree
from harness.encoder.body import SplitModel
from harness.encoder.build import build_encoder
from harness.encoder.fingerprint import fingerprint
from harness.encoder.heads import Float32Head
from harness.encoder.packed.readers import read_bert
from harness.encoder.padding import padded_blocks
from harness.encoder.precision import compute_in
from harness.encoder.screen import bound
from harness.encoder.tensor_cores import TensorCoreHead, to_half
from harness.encoder.tokens import FastTokenizer
from harness.errors import InputError
from tests.encoder.test_screen import sample
from tests.encoder.test_screen_bound import problems, truth
from tests.support import models

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
cuda = pytest.mark.skipif(DEVICE == "cpu", reason="no GPU here")


@pytest.fixture(autouse=True)
def products_in_float32():
    compute_in("float32")


def head(weight, bias, device=DEVICE):
    return TensorCoreHead(
        torch.from_numpy(weight).to(device), torch.from_numpy(bias).to(device), "relu"
    )


def vectors(hidden, offsets, weight, bias):
    return head(weight, bias)(torch.from_numpy(hidden).to(DEVICE), offsets).vectors


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
    expected, near = plain(torch.from_numpy(hidden), offsets)
    own = head(weight, bias)(torch.from_numpy(hidden).to(DEVICE), offsets).near
    assert own.indptr.tolist() == near.indptr.tolist()
    assert own.indices.tolist() == near.indices.tolist()
    assert found.indptr.tolist() == expected.indptr.tolist()
    assert found.indices.tolist() == expected.indices.tolist()
    np.testing.assert_allclose(found.values, expected.values, rtol=0, atol=1e-5)
    assert 100 < len(found.values) < len(weight) * 5 / 2


@given(problems())
@settings(max_examples=30, deadline=None)
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
@settings(max_examples=30, deadline=None)
def test_the_screen_lets_through_whatever_could_be_active(problem):
    """By the theorem alone: any product within eta, at its worst, taken in float64."""
    hidden, offsets, weight, bias, centre = problem
    width, zero = hidden.shape[1], np.zeros_like(centre)
    own = bound.weights(weight, bias, zero, bound.to_float16)
    eta = width * 2.0**-21
    for document, (start, end) in enumerate(pairwise(offsets)):
        halves, measured = to_half(torch.from_numpy(hidden[None, start:end]))
        margins = bound.margins(measured.numpy(), width, own.norms.max(), 0.0, eta)
        q, r = halves[0].double().numpy(), own.quantised.astype(np.float64)
        worst = q @ r.T - eta * np.outer(np.linalg.norm(q, axis=1), np.linalg.norm(r, axis=1))
        scale, by_norm, by_loss, _ = margins[0].astype(np.float64)
        upper = scale * own.scales * worst.max(axis=0) + own.bias
        upper = upper + by_norm * own.norms + by_loss * own.losses
        active = truth(hidden, offsets, weight, bias)[document] > 0
        assert (upper[active] > 0).all()


@given(problems())
@settings(max_examples=20, deadline=None)
def test_scales_are_powers_of_two_and_what_is_lost_is_measured(problem):
    hidden, _, weight, bias, centre = problem
    found = bound.weights(weight, bias, centre, bound.to_float16)
    exact = weight.astype(np.float64)
    lost = exact - found.quantised.astype(np.float64) * found.scales.astype(np.float64)[:, None]
    assert (np.frexp(found.scales)[0] == 0.5).all()
    assert (np.abs(found.quantised) <= 1).all()
    assert (found.losses >= np.linalg.norm(lost, axis=1)).all()
    assert (np.abs(lost).max(axis=1) <= found.scales * 2.0**-11).all()
    halves, measured = to_half(torch.from_numpy(hidden[None]))
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
        halves, _ = to_half(torch.from_numpy(hidden[:, None]).to(DEVICE))
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
        lambda self, tokens, may, norms: (
            seen.append(int(may.sum())) or decided(self, tokens, may, norms)
        ),
    )
    found = vectors(hidden, offsets, weight, bias)
    assert len(found.values) <= sum(seen) < 1.02 * len(found.values)


def test_many_candidates_are_decided_in_parts(monkeypatch):
    hidden, offsets, weight, bias = sample()
    whole = rows_of(vectors(hidden, offsets, weight, bias))
    monkeypatch.setattr("harness.encoder.tensor_cores._NUMBERS", 1)
    monkeypatch.setattr("harness.encoder.tensor_cores._ENTRIES", 100)
    monkeypatch.setattr("harness.encoder.tensor_cores.TOKENS", 70)
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


def test_heads_agree_but_for_the_rounding_of_float32(monkeypatch):
    monkeypatch.setattr(opening, "TOKENS", 500)
    hidden, offsets, weight, bias = sample()
    where = torch.from_numpy(hidden).to(DEVICE), np.diff(offsets)

    def plain(times=1.0, moved=0.0):
        scaled = torch.from_numpy(weight * np.float32(times)).to(DEVICE)
        shifted = torch.from_numpy(bias + np.float32(moved)).to(DEVICE)
        return Float32Head(scaled, shifted, "max", "relu")

    good = head(weight, bias)
    assert agree(good, plain(), *where)
    assert agree(good, plain(moved=1e-6), *where)
    assert not agree(good, plain(moved=1e-3), *where)
    assert not agree(good, plain(times=1.01), *where)


@pytest.mark.parametrize("same", [True, False])
def test_a_head_that_differs_on_this_gpu_is_not_used(monkeypatch, caplog, same):
    """The choice alone, without the heads: weights elsewhere stand for a GPU's."""
    monkeypatch.setattr(opening, "_screens", lambda _: True)
    monkeypatch.setattr(opening, "agree", lambda *_: same)
    monkeypatch.setattr(opening, "TensorCoreHead", lambda *_: "fast")
    monkeypatch.setattr(opening, "Float32Head", lambda *_: "plain")
    weight = torch.empty(90, 8, device="meta")
    given = (
        SplitModel(torch.nn.Identity(), weight, weight[:, 0]),
        lambda ids, _: torch.zeros(len(ids), 8),
        FastTokenizer(models.word_pieces().backend_tokenizer, 512, None),
        Recipe(),
    )
    assert opening.best_head(*given, "float32", "float32") == "plain"
    assert opening.best_head(*given, "auto", "tf32") == "plain"
    assert opening.best_head(*given, "auto", "float32") == ("fast" if same else "plain")
    assert ("does not give what float32 gives" in caplog.text) is not same
    if same:
        assert opening.best_head(*given, "screened", "float32") == "fast"
    else:
        with pytest.raises(InputError, match="take --head float32"):
            opening.best_head(*given, "screened", "float32")


def test_what_products_may_round_is_set_before_every_use(tiny_bert):
    """Torch's settings are there without a GPU too; another program in this process moved them."""
    matmul = torch.backends.cuda.matmul
    encoder = build_encoder(open_checkpoint(str(tiny_bert)), EncoderOptions(device="cpu"))
    matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    matmul.allow_fp16_reduced_precision_reduction = matmul.allow_fp16_accumulation = True
    encoder.encode(["yeast"], "query")
    assert not matmul.allow_tf32
    assert not torch.backends.cudnn.allow_tf32
    assert not matmul.allow_fp16_reduced_precision_reduction
    assert not matmul.allow_fp16_accumulation
    compute_in("tf32")
    assert matmul.allow_tf32
    compute_in("float32")
    assert not matmul.allow_tf32


def test_precision_is_part_of_the_fingerprint(tiny_bert):
    checkpoint = open_checkpoint(str(tiny_bert))
    names = {
        fingerprint(checkpoint, {"head": "float32", "precision": precision})
        for precision in ("float32", "tf32")
    }
    assert len(names) == 2


def test_blocks_cut_a_batch_by_hand():
    device = torch.device("cpu")
    first, second = padded_blocks(np.array([0, 2, 3, 7]), 4, device)
    assert first.places.tolist() == [[0, 1], [2, 2]]
    assert first.real.tolist() == [[True, True], [True, False]]
    assert second.places.tolist() == [[3, 4, 5, 6]]
    assert [len(block.places) for block in padded_blocks(np.array([0, 9, 18]), 4, device)] == [1, 1]
    many = padded_blocks(np.arange(8), 100, device, texts=3)
    assert [block.places.tolist() for block in many] == [[[0], [1], [2]], [[3], [4], [5]], [[6]]]


def test_tensors_of_two_devices_never_meet(monkeypatch):
    """Fake tensors of the device "meta" stand for those of a GPU: torch refuses to mix them too."""
    lengths = np.array([9, 9, 4])
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    config = BertConfig(vocab_size=90, hidden_size=32, num_hidden_layers=1, num_attention_heads=2)
    ends = []
    monkeypatch.setattr(Float32Head, "_sparse", lambda _, pooled: ends.append(pooled))
    monkeypatch.setattr(Float32Head, "_near", lambda _, largest, norms: ends.extend([norms]))
    monkeypatch.setattr("harness.encoder.heads.joined", list)
    with FakeTensorMode():
        with torch.device("meta"):
            model = BertForMaskedLM(config).eval()
        ids = torch.zeros(22, dtype=torch.int64, device="meta")
        hidden = read_bert(model, "torch")(ids, lengths)
        weight, bias = torch.empty(90, 32, device="meta"), torch.empty(90, device="meta")
        for pooling in ("max", "sum"):
            Float32Head(weight, bias, pooling, "relu")(hidden, offsets)
        own = object.__new__(TensorCoreHead)
        own._weight, own._halves = weight, weight.half()
        (block,) = padded_blocks(offsets, 100, hidden.device)
        tokens = hidden[block.places]
        halves, measured = to_half(tokens)
        ends += [hidden, measured, own._largest_products(halves, slice(None))]
        ends.append(own._logits(tokens, torch.zeros(3, 7, dtype=torch.int64, device="meta")))
        with pytest.raises(RuntimeError, match="same device"):
            own._largest_products(torch.zeros(3, 9, 32).half(), slice(None))
    assert [end.device.type for end in ends] == ["meta"] * 8


@cuda
def test_a_gpu_gives_what_the_cpu_gives(tiny_bert):
    checkpoint = open_checkpoint(str(tiny_bert))
    here = build_encoder(checkpoint, EncoderOptions(device="cpu", head="float32"))
    found = {}
    for precision in ("float32", "tf32"):
        there = build_encoder(checkpoint, EncoderOptions(device="cuda", precision=precision))
        assert there.head.name == ("screened-float16" if precision == "float32" else "float32")
        found[precision] = there.encode(models.texts(), "document").vectors
    expected = here.encode(models.texts(), "document").vectors
    assert furthest(found["float32"], expected) <= 1e-5
    assert 1e-5 < furthest(found["tf32"], expected) <= 0.05


def furthest(one, other):
    """The largest difference of a weight."""
    pairs = zip(rows_of(one), rows_of(other), strict=True)
    return max(abs(a.get(k, 0) - b.get(k, 0)) for a, b in pairs for k in a.keys() | b.keys())


@cuda
@pytest.mark.parametrize("width", [128, 256, 768])
def test_the_product_of_a_gpu_stays_within_its_bound_at_the_size_of_real_work(width):
    generator = torch.Generator().manual_seed(0)
    hidden = 3 * torch.randn(16_384, 1, width, generator=generator)
    weight = torch.randn(8_192, width, generator=generator)
    own = head(weight.numpy(), np.zeros(8_192, np.float32))
    halves, _ = to_half(hidden.to(DEVICE))
    upper = own._largest_products(halves, slice(None)).double()
    q, r = halves[:, 0].double(), own._halves.double()
    room = width * 2.0**-21 * torch.outer(q.norm(dim=1), r.norm(dim=1))
    assert bool((upper >= q @ r.T - room).all())


def test_tf32_is_refused_off_a_gpu(tiny_bert):
    with pytest.raises(InputError, match="no TF32 on the device 'cpu'"):
        build_encoder(
            open_checkpoint(str(tiny_bert)), EncoderOptions(device="cpu", precision="tf32")
        )
