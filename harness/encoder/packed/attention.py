"""Attention of texts to themselves: everywhere, with a bias for each distance, or near by only."""

from collections.abc import Sequence

import torch
from torch.nn.functional import scaled_dot_product_attention

from harness.encoder.packed.runs import SameLength


def attend(
    qkv: torch.Tensor,
    runs: Sequence[SameLength],
    heads: int,
    *,
    biases: Sequence[torch.Tensor] | None = None,
    reach: int | None = None,
) -> torch.Tensor:
    """softmax(q k^T / sqrt(d) + bias) v for each text and head (Vaswani et al. 2017).

    Args:
        qkv: float32 [tokens, 3 x hidden], queries, keys and values side by side.
        runs: the texts.
        heads: of the attention.
        biases: for each run float32 [heads, length, length]; None: no bias.
        reach: how far a token sees on either side; None: everywhere.

    Returns:
        float32 [tokens, hidden].
    """
    hidden = qkv.shape[1] // 3
    attended = qkv.new_empty(len(qkv), hidden)
    for number, run in enumerate(runs):
        shape = (run.texts, run.length, 3, heads, hidden // heads)
        query, key, value = qkv[run.tokens].view(shape).permute(2, 0, 3, 1, 4)
        out = attended[run.tokens].view(run.texts, run.length, heads, -1).transpose(1, 2)
        if reach is not None and run.length > reach + 1:
            _near(query, key, value, reach, out)
        else:
            bias = None if biases is None else biases[number]
            out.copy_(scaled_dot_product_attention(query, key, value, attn_mask=bias))
    return attended


def _near(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, reach: int, out: torch.Tensor
) -> None:
    """Local attention in blocks: the work and the memory grow with the length, not its square.

    Args:
        query: float32 [texts, heads, length, d].
        key: likewise.
        value: likewise.
        reach: how far a token sees on either side.
        out: float32 of the same shape, which is written to.
    """
    length = query.shape[2]
    block = 2 * reach
    for start in range(0, length, block):
        end = min(length, start + block)
        first, last = max(0, start - reach), min(length, end + reach)
        asking = torch.arange(start, end, device=query.device)
        asked = torch.arange(first, last, device=query.device)
        seen = (asking[:, None] - asked).abs() <= reach
        out[:, :, start:end] = scaled_dot_product_attention(
            query[:, :, start:end], key[:, :, first:last], value[:, :, first:last], attn_mask=seen
        )
