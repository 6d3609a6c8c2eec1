"""Entries near zero, with logits set by hand: named on both sides, and no others."""

import numpy as np
import pytest
import torch

from harness.checkpoint.open import open_checkpoint
from harness.data.vectors import NearZero, stack_near
from harness.encoder import EncoderOptions
from harness.encoder.build import build_encoder
from harness.encoder.float32 import NEAR_ZERO, error
from harness.encoder.heads import Float32Head
from harness.encoder.screen import ScreenedHead, available, bound
from harness.encoder.tensor_cores import TensorCoreHead
from tests.support import models

UNIT = 2.0**-24
HIDDEN = np.array([[4, 0], [0, 3]], np.float32)
"""One text of two tokens; the longer is of length 4."""

OFFSETS = np.array([0, 2])
SIZES = (0.0, 1.0, 15.0, 17.0, 1000.0)
"""Of logits, in units of E / NEAR_ZERO."""


def entries():
    """Weights (1, 0) and biases that leave logits of each size on either side of zero."""
    scale = 4 + 4  # ||h|| ||w|| + |b|, with b near -4
    logits = [sign * size * UNIT * scale for size in SIZES for sign in (1, -1)]
    bias = np.array([logit - 4 for logit in logits], np.float64)
    weight = np.tile(np.array([[1, 0]], np.float32), (len(bias), 1))
    # A bias near -4 is a multiple of 2^-21 = 8 units: the logits are what is left of them.
    rounded = bias.astype(np.float32)
    return weight, rounded, rounded.astype(np.float64) + 4


def heads():
    weight, bias, logits = entries()
    tensors = torch.from_numpy(weight), torch.from_numpy(bias)
    yield "float32, max", Float32Head(*tensors, "max", "relu"), logits
    yield "float32, sum", Float32Head(*tensors, "sum", "relu"), logits
    yield "tensor cores", TensorCoreHead(*tensors, "relu"), logits


@pytest.mark.parametrize(("name", "head", "logits"), heads(), ids=[n for n, _, _ in heads()])
def test_what_is_within_the_error_of_zero_is_named(name, head, logits):
    near = head(torch.from_numpy(HIDDEN), OFFSETS).near
    expected = np.flatnonzero(np.abs(logits) <= NEAR_ZERO * UNIT * 8 * (1 + 1e-6))
    assert near.indices.tolist() == expected.tolist()
    assert near.active.tolist() == (logits[expected] > 0).tolist()
    assert len(near) == 1
    assert 2 < len(expected) < len(logits)


@pytest.mark.skipif(available() is None, reason="no screen on this machine")
def test_the_screen_names_them_too():
    weight, bias, logits = entries()
    near = ScreenedHead(weight, bias)(HIDDEN, OFFSETS).near
    expected = np.flatnonzero(np.abs(logits) <= NEAR_ZERO * UNIT * 8 * (1 + 1e-6))
    assert near.indices.tolist() == expected.tolist()
    assert near.active.tolist() == (logits[expected] > 0).tolist()


def test_the_error_by_hand():
    found = error(np.float32([4.0]), np.float32([0.5]), np.float32([-3.0]))
    assert found.tolist() == [16 * 5 / 2**24]
    assert found.dtype == np.float32


def test_rows_are_taken_and_stacked_like_vectors():
    near = NearZero(
        np.array([0, 2, 2, 3]), np.array([5, 9, 1], np.int32), np.array([True, False, True])
    )
    turned = near.take(np.array([2, 0, 1]))
    assert turned.indptr.tolist() == [0, 1, 3, 3]
    assert turned.indices.tolist() == [1, 5, 9]
    assert turned.active.tolist() == [True, True, False]
    both = stack_near([near, NearZero.none(2), turned])
    assert both.indptr.tolist() == [0, 2, 2, 3, 3, 3, 4, 6, 6]
    assert both.indices.tolist() == [5, 9, 1, 1, 5, 9]


def test_each_text_has_its_own_entries_near_zero(tiny_bert, monkeypatch):
    """Batches go by length and come back in the order of the texts, also for what is near zero."""
    monkeypatch.setattr("harness.encoder.heads.NEAR_ZERO", 2e4)
    options = EncoderOptions(device="cpu", head="float32", threads=1, batch_tokens=64)
    encoder = build_encoder(open_checkpoint(str(tiny_bert)), options)
    texts = [models.texts()[n][: 20 + 37 * n % 200] for n in range(12)]
    near = encoder.encode(texts, "document").near
    alone = [encoder.encode([text], "document").near for text in texts]
    assert np.diff(near.indptr).tolist() == [len(one.indices) for one in alone]
    assert near.indices.tolist() == [entry for one in alone for entry in one.indices.tolist()]
    assert near.active.tolist() == [active for one in alone for active in one.active.tolist()]
    assert len({len(one.indices) for one in alone}) > 3


def test_the_bound_leaves_room_for_the_error_on_top_of_float32_s_own():
    """By the theorem: what is within E below zero must be let through by a product at its worst."""
    width = 64
    gamma = width * UNIT / (1 - width * UNIT) + 2 * UNIT
    ((_, by_norm, _, _),) = bound.margins(np.float32([[1, 0, 0, 1]]), width, 1.0, 0.0)
    assert by_norm >= (gamma + NEAR_ZERO * UNIT) * (1 - 1e-6)
    bias = np.float32([-3.0])
    (shifted,) = bound.weights(np.zeros((1, width), np.float32), bias, np.zeros(width)).bias
    assert shifted - np.float64(-3.0) >= (2.0**-19 + NEAR_ZERO * UNIT) * 3 * (1 - 0.2)
