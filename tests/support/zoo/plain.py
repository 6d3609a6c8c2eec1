"""Masked language models under SpladePooling: bodies, layouts, files and settings."""

import json
from pathlib import Path
from typing import Any

import torch
from sentence_transformers.sparse_encoder.modules import SpladePooling
from transformers import AutoModelForMaskedLM

from tests.support.zoo import Row
from tests.support.zoo.made import bare, change, changed, loaded, saved, splade

_BODIES = (
    "Bert",
    "DistilBert",
    "Roberta",
    "XLMRoberta",
    "Camembert",
    "ModernBert",
    "EuroBert",
    "Electra",
    "Deberta",
    "DebertaV2",
    "MPNet",
    "Albert",
    "NomicBert",
)
_PROMPTS = {"query": "what is asked: ", "document": "the passage "}


def sharded(folder: Path) -> Path:
    """Weights in several files with an index."""
    made = splade("Bert")(folder)
    model = AutoModelForMaskedLM.from_pretrained(made)
    (made / "model.safetensors").unlink()
    model.save_pretrained(made, max_shard_size="40KB")
    assert len(list(made.glob("model-*.safetensors"))) > 2
    return made


def older_name(made: Path) -> None:
    """The transformer's settings in a file that is named after the architecture."""
    (made / "sentence_bert_config.json").rename(made / "sentence_roberta_config.json")


def tokenizer_with(part: str, value: Any) -> Any:
    """What changes a part of tokenizer.json."""

    def then(made: Path) -> None:
        path = made / "tokenizer.json"
        content = json.loads(path.read_text(encoding="utf-8")) | {part: value}
        path.write_text(json.dumps(content), encoding="utf-8")

    return then


def stored_as(dtype: torch.dtype, architecture: str = "Bert") -> Any:
    """A model whose weights are stored in fewer bits."""

    def make(folder: Path) -> Path:
        body = loaded(bare(folder / "bare", architecture))
        body.model.to(dtype)
        return saved(folder / "saved", body, SpladePooling())

    return make


_TRANSFORMER = "sentence_bert_config.json"
_CUT = {"max_length": 20, "direction": "Right", "strategy": "LongestFirst", "stride": 0}

LAYOUTS = [
    *(Row(name, "splade", splade(name)) for name in _BODIES),
    *(
        Row(f"{name}, all of its positions", "splade", splade(name, config={"length": 192}))
        for name in ("Bert", "Roberta", "ModernBert")
    ),
    Row("Bert, files of version 5.1", "splade", splade("Bert", old=True)),
    Row(
        "Roberta, files of version 5.1 under an older name",
        "splade",
        splade("Roberta", old=True, settings={"max_seq_length": 24}, then=older_name),
    ),
    Row("Bert, bare", "bare", lambda folder: bare(folder / "bare")),
    Row("Roberta, bare", "bare", lambda folder: bare(folder / "bare", "Roberta")),
    Row("ModernBert, bare", "bare", lambda folder: bare(folder / "bare", "ModernBert")),
    Row("several files", "files", sharded),
    Row("untied", "files", splade("Bert", config={"tie_word_embeddings": False})),
    Row("a padded vocabulary", "files", splade("Bert", config={"padded": 13})),
]

SETTINGS = [
    Row("prompts", "settings", splade("Bert", prompts=_PROMPTS)),
    Row(
        "prompts of other names",
        "settings",
        splade("Bert", prompts={"passage": "the passage "}, default_prompt_name="passage"),
    ),
    Row("12 dims", "settings", splade("Bert", max_active_dims=12)),
    Row("sum", "settings", splade("Bert", pooling=("sum", "relu"))),
    Row("log1p_relu", "settings", splade("Bert", pooling=("max", "log1p_relu"))),
    Row(
        "chunks",
        "settings",
        splade("Bert", then=changed("1_SpladePooling/config.json", chunk_size=7)),
    ),
    Row("16 tokens", "settings", splade("Roberta", settings={"max_seq_length": 16})),
    Row("the tokenizer's own 24 tokens", "settings", splade("Bert", config={"length": 24})),
    Row(
        "no length but the positions",
        "settings",
        splade("Bert", then=changed("tokenizer_config.json", model_max_length=10**30)),
    ),
    Row(
        "lower case", "settings", splade("Roberta", then=changed(_TRANSFORMER, do_lower_case=True))
    ),
    Row(
        "lower case, saved in the tokenizer",
        "settings",
        splade("Roberta", settings={"do_lower_case": True}),
    ),
    Row(
        "model_max_length for the tokenizer",
        "settings",
        splade(
            "Bert",
            then=changed("sentence_bert_config.json", processor_kwargs={"model_max_length": 18}),
        ),
    ),
    Row(
        "model_max_length under its older name",
        "settings",
        splade(
            "Bert",
            then=changed("sentence_bert_config.json", tokenizer_args={"model_max_length": 18}),
        ),
    ),
    Row(
        "everything at once",
        "settings",
        splade(
            "Bert",
            pooling=("sum", "log1p_relu"),
            prompts=_PROMPTS,
            max_active_dims=20,
            settings={"max_seq_length": 24},
        ),
    ),
    Row(
        "cut on the left",
        "settings",
        splade(
            "Bert",
            then=changed("tokenizer_config.json", truncation_side="left", model_max_length=20),
        ),
    ),
    Row(
        "a cut in tokenizer.json",
        "settings",
        splade("Bert", then=tokenizer_with("truncation", _CUT)),
    ),
    Row(
        "padding left out",
        "settings",
        splade("Bert", then=changed("sentence_bert_config.json", unpad_inputs=True)),
    ),
]

STORED = [
    Row(
        f"{name} in {told}",
        "stored",
        stored_as(dtype, name),
        theirs_with={"model_kwargs": {"dtype": "float32"}},
        alarm=told,
    )
    for name, dtype, told in (
        ("Bert", torch.bfloat16, "bfloat16"),
        ("Roberta", torch.bfloat16, "bfloat16"),
        ("ModernBert", torch.float16, "float16"),
    )
]


def pickled(folder: Path) -> Path:
    """Weights only in pytorch_model.bin, as many were saved before 2023."""
    made = splade("Bert")(folder)
    model = AutoModelForMaskedLM.from_pretrained(made)
    torch.save(model.state_dict(), made / "pytorch_model.bin")
    (made / "model.safetensors").unlink()
    return made


PICKLED = [
    Row("a pickle", "pickled", pickled, refused="--weights pytorch_model.bin"),
    Row(
        "a pickle that is asked for",
        "pickled",
        pickled,
        machine={"weights": "pytorch_model.bin"},
    ),
]


def padded_left(architecture: str) -> Any:
    """A tokenizer that pads on the left."""

    def then(made: Path) -> None:
        change(made / "tokenizer_config.json", padding_side="left")

    return splade(architecture, then=then)


PADDED_LEFT = [
    *(
        Row(f"{name}, padded left", "left", padded_left(name))
        for name in ("EuroBert", "ModernBert", "NomicBert")
    ),
    Row(
        "Bert, padded left",
        "left",
        padded_left("Bert"),
        refused="batches up on the left",
        option=True,
    ),
    Row("Roberta, padded left", "left", padded_left("Roberta")),
]

ROWS = [*LAYOUTS, *SETTINGS, *STORED, *PICKLED, *PADDED_LEFT]
