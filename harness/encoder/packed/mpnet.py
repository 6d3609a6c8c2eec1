"""MPNet (Song et al. 2020, arXiv 2004.09297): BERT with a bias for each distance of two tokens."""

import math
from typing import Any, Final

import torch

from harness.encoder.packed.layers import NamedWeights
from harness.encoder.packed.post_norm import Embeddings, PostNormBody, PostNormLayer
from harness.encoder.products import Products

BUCKETS: Final = 32
"""Of distances. transformers counts with this many, whatever the config says."""

FARTHEST: Final = 128
"""Distances from here on share the last bucket."""

_PAD_ID: Final = 1
"""Positions are counted after it; transformers has it as a constant."""


def read_mpnet(model: torch.nn.Module, products: Products) -> PostNormBody:
    """The packed body of a model whose config is understood; a KeyError where a weight is not."""
    config: Any = model.config
    weights, eps, at = (
        NamedWeights(model, products),
        float(config.layer_norm_eps),
        "mpnet.embeddings",
    )
    places = weights[f"{at}.position_embeddings.weight"]
    return PostNormBody(
        embeddings=Embeddings(
            words=weights[f"{at}.word_embeddings.weight"],
            places=places,
            pad_id=_PAD_ID,
            norm=weights.norm(f"{at}.LayerNorm", eps),
        ),
        layers=tuple(
            _layer(weights, f"mpnet.encoder.layer.{number}", eps)
            for number in range(int(config.num_hidden_layers))
        ),
        transform=weights.linear("lm_head.dense"),
        norm=weights.norm("lm_head.layer_norm", eps),
        heads=int(config.num_attention_heads),
        distances=_distances(weights["mpnet.encoder.relative_attention_bias.weight"], len(places)),
    )


def _layer(weights: NamedWeights, at: str, eps: float) -> PostNormLayer:
    return PostNormLayer(
        qkv=weights.linear(*(f"{at}.attention.attn.{part}" for part in "qkv")),
        out=weights.linear(f"{at}.attention.attn.o"),
        norm=weights.norm(f"{at}.attention.LayerNorm", eps),
        up=weights.linear(f"{at}.intermediate.dense"),
        down=weights.linear(f"{at}.output.dense"),
        last_norm=weights.norm(f"{at}.output.LayerNorm", eps),
    )


def _distances(biases: torch.Tensor, positions: int) -> torch.Tensor:
    """float32 [buckets, heads] -> float32 [heads, 2 x positions - 1], from the farthest before.

    T5's buckets (Raffel et al. 2020, arXiv 1910.10683): half of them for tokens behind; of each
    half the first 8 hold one distance each, the others ever more of them.
    """
    distance = torch.arange(1 - positions, positions, device=biases.device)
    half = BUCKETS // 2
    exact = half // 2
    away = distance.abs()
    share = torch.log(away.clamp(min=1).float() / exact) / math.log(FARTHEST / exact)
    far = (exact + (share * (half - exact)).to(torch.int64)).clamp(max=half - 1)
    bucket = torch.where(away < exact, away, far) + half * (distance > 0)
    return biases[bucket].T.contiguous()
