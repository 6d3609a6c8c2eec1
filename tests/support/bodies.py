"""Tiny random masked language models whose every weight matters, norms and biases among them."""

from typing import Any

import torch
import transformers

VOCABULARY = 60
PAD_ID = 1

_SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": 200,
    "pad_token_id": PAD_ID,
    "bos_token_id": 0,
    "eos_token_id": 2,
    "layer_norm_eps": 1e-3,
}
_MODERN = {
    "local_attention": 10,
    "norm_eps": 1e-3,
    "cls_token_id": 0,
    "sep_token_id": 2,
    "global_attn_every_n_layers": 2,
}
_BIASES = {"attention_bias": True, "mlp_bias": True, "norm_bias": True, "classifier_bias": True}

FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "bert": ("Bert", {}),
    "bert, one type": ("Bert", {"type_vocab_size": 1}),
    "roberta": ("Roberta", {"type_vocab_size": 1}),
    "roberta, another padding id": ("Roberta", {"pad_token_id": 5}),
    "xlm-roberta": ("XLMRoberta", {"type_vocab_size": 1}),
    "camembert": ("Camembert", {"type_vocab_size": 1}),
    "electra": ("Electra", {"embedding_size": 32}),
    "electra, narrow": ("Electra", {"embedding_size": 16}),
    "distilbert": ("DistilBert", {}),
    "mpnet": ("MPNet", {}),
    "modernbert": ("ModernBert", _MODERN),
    "modernbert, biases": ("ModernBert", _MODERN | _BIASES),
    "modernbert, everywhere": ("ModernBert", _MODERN | {"global_attn_every_n_layers": 1}),
}
"""By name: transformers' name of the architecture, and what its config has beside the sizes."""


def shaken(family: str, **config: Any) -> torch.nn.Module:
    """A model without its vocabulary projection, every weight of which is random.

    Args:
        family: a key of FAMILIES.
        config: what its configuration says otherwise.
    """
    name, own = FAMILIES[family]
    given = _SIZES | own | config
    if name == "DistilBert":
        renamed = {"hidden_size": "dim", "num_hidden_layers": "n_layers"}
        renamed |= {"num_attention_heads": "n_heads", "intermediate_size": "hidden_dim"}
        given = {renamed.get(key, key): value for key, value in given.items()}
    torch.manual_seed(3)
    kind = getattr(transformers, f"{name}ForMaskedLM")
    model = kind(getattr(transformers, f"{name}Config")(**given)).eval().requires_grad_(False)
    for weight_name, weight in model.named_parameters():
        middle = 1.0 if weight.ndim == 1 and weight_name.endswith("weight") else 0.0
        weight.copy_(middle + 0.2 * torch.randn(weight.shape))
    projection = model.get_output_embeddings()
    for parent in list(model.modules()):
        for child_name, child in list(parent.named_children()):
            if child is projection:
                setattr(parent, child_name, torch.nn.Identity())
    return model


def alone(model: torch.nn.Module, text: torch.Tensor) -> torch.Tensor:
    """float32 [tokens, hidden] of one text by transformers, without any padding."""
    with torch.inference_mode():
        return model(input_ids=text[None]).logits[0]
