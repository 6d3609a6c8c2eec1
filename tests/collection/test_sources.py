"""The registry of collections: one entry is all that a new collection needs."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

import harness.experiment.spec
from harness.assets import ASSETS, Source
from harness.collection import Collection, Doc, Query, crowdrag, irds, irds_files, sources
from harness.collection.open import open_collection
from harness.collection.sources import OWN, resolve_collection
from harness.data.qrels import Judgement, Qrels
from harness.errors import InputError
from harness.system import hub
from tests.support import ROOT
from tests.support.pool_data import save_qna

MINE = Collection(
    "mine",
    (Doc("d1", "yeast and bread"), Doc("d2", "a day on mercury")),
    (Query("q1", "what does yeast do"),),
    Qrels({"q1": (Judgement("d1", 1),)}),
)

EXPERIMENT = """
name = "on-mine"
[model]
id = "{model}"
[collection]
id = "mine"
"""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Caches of our own, and a folder where we stand."""
    monkeypatch.setenv("IR_DATASETS_HOME", str(tmp_path / "irds"))
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


@pytest.fixture
def register(monkeypatch):
    """Add one entry to the registry."""

    def put(source):
        entries = MappingProxyType({**OWN, source.name: source})
        monkeypatch.setattr(sources, "OWN", entries)

    return put


def test_one_entry_is_all_that_a_new_collection_needs(register, cli, home, tiny_bert, monkeypatch):
    """It opens, lists with its size and whether it is here, fetches, and says its terms."""
    kept = home / "mine.downloaded"

    class Fetched:
        """Documents that are fetched when they are first read, as those of ir_datasets are."""

        def __iter__(self):
            kept.touch()
            return iter(MINE.corpus)

    def load():
        return replace(MINE, corpus=Fetched())

    register(Source("mine", load, kept.exists, "a shop", "3 GB", "Be kind."))
    folder = home / "shipped"
    folder.mkdir()
    (folder / "on-mine.toml").write_text(EXPERIMENT.format(model=tiny_bert))
    monkeypatch.setattr(harness.experiment.spec, "SHIPPED", folder)

    def listed():
        code, out, err = cli("list")
        assert (code, err) == (0, "")
        return out.splitlines()[-1].split()

    assert listed() == ["collection", "mine", "(a", "shop)", "3", "GB", "no"]
    code, out, err = cli("fetch", "on-mine")
    assert (code, err) == (0, "Notice (mine): Be kind.\n")
    assert out.endswith("collection  mine: 1 queries\n")
    assert listed()[-1] == "yes"
    assert open_collection("mine").notice == "Be kind."
    given = ("--results", home / "results", "--device", "cpu", "--threads", "1")
    for _ in range(2):  # and each time, as it is no asset of ours
        code, out, err = cli("eval", "on-mine", *given)
        assert (code, err) == (0, "Notice (mine): Be kind.\n")
    with pytest.raises(InputError, match="did you mean mine"):
        open_collection("minee")


def test_the_terms_of_an_asset_are_said_once_on_a_machine():
    source = resolve_collection("insuranceqa/valid")
    assert source.due_notice() == ASSETS["insuranceqa"].notice
    assert source.due_notice() == ""
    assert resolve_collection("insuranceqa").due_notice() == ""
    assert resolve_collection("crowdrag-25").due_notice() == ASSETS["crowdrag-25"].notice
    assert resolve_collection("sampler").due_notice() == ""


def test_the_terms_of_others_are_said_each_time():
    for name in ("msmarco-pool/hub", "msmarco-pool/qna:20", "msmarco-pool/hub:1"):
        for _ in range(2):
            assert "non-commercial research" in resolve_collection(name).due_notice()


def test_what_is_opened_carries_the_terms_of_its_source(home):
    save_qna(home / "irds/msmarco-qna/dev_v2.1.json.gz")
    for name in ("msmarco-pool/qna:12", "sampler"):
        assert open_collection(name).notice == resolve_collection(name).notice


@pytest.mark.parametrize(
    ("name", "asset", "origin", "size", "here"),
    [
        ("sampler", "", "", "", True),
        ("crowdrag-25", "crowdrag-25", "ir_axioms==1.2.5", "20 MB", False),
        ("insuranceqa", "insuranceqa", "insuranceqa_data==1.0", "22 MB", False),
        ("insuranceqa/valid", "insuranceqa", "insuranceqa_data==1.0", "22 MB", False),
        ("msmarco-pool/hub", "", "hub data set rasyosef/msmarco", "?", False),
        ("msmarco-pool/hub:200", "", "hub data set rasyosef/msmarco", "?", False),
        ("msmarco-pool/qna", "", "ir_datasets", "138 MB", False),
        ("msmarco-passage/dev/small", "", "ir_datasets", "1.1 GB", False),
        ("nano-beir/nfcorpus", "", "ir_datasets", "?", False),
        ("beir/nfcorpus/test", "", "ir_datasets", "2.4 MB", False),
        ("beir/cqadupstack/gis", "", "ir_datasets", "?", None),
        ("no/such/thing", "", "ir_datasets", "?", None),
        ("..", "", "", "", True),
        ("..:dev", "", "", "", True),
    ],
)
def test_what_a_name_means(monkeypatch, name, asset, origin, size, here):
    monkeypatch.setattr(hub, "has_snapshot", lambda *_: False)
    source = resolve_collection(name)
    assert (source.name, source.asset, source.origin, source.size) == (name, asset, origin, size)
    assert source.is_local() is here


def test_a_folder_that_is_called_like_an_asset_is_a_folder(home):
    """It was listed with the asset's size, and the asset's terms were said."""
    Path("insuranceqa/mine").mkdir(parents=True)
    source = resolve_collection("insuranceqa/mine")
    assert (source.asset, source.size, source.is_local()) == ("", "", True)
    assert source.due_notice() == ""


def test_the_home_folder_is_understood(home, monkeypatch):
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    (home / "beir").mkdir()
    assert resolve_collection("~/beir").is_local()
    with pytest.raises(InputError, match=r"^There is no folder ~/other\.$"):
        resolve_collection("~/other")
    with pytest.raises(InputError, match="home folder that is not here"):
        resolve_collection("~nobody-of-this-name/beir")


def test_a_name_that_can_mean_nothing_is_told_before_anything_is_opened():
    Path("file").touch()
    with pytest.raises(InputError, match="file is a file; give the BEIR folder"):
        resolve_collection("file")
    with pytest.raises(InputError, match=r"no folder /no/where\."):
        resolve_collection("/no/where:dev")


def test_the_loaders_know_no_terms():
    """They stand in the table of assets and in the registry, and nowhere else."""
    answer = {"topic": "t", "query": "q", "references_ids": ["d"], "references_texts": ["x"]}
    made = crowdrag.from_answers([answer | {"kind": "llm", "style": "news", "statements": []}])
    assert made.notice == ""


# what is here of ir_datasets, without asking it


PROGRAM = """
import json, sys
from pathlib import Path
from harness.collection import irds

names = [f"msmarco-passage/{part}" for part in ("dev/small", "dev/judged", "trec-dl-2019/judged")]
ours = [*map(irds.has_documents, names), irds.has_download("msmarco-qna", "dev")]
asked = "ir_datasets" in sys.modules

import ir_datasets

home = ir_datasets.util.home_path() / "msmarco-qna"
record = ir_datasets.util.DownloadConfig.context("msmarco-qna", home)["dev"]
theirs = [Path(ir_datasets.load(name).docs_path(force=False)).exists() for name in names]
theirs.append(Path(record.path(force=False)).is_file())
print(json.dumps([ours, theirs, asked]))
"""


@pytest.mark.parametrize(
    ("files", "documents", "pool"),
    [
        ((), False, False),
        (("msmarco-passage/collection.tsv.tmp", "msmarco-passage/queries.tsv"), False, False),
        # Without its note of the version, ir_datasets takes the file for an older one's.
        (("msmarco-passage/collection.tsv",), False, False),
        (("msmarco-passage/collection.tsv", "msmarco-passage/irds_version.txt"), True, False),
        (("msmarco-qna/dev_v2.1.json.gz.tmp",), False, False),
        (("msmarco-qna/dev_v2.1.json.gz",), False, True),
    ],
    ids=str,
)
def test_what_is_here_of_ir_datasets_is_what_it_says_itself(home, files, documents, pool):
    for name in files:
        path = home / "irds" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("v2")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    ours, theirs, asked = json.loads(done.stdout.splitlines()[-1])
    assert ours == theirs == [documents] * 3 + [pool]
    found = {"msmarco-passage/collection.tsv", "msmarco-qna/dev_v2.1.json.gz.tmp"}
    assert asked is (pool or bool(found & set(files)))  # only where there is something to look at


def test_every_part_of_a_dataset_that_we_know_has_the_documents_that_we_look_for():
    import ir_datasets

    parts = [name for name in ir_datasets.registry if name.partition("/")[0] in irds_files._KNOWN]
    assert len(parts) > 20
    for name in parts:
        path = Path(ir_datasets.load(name).docs_path(force=False))
        dataset = name.partition("/")[0]
        assert path.parts[-2:] == (dataset, irds_files._KNOWN[dataset].documents)


@pytest.mark.parametrize("name", ["argsme/2020-04-01", "clueweb12/touche-2022-task-2"])
def test_a_dataset_that_only_answers_by_fetching_is_not_asked(name):
    """It ended with a TypeError."""
    assert irds.has_documents(name) is None


def test_a_home_of_ir_datasets_that_is_not_set(home, monkeypatch):
    monkeypatch.delenv("IR_DATASETS_HOME")
    monkeypatch.setenv("HOME", str(home))
    assert irds_files.home() == home / ".ir_datasets"
    assert irds.has_documents("msmarco-passage/dev/small") is False
    assert not (home / ".ir_datasets").exists()  # to look makes no folder


@pytest.mark.parametrize(
    ("file", "here"),
    [("docs.pklz4", True), ("{}", True), ("irds_version.txt", False), ("{}.tmp", False)],
)
@pytest.mark.parametrize(
    ("name", "folder", "download"),
    [
        ("beir/nfcorpus/test", "beir/nfcorpus", "source.zip"),
        ("beir/scidocs", "beir/scidocs", "source.zip"),
        ("nano-beir/quora", "nano-beir/quora", "corpus.parquet"),
    ],
)
def test_a_data_set_of_beir_is_here_with_its_download_or_its_documents(
    home, name, folder, download, file, here
):
    assert irds.has_documents(name) is False
    path = home / "irds" / folder / file.format(download)
    path.parent.mkdir(parents=True)
    path.touch()
    assert irds.has_documents(name) is here


def test_the_files_of_beir_are_where_ir_datasets_puts_them(home):
    """Its own record of each download, and the store that it makes of the documents."""
    import ir_datasets
    from ir_datasets.util import DownloadConfig

    for dataset, end in (("beir", ""), ("nano-beir", "/docs")):
        base = home / "irds" / dataset
        parts = {
            name.split("/")[1] for name in ir_datasets.registry if name.startswith(f"{dataset}/")
        }
        parts -= set(irds_files._NESTED)
        assert len(parts) > 11
        for part in parts:
            record = DownloadConfig.context(dataset, base)[f"{part}{end}"]
            path = Path(record.path(force=False))
            assert path.relative_to(base) == Path(part, irds_files._OF_SETS[dataset])
            whole = ir_datasets.load(f"{dataset}/{part}")
            assert Path(whole.docs_store().path) == base / part / "docs.pklz4"


def test_the_sizes_that_are_told_are_those_of_ir_datasets():
    import importlib.resources

    text = (importlib.resources.files("ir_datasets") / "etc/downloads.json").read_text("utf-8")
    hints = json.loads(text)
    for name, size in irds_files._SIZES.items():
        dataset, part = name.split("/")
        number, unit = size.split(" ")
        assert unit == "MB"
        digits = len(number.partition(".")[2])
        assert float(number) == round(hints[dataset][part]["size_hint"] / 1e6, digits or None)
