"""Each key of a checkpoint's small files taken out, and each value replaced by what nobody writes.

Whatever that gives is a checkpoint that can be run, or one sentence; never another error.
"""

import copy
import json
import shutil

import pytest

from harness.checkpoint.masked_lm import load_tokenizer
from harness.checkpoint.open import open_checkpoint
from harness.encoder.tokens import FastTokenizer
from harness.errors import InputError

LITERALS = ("null", '""', "[]", "{}", "-1", "1e999", "9" * 400)
RECIPE = {
    "modules.json": [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.MLMTransformer"},
        {
            "idx": 1,
            "name": "1",
            "path": "1_SpladePooling",
            "type": "sentence_transformers.SpladePooling",
        },
    ],
    "1_SpladePooling/config.json": {
        "pooling_strategy": "max",
        "activation_function": "relu",
        "word_embedding_dimension": None,
    },
    "sentence_bert_config.json": {
        "max_seq_length": 64,
        "do_lower_case": False,
        "processor_kwargs": {"model_max_length": 64},
    },
    "config_sentence_transformers.json": {
        "model_type": "SparseEncoder",
        "__version__": {"sentence_transformers": "5.0.0"},
        "prompts": {"query": "", "document": ""},
        "default_prompt_name": None,
        "similarity_fn_name": "dot",
        "max_active_dims": 100,
    },
}


@pytest.fixture
def folder(tiny_bert, tmp_path):
    """A copy in the layout of sentence-transformers."""
    copied = shutil.copytree(tiny_bert, tmp_path / "model")
    for name, content in RECIPE.items():
        (copied / name).parent.mkdir(exist_ok=True)
        (copied / name).write_text(json.dumps(content))
    return copied


def places(value, place=()):
    inside = value.items() if isinstance(value, dict) else ()
    inside = list(enumerate(value)) if isinstance(value, list) else inside
    if place[-1:] == ("vocab",):
        inside = [("yeast", value["yeast"])]  # any of its words stands for all
    if place[-1:] == ("added_tokens",):
        inside = [(3, value[3])]
    for key, one in inside:
        yield (*place, key)
        yield from places(one, (*place, key))


def tampered(whole):
    """JSON texts, one for each place and literal."""
    yield from LITERALS
    for place in places(whole):
        content = copy.deepcopy(whole)
        inside = content
        for key in place[:-1]:
            inside = inside[key]
        inside[place[-1]] = "@@"
        template = json.dumps(content)
        yield from (template.replace('"@@"', literal) for literal in LITERALS)
        del inside[place[-1]]
        yield json.dumps(content)


def refused_or_not(call):
    """Whether it is refused, and then by one sentence of bounded length."""
    said = None
    try:
        call()
    except InputError as error:
        said = str(error)
    assert said is None or ("\n" not in said and len(said) < 1_000)
    return said is not None


@pytest.mark.parametrize("name", RECIPE)
def test_a_tampered_recipe_is_run_as_it_stands_or_refused(folder, name):
    found = set()
    for text in tampered(RECIPE[name]):
        (folder / name).write_text(text)
        found.add(refused_or_not(lambda: open_checkpoint(str(folder))))
        assert "1e999" not in text or refused_or_not(lambda: open_checkpoint(str(folder)))
    assert found == {True, False}


@pytest.mark.parametrize("name", ["tokenizer.json", "tokenizer_config.json"])
def test_a_tampered_tokenizer_is_run_as_it_stands_or_refused(folder, name, capfd):
    recipe = open_checkpoint(str(folder)).recipe
    path = folder / name

    def run():
        backend, length = load_tokenizer(folder, recipe)
        FastTokenizer(backend, length, None)(["yeast and flour [MASK] zzz 42 é \u4e00", ""])

    found = set()
    for text in tampered(json.loads(path.read_text())):
        path.write_text(text)
        found.add(refused_or_not(run))
    assert found == {True, False}
    assert capfd.readouterr() == ("", "")
