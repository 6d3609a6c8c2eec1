"""`harness reproduce` with the real clients: a hub on the loopback, a true card and untrue ones.

The card's 19 numbers are of sentence-transformers' evaluator, on a pool in the shape of
rasyosef/msmarco whose name the card does not print.
"""

import json
import re
import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.support.author import MODEL, harness, publish
from tests.support.hub_server import Repository, serving
from tests.support.pool_data import save_data_set

pytestmark = pytest.mark.whole

POOL = ("--collection", "msmarco-pool/hub:36")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("reproduce")


@pytest.fixture(scope="module")
def scores(folder):
    return publish(folder)


def changed(folder, name, edit):
    """A copy of the model whose card is another."""
    shutil.copytree(folder / "model", folder / name)
    card = folder / name / "README.md"
    card.write_text(edit(card.read_text(encoding="utf-8")), encoding="utf-8")
    return Repository(folder / name)


def other_weights(folder, name, edit=str):
    """The same card beside weights that are not the published ones."""
    repository = changed(folder, name, edit)
    path = folder / name / "model.safetensors"
    tensors = load_file(path)
    largest = max(tensors, key=lambda name: tensors[name].size)
    tensors[largest] = (tensors[largest] * np.float32(1.01)).astype(tensors[largest].dtype)
    save_file(tensors, path, metadata={"format": "pt"})
    return repository


def renamed(text):
    """The snippet loads the model by the id that it is served under."""
    return text.replace(MODEL, "someone/other")


def with_the_example_of_another(text):
    """The numbers are the model's own; the snippet was copied, output and all."""
    text = text.replace(f'SparseEncoder("{MODEL}")', 'SparseEncoder("naver/splade-v3")')
    return re.sub(r"# tensor\(.*\)", "# tensor([[11.1, 22.2, 33.3]])", text)


@pytest.fixture(scope="module")
def told(folder, scores):
    """What the command says, by the name of the model."""
    digits = repr(scores["dot_ndcg@10"])
    wrong = digits[:8] + str((int(digits[8]) + 1) % 10) + digits[9:]
    rounded, short = f"| {round(scores['dot_ndcg@10'], 4)} |", f"{float(wrong):.4f}"
    models = {
        MODEL: Repository(folder / "model"),
        "someone/wrong": changed(
            folder, "wrong", lambda t: t.replace(digits, wrong).replace(rounded, f"| {short} |")
        ),
        "someone/router": changed(
            folder, "router", lambda text: text.replace("dot_", "euclidean_")
        ),
        "someone/other": other_weights(
            folder, "other", lambda t: t.replace(MODEL, "someone/other")
        ),
        "someone/renamed": other_weights(folder, "renamed"),
        "someone/copied": changed(folder, "copied", with_the_example_of_another),
    }
    data = {"rasyosef/msmarco": Repository(save_data_set(folder / "data set"))}
    start = ["reproduce", "--format", "json"]
    commands = {
        "plan": [*start, MODEL, "--dry-run", *POOL],
        "true": [*start, MODEL, *POOL],
        "again": ["reproduce", MODEL, *POOL],
        "guess": [*start, MODEL, "--dry-run"],
        "limited": [*start, MODEL, *POOL, "--limit", "3"],
        "wrong": [*start, "someone/wrong", *POOL],
        "other": [*start, "someone/other", *POOL],
        "unreachable": [*start, MODEL, "--collection", "msmarco-pool/qna:36"],
        "euclidean": [*start, "someone/router"],
        "copied": [*start, "someone/copied", *POOL],
        "renamed": [*start, "someone/renamed", *POOL],
    }
    with serving(models, data) as hub:
        found = harness(list(commands.values()), folder, HF_ENDPOINT=hub.url)
    return dict(zip(commands, found, strict=True)) | {"served": hub}


def the_object(one):
    return json.loads(one["out"])


def test_a_true_card_is_reproduced(told):
    assert told["true"]["code"] == 0, told["true"]
    found = the_object(told["true"])
    assert found["verdict"] == "reproduced"
    (evaluation,) = found["evaluations"]
    assert [n["verdict"] for n in evaluation["numbers"]].count("match") == 19
    assert any("usage example" in sentence for sentence in found["identity"])


def test_people_read_plan_table_and_verdict(told):
    lines = told["again"]["out"].splitlines()
    assert lines[0].startswith(f"Plan: {MODEL} at ")
    assert lines[0].endswith("1 evaluation, 19 numbers.")
    assert re.fullmatch(rf"{MODEL}: REPRODUCED, 19 numbers of 1 evaluation\.", lines[-1])


def test_one_digit_changed_is_not_reproduced_and_the_number_is_named(told):
    assert told["wrong"]["code"] == 1, told["wrong"]
    found = the_object(told["wrong"])
    assert found["verdict"] == "not reproduced"
    off = [n["measure"] for n in found["evaluations"][0]["numbers"] if n["verdict"] == "off"]
    assert off == ["dot_ndcg@10"]


def test_other_weights_are_not_the_published_checkpoint(told):
    assert told["other"]["code"] == 1, told["other"]
    found = the_object(told["other"])
    assert "the checkpoint is not the published one" in found["because"]
    assert not found["evaluations"][0]["numbers"]


def test_other_weights_under_another_name_are_told_by_example_and_numbers(told):
    """The example loads the model by its former name: numbers that are off as well decide."""
    assert told["renamed"]["code"] == 1, told["renamed"]
    found = the_object(told["renamed"])
    assert "the checkpoint is not the published one" in found["because"]
    assert [n for n in found["evaluations"][0]["numbers"] if n["verdict"] == "off"]


def test_the_usage_example_of_another_model_accuses_nobody(told):
    assert told["copied"]["code"] == 0, told["copied"]
    (sentence,) = the_object(told["copied"])["identity"]
    assert "which loads naver/splade-v3, is NOT reproduced" in sentence


def test_the_plan_says_what_it_takes_and_fetches_no_weight(told):
    assert told["plan"]["code"] == 0
    (evaluation,) = the_object(told["plan"])["evaluations"]
    assert evaluation["collection"] == "msmarco-pool/hub:36"
    assert evaluation["here"] is False
    assert "rasyosef/msmarco" in evaluation["origin"]
    assert len(evaluation["numbers"]) == 19


def test_an_unnamed_data_set_is_guessed_in_the_open(told):
    (evaluation,) = the_object(told["guess"])["evaluations"]
    assert evaluation["guessed"] or evaluation["obstacle"]
    assert evaluation["assumed"] or "--collection" in evaluation["obstacle"]


def test_a_collection_out_of_reach_is_no_fault_of_the_card(told):
    assert told["unreachable"]["code"] == 3, told["unreachable"]
    found = the_object(told["unreachable"])
    assert found["verdict"] == "cannot be judged"
    assert found["evaluations"][0]["exit_code"] == 3


def test_a_part_of_the_queries_judges_the_checkpoint_and_no_number(told):
    assert told["limited"]["code"] == 2, told["limited"]
    found = the_object(told["limited"])
    assert found["verdict"] == "cannot be judged"
    assert "no claim speaks" in found["because"]


def test_what_cannot_be_run_is_named_before_a_weight_is_fetched(told):
    assert told["euclidean"]["code"] == 2, told["euclidean"]
    assert "euclidean" in the_object(told["euclidean"])["because"]
    assert not [r for r in told["served"].requests if "router" in r and "safetensors" in r]


def test_the_result_is_kept(told, folder):
    (evaluation,) = the_object(told["true"])["evaluations"]
    kept = json.loads((folder / evaluation["result"]).read_text(encoding="utf-8"))
    assert kept["claims"]["published"]
    assert kept["model"]["id"] == MODEL
