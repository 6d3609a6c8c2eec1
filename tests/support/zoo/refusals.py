"""What the files of a checkpoint may say that is not done here: refused by name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.zoo import Row, Theirs
from tests.support.zoo.made import Make, bare, change, changed, read, splade, write

_TRANSFORMER = "sentence_bert_config.json"
_MODEL = "config_sentence_transformers.json"
_TEMPLATE = "{% for message in messages %}{{ message['content'] }} yeast{% endfor %}"
_TEXT = {"method": "forward", "method_output_name": "logits"}


def _says(**values: Any) -> Make:
    return splade("Bert", then=changed(_TRANSFORMER, **values))


def _obeyed(key: str, value: Any, theirs: Theirs = "evaluates", words: str = "") -> Row:
    words = words or f"'{key}'"
    make = _says(**{key: value})
    return Row(key, "obeyed", make, refused=words, option=True, theirs=theirs)


OBEYED = [
    _obeyed("processing_kwargs", {"text": {"max_length": 8}}),
    _obeyed("processor_kwargs", {"truncation_side": "left"}, words="'truncation_side' among"),
    _obeyed("tokenizer_args", {"truncation_side": "left"}, words="'truncation_side' among"),
    _obeyed("model_kwargs", {"attn_implementation": "eager"}),
    _obeyed("model_args", {"attn_implementation": "eager"}),
    _obeyed("config_kwargs", {"num_hidden_layers": 1}),
    _obeyed("config_args", {"num_hidden_layers": 1}),
    _obeyed("query_expansion", {"strategy": "fixed", "length": 32, "attend": True}),
    _obeyed("tokenizer_name_or_path", "bert-base-uncased", theirs="refuses"),
    _obeyed("made_up", 1, theirs="refuses"),
    Row(
        "another module_output_name",
        "obeyed",
        _says(module_output_name="sentence_embedding"),
        refused="module_output_name is 'sentence_embedding'",
        option=True,
        theirs="refuses",
    ),
    Row(
        "another output of the model",
        "obeyed",
        _says(modality_config={"text": {"method": "forward", "method_output_name": "x"}}),
        refused="modality_config is more than text",
        option=True,
        theirs="refuses",
    ),
]


def without_task(made: Path) -> None:
    """A file that names no task: the class Transformer then extracts features."""
    for key in ("transformer_task", "modality_config", "module_output_name"):
        change(made / _TRANSFORMER, **{key: None})


def without_file(made: Path) -> None:
    """No settings of the transformer at all."""
    (made / _TRANSFORMER).unlink()


TASK = [
    Row(
        "no task",
        "task",
        splade("Bert", then=without_task),
        refused="transformer_task is 'feature-extraction'",
        option=True,
    ),
    Row(
        "no file",
        "task",
        splade("Bert", then=without_file),
        refused="transformer_task is 'feature-extraction'",
        option=True,
    ),
    Row(
        "sequence-classification",
        "task",
        _says(transformer_task="sequence-classification"),
        refused="transformer_task is 'sequence-classification'",
        option=True,
        theirs="refuses",
    ),
]


def _with_template(made: Path) -> Path:
    (made / "chat_template.jinja").write_text(_TEMPLATE, encoding="utf-8")
    return made


def _message(made: Path) -> None:
    _with_template(made)
    message = {"text": _TEXT, "message": _TEXT | {"format": "flat"}}
    change(made / _TRANSFORMER, modality_config=message, module_output_name="token_embeddings")


def _template_in_tokenizer(made: Path) -> None:
    change(made / "tokenizer_config.json", chat_template=_TEMPLATE)


CHAT = [
    Row(
        "rendered as messages",
        "chat",
        splade("Bert", then=_message),
        refused="messages of a chat",
        option=True,
    ),
    Row(
        "a template, bare",
        "chat",
        lambda folder: _with_template(bare(folder / "bare")),
        refused="chat template",
        option=True,
    ),
    Row("a template that text goes around", "chat", splade("Bert", then=_with_template)),
    Row(
        "a template, files of version 5.1",
        "chat",
        splade("Bert", old=True, then=_with_template),
    ),
    Row(
        "a template in the tokenizer's settings that text goes around",
        "chat",
        splade("Bert", then=_template_in_tokenizer),
    ),
]


def _type(value: str | None) -> Make:
    return splade("Bert", then=changed(_MODEL, model_type=value))


def _no_model_config(made: Path) -> None:
    (made / _MODEL).unlink()


NO_ENCODER = [
    Row(
        "a SentenceTransformer",
        "no encoder",
        _type("SentenceTransformer"),
        refused="model_type",
        theirs="refuses",
    ),
    Row("a CrossEncoder", "no encoder", _type("CrossEncoder"), refused="model_type"),
    Row(
        "no model_type",
        "no encoder",
        _type(None),
        refused="no model_type says",
        theirs="refuses",
    ),
    Row(
        "no settings of the model",
        "no encoder",
        splade("Bert", then=_no_model_config),
        refused="config_sentence_transformers.json: no model_type says",
        theirs="refuses",
    ),
]


def _class(kind: str) -> Callable[[Path], None]:
    def then(made: Path) -> None:
        modules = read(made / "modules.json")
        modules[0]["type"] = kind
        write(made / "modules.json", modules)

    return then


def _adapter(made: Path) -> None:
    write(made / "adapter_config.json", {"peft_type": "LORA", "base_model_name_or_path": "x"})


FOREIGN = [
    Row(
        "a foreign class",
        "foreign",
        splade("Bert", then=_class("my_package.Encoder")),
        refused="'my_package.Encoder'",
        theirs="refuses",
    ),
    Row(
        "an adapter",
        "foreign",
        splade("Bert", then=_adapter),
        refused="adapter_config.json",
        theirs="refuses",
    ),
]

ROWS = [*OBEYED, *TASK, *CHAT, *NO_ENCODER, *FOREIGN]
