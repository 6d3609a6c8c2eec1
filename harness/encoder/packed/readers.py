"""Readers: an architecture of transformers, its weights and settings, into a packed body.

Each names the settings that change the arithmetic and the values that it understands.
"""

import math
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any, Final

import torch

from harness.encoder import Products
from harness.encoder.packed.parts import NotUnderstoodError, Parts
from harness.encoder.packed.post_norm import PostNormBody, PostNormLayer

_BERT: Final[Mapping[str, object]] = {
    "hidden_act": "gelu",
    "position_embedding_type": "absolute",
    "is_decoder": False,
    "add_cross_attention": False,
}


def read_bert(model: torch.nn.Module, products: Products) -> PostNormBody:
    """BERT (arXiv 1810.04805).

    Raises:
        NotUnderstoodError: a setting is not known here.
    """
    parts = Parts(model, products)
    parts.require(_BERT)
    at = "cls.predictions.transform"
    return PostNormBody(
        **_bert_like(parts, "bert", model.config),
        transform=parts.linear(f"{at}.dense", gelu=True),
        last_norm=parts.norm(f"{at}.LayerNorm"),
    )


def read_electra(model: torch.nn.Module, products: Products) -> PostNormBody:
    """ELECTRA's generator (arXiv 2003.10555): BERT whose embeddings may be narrower.

    Raises:
        NotUnderstoodError: a setting is not known here.
    """
    parts = Parts(model, products)
    config: Any = model.config
    parts.require(_BERT)
    narrow = config.embedding_size != config.hidden_size
    return PostNormBody(
        **_bert_like(parts, "electra", config)
        | ({"project": parts.linear("electra.embeddings_project")} if narrow else {}),
        transform=parts.linear("generator_predictions.dense", gelu=True),
        last_norm=parts.norm("generator_predictions.LayerNorm"),
    )


def read_roberta(model: torch.nn.Module, products: Products) -> PostNormBody:
    """RoBERTa, XLM-R and CamemBERT (arXiv 1907.11692): BERT that counts positions otherwise.

    Raises:
        NotUnderstoodError: a setting is not known here.
    """
    parts = Parts(model, products)
    config: Any = model.config
    parts.require(_BERT)
    if config.pad_token_id is None:
        raise NotUnderstoodError("no pad_token_id")
    return PostNormBody(
        **_bert_like(parts, "roberta", config),
        transform=parts.linear("lm_head.dense", gelu=True),
        last_norm=parts.norm("lm_head.layer_norm"),
        pad_id=int(config.pad_token_id),
    )


def _bert_like(parts: Parts, root: str, config: Any) -> dict[str, Any]:  # noqa: ANN401
    """Embeddings and layers under the names that BERT gave them."""
    at = f"{root}.embeddings"
    types = parts.table(f"{at}.token_type_embeddings")
    return {
        "words": parts.table(f"{at}.word_embeddings"),
        "positions": parts.table(f"{at}.position_embeddings") + types[0],
        "norm": parts.norm(f"{at}.LayerNorm"),
        "project": None,
        "layers": tuple(
            _bert_layer(parts, f"{root}.encoder.layer.{n}") for n in range(config.num_hidden_layers)
        ),
        "heads": int(config.num_attention_heads),
    }


def _bert_layer(parts: Parts, at: str) -> PostNormLayer:
    return PostNormLayer(
        qkv=parts.joined(*(f"{at}.attention.self.{name}" for name in ("query", "key", "value"))),
        out=parts.linear(f"{at}.attention.output.dense"),
        norm=parts.norm(f"{at}.attention.output.LayerNorm"),
        up=parts.linear(f"{at}.intermediate.dense", gelu=True),
        down=parts.linear(f"{at}.output.dense"),
        last_norm=parts.norm(f"{at}.output.LayerNorm"),
    )


def read_distilbert(model: torch.nn.Module, products: Products) -> PostNormBody:
    """DistilBERT (arXiv 1910.01108): BERT without types of tokens.

    Raises:
        NotUnderstoodError: a setting is not known here.
    """
    parts = Parts(model, products)
    config: Any = model.config
    parts.require({"activation": "gelu"})

    def layer(at: str) -> PostNormLayer:
        return PostNormLayer(
            qkv=parts.joined(*(f"{at}.attention.{name}_lin" for name in "qkv")),
            out=parts.linear(f"{at}.attention.out_lin"),
            norm=parts.norm(f"{at}.sa_layer_norm"),
            up=parts.linear(f"{at}.ffn.lin1", gelu=True),
            down=parts.linear(f"{at}.ffn.lin2"),
            last_norm=parts.norm(f"{at}.output_layer_norm"),
        )

    at = "distilbert.embeddings"
    layers = range(config.n_layers)
    return PostNormBody(
        words=parts.table(f"{at}.word_embeddings"),
        positions=parts.table(f"{at}.position_embeddings"),
        norm=parts.norm(f"{at}.LayerNorm"),
        project=None,
        layers=tuple(layer(f"distilbert.transformer.layer.{n}") for n in layers),
        transform=parts.linear("vocab_transform", gelu=True),
        last_norm=parts.norm("vocab_layer_norm"),
        heads=int(config.n_heads),
    )


def read_mpnet(model: torch.nn.Module, products: Products) -> PostNormBody:
    """MPNet (arXiv 2004.09297): RoBERTa's positions, and T5's bias by distance in attention.

    Raises:
        NotUnderstoodError: a setting is not known here.
    """
    parts = Parts(model, products)
    config: Any = model.config
    parts.require({"hidden_act": "gelu", "relative_attention_num_buckets": _BUCKETS})

    def layer(at: str) -> PostNormLayer:
        return PostNormLayer(
            qkv=parts.joined(*(f"{at}.attention.attn.{name}" for name in "qkv")),
            out=parts.linear(f"{at}.attention.attn.o"),
            norm=parts.norm(f"{at}.attention.LayerNorm"),
            up=parts.linear(f"{at}.intermediate.dense", gelu=True),
            down=parts.linear(f"{at}.output.dense"),
            last_norm=parts.norm(f"{at}.output.LayerNorm"),
        )

    at = "mpnet.embeddings"
    layers = range(config.num_hidden_layers)
    bias = parts.table("mpnet.encoder.relative_attention_bias")
    return PostNormBody(
        words=parts.table(f"{at}.word_embeddings"),
        positions=parts.table(f"{at}.position_embeddings"),
        norm=parts.norm(f"{at}.LayerNorm"),
        project=None,
        layers=tuple(layer(f"mpnet.encoder.layer.{n}") for n in layers),
        transform=parts.linear("lm_head.dense", gelu=True),
        last_norm=parts.norm("lm_head.layer_norm"),
        heads=int(config.num_attention_heads),
        pad_id=1,  # written into transformers' MPNet, whatever config.json says
        distances=lru_cache(16)(partial(_by_distance, bias)),
    )


_BUCKETS: Final = 32
FARTHEST: Final = 128
"""Tokens; what lies farther away shares the last bucket of its side."""


def _by_distance(bias: torch.Tensor, length: int) -> torch.Tensor:
    """T5's bias (arXiv 1910.10683, 2.1): one number for each head and bucket of distances.

    Half of the buckets are for each side; of those half hold one distance each, and the others
    grow with its logarithm.

    Args:
        bias: float32 [buckets, heads].
        length: of a text.

    Returns:
        float32 [heads, length, length].
    """
    side, single = _BUCKETS // 2, _BUCKETS // 4
    at = torch.arange(length, device=bias.device)
    ahead = at - at[:, None]
    far = ahead.abs()
    grown = torch.log(far.float() / single) / math.log(FARTHEST / single) * (side - single)
    large = (single + grown.clamp_min(0).long()).clamp_max(side - 1)
    bucket = torch.where(far < single, far, large) + side * (ahead > 0)
    return bias[bucket].permute(2, 0, 1).contiguous()
