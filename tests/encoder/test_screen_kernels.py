"""The kernels against their references, bit for bit; skipped by name where the CPU lacks them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.encoder.screen import bound, native, quantise, refine, vocabulary
from harness.encoder.screen.layout import layout_rows
from harness.errors import InputError

KERNELS = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            name not in native.runnable(), reason=f"this machine does not run {name!r}"
        ),
    )
    for name in native.KERNELS
]
RAGGED = np.array([1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 64, 100, 1, 350])


def address(array):
    return array.ctypes.data


def edges(lengths):
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)


def owned_rows(layout, block):
    """Rows that belong to a document, copies of its last token included."""
    filled = -(-RAGGED // block) * block
    pairs = zip(layout.starts, filled, strict=True)
    return np.concatenate([np.arange(start, start + count) for start, count in pairs])


def quantised(kernel, hidden, centre, lengths):
    width, module = hidden.shape[1], native.KERNELS[kernel]
    layout = layout_rows(lengths, module.ROWS, module.STEP, width)
    rows = vocabulary.aligned((len(layout.ends) * module.ROWS, width), np.uint8)
    rows[:] = 7  # what no document owns must not matter
    measured = np.empty((len(lengths), 4), np.float32)
    offsets = edges(lengths)
    native.build(kernel, width).quantise(
        address(hidden), address(centre), address(offsets), address(layout.starts), len(lengths),
        address(rows), address(measured),
    )  # fmt: skip
    return layout, rows, measured


def screened(kernel, width, layout, rows, weights, margins):
    packed = vocabulary.pack(weights, native.KERNELS[kernel].GROUPS)
    groups, documents = len(packed.constants), len(margins)
    bits, counts = np.empty((documents, groups), np.uint16), np.zeros(documents, np.int64)
    native.build(kernel, width).screen(
        address(rows), address(layout.ends), address(layout.chunks), len(layout.chunks) - 1,
        address(packed.weights), address(packed.constants), groups // packed.groups,
        address(margins), address(bits), address(counts),
    )  # fmt: skip
    may = np.unpackbits(bits.view(np.uint8), axis=1, bitorder="little").astype(bool)
    assert (counts == may.sum(axis=1)).all()
    assert not may[:, len(weights.scales) :].any()
    return may[:, : len(weights.scales)]


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("size", [1e-40, 1e-15, 1.0, 1e15])
def test_quantise_is_its_reference(kernel, size):
    rng = np.random.default_rng(3)
    hidden = (size * rng.standard_normal((RAGGED.sum(), 128))).astype(np.float32)
    hidden[[0, 40]] = 0
    hidden[-1] = hidden[-2] = size
    centre = (size * rng.standard_normal(128)).astype(np.float32)
    layout, rows, measured = quantised(kernel, hidden, centre, RAGGED)
    block = native.KERNELS[kernel].ROWS
    expected = quantise.reference(hidden, centre, edges(RAGGED), layout.starts, block)
    owned = owned_rows(layout, block)
    assert (rows[owned] == expected.rows[owned]).all()
    assert (measured[:, 0] == expected.measured[:, 0]).all()
    np.testing.assert_allclose(measured, expected.measured, rtol=1e-5, atol=1e-37)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("width", [64, 128, 320])
@pytest.mark.parametrize("vocab", [1, 96, 2100])
def test_screen_compares_the_exact_integers(kernel, width, vocab):
    """With scales of 1 and whole thresholds the inequality is exact in float32 too."""
    rng = np.random.default_rng(width + vocab)
    module = native.KERNELS[kernel]
    layout = layout_rows(RAGGED, module.ROWS, module.STEP, width)
    rows = vocabulary.aligned((len(layout.ends) * module.ROWS, width), np.uint8)
    rows[:] = rng.integers(1, 256, rows.shape)
    entries = rng.integers(-127, 128, (vocab, width)).astype(np.int8)
    entries[0] = 127
    rows[layout.starts[1]] = 255
    product = (rows.astype(np.int64) - 128) @ entries.T.astype(np.int64)
    last = (np.flatnonzero(layout.ends >= 0) + 1) * module.ROWS
    maxima = np.stack([product[a:e].max(0) for a, e in zip(layout.starts, last, strict=True)])
    some = rng.integers(len(RAGGED), size=vocab)
    thresholds = maxima[some, np.arange(vocab)] - rng.integers(0, 2, vocab)
    zero, one = np.zeros(vocab, np.float32), np.ones(vocab, np.float32)
    weights = bound.Weights(entries, one, -thresholds.astype(np.float32), zero, zero)
    margins = np.tile(np.float32([1, 0, 0, 0]), (len(RAGGED), 1))
    may = screened(kernel, width, layout, rows, weights, margins)
    assert (may == (maxima > thresholds)).all()
    assert may.any()
    assert not may.all()


@pytest.mark.parametrize("kernel", KERNELS)
def test_screen_takes_every_term_of_the_bound(kernel):
    """Away from the threshold, float32 must decide as the reference in float64 does."""
    rng = np.random.default_rng(5)
    hidden = rng.standard_normal((RAGGED.sum(), 128)).astype(np.float32)
    centre = rng.standard_normal(128).astype(np.float32)
    weight = (rng.standard_normal((777, 128)) / 4).astype(np.float32)
    weights = bound.weights(weight, rng.standard_normal(777).astype(np.float32) - 8, centre)
    layout, rows, measured = quantised(kernel, hidden, centre, RAGGED)
    margins = bound.margins(measured, 128, weights.norms.max(), np.linalg.norm(centre))
    may = screened(kernel, 128, layout, rows, weights, margins)
    block = native.KERNELS[kernel].ROWS
    starts = edges(-(-RAGGED // block) * block)
    rows = rows[owned_rows(layout, block)]
    lower, upper = (
        vocabulary.reference(rows, starts, weights._replace(bias=weights.bias + shift), margins)
        for shift in (np.float32(-1e-5), np.float32(1e-5))
    )
    assert (lower <= may).all()
    assert (may <= upper).all()
    assert (lower == upper).mean() > 0.999
    assert 0.05 < may.mean() < 0.95


@pytest.mark.parametrize("kernel", KERNELS)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 7), st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_listing_is_flatnonzero(kernel, seed, documents, words, share):
    bits = np.random.default_rng(seed).random((documents, 32 * words)) < share
    packed = np.packbits(bits, axis=1, bitorder="little")
    indptr = edges(bits.sum(axis=1))
    found = np.full(indptr[-1] + 1, -7, np.int32)
    native.build(kernel, 64).compact(
        address(packed), documents, words, address(indptr), address(found)
    )
    expected = [np.flatnonzero(row) for row in bits]
    assert found[:-1].tolist() == np.concatenate(expected).tolist()
    assert found[-1] == -7


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("width", [64, 128, 320])
def test_refine_is_its_reference_within_float32(kernel, width):
    rng = np.random.default_rng(6)
    hidden = rng.standard_normal((RAGGED.sum(), width)).astype(np.float32)
    weight = rng.standard_normal((500, width)).astype(np.float32)
    chosen = [np.sort(rng.choice(500, n, replace=False)) for n in range(len(RAGGED))]
    candidates = np.concatenate(chosen).astype(np.int32)
    offsets, indptr = edges(RAGGED), edges([len(one) for one in chosen])
    found = np.full(len(candidates) + 1, -np.inf, np.float32)
    native.build(kernel, width).refine(
        address(hidden), address(offsets), len(RAGGED), address(weight), address(indptr),
        address(candidates), address(found),
    )  # fmt: skip
    expected = refine.reference(hidden, offsets, weight, indptr, candidates)
    assert found[-1] == -np.inf
    np.testing.assert_allclose(found[:-1], expected, rtol=1e-5, atol=1e-5)


def test_a_kernel_that_the_machine_lacks_is_refused(monkeypatch):
    monkeypatch.setattr(native, "runnable", lambda: ())
    with pytest.raises(InputError, match="it runs: none"):
        native.build.__wrapped__("amx", 64)
    assert native.available() is None
