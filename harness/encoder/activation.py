"""SPLADE's activation: the logarithm of what is above zero."""

import torch

from harness.checkpoint.recipe import Activation


def activate(logits: torch.Tensor, activation: Activation) -> torch.Tensor:
    """log(1 + x), once or twice, of logits that are 0 or more; in place.

    Formal et al. 2021, SPLADE (arXiv 2107.05720), equation 1; twice as in
    sentence-transformers' `log1p_relu`.
    """
    once = logits.log1p_()
    return once.log1p_() if activation == "log1p_relu" else once
