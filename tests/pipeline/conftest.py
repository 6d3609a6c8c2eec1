"""What the tests of whole evaluations share."""

import pytest


@pytest.fixture(scope="module")
def one_thread():
    """Tiny matrices are multiplied faster by one thread than by several that wait."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
