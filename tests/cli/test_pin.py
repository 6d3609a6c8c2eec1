"""`harness eval EXPERIMENT.toml --pin`, and what a pinned experiment demands."""

import json
import shutil

import pytest
from safetensors.torch import load_file, save_file

from harness.experiment.spec import open_experiment
from tests.support import models


@pytest.fixture
def folder(tiny_bert, tmp_path):
    return shutil.copytree(tiny_bert, tmp_path / "model")


@pytest.fixture
def experiment(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    texts = {f"d{n}": text for n, text in enumerate(models.texts()[:8])}
    models.save_beir(tmp_path / "beir", texts, {"q": "a storm"}, [("q", "d1", 1)])
    path = tmp_path / "mine.toml"
    path.write_text(
        '# mine\nname = "mine"\n\n[model]  # a folder\nid = "model"\n\n[collection]\nid = "beir"\n'
    )
    return path


def change_weights(folder):
    path = folder / "model.safetensors"
    tensors = load_file(path)
    tensors["cls.predictions.bias"][0] += 1
    save_file(tensors, path, metadata={"format": "pt"})


def test_what_was_evaluated_is_pinned_and_then_demanded(cli, experiment, folder, tmp_path):
    before = experiment.read_text()
    code, out, err = cli("eval", experiment, "--pin", "--device", "cpu", "--format", "json")
    assert code == 0
    assert json.loads(out)["name"] == "mine"
    assert (
        err == f"{experiment} is pinned to this model: its revision and weights stand in it now.\n"
    )
    result = json.loads((tmp_path / "results" / "mine.json").read_text())
    weights = result["model"]["weights_sha256"]
    line = f'weights_sha256 = "{weights}"\n'
    assert experiment.read_text() == before.replace('id = "model"\n', f'id = "model"\n{line}')
    assert open_experiment(str(experiment)).model.weights_sha256 == weights
    assert cli("check", experiment)[0] == 2  # nothing is published
    assert cli("eval", experiment, "--device", "cpu", "--pin")[::2] == (0, "")
    change_weights(folder)
    for command in ("eval", "encode", "fetch"):
        code, out, err = cli(command, experiment)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert f"weights_sha256 is {weights}" in err


def test_a_result_of_other_weights_is_not_checked(cli, experiment):
    assert cli("eval", experiment, "--device", "cpu")[0] == 0
    text = experiment.read_text().replace(
        'id = "model"', f'id = "model"\nweights_sha256 = "{"0" * 64}"'
    )
    experiment.write_text(text)
    code, _, err = cli("check", experiment)
    assert (code, "of the weights" in err, "0" * 64 in err) == (2, True, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("crowdrag-splade-tiny", "--pin"), "comes with the package"),
        (("--pin",), "comes with the package"),
        (("--model", "model", "--collection", "beir", "--pin"), "give one, not --model"),
        (("none.toml", "--pin"), "There is no experiment"),
    ],
)
def test_where_nothing_can_be_pinned_that_is_told_before_the_work(cli, experiment, arguments, said):
    code, out, err = cli("eval", *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err
