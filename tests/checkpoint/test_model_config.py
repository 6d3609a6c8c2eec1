"""What a model demands of its environment is met, or the model is refused."""

import json
from importlib.metadata import version

import pytest

from harness.checkpoint.model_config import ModelConfig, read_model_config
from harness.errors import InputError


def read(folder, **content):
    (folder / "config_sentence_transformers.json").write_text(json.dumps(content))
    return read_model_config(folder)


def test_without_the_file_everything_is_as_by_default(tmp_path):
    assert read_model_config(tmp_path) == ModelConfig("", "", None, "dot")


@pytest.mark.parametrize(
    "requirements",
    [
        {},
        None,
        {"torch": f"=={version('torch')}", "pytorch": ">=1"},
        {"python": ">=3.11", "transformers": {"specifier": ">=4", "reason": "why not"}},
        {"sentence-transformers": ">=5", "sentence_transformers": "<=6.2"},
    ],
)
def test_requirements_that_are_met(tmp_path, requirements):
    assert read(tmp_path, requirements=requirements) == ModelConfig()


@pytest.mark.parametrize(
    ("requirements", "said"),
    [
        ({"torch": ">=999"}, f"requires torch >=999, and here it is {version('torch')}"),
        ({"flash-attn": ">=2"}, "requires flash-attn >=2, and here it is not installed"),
        ({"sentence-transformers": ">=99"}, "here it is 6.2.0"),
        ({"python": {"specifier": "<3", "reason": "old"}}, "requires python <3"),
        ({"torch": "the newest"}, "none that PEP 440 knows"),
        ({"torch": 2}, "none that PEP 440 knows"),
        (["torch"], "must map packages to versions"),
    ],
)
def test_requirements_that_are_not_met_or_no_requirements(tmp_path, requirements, said):
    with pytest.raises(InputError) as caught:
        read(tmp_path, requirements=requirements)
    assert said in str(caught.value)
