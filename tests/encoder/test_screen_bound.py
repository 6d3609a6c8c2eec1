"""The bound of the screen, on every machine: no kernel runs here, only the numpy references."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.encoder.screen import bound, quantise, vocabulary
from harness.encoder.screen.layout import CHUNK_BYTES, layout_rows
from harness.errors import InputError

WIDTHS = (16, 64, 96, 128, 256, 320)


@st.composite
def problems(draw, widths=WIDTHS):
    """Hostile (hidden, offsets, weight, bias, centre): sizes from denormal to huge, zero rows."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    width, vocab = draw(st.sampled_from(widths)), draw(st.integers(1, 70))
    lengths = draw(st.lists(st.integers(1, 40), min_size=1, max_size=5))
    offsets = np.concatenate(([0], np.cumsum(lengths)))

    def rows(count):
        exponent = draw(st.sampled_from([0, 0, 0, 6, -6, -20, -30, -42]))
        sizes = rng.choice([1, 1, 1, 0.01, 30], count) * 10.0**exponent
        kind = draw(st.sampled_from(["normal", "equal", "outlier", "ternary"]))
        out = {
            "normal": lambda: rng.standard_normal((count, width)),
            "equal": lambda: np.ones((count, width)),
            "outlier": lambda: rng.standard_cauchy((count, width)).clip(-1e4, 1e4),
            "ternary": lambda: rng.integers(-1, 2, (count, width)),
        }[kind]() * sizes[:, None]
        out[rng.random(count) < 0.1] = 0
        return out.astype(np.float32)

    hidden, weight = rows(int(offsets[-1])), rows(vocab)
    centre = np.zeros(width, np.float32)
    if draw(st.booleans()):
        shift = 3 * rng.standard_normal(width)
        hidden, centre = (hidden + shift).astype(np.float32), shift.astype(np.float32)
    bias = np.zeros(vocab)
    kind = draw(st.sampled_from(["zero", "normal", "huge", "edge"]))
    if kind == "normal":
        bias = rng.standard_normal(vocab)
    elif kind == "huge":
        bias = rng.choice([-1e30, 1e30], vocab)
    elif kind == "edge":  # logits as near to zero as float32 comes
        logits = truth(hidden, offsets, weight, bias)
        bias = -logits[rng.integers(len(logits))] * rng.choice([1, 1 - 1e-7, 1 + 1e-7], vocab)
    return hidden, offsets, weight, bias.astype(np.float32), centre


def truth(hidden, offsets, weight, bias):
    """float64 [D, V]: max_t <h_t, w_v> + b_v."""
    product = hidden.astype(np.float64) @ weight.T.astype(np.float64)
    return np.maximum.reduceat(product, offsets[:-1], axis=0) + bias


def float32_logits(hidden, offsets, weight, bias, order):
    """float32 [D, V]: the same sum, one term after the other in the given order."""
    total = np.zeros((len(hidden), len(weight)), np.float32)
    for k in order:
        total += hidden[:, k, None] * weight[:, k]
    return np.maximum.reduceat(total, offsets[:-1], axis=0) + bias


def screened(hidden, offsets, weight, bias, centre):
    weights = bound.weights(weight, bias, centre)
    lengths = np.diff(offsets)
    starts = offsets[:-1]
    tokens = quantise.reference(hidden, centre, offsets, starts, 1)
    margins = bound.margins(
        tokens.measured, hidden.shape[1], weights.norms.max(), np.linalg.norm(centre)
    )
    assert len(tokens.rows) == lengths.sum()
    return vocabulary.reference(tokens.rows, offsets, weights, margins)


@given(problems(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_screen_lets_through_whatever_float32_could_call_active(problem, random):
    may = screened(*problem)
    hidden, offsets, weight, bias, _ = problem
    assert not ((truth(hidden, offsets, weight, bias) > 0) & ~may).any()
    order = list(range(hidden.shape[1]))
    for _ in range(2):
        assert not ((float32_logits(hidden, offsets, weight, bias, order) > 0) & ~may).any()
        random.shuffle(order)


def test_rounding_of_float32_sums_counts_where_quantising_loses_nothing():
    """Vectors on the grid, logits a hair below 0: float32 calls half of them active."""
    rng = np.random.default_rng(0)
    hidden = (np.float32(0.1) * rng.integers(-127, 128, (1, 256))).astype(np.float32)
    weight = (np.float32(0.3) * rng.integers(-127, 128, (4000, 256))).astype(np.float32)
    hidden[:, 0], weight[:, 0] = np.float32(0.1) * 127, np.float32(0.3) * 127
    offsets = np.array([0, 1])
    exact = truth(hidden, offsets, weight, np.zeros(4000))[0]
    bias = np.nextafter(-exact.astype(np.float32), np.float32(-np.inf))
    problem = hidden, offsets, weight, bias
    active = float32_logits(*problem, range(256)) > 0
    assert (active & (truth(*problem) < 0)).sum() > 1000
    assert not (active & ~screened(*problem, np.zeros(256, np.float32))).any()


def test_screen_is_selective_on_ordinary_vectors():
    """A screen that lets all through would satisfy the test above."""
    rng = np.random.default_rng(1)
    hidden = rng.standard_normal((60, 128)).astype(np.float32)
    weight = (rng.standard_normal((2000, 128)) / 16).astype(np.float32)
    offsets, bias = np.array([0, 30, 60]), np.full(2000, -2.0, np.float32)
    may = screened(hidden, offsets, weight, bias, np.zeros(128, np.float32))
    active = truth(hidden, offsets, weight, bias) > 0
    assert active.sum() <= may.sum() < 2 * active.sum()


def test_a_centre_near_the_mean_lets_fewer_through():
    rng = np.random.default_rng(2)
    mean = 5 * rng.standard_normal(128).astype(np.float32)
    hidden = mean + rng.standard_normal((50, 128)).astype(np.float32)
    weight = (rng.standard_normal((3000, 128)) / 16).astype(np.float32)
    bias = -(weight @ mean) - 1.5
    arguments = hidden, np.array([0, 50]), weight, bias
    plain = screened(*arguments, np.zeros(128, np.float32))
    centred = screened(*arguments, mean)
    assert (truth(*arguments) > 0).sum() <= centred.sum() < plain.sum()


@given(problems())
@settings(max_examples=30, deadline=None)
def test_weights_are_measured_and_rounded_up(problem):
    *_, weight, bias, centre = problem
    found = bound.weights(weight, bias, centre)
    exact = weight.astype(np.float64)
    lost = exact - found.quantised * found.scales.astype(np.float64)[:, None]
    assert (found.norms >= np.linalg.norm(exact, axis=1)).all()
    assert (found.losses >= np.linalg.norm(lost, axis=1)).all()
    assert (found.bias > bias + exact @ centre.astype(np.float64)).all()
    assert (np.abs(lost).max(axis=1) <= found.scales * (0.5 + 1e-4)).all()
    assert found.quantised.min() >= -127


def test_the_bias_is_enlarged_by_its_share_by_hand():
    """The kernel rounds a float32 sum that holds b + <c, w>: by up to 2^-24 of it at each step."""
    weight = np.array([[1.0, 0], [1, 0], [0, 0]], np.float32)
    centre = np.array([1024.0, 0], np.float32)
    found = bound.weights(weight, np.array([0.0, -3072, 512], np.float32), centre).bias
    for shifted, enlarged in zip((1024, -2048, 512), found.tolist(), strict=True):
        assert shifted + abs(shifted) * 2.0**-19 <= enlarged < shifted + abs(shifted) * 2.0**-17


def test_margins_by_hand():
    # Two documents: scale, ||e||^2, ||sigma q||^2, ||h||^2; H = 64. The second loses nothing.
    measured = np.array([[2, 9, 16, 25], [2, 0, 16, 16]], np.float32)
    margins = bound.margins(measured, 64, 1.0, 0.0)
    assert margins[:, 0].tolist() == [2, 2]
    assert 3 + 66 * 2**-24 * 12 < margins[0, 1] < 3 * 1.003
    assert 66 * 2**-24 * 8 + 2**-19 * 4 < margins[1, 1] < 1e-4
    assert ((margins[:, 2] > 4) & (margins[:, 2] < 4 * 1.003)).all()


@pytest.mark.parametrize("what", ["weight", "bias", "centre"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_refused(what, value):
    arrays = {"weight": np.ones((3, 16)), "bias": np.ones(3), "centre": np.ones(16)}
    arrays[what].flat[-1] = value
    with pytest.raises(InputError, match="NaN or infinity"):
        bound.weights(**{name: array.astype(np.float32) for name, array in arrays.items()})


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_measures_that_are_not_finite_are_refused(place, value):
    measured = np.ones((3, 4), np.float32)
    measured[1, place] = value
    if place in (1, 2):  # e and sigma q cannot be infinite where h and the scale are finite
        measured[1, 3] = value
    with pytest.raises(InputError, match="overflow"):
        bound.margins(measured, 64, 1.0, 0.0)


def test_norms_that_overflow_float32_logits_are_refused():
    measured = np.array([[1, 0, 1e20, 1e20]], np.float32)
    bound.margins(measured, 64, 1e19, 0.0)
    with pytest.raises(InputError, match="overflow"):
        bound.margins(measured, 64, 1e21, 0.0)


def test_layout_by_hand():
    # Blocks of 16 rows, two at a time; 1,200 bytes a row: five blocks fill 96 KB.
    layout = layout_rows(np.array([1, 16, 17, 40, 5]), 16, 2, 1200)
    assert layout.starts.tolist() == [0, 16, 32, 64, 128]
    assert layout.ends.tolist() == [0, 1, -1, 2, -1, -1, 3, -1, 4, -1]
    assert layout.chunks.tolist() == [0, 8, 10]


@given(
    st.lists(st.integers(1, 600), min_size=1, max_size=60),
    st.sampled_from([(4, 1), (16, 2)]),
    st.sampled_from([64, 128, 768]),
)
def test_layout_keeps_documents_whole_and_apart(lengths, shape, width):
    rows, step = shape
    layout = layout_rows(np.array(lengths), rows, step, width)
    assert (layout.starts % rows == 0).all()
    ends = np.flatnonzero(layout.ends >= 0)
    assert layout.ends[ends].tolist() == list(range(len(lengths)))
    assert ((ends + 1) * rows - layout.starts >= lengths).all()
    assert ((ends + 1) * rows - layout.starts < np.array(lengths) + rows).all()
    assert (layout.starts[1:] >= (ends[:-1] + 1) * rows).all()
    assert layout.chunks[-1] == len(layout.ends)
    assert (np.diff(layout.chunks) % step == 0).all()
    # No document straddles two chunks, and chunks end where the cache does, by one document.
    chunk_of = np.searchsorted(layout.chunks, layout.starts // rows, "right")
    assert (chunk_of == np.searchsorted(layout.chunks, ends, "right")).all()
    sizes = np.diff(layout.chunks) * rows * width
    assert (sizes <= CHUNK_BYTES + (max(lengths) + (step + 1) * rows) * width).all()
