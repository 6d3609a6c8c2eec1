"""Static weights: a tensor, or a table of terms; damaged ones are refused by name."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from harness.checkpoint.static_weights import check_static, read_static, table
from harness.errors import InputError

TERMS = Tokenizer(WordLevel({"[UNK]": 0, "a": 1, "b": 2, "c": 3}, unk_token="[UNK]"))
NO_UNKNOWN = Tokenizer(WordLevel({"a": 0, "b": 1}, unk_token="?"))


def tensor(folder, weights, name="weight", dtype=torch.float32):
    save_file({name: torch.tensor(weights, dtype=dtype)}, folder / "model.safetensors")
    return folder


def terms(folder, weights, name="idf.json"):
    (folder / name).write_text(json.dumps(weights))
    (folder / "config.json").write_text(json.dumps({"frozen": True, "path": name}))
    return folder


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.float64])
def test_a_tensor_is_read_in_float32_whatever_it_is_stored_in(tmp_path, dtype):
    found = read_static(tensor(tmp_path, [0.5, 0.0, 2.0, 1.25], dtype=dtype), TERMS)
    assert found.dtype == np.float32
    assert found.tolist() == [0.5, 0.0, 2.0, 1.25]


def test_terms_are_put_where_the_vocabulary_has_them(tmp_path):
    found = read_static(terms(tmp_path, {"c": 3, "a": 0.1}), TERMS)
    assert found.tolist() == [0.0, np.float32(0.1), 0.0, 3.0]
    assert table(tmp_path) == tmp_path / "idf.json"


def test_a_term_that_the_vocabulary_lacks_counts_as_the_unknown_one(tmp_path):
    assert read_static(terms(tmp_path, {"zebra": 7, "b": 1}), TERMS).tolist() == [7, 0, 1, 0]
    with pytest.raises(InputError, match="'zebra' is none of the vocabulary's entries"):
        read_static(tmp_path, NO_UNKNOWN)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ([1.0, 2.0], "2 static weights and 4 entries"),
        ([1.0, 2.0, -0.5, 1.0], "1 static weights are negative"),
        ([1.0, float("nan"), 1.0, 1.0], "NaN or infinite"),
        ([1.0, float("inf"), 1.0, 1.0], "NaN or infinite"),
        ([[1.0, 1.0, 1.0, 1.0]], "not one side"),
    ],
)
def test_tensors_that_are_no_static_weights(tmp_path, weights, said):
    with pytest.raises(InputError, match=said):
        read_static(tensor(tmp_path, weights), TERMS)


def test_a_tensor_of_another_name(tmp_path):
    with pytest.raises(InputError, match="the tensors bias; static weights are one, 'weight'"):
        read_static(tensor(tmp_path, [1.0] * 4, name="bias"), TERMS)


@pytest.mark.parametrize("weight", ["3", None, True, [1], {}])
def test_a_weight_that_is_no_number(tmp_path, weight):
    with pytest.raises(InputError, match="the weight of 'b' is no number"):
        read_static(terms(tmp_path, {"a": 1, "b": weight}), TERMS)


def test_numbers_that_no_float32_holds(tmp_path):
    with pytest.raises(InputError, match="NaN or infinite"):
        read_static(terms(tmp_path, {"a": 1e39}), TERMS)


def test_damaged_and_missing_files(tmp_path):
    with pytest.raises(InputError, match="there are no static weights"):
        check_static(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0nonsense")
    check_static(tmp_path)
    with pytest.raises(InputError, match="cannot be read as safetensors"):
        read_static(tmp_path, TERMS)


@pytest.mark.parametrize("path", ["../idf.json", "/etc/passwd", "missing.json", "idf.txt", 3, ""])
def test_a_table_somewhere_else(tmp_path, path):
    folder = tmp_path / "model"
    folder.mkdir()
    for place in (tmp_path, folder):
        (place / "idf.json").write_text("{}")
        (place / "idf.txt").write_text("{}")
    (folder / "config.json").write_text(json.dumps({"path": path}))
    with pytest.raises(InputError, match=r"leads out of the folder|are no JSON file beside it"):
        check_static(folder)


def test_a_setting_that_is_not_known(tmp_path):
    tensor(tmp_path, [1.0] * 4)
    (tmp_path / "config.json").write_text('{"frozen": false, "scale": 2}')
    with pytest.raises(InputError, match="'scale' is no setting of SparseStaticEmbedding"):
        check_static(tmp_path)
