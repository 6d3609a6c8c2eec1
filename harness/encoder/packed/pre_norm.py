"""A transformer whose norms stand in front: ModernBERT (arXiv 2412.13663).

Rotary positions (arXiv 2104.09864), gated linear units (arXiv 2002.05202), and layers that see only
a window around each token between those that see the whole text.

A rotation turns dimension j of a query or key together with dimension j + d/2. The rows of the
weights are put side by side two by two when they are read, so that a rotation is one product of
complex numbers; the product of a query and a key does not see in which order its dimensions stand.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F  # noqa: N812 - the name everybody knows it by

from harness.encoder.packed.parts import Norm, attend, by_length, places
from harness.encoder.products import Linear


class PreNormLayer(NamedTuple):
    """One layer: attention, then a gated unit; each takes a norm of what it adds to.

    Attributes:
        norm: in front of the attention; None: nothing is.
        qkv: hidden -> queries, keys and values side by side, turned dimensions in pairs.
        out: of the attention.
        inner_norm: in front of the gated unit.
        up, gate, down: hidden -> inner with GELU; what that is multiplied by; inner -> hidden.
        local: whether a token sees its window only.
    """

    norm: Norm | None
    qkv: Linear
    out: Linear
    inner_norm: Norm
    up: Linear
    gate: Linear
    down: Linear
    local: bool


@dataclass(frozen=True, eq=False)
class PreNormBody:
    """The body up to, and without, its vocabulary projection.

    Attributes:
        words: float32 [vocabulary, hidden].
        norm: of them.
        layers: of the transformer.
        final_norm: behind them.
        transform: with GELU, in front of the vocabulary.
        last_norm: behind it.
        heads: of the attention.
        window: a local layer sees tokens at most this far away.
        frequencies: float32 [d / 2] of the layers that see all, and of the local ones: radians
            by which each pair of dimensions turns from one token to the next.
    """

    words: torch.Tensor
    norm: Norm
    layers: tuple[PreNormLayer, ...]
    final_norm: Norm
    transform: Linear
    last_norm: Norm
    heads: int
    window: int
    frequencies: tuple[torch.Tensor, torch.Tensor]

    name = "packed"

    def __call__(self, ids: torch.Tensor, lengths: npt.NDArray[np.int64]) -> torch.Tensor:
        """int64 [tokens] of texts laid end to end -> float32 [tokens, hidden]."""
        x = self.norm(F.embedding(ids, self.words))
        at = torch.from_numpy(places(lengths)).to(ids.device)
        turns = [_turns(at, frequencies) for frequencies in self.frequencies]
        parts = by_length(lengths)
        for layer in self.layers:
            normed = x if layer.norm is None else layer.norm(x)
            qkv = self._turned(layer.qkv(normed), turns[layer.local])
            window = self.window if layer.local else None
            attended = attend(qkv, parts, self.heads, window=window)
            x = layer.out.plus(attended, x)
            normed = layer.inner_norm(x)
            x = layer.down.plus(layer.gate.times(normed, layer.up(normed)), x)
        return self.last_norm(self.transform(self.final_norm(x)))

    def _turned(self, qkv: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
        """Queries and keys turned by their places, in place."""
        tokens, width = qkv.shape
        pairs = qkv[:, : 2 * width // 3].view(tokens, 2 * self.heads, -1, 2)
        torch.view_as_complex(pairs).mul_(turns)
        return qkv


def _turns(at: torch.Tensor, frequencies: torch.Tensor) -> torch.Tensor:
    """complex64 [tokens, 1, d / 2] of length 1."""
    angles = at[:, None].float() * frequencies
    return torch.complex(angles.cos(), angles.sin())[:, None]


def in_pairs(weight: torch.Tensor, heads: int) -> torch.Tensor:
    """The rows of queries' and keys' weights, [2 x hidden, …] of [3 x hidden, …], in pairs."""
    turned, rest = weight[: 2 * len(weight) // 3], weight[2 * len(weight) // 3 :]
    halves = turned.view(2 * heads, 2, -1, *weight.shape[1:])
    return torch.cat([halves.transpose(1, 2).flatten(0, 2), rest])
