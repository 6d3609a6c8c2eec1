"""Devices by name: one that has no numbers, or is none, is refused before a model is loaded."""

import pytest
import torch

from harness.encoder.device import torch_device
from harness.errors import InputError


@pytest.mark.parametrize(
    "name", ["meta", "meta:0", "", "gpu", "cpu:x", "cuda:99999999999999", "vulkan", "\0", "x" * 999]
)
def test_a_device_that_cannot_compute_here_is_refused(name):
    with pytest.raises(InputError, match="cannot be used here: take cpu"):
        torch_device(name)


def test_the_processor_is_always_there():
    assert torch_device("cpu") == torch.device("cpu")
