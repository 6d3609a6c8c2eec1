"""Reader of ModernBERT: its weights and settings into a packed body."""

from typing import Any, Final

import torch

from harness.encoder import Products
from harness.encoder.packed.parts import NotUnderstoodError, Parts
from harness.encoder.packed.pre_norm import PreNormBody, PreNormLayer, in_pairs
from harness.encoder.products import Linear

_SEES: Final = ("full_attention", "sliding_attention")
"""Kinds of layers: those that see the whole text, and those that see a window."""


def read_modernbert(model: torch.nn.Module, products: Products) -> PreNormBody:
    """ModernBERT (arXiv 2412.13663).

    Raises:
        NotUnderstoodError: a setting is not known here.
    """
    parts = Parts(model, products)
    config: Any = model.config
    parts.require({"hidden_activation": "gelu", "classifier_activation": "gelu"})
    heads, width = int(config.num_attention_heads), int(config.hidden_size)
    parts.require({"head_dim": width // heads})
    kinds = list(getattr(config, "layer_types", None) or ())
    if len(kinds) != config.num_hidden_layers or set(kinds) - {*_SEES}:
        raise NotUnderstoodError("layer_types")
    whole, local = (_frequencies(config, kind, width // heads) for kind in _SEES)

    def layer(n: int, kind: str) -> PreNormLayer:
        at = f"model.layers.{n}"
        qkv, up = parts.linear(f"{at}.attn.Wqkv"), parts.linear(f"{at}.mlp.Wi")
        bias = None if qkv.bias is None else in_pairs(qkv.bias, heads)
        first, second = _halves(up)
        return PreNormLayer(
            norm=None if n == 0 else parts.norm(f"{at}.attn_norm"),
            qkv=Linear(in_pairs(qkv.weight, heads), bias, products),
            out=parts.linear(f"{at}.attn.Wo"),
            inner_norm=parts.norm(f"{at}.mlp_norm"),
            up=first,
            gate=second,
            down=parts.linear(f"{at}.mlp.Wo"),
            local=kind == _SEES[1],
        )

    words = parts.table("model.embeddings.tok_embeddings")
    return PreNormBody(
        words=words,
        norm=parts.norm("model.embeddings.norm"),
        layers=tuple(layer(n, kind) for n, kind in enumerate(kinds)),
        final_norm=parts.norm("model.final_norm"),
        transform=parts.linear("head.dense", gelu=True),
        last_norm=parts.norm("head.norm"),
        heads=heads,
        window=int(config.local_attention) // 2,
        frequencies=(whole.to(words.device), local.to(words.device)),
    )


def _frequencies(config: Any, kind: str, dimensions: int) -> torch.Tensor:  # noqa: ANN401
    """theta^(-2 j / d) of a kind of layer (arXiv 2104.09864, equation 15)."""
    rope = (getattr(config, "rope_parameters", None) or {}).get(kind) or {}
    if set(rope) - {"rope_type", "rope_theta"} or rope.get("rope_type") != "default":
        raise NotUnderstoodError("rope_parameters")
    powers = torch.arange(0, dimensions, 2, dtype=torch.float32) / dimensions
    frequencies: torch.Tensor = 1.0 / (float(rope["rope_theta"]) ** powers)
    return frequencies


def _halves(both: Linear) -> tuple[Linear, Linear]:
    """A gated unit's two layers: the one with GELU, and the one that multiplies it."""
    first, second = both.weight.chunk(2)
    biases = (None, None) if both.bias is None else both.bias.chunk(2)
    return (
        Linear(first, biases[0], both.products, gelu=True),
        Linear(second, biases[1], both.products),
    )
