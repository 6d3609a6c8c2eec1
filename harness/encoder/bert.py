"""Unpadded (variable-length) BERT forward pass: texts lie end to end, each attends to itself alone.

The same operations in the same order as transformers' BertModel followed by the transform of
BertLMPredictionHead (Devlin et al. 2019, arXiv 1810.04805), in float32. Linear layers take all
tokens of a batch at once; attention takes texts of one length at a time.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F  # noqa: N812 - the name everybody knows it by

from harness.encoder.products import TORCH, Products


class _Norm(NamedTuple):
    weight: torch.Tensor
    bias: torch.Tensor


class _Layer(NamedTuple):
    qkv: torch.Tensor
    qkv_bias: torch.Tensor
    out: torch.Tensor
    out_bias: torch.Tensor
    norm: _Norm
    up: torch.Tensor
    up_bias: torch.Tensor
    down: torch.Tensor
    down_bias: torch.Tensor
    last_norm: _Norm


class _Run(NamedTuple):
    """Texts of one length that lie side by side, and can therefore attend without padding.

    Attributes:
        texts: how many.
        length: tokens of each.
        tokens: where they lie in the batch.
    """

    texts: int
    length: int
    tokens: slice


def packable(model: torch.nn.Module) -> bool:
    """Whether the model is a plain BERT, the one architecture this module runs."""
    config = model.config
    return (
        getattr(config, "model_type", "") == "bert"
        and getattr(config, "hidden_act", "") == "gelu"
        and getattr(config, "position_embedding_type", "absolute") == "absolute"
        and not getattr(config, "is_decoder", False)
        and not getattr(config, "add_cross_attention", False)
    )


class PackedBert:
    """The body of a BertForMaskedLM up to, and without, its vocabulary projection."""

    name = "packed"

    def __init__(self, model: torch.nn.Module, products: Products = TORCH) -> None:
        self._linear, self._gelu = products.linear, products.gelu
        weights = {name: tensor.detach() for name, tensor in model.state_dict().items()}
        config = model.config
        self._heads = int(config.num_attention_heads)  # type: ignore[union-attr, arg-type]
        self._eps = float(config.layer_norm_eps)  # type: ignore[union-attr, arg-type]
        at = "bert.embeddings"
        self._words = weights[f"{at}.word_embeddings.weight"]
        self._places = (
            weights[f"{at}.position_embeddings.weight"]
            + weights[f"{at}.token_type_embeddings.weight"][0]
        )
        self._norm = _norm(weights, f"{at}.LayerNorm")
        layers = int(config.num_hidden_layers)  # type: ignore[union-attr, arg-type]
        self._layers = [_layer(weights, f"bert.encoder.layer.{n}") for n in range(layers)]
        at = "cls.predictions.transform"
        self._transform = (weights[f"{at}.dense.weight"], weights[f"{at}.dense.bias"])
        self._last_norm = _norm(weights, f"{at}.LayerNorm")

    def __call__(self, ids: torch.Tensor, lengths: npt.NDArray[np.int64]) -> torch.Tensor:
        """int64 [tokens] of texts laid end to end -> float32 [tokens, hidden]."""
        starts = np.cumsum(lengths) - lengths
        places = torch.from_numpy(np.arange(len(ids)) - np.repeat(starts, lengths)).to(ids.device)
        x = self._normed(F.embedding(ids, self._words) + self._places[places], self._norm)
        runs = _runs(lengths)
        for layer in self._layers:
            attended = self._attend(self._linear(x, layer.qkv, layer.qkv_bias), runs)
            x = self._normed(x + self._linear(attended, layer.out, layer.out_bias), layer.norm)
            inner = self._gelu(x, layer.up, layer.up_bias)
            x = self._normed(x + self._linear(inner, layer.down, layer.down_bias), layer.last_norm)
        return self._normed(self._gelu(x, *self._transform), self._last_norm)

    def _normed(self, x: torch.Tensor, norm: _Norm) -> torch.Tensor:
        return F.layer_norm(x, (x.shape[-1],), norm.weight, norm.bias, self._eps)

    def _attend(self, qkv: torch.Tensor, runs: list[_Run]) -> torch.Tensor:
        """float32 [tokens, 3 x hidden] -> float32 [tokens, hidden]."""
        hidden = qkv.shape[1] // 3
        attended = qkv.new_empty(len(qkv), hidden)
        for run in runs:
            shape = (run.texts, run.length, 3, self._heads, hidden // self._heads)
            query, key, value = qkv[run.tokens].view(shape).permute(2, 0, 3, 1, 4)
            out = F.scaled_dot_product_attention(query, key, value)
            attended[run.tokens].view(run.texts, run.length, self._heads, -1).copy_(
                out.transpose(1, 2)
            )
        return attended


def _runs(lengths: npt.NDArray[np.int64]) -> list[_Run]:
    """Neighbouring texts of one length; packing has sorted them, so that there are few."""
    firsts = np.flatnonzero(np.diff(lengths, prepend=-1))
    counts = np.diff(np.append(firsts, len(lengths)))
    ends = np.cumsum(counts * lengths[firsts])
    return [
        _Run(int(count), int(length), slice(int(end - count * length), int(end)))
        for count, length, end in zip(counts, lengths[firsts], ends, strict=True)
    ]


def _norm(weights: dict[str, torch.Tensor], at: str) -> _Norm:
    return _Norm(weights[f"{at}.weight"], weights[f"{at}.bias"])


def _layer(weights: dict[str, torch.Tensor], at: str) -> _Layer:
    def joined(kind: str) -> torch.Tensor:
        parts = [weights[f"{at}.attention.self.{n}.{kind}"] for n in ("query", "key", "value")]
        return torch.cat(parts).contiguous()

    return _Layer(
        qkv=joined("weight"),
        qkv_bias=joined("bias"),
        out=weights[f"{at}.attention.output.dense.weight"],
        out_bias=weights[f"{at}.attention.output.dense.bias"],
        norm=_norm(weights, f"{at}.attention.output.LayerNorm"),
        up=weights[f"{at}.intermediate.dense.weight"],
        up_bias=weights[f"{at}.intermediate.dense.bias"],
        down=weights[f"{at}.output.dense.weight"],
        down_bias=weights[f"{at}.output.dense.bias"],
        last_norm=_norm(weights, f"{at}.output.LayerNorm"),
    )
