"""A model whose tokenizer renders texts as messages of a chat is refused, wherever that is said."""

import json

import pytest

from harness.checkpoint.chat import check_no_chat
from harness.checkpoint.open import open_checkpoint
from harness.errors import InputError
from tests.support import models


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("chat_template.jinja", "{{ messages }}"),
        ("chat_template.json", '{"chat_template": "{{ messages }}"}'),
        ("additional_chat_templates/rag.jinja", "{{ messages }}"),
        ("tokenizer_config.json", '{"chat_template": "{{ messages }}"}'),
        ("tokenizer_config.json", '{"chat_template": [{"name": "default", "template": "x"}]}'),
        ("processor_config.json", '{"chat_template": "{{ messages }}"}'),
    ],
)
def test_a_template_is_found(tmp_path, name, content):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match="has a chat template"):
        check_no_chat(tmp_path)


def test_no_template(tmp_path):
    check_no_chat(tmp_path)
    (tmp_path / "tokenizer_config.json").write_text('{"chat_template": null}')
    check_no_chat(tmp_path)


def test_a_bare_model_is_refused_and_one_that_was_saved_with_text_alone_is_not(tmp_path):
    folder = tmp_path / "model"
    tokenizer = models.word_pieces()
    models.save(folder, models.bert(tokenizer), tokenizer)
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    with pytest.raises(InputError, match=r"chat_template.jinja: the tokenizer has a chat"):
        open_checkpoint(str(folder))
    own = "sentence_transformers.sparse_encoder.models"
    modules = [
        {"type": f"{own}.MLMTransformer", "path": ""},
        {"type": f"{own}.SpladePooling", "path": "1"},
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "config_sentence_transformers.json").write_text('{"model_type": "SparseEncoder"}')
    (folder / "1").mkdir()
    (folder / "1" / "config.json").write_text("{}")
    assert open_checkpoint(str(folder)).recipe.pooling == "max"
