"""What is done to vectors behind the model, by hand and against torch."""

import numpy as np
import pytest
import torch

from harness.checkpoint.recipe import Recipe
from harness.data.vectors import NearZero, SparseVectors
from harness.encoder import HeadOutput
from harness.encoder.steps import Steps, normalized, present
from harness.encoder.tokens import Tokens

SIZE = 6


def tokens(*texts):
    return Tokens(
        np.array([entry for text in texts for entry in text], np.int64),
        np.concatenate(([0], np.cumsum([len(text) for text in texts]))).astype(np.int64),
        0,
        0,
    )


def vectors(dense):
    rows, entries = np.nonzero(dense)
    counts = np.bincount(rows, minlength=len(dense))
    values = np.asarray(dense, np.float32)[rows, entries]
    ends = np.concatenate(([0], np.cumsum(counts)))
    return SparseVectors(ends, entries.astype(np.int32), values, SIZE)


def test_a_term_counts_once_and_one_without_weight_is_not_active():
    weights = np.array([0, 2, 0.5, 0, 1, 3], np.float32)
    found = present(tokens([1, 1, 4, 1], [], [0, 3], [5, 2, 0]), weights).check("x")
    expected = [[0, 2, 0, 0, 1, 0], [0] * 6, [0] * 6, [0, 0, 0.5, 0, 0, 3]]
    assert found.to_dense().tolist() == expected
    assert found.active_dims.tolist() == [2, 0, 0, 2]


def test_no_text_at_all():
    assert len(present(tokens(), np.ones(SIZE, np.float32))) == 0


def test_vectors_are_divided_as_torch_does():
    rng = np.random.default_rng(0)
    dense = rng.random((20, SIZE), np.float32) * (rng.random((20, SIZE)) < 0.5)
    dense[3] = 0
    dense[4] = [0, 0, 1e-30, 0, 0, 0]
    dense[5] = [1e20, 1e20, 0, 0, 0, 0]
    found = normalized(vectors(dense)).to_dense()
    expected = torch.nn.functional.normalize(torch.from_numpy(dense.astype(np.float64)), dim=1)
    np.testing.assert_allclose(found, expected.numpy(), rtol=3e-7, atol=0)


def rows(dense, *near):
    """Vectors with entries near zero: (row, dimension, active)."""
    ends = np.concatenate(
        ([0], np.cumsum([sum(n[0] == r for n in near) for r in range(len(dense))]))
    )
    found = NearZero(
        ends.astype(np.int64),
        np.array([n[1] for n in near], np.int32),
        np.array([n[2] for n in near], bool),
    )
    return HeadOutput(vectors(dense), found)


def test_static_weights_keep_only_the_text_s_own_terms():
    weights = np.array([1, 2, 0, 0.5, 1, 1], np.float32)
    given = rows(
        [[1, 1, 1, 0, 0, 3], [0] * 6, [0, 0, 0, 4, 0, 1], [2, 0, 0, 0, 0, 0]],
        (0, 1, True), (0, 2, True), (2, 0, False), (2, 4, False),
    )  # fmt: skip
    steps = Steps(Recipe(steps=("static weights",)), weights)
    found = steps(given, tokens([1, 2, 5, 5], [0], [3, 3, 0], []))
    assert found.vectors.check("x").to_dense().tolist() == [
        [0, 2, 0, 0, 0, 3],
        [0] * 6,
        [0, 0, 0, 2, 0, 0],
        [0] * 6,
    ]
    # An entry near zero stays one where the text has the term and the term a weight.
    assert [r.tolist() for r in np.split(found.near.indices, found.near.indptr[1:-1])] == [
        [1], [], [0], [],
    ]  # fmt: skip
    assert found.near.active.tolist() == [True, False]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (("static weights", "normalize"), [0.8, 0.6]),
        (("normalize", "static weights"), [4 / 13, 3 / 13]),
    ],
)
def test_steps_are_taken_in_their_order_and_the_largest_are_kept_last(order, expected):
    weights = np.array([1, 1, 1, 1, 0, 1], np.float32)
    given = rows([[4, 3, 0, 0, 12, 0]])
    found = Steps(Recipe(steps=order), weights)(given, tokens([0, 1, 4]))
    np.testing.assert_allclose(found.vectors.values, expected, rtol=1e-6)
    one = Steps(Recipe(steps=order, max_active_dims=1), weights)(given, tokens([0, 1, 4]))
    assert one.vectors.indices.tolist() == [0]
