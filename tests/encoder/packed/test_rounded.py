"""Batches that are filled up: of few sizes, and of the same vectors."""

import numpy as np
import pytest
import torch

from harness.encoder.packed.rounded import RoundedBody
from harness.encoder.products import ROWS, Linear


class Watched:
    """A body that gives each token its number and the length of its text, and keeps what it saw."""

    name = "watched"

    def __init__(self):
        self.seen = []

    def __call__(self, ids, lengths):
        self.seen.append((len(ids), int(lengths.sum())))
        of_text = torch.from_numpy(np.repeat(lengths, lengths))
        return torch.stack((ids, of_text), dim=1).float()


@pytest.mark.parametrize("counts", [[1], [63], [64], [65], [40, 24], [3, 2, 1], [70, 60]])
def test_a_body_sees_multiples_only_and_gives_what_it_was_asked_for(counts):
    body = Watched()
    lengths = np.array(counts)
    ids = torch.arange(int(lengths.sum())) + 5
    found = RoundedBody(body)(ids, lengths)
    expected = torch.from_numpy(np.stack([ids.numpy(), np.repeat(lengths, lengths)], axis=1))
    assert torch.equal(found, expected.float())
    ((tokens, of_texts),) = body.seen
    assert tokens == of_texts
    assert tokens % ROWS == 0
    assert tokens - len(ids) < ROWS
    assert RoundedBody(body).name == "watched"


@pytest.mark.parametrize("shape", [(1, 6), (64, 6), (65, 6), (3, 50, 6), (0, 6)])
def test_rows_that_are_filled_up_have_their_own_product(shape):
    generator = torch.Generator().manual_seed(0)
    x, weight = torch.randn(shape, generator=generator), torch.randn(4, 6, generator=generator)
    layer = Linear(weight, torch.arange(4.0), "torch")
    found = layer.filled_up(x)
    assert found.shape == (*shape[:-1], 4)
    assert torch.allclose(found, x @ weight.T + torch.arange(4.0), atol=1e-6)
