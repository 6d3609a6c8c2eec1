"""ModernBERT (Warner et al. 2024, arXiv 2412.13663): pre-norm, rotary positions, local attention.

Positions are turns of pairs of dimensions (RoPE, Su et al. 2021, arXiv 2104.09864) by angles of one
base in the layers that see everything and of another in those that see near by; the feed-forward
part is gated (GeGLU, Shazeer 2020, arXiv 2002.05202).
"""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F  # noqa: N812 - the name everybody knows it by

from harness.encoder.packed.attention import attend
from harness.encoder.packed.layers import LinearMap, NamedWeights, Norm
from harness.encoder.packed.runs import positions, runs_of
from harness.encoder.products import Products

EVERYWHERE: Final = "full_attention"
NEAR: Final = "sliding_attention"


class _Layer(NamedTuple):
    kind: str
    norm: Norm | None
    qkv: LinearMap
    out: LinearMap
    last_norm: Norm
    up: LinearMap
    gate: LinearMap
    down: LinearMap


@dataclass(frozen=True, eq=False)
class ModernBertBody:
    """A ModernBertForMaskedLM without its vocabulary projection.

    Attributes:
        words, norm: what the layers begin with.
        layers: in order.
        final_norm: behind the last of them.
        dense, last_norm: in front of the vocabulary projection.
        heads: of the attention.
        reach: how far a token sees on either side where it sees near by only.
        frequencies: float32 [d / 2] for each kind of attention: the angle from one place to the
            next.
    """

    words: torch.Tensor
    norm: Norm
    layers: tuple[_Layer, ...]
    final_norm: Norm
    dense: LinearMap
    last_norm: Norm
    heads: int
    reach: int
    frequencies: dict[str, torch.Tensor]
    name = "packed"

    def __call__(self, ids: torch.Tensor, lengths: npt.NDArray[np.int64]) -> torch.Tensor:
        """int64 [tokens] of texts laid end to end -> float32 [tokens, hidden]."""
        places = positions(ids, lengths).float()[:, None]
        turns = {kind: _turns(places * angle) for kind, angle in self.frequencies.items()}
        runs = runs_of(lengths)
        x = self.norm(F.embedding(ids, self.words))
        for layer in self.layers:
            qkv = layer.qkv(x if layer.norm is None else layer.norm(x))
            self._turn(qkv, turns[layer.kind])
            reach = self.reach if layer.kind == NEAR else None
            x = layer.out(attend(qkv, runs, self.heads, reach=reach)).add_(x)
            inner = layer.last_norm(x)
            x = layer.down(layer.up.gelu(inner).mul_(layer.gate(inner))).add_(x)
        return self.last_norm(self.dense.gelu(self.final_norm(x)))

    def _turn(self, qkv: torch.Tensor, turns: torch.Tensor) -> None:
        """Turn queries and keys, in place; a pair of dimensions is one complex number."""
        width = qkv.shape[1] // 3
        pairs = qkv[:, : 2 * width].view(len(qkv), 2 * self.heads, -1, 2)
        torch.view_as_complex(pairs).mul_(turns[:, None])


def read_modernbert(model: torch.nn.Module, products: Products) -> ModernBertBody:
    """The packed body of a model whose config is understood; a KeyError where a weight is not."""
    config: Any = model.config
    weights, eps = NamedWeights(model, products), float(config.norm_eps)
    heads = int(config.num_attention_heads)
    each = torch.arange(0, config.hidden_size // heads, 2, dtype=torch.float32)
    share = each / (config.hidden_size // heads)
    device = weights["model.embeddings.tok_embeddings.weight"].device
    return ModernBertBody(
        words=weights["model.embeddings.tok_embeddings.weight"],
        norm=weights.norm("model.embeddings.norm", eps),
        layers=tuple(
            _layer(weights, f"model.layers.{number}", kind, heads, eps)
            for number, kind in enumerate(config.layer_types)
        ),
        final_norm=weights.norm("model.final_norm", eps),
        dense=weights.linear("head.dense"),
        last_norm=weights.norm("head.norm", eps),
        heads=heads,
        reach=int(config.local_attention) // 2,
        frequencies={
            kind: (1.0 / config.rope_parameters[kind]["rope_theta"] ** share).to(device)
            for kind in set(config.layer_types)
        },
    )


def _layer(weights: NamedWeights, at: str, kind: str, heads: int, eps: float) -> _Layer:
    norm = f"{at}.attn_norm"  # the first layer has none: the embeddings are normed already
    up, gate = _halves(weights.linear(f"{at}.mlp.Wi"))
    return _Layer(
        kind=kind,
        norm=weights.norm(norm, eps) if f"{norm}.weight" in weights else None,
        qkv=_paired(weights.linear(f"{at}.attn.Wqkv"), heads),
        out=weights.linear(f"{at}.attn.Wo"),
        last_norm=weights.norm(f"{at}.mlp_norm", eps),
        up=up,
        gate=gate,
        down=weights.linear(f"{at}.mlp.Wo"),
    )


def _halves(both: LinearMap) -> tuple[LinearMap, LinearMap]:
    """The map that goes through the activation, and the gate, which are stored as one."""
    weights = both.weight.chunk(2)
    biases = (None, None) if both.bias is None else both.bias.chunk(2)
    return both._replace(weight=weights[0], bias=biases[0]), both._replace(
        weight=weights[1], bias=biases[1]
    )


def _paired(qkv: LinearMap, heads: int) -> LinearMap:
    """The same map with the dimensions that are turned together side by side.

    transformers turns dimension n of a head with n + d/2. Queries and keys are put into another
    order alike, so that their products stay.
    """
    width = len(qkv.weight) // 3
    order = torch.arange(2 * width).view(2 * heads, 2, -1).transpose(1, 2).reshape(-1)
    order = torch.cat((order, torch.arange(2 * width, 3 * width))).to(qkv.weight.device)
    bias = None if qkv.bias is None else qkv.bias[order]
    return qkv._replace(weight=qkv.weight[order], bias=bias)


def _turns(angles: torch.Tensor) -> torch.Tensor:
    """float32 [tokens, d / 2] -> complex64, cos + i sin."""
    return torch.complex(angles.cos(), angles.sin())
