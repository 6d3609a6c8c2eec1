"""What a tokenizer's files may say, by hand; the zoo holds it against sentence-transformers."""

import json

import pytest

from harness.checkpoint.tokenizer_settings import check_token_types, lower_cases, whole_length
from harness.errors import InputError, UnsupportedModelError

BOTH = ("input_ids", "token_type_ids", "attention_mask")


@pytest.mark.parametrize(("length", "kept"), [(3, 3), (512, 512), (1e30, 10**30), (10**40, 10**30)])
def test_a_length(tmp_path, length, kept):
    assert whole_length(tmp_path, length) == kept


@pytest.mark.parametrize("length", [2, 2.5, float("nan"), None, "512", True, -1])
def test_no_length(tmp_path, length):
    with pytest.raises(InputError, match="a whole number of 3 or more is needed"):
        whole_length(tmp_path, length)


@pytest.mark.parametrize(
    ("normalizer", "lowers"),
    [
        ({"type": "Lowercase"}, True),
        ({"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "Lowercase"}]}, True),
        ({"type": "Sequence", "normalizers": [{"type": "NFD"}]}, False),
        ({"type": "BertNormalizer", "lowercase": True}, False),
    ],
)
def test_lower_case(normalizer, lowers):
    assert lower_cases(normalizer) == lowers


@pytest.mark.parametrize(
    ("config", "inputs", "types"),
    [
        ({"model_type": "bert"}, BOTH, [0, 0]),
        ({"model_type": "bert"}, ("input_ids", "attention_mask"), [0, 1]),
        ({"model_type": "deberta-v2", "type_vocab_size": 0}, BOTH, [1, 1]),
        ({"model_type": "distilbert"}, BOTH, [1, 1]),
    ],
)
def test_types_that_no_vector_depends_on(tmp_path, config, inputs, types):
    (tmp_path / "config.json").write_text(json.dumps(config))
    check_token_types(tmp_path, inputs, types)


@pytest.mark.parametrize("config", [{"model_type": "bert"}, {"type_vocab_size": 2}])
def test_types_that_vectors_depend_on_are_refused(tmp_path, config):
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(UnsupportedModelError, match="token types other than 0"):
        check_token_types(tmp_path, BOTH, [0, 1])
