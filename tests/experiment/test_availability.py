"""What an experiment needs, and whether it is here; the disk is looked at, never the network."""

from dataclasses import replace

import pytest

import harness.experiment.availability
from harness.collection import irds
from harness.experiment.availability import needs
from harness.experiment.sections import CollectionSpec, ModelSpec
from harness.experiment.spec import open_experiment


def with_collection(name):
    return needs(replace(open_experiment("splade-tiny-full"), collection=CollectionSpec(name)))[1]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("IR_DATASETS_HOME", str(tmp_path / "irds"))
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    return tmp_path


def test_an_asset_is_here_once_it_is_fetched(home):
    need = needs(open_experiment("crowdrag-splade-tiny"))[0]
    assert (need.size, need.here) == ("17 MB", "no")


def test_the_file_of_the_pool(home):
    assert with_collection("msmarco-pool/qna")[1:] == ("138 MB", "no")
    path = home / "irds/msmarco-qna/dev_v2.1.json.gz"
    path.parent.mkdir(parents=True)
    path.touch()
    assert with_collection("msmarco-pool/qna:200")[1:] == ("138 MB", "yes")


def test_a_model_and_a_data_set_of_the_hub(monkeypatch):
    asked = []

    def has_snapshot(repo_id, revision, patterns, kind="model"):
        asked.append((repo_id, revision, kind))
        return kind == "dataset" and patterns == ("*/dev-*.parquet",)

    monkeypatch.setattr(harness.experiment.availability, "has_snapshot", has_snapshot)
    model, collection = needs(open_experiment("splade-bert-mini-bs256-distil"))
    assert (model.size, model.here) == ("?", "no")
    assert (collection.size, collection.here) == ("?", "yes")
    assert ("yosefw/SPLADE-BERT-Mini-BS256-distil", "main", "model") in asked
    assert ("rasyosef/msmarco", "main", "dataset") in asked


@pytest.mark.parametrize(
    ("name", "known", "size", "here"),
    [
        ("msmarco-passage/dev/judged", False, "1.1 GB", "no"),
        ("msmarco-passage/trec-dl-2019/judged", True, "1.1 GB", "yes"),
        ("nano-beir/nfcorpus", None, "?", "?"),
        ("sampler", None, "", "yes"),
        (".", None, "", "yes"),
    ],
)
def test_collections_of_every_kind(monkeypatch, name, known, size, here):
    monkeypatch.setattr(irds, "has_documents", lambda _: known)
    assert with_collection(name)[1:] == (size, here)


def test_what_ir_datasets_says_of_its_documents():
    assert irds.has_documents("msmarco-passage/dev/small") in (True, False)
    assert irds.has_documents("nano-beir/nfcorpus") is None
    assert irds.has_documents("no/such/thing") is None


def test_a_folder_is_a_model(tmp_path):
    experiment = replace(open_experiment("crowdrag-splade-tiny"), model=ModelSpec(str(tmp_path)))
    assert needs(experiment)[0].here == "yes"
