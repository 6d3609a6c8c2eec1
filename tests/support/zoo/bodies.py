"""Tiny masked language models of every architecture that people train sparse encoders on."""

import re
from collections.abc import Callable
from typing import Any

import torch
import transformers
from transformers import PreTrainedTokenizerFast

from tests.support import models

_SIZES = {
    "hidden_size": models.HIDDEN,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 2 * models.HIDDEN,
    "max_position_embeddings": models.POSITIONS,
    "initializer_range": 0.2,
}
_EMBEDDED = {"embedding_size": models.HIDDEN}
_PADDED_FIRST = {"max_position_embeddings": models.POSITIONS + 2, "type_vocab_size": 1}
"""RoBERTa's kind numbers its positions from the padding token's id on, which is 1."""

_DISENTANGLED = {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "type_vocab_size": 0}
_OWN: dict[str, dict[str, Any]] = {
    "Albert": _EMBEDDED | {"hidden_dropout_prob": 0, "attention_probs_dropout_prob": 0},
    "Camembert": _PADDED_FIRST,
    "ConvBert": _EMBEDDED,
    "Deberta": _DISENTANGLED | {"legacy": True},
    "DebertaV2": _DISENTANGLED | {"legacy": True, "position_buckets": 32, "share_att_key": True},
    "Electra": _EMBEDDED,
    "EuroBert": {"tie_word_embeddings": False, "num_key_value_heads": 4},
    "ModernBert": {"local_attention": 8, "global_attn_every_n_layers": 2},
    "MPNet": _PADDED_FIRST,
    "Roberta": _PADDED_FIRST,
    "XLMRoberta": _PADDED_FIRST,
}
_TRANSFORM = re.compile(r"(cls|head|predictions|lm_predictions)\b")


def masked_lm(
    architecture: str,
    *,
    seed: int = 0,
    length: int = 40,
    padded: int = 0,
    **config: Any,
) -> tuple[torch.nn.Module, PreTrainedTokenizerFast]:
    """A model of `transformers.{architecture}ForMaskedLM` and its tokenizer.

    Random, but a text activates its own words first and about 2 % of the dimensions are active.

    Args:
        architecture: transformers' name of it.
        seed: of the weights.
        length: of the tokenizer.
        padded: entries of the vocabulary that the tokenizer does not have.
        config: what the configuration says beside the sizes.
    """
    pairs = architecture in ("Roberta", "XLMRoberta", "Camembert", "ModernBert", "EuroBert")
    tokenizer = (models.byte_pairs if pairs or architecture == "MPNet" else models.word_pieces)(
        length
    )
    if architecture == "DistilBert":
        return models.distilbert(tokenizer, seed), tokenizer
    special = {
        f"{name}_token_id": getattr(tokenizer, f"{name}_token_id")
        for name in ("pad", "bos", "eos", "cls", "sep", "mask")
        if getattr(tokenizer, f"{name}_token_id") is not None
    }
    given = (
        _SIZES
        | {"vocab_size": len(tokenizer) + padded}
        | special
        | _OWN.get(architecture, {})
        | config
    )
    torch.manual_seed(seed)
    model = getattr(transformers, f"{architecture}ForMaskedLM")(
        getattr(transformers, f"{architecture}Config")(**given)
    )
    if config.get("tie_word_embeddings") is False:
        with torch.no_grad():
            own = model.get_input_embeddings().weight
            model.get_output_embeddings().weight.copy_(own + 0.02 * torch.randn(own.shape))
    if architecture == "EuroBert":
        return without_bias(model, tokenizer), tokenizer
    if config.get("legacy") is False:
        # transformers gives the layer in front of it for the projection, which has no layer.
        model.get_output_embeddings = lambda: model.lm_predictions.lm_head
        made = models.sparse(model, transform_of(model), tokenizer)
        del model.get_output_embeddings
        return made, tokenizer
    return models.sparse(model, transform_of(model), tokenizer), tokenizer


def transform_of(model: torch.nn.Module) -> torch.nn.Linear:
    """The layer in front of the vocabulary projection."""
    square = (models.HIDDEN, models.HIDDEN)
    return [
        module
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear)
        and module.weight.shape == square
        and _TRANSFORM.search(name)
    ][-1]


def without_bias(model: Any, tokenizer: PreTrainedTokenizerFast) -> torch.nn.Module:
    """A projection without a bias: the first of the dimensions is kept large and counts against."""
    model.eval().requires_grad_(False)
    embeddings = model.get_input_embeddings().weight
    embeddings[:, 0] = 3.0
    for name, weight in model.named_parameters():
        if name.endswith(("o_proj.weight", "down_proj.weight")):
            weight.mul_(0.2)
    weight = model.get_output_embeddings().weight
    weight.copy_(embeddings).add_(0.02 * torch.randn(weight.shape))
    weight[:, 0] = 0
    _lower(model, tokenizer, weight[:, 0].sub_)
    return model


def _lower(
    model: Any, tokenizer: PreTrainedTokenizerFast, subtract: Callable[[float], Any]
) -> None:
    """Subtract until about 2 % of the dimensions are active."""
    encoded = tokenizer(
        list(models.texts()[:60]), padding=True, truncation=True, return_tensors="pt"
    )
    ids, mask = encoded["input_ids"], encoded["attention_mask"]
    for _ in range(40):
        logits = model(input_ids=ids, attention_mask=mask).logits
        largest = logits.masked_fill(mask[:, :, None] == 0, -torch.inf).amax(1)
        if (largest > 0).float().mean() <= models.SHARE:
            return
        subtract(0.1)
