"""DistilBERT (Sanh et al. 2019, arXiv 1910.01108): BERT without token types, under other names."""

from typing import Any, Final

import torch

from harness.encoder.packed.layers import NamedWeights
from harness.encoder.packed.post_norm import Embeddings, PostNormBody, PostNormLayer
from harness.encoder.products import Products

_EPS: Final = 1e-12
"""Of every layer norm; no setting changes it."""


def read_distilbert(model: torch.nn.Module, products: Products) -> PostNormBody:
    """The packed body of a model whose config is understood; a KeyError where a weight is not."""
    config: Any = model.config
    weights, at = NamedWeights(model, products), "distilbert.embeddings"
    return PostNormBody(
        embeddings=Embeddings(
            words=weights[f"{at}.word_embeddings.weight"],
            places=weights[f"{at}.position_embeddings.weight"],
            pad_id=None,
            norm=weights.norm(f"{at}.LayerNorm", _EPS),
        ),
        layers=tuple(
            _layer(weights, f"distilbert.transformer.layer.{number}")
            for number in range(int(config.n_layers))
        ),
        transform=weights.linear("vocab_transform"),
        norm=weights.norm("vocab_layer_norm", _EPS),
        heads=int(config.n_heads),
    )


def _layer(weights: NamedWeights, at: str) -> PostNormLayer:
    return PostNormLayer(
        qkv=weights.linear(*(f"{at}.attention.{part}_lin" for part in "qkv")),
        out=weights.linear(f"{at}.attention.out_lin"),
        norm=weights.norm(f"{at}.sa_layer_norm", _EPS),
        up=weights.linear(f"{at}.ffn.lin1"),
        down=weights.linear(f"{at}.ffn.lin2"),
        last_norm=weights.norm(f"{at}.output_layer_norm", _EPS),
    )
