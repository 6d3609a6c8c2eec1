"""The door to transformers: what is loaded, at which length, and what is refused."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from harness.checkpoint.masked_lm import check_model, load_model, load_tokenizer
from harness.checkpoint.open import open_checkpoint
from harness.checkpoint.recipe import Recipe
from harness.encoder import EncoderOptions
from harness.encoder.build import build_encoder
from harness.errors import InputError
from tests.support import models


@pytest.fixture
def folder(tiny_bert, tmp_path):
    """A copy to be damaged."""
    return shutil.copytree(tiny_bert, tmp_path / "model")


def change(path, **values):
    content = json.loads(path.read_text())
    content.update(values)
    path.write_text(json.dumps({k: v for k, v in content.items() if v is not None}))


def change_weights(folder, change_them):
    path = folder / "model.safetensors"
    weights = load_file(path)
    change_them(weights)
    save_file(weights, path, metadata={"format": "pt"})


def test_the_model_comes_in_float32_ready_to_infer(folder):
    change_weights(folder, lambda w: w.update({k: t.to(torch.float16) for k, t in w.items()}))
    change(folder / "config.json", dtype="float16")
    model = load_model(folder)
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert not model.training
    assert not any(p.requires_grad for p in model.parameters())


@pytest.mark.parametrize(
    ("recipe", "tokenizer", "positions", "expected"),
    [
        (None, 192, 192, 192),
        (100, 192, 192, 100),
        (None, 64, 192, 64),
        (None, 10**30, 192, 192),  # transformers' way to say that it has no limit
        (None, 192, 128, 128),
    ],
)
def test_the_length_is_that_of_sentence_transformers(
    folder, recipe, tokenizer, positions, expected
):
    change(folder / "tokenizer_config.json", model_max_length=tokenizer)
    change(folder / "config.json", max_position_embeddings=positions)
    backend, length = load_tokenizer(folder, Recipe(max_length=recipe))
    assert length == expected
    assert len(backend.encode("yeast " * 500)) == expected
    assert len(backend.encode("yeast")) == 3


@pytest.mark.parametrize(
    ("kind", "tokenizer", "expected"),
    [
        ("roberta", 10**30, 128),
        ("roberta", 128, 128),
        ("xlm-roberta", 200, 128),
        ("roberta", 64, 64),
        ("deberta-v2", 10**30, 130),
    ],
)
def test_positions_that_begin_after_the_padding(folder, kind, tokenizer, expected):
    change(folder / "tokenizer_config.json", model_max_length=tokenizer)
    config = {"model_type": kind, "max_position_embeddings": 130, "pad_token_id": 1}
    change(folder / "config.json", **config)
    assert load_tokenizer(folder, Recipe())[1] == expected


def test_the_longest_text_fits_into_a_roberta_that_knows_no_limit(tmp_path):
    folder = models.save(
        tmp_path / "model", models.roberta(models.byte_pairs()), models.byte_pairs(10**30)
    )
    encoder = build_encoder(open_checkpoint(str(folder)), EncoderOptions(device="cpu"))
    assert encoder.facts.max_length == models.POSITIONS
    assert encoder.encode(["yeast " * 500], "document").tokens == models.POSITIONS


def test_a_length_that_the_model_has_no_positions_for(folder):
    with pytest.raises(InputError, match=r"193 tokens are to be kept .* positions for 192"):
        load_tokenizer(folder, Recipe(max_length=193))
    assert load_tokenizer(folder, Recipe(max_length=192))[1] == 192


def test_a_model_without_any_limit(folder):
    change(folder / "tokenizer_config.json", model_max_length=10**30)
    change(folder / "config.json", max_position_embeddings=None)
    backend, length = load_tokenizer(folder, Recipe())
    assert length > 10**9
    assert len(backend.encode("yeast " * 500)) == 502


def test_lower_case_before_a_tokenizer_that_heeds_case(tmp_path):
    models.byte_pairs().save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "bert", "max_position_embeddings": 66}')
    upper = [
        load_tokenizer(tmp_path, Recipe(lowercase=lowercase))[0].encode("YEAST").tokens
        for lowercase in (False, True)
    ]
    assert upper[0] != upper[1]
    assert "".join(upper[1][1:-1]) == "yeast"


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"architectures": ["BertModel"]}, "BertModel"),
        ({"architectures": []}, "names nothing"),
        ({"architectures": None}, "names nothing"),
        ({"auto_map": {"AutoModelForMaskedLM": "evil.Model"}}, "never run"),
    ],
)
def test_configs_that_are_refused_before_anything_is_loaded(folder, config, said):
    change(folder / "config.json", **config)
    with pytest.raises(InputError, match=said):
        check_model(folder)


@pytest.mark.parametrize("content", ["[]", '"x"', "3"])
def test_a_config_that_is_no_object(folder, content):
    (folder / "config.json").write_text(content)
    with pytest.raises(InputError, match=r"config\.json"):
        check_model(folder)


def test_a_pickle_is_never_loaded_unasked(folder):
    (folder / "model.safetensors").unlink()
    with pytest.raises(InputError, match="no weights"):
        open_checkpoint(str(folder))
    (folder / "model.bin").write_bytes(b"whatever")
    with pytest.raises(InputError, match=r"only model\.bin, a pickle, which is never loaded"):
        open_checkpoint(str(folder))
    (folder / "pytorch_model.bin").write_bytes(b"whatever")
    with pytest.raises(
        InputError, match=r"only pytorch_model\.bin, a pickle, which is loaded only"
    ):
        open_checkpoint(str(folder))


@pytest.mark.parametrize(
    "lacking", ["cls.predictions.transform.dense.weight", "bert.encoder.layer.1.output.dense.bias"]
)
def test_weights_that_would_be_filled_with_random_numbers(folder, lacking):
    change_weights(folder, lambda w: w.pop(lacking))
    with pytest.raises(InputError, match=f"lack {lacking}"):
        load_model(folder)


def test_weights_of_another_shape(folder):
    name = "bert.encoder.layer.0.intermediate.dense.weight"
    change_weights(folder, lambda w: w.update({name: w[name][:-1].contiguous()}))
    with pytest.raises(InputError, match=f"{name} .1 tensors in all. have another shape"):
        load_model(folder)


def test_weights_that_are_cut_off(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="cannot be loaded"):
        load_model(folder)


def test_a_tokenizer_that_is_missing_or_damaged(folder):
    (folder / "tokenizer.json").write_text("{")
    with pytest.raises(InputError, match="tokenizer cannot be loaded"):
        load_tokenizer(folder, Recipe())
    (folder / "tokenizer.json").unlink()
    with pytest.raises(InputError, match="tokenizer"):
        load_tokenizer(folder, Recipe())


def test_a_checkpoint_is_known_by_its_bytes_and_not_by_its_place(tiny_bert, folder):
    first, second = open_checkpoint(str(tiny_bert)), open_checkpoint(str(folder))
    assert first.weights_sha256 == second.weights_sha256
    assert first.tokenizer_sha256 == second.tokenizer_sha256
    change_weights(folder, lambda w: w["cls.predictions.bias"].add_(1e-3))
    assert open_checkpoint(str(folder)).weights_sha256 != first.weights_sha256
    change(folder / "tokenizer_config.json", model_max_length=100)
    assert open_checkpoint(str(folder)).tokenizer_sha256 != first.tokenizer_sha256


@pytest.mark.parametrize("name", ["nothing-here", "./nothing/here", "a/b/c", "/no/where", "~/x"])
def test_a_name_that_is_nothing(name):
    with pytest.raises(InputError, match="neither a file or folder here nor a hub id"):
        open_checkpoint(name)


def test_an_asset_that_we_do_not_have():
    with pytest.raises(InputError, match="There is no asset 'splade-huge'; there are splade-tiny"):
        open_checkpoint("asset:splade-huge")
