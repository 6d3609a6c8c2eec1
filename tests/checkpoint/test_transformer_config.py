"""The whitelist of sentence_bert_config.json: honoured, or refused by name."""

import inspect
import json

import pytest
from sentence_transformers.base.modules import Transformer

from harness.checkpoint.transformer_config import (
    _HARMLESS,
    _READ,
    TransformerConfig,
    read_transformer_config,
)
from harness.errors import InputError


def read(folder, module="MLMTransformer", **content):
    (folder / "sentence_bert_config.json").write_text(json.dumps(content))
    return read_transformer_config(folder, module)


def test_what_sentence_transformers_itself_writes_is_understood(tmp_path):
    text = {"method": "forward", "method_output_name": "logits"}
    found = read(
        tmp_path,
        "Transformer",
        transformer_task="fill-mask",
        modality_config={"text": text},
        module_output_name="token_embeddings",
        unpad_inputs=False,
        query_expansion=None,
        processing_kwargs={},
    )
    assert found == TransformerConfig("fill-mask", None, None, False)


def test_a_length_of_a_role_goes_before_the_length_of_all(tmp_path):
    config = {"max_seq_length": 50, "document_length": 700}
    assert read(tmp_path, **config) == TransformerConfig("fill-mask", 50, 700, False)


def test_a_transformer_is_for_vectors_where_nothing_is_said(tmp_path):
    assert read(tmp_path, "Transformer").task == "feature-extraction"
    assert read_transformer_config(tmp_path / "none", "MLMTransformer").task == "fill-mask"


CHAT = {
    "text": {"method": "forward", "method_output_name": "logits"},
    "message": {"method": "forward", "method_output_name": "logits"},
}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("processing_kwargs", {"text": {"max_length": 8}}),
        ("query_expansion", {"strategy": "fixed", "length": 32}),
        ("model_kwargs", {"attn_implementation": "eager"}),
        ("model_args", {"dtype": "bfloat16"}),
        ("config_kwargs", {"num_hidden_layers": 1}),
        ("config_args", {"num_hidden_layers": 1}),
        ("tokenizer_name_or_path", "bert-base-uncased"),
        ("backend", "onnx"),
        ("what_nobody_knows", 1),
        ("processor_kwargs", {"truncation_side": "left"}),
        ("tokenizer_args", {"do_lower_case": True, "model_max_length": 8}),
        ("module_output_name", "sentence_embedding"),
        ("modality_config", CHAT),
        ("modality_config", {"text": {"method": "forward", "method_output_name": "loss"}}),
        ("modality_config", ["text"]),
        ("transformer_task", "text-generation"),
        ("query_length", 2),
        ("document_length", True),
        ("do_lower_case", "yes"),
    ],
)
def test_what_is_not_honoured_is_refused_by_name(tmp_path, key, value):
    with pytest.raises(InputError) as caught:
        read(tmp_path, **{key: value})
    named = {*value} - {"model_max_length"} if key.endswith(("r_kwargs", "r_args")) else {key}
    assert any(one in str(caught.value) for one in named)
    assert "sentence_bert_config.json" in str(caught.value)


def test_every_setting_of_sentence_transformers_is_in_the_whitelist_or_refused(tmp_path):
    """A setting that a later version adds makes this test say so."""
    settings = {*inspect.signature(Transformer.__init__).parameters} - {
        "self",
        "model_name_or_path",
    }
    refused = settings - {*_READ, *_HARMLESS}
    assert refused == {
        "model_kwargs",
        "config_kwargs",
        "processing_kwargs",
        "backend",
        "query_expansion",
        "tokenizer_name_or_path",
    }
    for name in refused:
        with pytest.raises(InputError, match=name):
            read(tmp_path, **{name: {"a": 1}})
