"""Models that are no masked language model at all: refused by what they are."""

from pathlib import Path

import torch
from transformers import GPT2Config, GPT2LMHeadModel, XLMRobertaConfig, XLMRobertaModel

from tests.support import models
from tests.support.zoo import Row
from tests.support.zoo.made import change, splade

_DENSE = 64
"""Of so many dimensions sentence-transformers makes a sparse encoder with random weights."""


def bge_m3(folder: Path) -> Path:
    """A dense encoder with weights for each token in a file of its own."""
    tokenizer = models.byte_pairs()
    torch.manual_seed(0)
    model = XLMRobertaModel(
        XLMRobertaConfig(
            vocab_size=len(tokenizer),
            hidden_size=_DENSE,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=_DENSE,
            max_position_embeddings=models.POSITIONS + 2,
        )
    )
    place = models.save(folder / "bare", model, tokenizer)
    head = torch.nn.Linear(_DENSE, 1)
    torch.save(head.state_dict(), place / "sparse_linear.pt")
    return place


def dense(folder: Path) -> Path:
    """A dense encoder without a vocabulary head."""
    place = bge_m3(folder)
    (place / "sparse_linear.pt").unlink()
    return place


def causal(folder: Path) -> Path:
    """A language model that reads from left to right."""
    tokenizer = models.byte_pairs()
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_embd=_DENSE,
        n_layer=2,
        n_head=4,
        n_positions=192,
        bos_token_id=0,
        eos_token_id=2,
    )
    return models.save(folder / "bare", GPT2LMHeadModel(config), tokenizer)


def remote(made: Path) -> None:
    """A configuration that names Python code beside it."""
    change(
        made / "config.json",
        model_type="new_kind",
        auto_map={
            "AutoConfig": "configuration.NewConfig",
            "AutoModelForMaskedLM": "modeling.NewForMaskedLM",
        },
    )
    (made / "configuration.py").write_text("raise SystemExit('ran')\n", encoding="utf-8")
    (made / "modeling.py").write_text("raise SystemExit('ran')\n", encoding="utf-8")


ROWS = [
    Row("BGE-M3", "another head", bge_m3, refused="BGE-M3's heads (sparse_linear.pt)"),
    Row(
        "a dense encoder",
        "another head",
        dense,
        refused="an encoder without a head, as dense models are",
    ),
    Row("GPT-2", "causal", causal, refused="a causal language model"),
    Row(
        "code beside the model",
        "remote",
        splade("Bert", then=remote),
        refused="needs its own Python code",
        theirs="refuses",
    ),
]
