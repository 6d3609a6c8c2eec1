"""What sentence_bert_config.json may say of a transformer: a whitelist.

sentence-transformers passes every key of that file to its Transformer, which obeys it. A key that
is not honoured here is refused by name: it would change the vectors.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from harness.checkpoint.files import read_object
from harness.errors import InputError, UnsupportedModelError
from harness.system.foreign_files import is_file

_NAMES: Final = tuple(
    f"sentence_{kind}_config.json"
    for kind in ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
)
"""Names that sentence-transformers has given one and the same file over the years."""

_READ: Final = (
    "transformer_task",
    "max_seq_length",
    "query_length",
    "document_length",
    "do_lower_case",
    "module_output_name",
    "modality_config",
    "processor_kwargs",
    "tokenizer_args",
)
_HARMLESS: Final = ("unpad_inputs", "trust_remote_code")
"""The first changes no vector (padding left out); the second sentence-transformers drops itself."""

_OUTPUT: Final = {"fill-mask": "logits", "feature-extraction": "last_hidden_state"}
"""For each task that is understood, what the forward pass gives."""

_LEAST: Final = 3
"""Tokens: two special ones and one of the text."""


@dataclass(frozen=True)
class TransformerConfig:
    """A transformer's settings, as sentence-transformers keeps them beside config.json.

    Attributes:
        task: `fill-mask` (logits over the vocabulary) or `feature-extraction`.
        query_length, document_length: tokens kept of a text of that role; None: the tokenizer's.
        lowercase: texts are lower-cased before the tokenizer sees them.
    """

    task: str
    query_length: int | None
    document_length: int | None
    lowercase: bool


def read_transformer_config(folder: Path, module: str) -> TransformerConfig:
    """Read the settings of a transformer.

    Args:
        folder: of the transformer.
        module: its class; an `MLMTransformer` is for `fill-mask` where nothing else is said.

    Raises:
        InputError: a setting is malformed, or is one that changes vectors and is not honoured.
    """
    path = next((p for n in _NAMES if is_file(p := folder / n)), folder / _NAMES[0])
    config = read_object(path) if is_file(path) else {}
    other = [key for key, value in config.items() if value and key not in (*_READ, *_HARMLESS)]
    if other:
        raise UnsupportedModelError(
            f"{path}: {other[0][:80]!r} changes what sentence-transformers computes and is not "
            "evaluated here; take it out if the model does without."
        )
    default = "fill-mask" if module == "MLMTransformer" else "feature-extraction"
    task = config.get("transformer_task") or default
    if task not in _OUTPUT:
        raise UnsupportedModelError(
            f"{path}: transformer_task is {str(task)[:80]!r}; fill-mask gives SPLADE vectors."
        )
    _check_output(path, config, task)
    tokenizer = _tokenizer_length(path, config)
    length = tokenizer if tokenizer is not None else _whole(path, config, "max_seq_length")
    lowercase = config.get("do_lower_case") or False
    if not isinstance(lowercase, bool):
        raise InputError(f"{path}: do_lower_case is {str(lowercase)[:40]!r}; true or false.")
    by_role = [_whole(path, config, f"{role}_length") for role in ("query", "document")]
    query, document = (length if own is None else own for own in by_role)
    return TransformerConfig(task, query, document, lowercase)


def _check_output(path: Path, config: dict[str, Any], task: str) -> None:
    """Texts go through the forward pass, and what comes out are the token's vectors."""
    output = config.get("module_output_name") or "token_embeddings"
    if output != "token_embeddings":
        raise UnsupportedModelError(
            f"{path}: module_output_name is {str(output)[:80]!r}; token_embeddings is needed."
        )
    modalities = config.get("modality_config") or {}
    text = {"method": "forward", "method_output_name": _OUTPUT[task]}
    if modalities not in ({}, {"text": text}):
        chat = isinstance(modalities, dict) and "message" in modalities
        what = "texts are rendered as messages of a chat" if chat else "this is not supported"
        raise UnsupportedModelError(
            f"{path}: modality_config is more than text by the forward pass ({what}): only "
            f"{text} for text is evaluated."
        )


def _tokenizer_length(path: Path, config: dict[str, Any]) -> int | None:
    """The length that is given to the tokenizer instead: sentence-transformers' way since 5.4."""
    for name in ("processor_kwargs", "tokenizer_args"):
        nested = config.get(name) or {}
        if not isinstance(nested, dict):
            raise InputError(f"{path}: {name}, the arguments of the tokenizer, must be an object.")
        other = [k for k, v in nested.items() if v and k not in ("model_max_length", *_HARMLESS)]
        if other:
            raise UnsupportedModelError(
                f"{path}: {other[0][:80]!r} among the {name} changes what the tokenizer does and "
                "is not evaluated here."
            )
        length = _whole(path, nested, "model_max_length")
        if length is not None:
            return length
    return None


def _whole(path: Path, config: dict[str, Any], key: str) -> int | None:
    length = config.get(key)
    if length is None:
        return None
    if isinstance(length, bool) or not isinstance(length, int) or length < _LEAST:
        raise InputError(
            f"{path}: {key} is {repr(length)[:40]}; a whole number of {_LEAST} or more is needed."
        )
    return length
