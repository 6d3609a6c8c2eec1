"""BERT (Devlin et al. 2019, arXiv 1810.04805) and those that differ in names and positions.

RoBERTa (arXiv 1907.11692), XLM-R (1911.02116) and CamemBERT (1911.03894) count their positions
after the padding id. ELECTRA (2003.10555) may have narrower embeddings, and predicts from those.
"""

from typing import Any, NamedTuple

import torch

from harness.encoder.packed.layers import NamedWeights
from harness.encoder.packed.post_norm import Embeddings, PostNormBody, PostNormLayer
from harness.encoder.products import Products


class Names(NamedTuple):
    """Where an architecture keeps its parts.

    Attributes:
        body: the encoder.
        dense, norm: in front of the vocabulary projection.
        after_padding: whether positions are counted after the padding id.
    """

    body: str
    dense: str
    norm: str
    after_padding: bool = False


BERT = Names("bert", "cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm")
ROBERTA = Names("roberta", "lm_head.dense", "lm_head.layer_norm", after_padding=True)
ELECTRA = Names("electra", "generator_predictions.dense", "generator_predictions.LayerNorm")


def read_bert(model: torch.nn.Module, products: Products, names: Names) -> PostNormBody:
    """The packed body of a model whose config is understood; a KeyError where a weight is not."""
    config: Any = model.config
    weights, eps = NamedWeights(model, products), float(config.layer_norm_eps)
    at = f"{names.body}.embeddings"
    project = f"{names.body}.embeddings_project"
    types = weights[f"{at}.token_type_embeddings.weight"]
    embeddings = Embeddings(
        words=weights[f"{at}.word_embeddings.weight"],
        places=weights[f"{at}.position_embeddings.weight"] + types[0],
        pad_id=int(config.pad_token_id) if names.after_padding else None,
        norm=weights.norm(f"{at}.LayerNorm", eps),
        project=weights.linear(project) if f"{project}.weight" in weights else None,
    )
    return PostNormBody(
        embeddings=embeddings,
        layers=tuple(
            _layer(weights, f"{names.body}.encoder.layer.{number}", eps)
            for number in range(int(config.num_hidden_layers))
        ),
        transform=weights.linear(names.dense),
        norm=weights.norm(names.norm, eps),
        heads=int(config.num_attention_heads),
    )


def _layer(weights: NamedWeights, at: str, eps: float) -> PostNormLayer:
    attention = f"{at}.attention"
    return PostNormLayer(
        qkv=weights.linear(*(f"{attention}.self.{part}" for part in ("query", "key", "value"))),
        out=weights.linear(f"{attention}.output.dense"),
        norm=weights.norm(f"{attention}.output.LayerNorm", eps),
        up=weights.linear(f"{at}.intermediate.dense"),
        down=weights.linear(f"{at}.output.dense"),
        last_norm=weights.norm(f"{at}.output.LayerNorm", eps),
    )
