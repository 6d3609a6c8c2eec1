"""The screened head against the plain one: the same active entries, the same values, any batch."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings

from harness.encoder.float32 import NEAR_ZERO
from harness.encoder.screen import ScreenedHead, available, head, native
from harness.errors import InputError
from tests.encoder.test_screen_bound import WIDTHS, problems, truth
from tests.encoder.test_screen_kernels import KERNELS


def rows(pooled):
    """Each document's entries as {index: logit}."""
    pairs = zip(pooled.indices.tolist(), pooled.logits.tolist(), strict=True)
    flat = list(pairs)
    ends = zip(pooled.indptr[:-1], pooled.indptr[1:], strict=True)
    return [dict(flat[start:end]) for start, end in ends]


def assert_plain(pooled, hidden, offsets, weight, bias):
    """As the float64 logits say, but for what float32 cannot tell."""
    exact = truth(hidden, offsets, weight, bias)
    norms = np.linalg.norm(hidden.astype(np.float64), axis=1)
    longest = np.maximum.reduceat(norms, offsets[:-1])[:, None]
    blur = hidden.shape[1] * 2.0**-24 * longest * np.linalg.norm(weight.astype(np.float64), axis=1)
    blur = blur + 2.0**-23 * (np.abs(bias) + np.abs(exact)) + 1e-37
    found = np.zeros(exact.shape)
    document = np.repeat(np.arange(len(offsets) - 1), np.diff(pooled.indptr))
    found[document, pooled.indices] = pooled.logits
    assert (pooled.logits > 0).all()
    assert (np.abs(found - np.maximum(exact, 0)) <= blur).all()
    steps = np.diff(pooled.indices)
    assert (steps[np.diff(document) == 0] > 0).all()
    assert_near(pooled, exact, blur, longest, weight, bias)


def assert_near(pooled, exact, blur, longest, weight, bias):
    """What is within its float32 error of zero is named, on both sides, and nothing else is."""
    norms = np.linalg.norm(weight.astype(np.float64), axis=1)
    error = NEAR_ZERO * 2.0**-24 * (longest * norms + np.abs(bias.astype(np.float64)))
    near = np.zeros(exact.shape, bool)
    row = np.repeat(np.arange(len(near)), np.diff(pooled.near.indptr))
    near[row, pooled.near.indices] = True
    slack = blur + 1e-5 * error
    assert near[np.abs(exact) < error - slack].all()
    assert not near[np.abs(exact) > error + slack].any()
    active = np.zeros(exact.shape, bool)
    active[np.repeat(np.arange(len(near)), np.diff(pooled.indptr)), pooled.indices] = True
    assert (active[row, pooled.near.indices] == pooled.near.active).all()


def sample(width=128, lengths=(7, 1, 64, 30, 97), vocab=1003, seed=0):
    rng = np.random.default_rng(seed)
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    hidden = rng.standard_normal((offsets[-1], width)).astype(np.float32)
    weight = (2 * rng.standard_normal((vocab, width)) / np.sqrt(width)).astype(np.float32)
    return hidden, offsets, weight, (rng.standard_normal(vocab) - 4).astype(np.float32)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("width", WIDTHS)
def test_same_active_entries_and_values_as_plain_float32(kernel, width):
    hidden, offsets, weight, bias = sample(width)
    pooled = ScreenedHead(weight, bias, kernel=kernel)(hidden, offsets)
    assert_plain(pooled, hidden, offsets, weight, bias)
    plain = np.maximum.reduceat(hidden @ weight.T, offsets[:-1], axis=0) + bias
    document, index = np.nonzero(plain > 0)
    assert pooled.indices.tolist() == index.tolist()
    assert np.diff(pooled.indptr).tolist() == np.bincount(document, minlength=5).tolist()
    assert 100 < len(index) < plain.size / 2
    np.testing.assert_allclose(pooled.logits, plain[document, index], rtol=0, atol=1e-5)


@pytest.mark.parametrize("kernel", KERNELS)
@given(problem=problems())
@settings(max_examples=60, deadline=None)
def test_hostile_vectors_give_what_float32_gives(kernel, problem):
    hidden, offsets, weight, bias, centre = problem
    pooled = ScreenedHead(weight, bias, centre, kernel)(hidden, offsets)
    assert_plain(pooled, hidden, offsets, weight, bias)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_document_does_not_see_its_batch(kernel):
    hidden, offsets, weight, bias = sample(lengths=[5, 90, 1, 17, 300, 33, 64, 2])
    hidden *= np.repeat([1, 40, 0.1, 1, 3, 1, 1, 9], np.diff(offsets))[:, None].astype(np.float32)
    screened = ScreenedHead(weight, bias, kernel=kernel)
    together = rows(screened(hidden, offsets))
    parts = [hidden[a:e] for a, e in pairwise(offsets)]
    alone = [rows(screened(part, np.array([0, len(part)])))[0] for part in parts]
    assert together == alone  # to the bit
    transposed = np.concatenate(([0], np.cumsum([len(part) for part in parts[::-1]])))
    assert rows(screened(np.concatenate(parts[::-1]), transposed))[::-1] == together


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_centre_changes_no_bit(kernel):
    hidden, offsets, weight, bias = sample()
    hidden += 2
    centred = ScreenedHead(weight, bias, np.full(128, 2, np.float32), kernel)
    assert rows(centred(hidden, offsets)) == rows(
        ScreenedHead(weight, bias, kernel=kernel)(hidden, offsets)
    )


@pytest.mark.skipif(len(native.runnable()) < 2, reason="this machine runs one kernel or none")
def test_both_kernels_give_the_same_bits():
    hidden, offsets, weight, bias = sample()
    first, second = (
        rows(ScreenedHead(weight, bias, kernel=name)(hidden, offsets)) for name in ("amx", "vnni")
    )
    assert first == second


@pytest.mark.parametrize("kernel", KERNELS)
def test_threads_share_one_head(kernel):
    hidden, offsets, weight, bias = sample(lengths=[40] * 12, vocab=5000)
    screened = ScreenedHead(weight, bias, kernel=kernel)
    expected = rows(screened(hidden, offsets))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: rows(screened(hidden, offsets)), range(24)))
    assert all(one == expected for one in found)


@pytest.mark.parametrize("kernel", KERNELS)
def test_documents_without_tokens_and_batches_without_documents(kernel):
    hidden, _, weight, bias = sample(lengths=[6])
    screened = ScreenedHead(weight, bias, kernel=kernel)
    whole = rows(screened(hidden, np.array([0, 6])))[0]
    assert rows(screened(hidden, np.array([0, 0, 6, 6]))) == [{}, whole, {}]
    assert rows(screened(hidden[:0], np.array([0, 0]))) == [{}]
    assert rows(screened(hidden[:0], np.array([0]))) == []


@pytest.mark.parametrize("kernel", KERNELS)
def test_all_active_and_none_active(kernel):
    hidden, offsets, weight, bias = sample()
    full = ScreenedHead(weight, bias + 1000, kernel=kernel)(hidden, offsets)
    assert full.indices.tolist() == list(range(1003)) * 5
    assert not len(ScreenedHead(weight, bias - 1000, kernel=kernel)(hidden, offsets).indices)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38])
@pytest.mark.parametrize("row", [0, 7, 198])
def test_vectors_that_are_not_finite_or_overflow_are_refused(kernel, value, row):
    hidden, offsets, weight, bias = sample()
    hidden[row, 100] = value
    with pytest.raises(InputError, match="overflow"):
        ScreenedHead(weight, bias, kernel=kernel)(hidden, offsets)


@pytest.mark.skipif(available() is None, reason="this machine has no kernel")
def test_name_says_the_kernel():
    *_, weight, bias = sample()
    assert ScreenedHead(weight, bias).name == f"screened-{available()}"


def test_no_kernel_no_head(monkeypatch):
    monkeypatch.setattr(head.native, "available", lambda: None)
    with pytest.raises(InputError, match="float32 head"):
        ScreenedHead(np.ones((2, 16), np.float32), np.ones(2, np.float32))
