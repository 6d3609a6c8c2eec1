"""Models that are not a masked language model under SpladePooling, or not quite."""

from pathlib import Path
from typing import Any

import torch
from sentence_transformers.base.modules import Dense, Normalize
from sentence_transformers.sentence_transformer.modules import Pooling
from sentence_transformers.sparse_encoder.modules import (
    SparseAutoEncoder,
    SpladePooling,
    Transformer,
)
from transformers import GPT2Config, GPT2LMHeadModel, XLMRobertaConfig, XLMRobertaModel

from tests.support import models
from tests.support.zoo import Row
from tests.support.zoo.made import Make, bare, change, quiet, saved, splade, transformer


def csr(
    *, pooling: str = "mean", between: bool = False, normalize: bool = False, **encoder: Any
) -> Make:
    """A SparseAutoEncoder over a dense model."""

    def make(folder: Path) -> Path:
        place = bare(folder / "bare")
        with quiet():
            body = Transformer(str(place), transformer_task="feature-extraction")
        torch.manual_seed(5)
        head = SparseAutoEncoder(models.HIDDEN, 4 * models.HIDDEN, k=12, normalize=normalize)
        with torch.no_grad():
            head.encoder.weight.normal_(0, 0.3)
            head.pre_bias.normal_(0, 0.1)
            head.latent_bias.normal_(0, 0.1)
        norm = [Normalize()] if between else []
        return saved(
            folder / "saved", body, Pooling(models.HIDDEN, pooling), *norm, head, **encoder
        )

    return make


CSR = [
    Row("mean", "csr", csr()),
    Row("first token", "csr", csr(pooling="cls")),
    Row("mean, normalized", "csr", csr(between=True)),
    Row("standardised inside", "csr", csr(normalize=True)),
    Row("mean, 5 dims", "csr", csr(max_active_dims=5)),
    Row("mean, cosine", "csr", csr(similarity_fn_name="cosine")),
    Row("mean, prompts", "csr", csr(prompts={"query": "garlic: "})),
    Row("largest", "csr", csr(pooling="max")),
]


def followed_by(*modules: Any, **encoder: Any) -> Make:
    """Further modules behind SpladePooling."""

    def make(folder: Path) -> Path:
        body = transformer(folder)
        size = body.model.config.vocab_size
        after = (one(size) for one in modules)
        return saved(folder / "saved", body, SpladePooling(), *after, **encoder)

    return make


NORMALIZE = [
    Row("Bert, normalized", "normalize", followed_by(lambda _: Normalize())),
    Row(
        "Bert, normalized, 12 dims",
        "normalize",
        followed_by(lambda _: Normalize(), max_active_dims=12),
    ),
    Row(
        "a Dense layer behind",
        "normalize",
        followed_by(lambda size: Dense(size, 16)),
        refused="Dense",
    ),
]

BY_BATCH = [
    Row(name, "by batch", splade(name), refused="batch")
    for name in ("ConvBert", "FNet", "Nystromformer")
]


def _larger(made: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(made)
    tokenizer.add_tokens(["xylophonic", "quagmired"])
    tokenizer.save_pretrained(made)


LARGER = [
    Row(
        "two tokens more",
        "larger",
        splade("Bert", then=_larger),
        refused="they do not belong together",
    ),
]

DEBERTA = [
    Row(
        "DebertaV2, legacy=false",
        "deberta",
        splade("DebertaV2", config={"legacy": False}),
        refused="does more after its vocabulary projection",
    ),
]


def bge_m3(folder: Path) -> Path:
    """A dense encoder with weights for each token in a file of its own."""
    tokenizer = models.byte_pairs()
    torch.manual_seed(0)
    model = XLMRobertaModel(
        XLMRobertaConfig(
            vocab_size=len(tokenizer),
            hidden_size=models.HIDDEN,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=models.HIDDEN,
            max_position_embeddings=models.POSITIONS + 2,
        )
    )
    place = models.save(folder / "bare", model, tokenizer)
    head = torch.nn.Linear(models.HIDDEN, 1)
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
        n_embd=models.HIDDEN,
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


HEADS = [
    Row("BGE-M3", "another head", bge_m3, refused="sparse_linear.pt", awaits="zoo"),
    Row(
        "a dense encoder",
        "another head",
        dense,
        refused="is not a masked language model",
        theirs="refuses",
    ),
    Row("GPT-2", "causal", causal, refused="causal", awaits="zoo"),
    Row(
        "code beside the model",
        "remote",
        splade("Bert", then=remote),
        refused="needs its own Python code",
        theirs="refuses",
    ),
]

ROWS = [*CSR, *NORMALIZE, *BY_BATCH, *LARGER, *DEBERTA, *HEADS]
