"""What hardly any model has, and sentence-transformers obeys: where silent faults would hide."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from sentence_transformers.base.modules import Normalize
from sentence_transformers.sparse_encoder.modules import Router, SpladePooling

from tests.support import models
from tests.support.zoo import Row
from tests.support.zoo.made import Make, change, changed, saved, splade, static, transformer
from tests.support.zoo.others import followed_by

_TRANSFORMER = "sentence_bert_config.json"


def tokenizer(edit: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    """What edits tokenizer.json."""

    def then(made: Path) -> None:
        path = made / "tokenizer.json"
        content = json.loads(path.read_text(encoding="utf-8"))
        edit(content)
        path.write_text(json.dumps(content), encoding="utf-8")

    return then


def typed(made: Path) -> None:
    """A tokenizer that tells the types of its tokens, as BERT's do, and tells the second one."""
    tokenizer(second_type)(made)
    names = ["input_ids", "token_type_ids", "attention_mask"]
    change(made / "tokenizer_config.json", model_input_names=names)


def second_type(content: dict[str, Any]) -> None:
    """Texts are of the second of the two token types."""
    for piece in content["post_processor"]["single"]:
        for part in piece.values():
            part["type_id"] = 1


def lowered_last(made: Path) -> None:
    """A normalizer that writes T as a word before it lower-cases, which is asked for once more."""

    def edit(content: dict[str, Any]) -> None:
        replace = {"type": "Replace", "pattern": {"String": "T"}, "content": "yeast "}
        steps = [replace, {"type": "Lowercase"}]
        content["normalizer"] = {"type": "Sequence", "normalizers": steps}

    tokenizer(edit)(made)
    change(made / _TRANSFORMER, do_lower_case=True)


def larger_table(tokenizer: Any) -> Any:
    """More weights than the vocabulary has entries."""
    module = static(tokenizer)
    module.weight = torch.nn.Parameter(torch.cat([module.weight.data, torch.ones(13)]))
    return module


def padded_documents(folder: Path) -> Path:
    """Documents of a padded vocabulary, queries of the tokenizer's."""
    body = transformer(folder, padded=13)
    router = Router.for_query_document([static(body.tokenizer)], [body, SpladePooling()])
    return saved(folder / "saved", router)


def larger_pair(folder: Path) -> Path:
    """Both of a padded vocabulary: sentence-transformers saves it and cannot load it."""
    body = transformer(folder, padded=13)
    router = Router.for_query_document([larger_table(body.tokenizer)], [body, SpladePooling()])
    return saved(folder / "saved", router)


def _token_embeddings(_: int) -> Normalize:
    return Normalize(module_input_name="token_embeddings")


def _typed(architecture: str, **settings: Any) -> Make:
    return splade(architecture, then=typed, **settings)


def _quantized(made: Path) -> None:
    quantization = {"quant_method": "bitsandbytes", "load_in_8bit": True}
    change(made / "config.json", quantization_config=quantization)


_TYPES = "token types other than 0"

ROWS = [
    *(
        Row(f"{name}, the second token type", "settings", _typed(name), refused=_TYPES, option=True)
        for name in ("Bert", "Electra")
    ),
    Row("the second token type, none in the model", "settings", _typed("DistilBert")),
    Row(
        "lower case after something else",
        "settings",
        splade("Bert", then=lowered_last),
    ),
    Row("a decoder", "settings", splade("Bert", config={"is_decoder": True})),
    Row(
        "more tokens than positions",
        "settings",
        splade("Bert", then=changed(_TRANSFORMER, max_seq_length=models.POSITIONS + 1)),
        refused="positions for 192",
    ),
    Row(
        "quantized",
        "foreign",
        splade("Bert", then=_quantized),
        refused="the model cannot be loaded",
        theirs="refuses",
    ),
    Row(
        "Normalize of something else",
        "normalize",
        followed_by(_token_embeddings),
        refused="'module_input_name' is not sentence_embedding",
        option=True,
    ),
    Row(
        "more weights than entries",
        "static",
        larger_pair,
        refused="1705 static weights and 1692 entries",
        theirs="refuses",
    ),
    Row(
        "documents of a padded vocabulary",
        "static",
        padded_documents,
        refused="dimensions",
        theirs="refuses",
    ),
    Row(
        "prompts of nothing",
        "settings",
        splade(
            "Bert",
            then=changed(
                "config_sentence_transformers.json",
                prompts={"query": None, "document": "the passage "},
                default_prompt_name="document",
            ),
        ),
    ),
]
