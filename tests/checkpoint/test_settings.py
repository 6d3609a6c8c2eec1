"""Settings of a checkpoint out of kind: exit code 2 with a sentence before anything is encoded."""

import json
import os
import shutil
from collections import OrderedDict
from contextlib import suppress

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import AddedToken

from harness.checkpoint.masked_lm import load_model
from harness.checkpoint.open import open_checkpoint
from harness.encoder.build import build_encoder
from harness.errors import InputError


@pytest.fixture
def folder(tiny_bert, tmp_path):
    """A copy to be changed."""
    return shutil.copytree(tiny_bert, tmp_path / "model")


def put(path, key, literal):
    content = json.loads(path.read_text()) if path.exists() else {}
    content[key] = "@@"
    path.write_text(json.dumps(content).replace('"@@"', literal))


@pytest.mark.parametrize(
    ("file", "key", "literal", "said"),
    [
        ("config.json", "architectures", "3", "architectures"),
        ("config.json", "architectures", "[1]", "architectures"),
        ("config.json", "architectures", '"BertForMaskedLM"', "architectures"),
        ("config.json", "num_hidden_layers", "10000000000000", "num_hidden_layers"),
        ("config.json", "num_hidden_layers", "-1", "num_hidden_layers"),
        ("config.json", "num_hidden_layers", "900", "num_hidden_layers"),
        ("config.json", "num_attention_heads", "-1", "num_attention_heads"),
        ("config.json", "num_attention_heads", "true", "num_attention_heads"),
        ("config.json", "hidden_size", "99999", "hidden_size"),
        ("config.json", "intermediate_size", "0", "intermediate_size"),
        ("config.json", "vocab_size", '"many"', "vocab_size"),
        ("config.json", "vocab_size", "1e3", "vocab_size"),
        ("config.json", "num_labels", "10000000000000", "num_labels"),
        ("config.json", "pad_token_id", "-1", "pad_token_id"),
        ("config.json", "pad_token_id", "10000000", "pad_token_id"),
        ("config.json", "pad_token_id", "[0]", "pad_token_id"),
        ("config.json", "chunk_size_feed_forward", '"x"', "cannot be run as config.json has it"),
        ("config.json", "return_dict", "false", "cannot be run as config.json has it"),
        ("tokenizer_config.json", "model_max_length", '"x"', "model_max_length"),
        ("tokenizer_config.json", "model_max_length", "2", "model_max_length"),
        ("tokenizer_config.json", "model_max_length", "-1", "model_max_length"),
        ("tokenizer_config.json", "model_max_length", "64.5", "model_max_length"),
        ("tokenizer_config.json", "truncation_side", '"top"', "Truncation side"),
    ],
)
def test_a_setting_out_of_kind_is_a_sentence_that_names_it(folder, file, key, literal, said):
    put(folder / file, key, literal)
    with pytest.raises(InputError, match=said) as refused:
        build_encoder(open_checkpoint(str(folder)))
    assert "\n" not in str(refused.value)


def test_a_word_numbered_beyond_the_model_is_refused(folder):
    """As many words as the model has, and one of them with a number that it has not."""
    path = folder / "tokenizer.json"
    content = json.loads(path.read_text())
    entries = content["model"]["vocab"]
    word, last = max(entries.items(), key=lambda entry: entry[1])
    entries[word] = last + 1
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=f"numbered up to {last + 1}, and the model {last + 1}:"):
        build_encoder(open_checkpoint(str(folder)))


def test_a_tokenizer_that_makes_nothing_of_a_sentence_is_refused(folder):
    path = folder / "tokenizer.json"
    content = json.loads(path.read_text())
    content["post_processor"]["single"] = []
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="makes no token"):
        build_encoder(open_checkpoint(str(folder)))


def test_a_panic_of_the_tokenizers_library_is_a_sentence(folder, capfd):
    """It is no Exception, and says its lines on stderr itself."""
    path = folder / "tokenizer.json"
    content = json.loads(path.read_text())
    del content["post_processor"]["special_tokens"]["[CLS]"]
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="no entry found for key"):
        build_encoder(open_checkpoint(str(folder)))
    assert capfd.readouterr() == ("", "")


def test_a_word_that_a_tokenizer_cannot_spell_is_a_sentence(folder):
    """It has no unknown token, and meets the first such word in a text of the user's."""
    path = folder / "tokenizer.json"
    content = json.loads(path.read_text())
    content["model"]["unk_token"] = "[NONE]"
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"cannot (take a text apart|keep|be loaded)"):
        build_encoder(open_checkpoint(str(folder))).tokens(["yeast \u4e00"], "query")


def test_nothing_of_a_library_is_printed_on_stdout(folder, capfd):
    """The tokenizers library prints an unknown key of an added token, and its control characters,
    past Python: `--format json` was no JSON."""
    path = folder / "tokenizer_config.json"
    content = json.loads(path.read_text())
    special = {"content": "[MASK]", "bla\x1b[31mck": 1}
    content["added_tokens_decoder"] = {"4": special}
    content["mask_token"] = special | {"__type": "AddedToken"}
    path.write_text(json.dumps(content))
    AddedToken("[MASK]", **{"bla\x1b[31mck": 1})
    assert "Ignored unknown kwarg option" in capfd.readouterr().out  # else nothing is tried here
    with suppress(InputError):
        build_encoder(open_checkpoint(str(folder)))
    assert capfd.readouterr() == ("", "")


def test_three_tokens_of_a_text_are_enough_to_run_a_model(folder):
    put(folder / "tokenizer_config.json", "model_max_length", "3")
    encoder = build_encoder(open_checkpoint(str(folder)))
    assert encoder.facts.max_length == 3
    assert list(encoder.tokens(["yeast and flour and water"], "document").lengths) == [3]


def test_layers_that_config_json_does_not_ask_for_are_refused_by_name(folder):
    put(folder / "config.json", "num_hidden_layers", "1")
    with pytest.raises(InputError, match=r"bert\.encoder\.layer\.1\..*fewer layers"):
        load_model(folder)


@pytest.mark.parametrize(
    ("name", "used"),
    [
        ("bert.embeddings.position_ids", True),
        ("bert.pooler.dense.weight", True),
        ("cls.seq_relationship.weight", True),
        ("bert.encoder.layer.0.attention.self.query.lora_A.weight", False),
        ("bert.encoder.layer.2.output.dense.weight", False),
        ("bert.embeddings.extra.weight", False),
    ],
)
def test_only_what_lies_beside_the_encoder_may_be_left_out(folder, name, used):
    path = folder / "model.safetensors"
    before = load_model(folder).state_dict()
    weights = OrderedDict(load_file(path))
    weights[name] = torch.zeros(2, 2)
    save_file(weights, path, metadata={"format": "pt"})
    if not used:
        with pytest.raises(InputError, match="have no place in the model") as refused:
            load_model(folder)
        assert name in str(refused.value)
        return
    after = load_model(folder).state_dict()
    assert all(torch.equal(after[key], before[key]) for key in before)


@pytest.mark.parametrize("name", ["config.json", "modules.json", "tokenizer.json"])
@pytest.mark.parametrize("kind", ["pipe", "folder", "link to nothing", "link to itself", "device"])
def test_what_is_no_regular_file_is_refused_and_never_waited_for(folder, name, kind):
    path = folder / name
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        aims = {"link to nothing": "nowhere", "link to itself": name, "device": "/dev/zero"}
        path.symlink_to(aims[kind])
    with pytest.raises(InputError) as refused:
        open_checkpoint(str(folder))
    assert str(folder) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_weights_that_are_a_pipe_or_a_git_lfs_pointer_are_named_as_such(folder):
    path = folder / "model.safetensors"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    with pytest.raises(InputError, match=r"model\.safetensors is a Git LFS pointer"):
        open_checkpoint(str(folder))
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(InputError, match=r"model\.safetensors is a named pipe"):
        open_checkpoint(str(folder))
