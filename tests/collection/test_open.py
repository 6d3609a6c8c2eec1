"""From a name to a collection; ir_datasets by its own registry, without a network."""

import json
from types import SimpleNamespace

import ir_datasets
import pytest
import requests

from harness.collection import Doc, Query, irds
from harness.collection.check import check_collection
from harness.collection.open import open_collection
from harness.collection.sources import OWN
from harness.data.qrels import Judgement
from harness.errors import InputError, UnreachableError


@pytest.fixture
def register(monkeypatch):
    """Register a dataset for the length of one test."""

    def put(name, dataset):
        ir_datasets.registry.register(name, dataset)
        names.append(name)

    names = []
    yield put
    for name in names:
        ir_datasets.registry._registered.pop(name)


@pytest.fixture
def tiny(tmp_path, register):
    """`tiny/test`, read from its three files; its qrels can be rewritten."""
    (tmp_path / "docs.tsv").write_text("d1\tone\nd2\ttwo\nd3\t\n")
    (tmp_path / "queries.tsv").write_text("q1\tfirst\nq2\tsecond\n")
    (tmp_path / "qrels").write_text("q1 0 d1 2\nq1 0 d2 0\nq2 0 d2 1\n")
    paths = [str(tmp_path / name) for name in ("docs.tsv", "queries.tsv", "qrels")]
    register("tiny/test", ir_datasets.create_dataset(*paths))
    register("tiny", ir_datasets.create_dataset(docs_tsv=paths[0]))
    return tmp_path


def test_a_dataset_of_ir_datasets(tiny):
    collection = open_collection("tiny/test")
    assert collection.id == "tiny/test"
    documents = [Doc("d1", "one"), Doc("d2", "two"), Doc("d3", "")]
    assert list(collection.corpus) == documents
    assert list(collection.corpus) == documents  # and again
    assert collection.queries == (Query("q1", "first"), Query("q2", "second"))
    assert collection.qrels.by_query == {
        "q1": (Judgement("d1", 2), Judgement("d2", 0)),
        "q2": (Judgement("d2", 1),),
    }
    assert check_collection(collection).collection.facts == ("1 of 3 documents have no text.",)


def test_a_dataset_without_judgements_names_its_parts_that_have_some(tiny):
    with pytest.raises(
        InputError, match="no queries and no judgements; parts of it that have all: tiny/test"
    ):
        open_collection("tiny")


def test_judgements_that_stand_twice(tiny):
    (tiny / "qrels").write_text("q1 0 d1 2\nq1 0 d1 2\n")
    collection = open_collection("tiny/test")
    assert collection.qrels.by_query == {"q1": (Judgement("d1", 2),)}
    assert collection.facts == ("1 judgements stand twice with one grade; each counts once.",)
    (tiny / "qrels").write_text("q1 0 d1 2\nq1 1 d1 1\n")
    with pytest.raises(InputError, match="judges document 'd1' for query 'q1' twice"):
        open_collection("tiny/test")


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectionError("no route\nto host"),
        RuntimeError("All download sources failed", []),
        OSError(28, "No space left on device"),
        ImportError("No module named 'ijson'"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_dataset_that_can_not_be_fetched(tiny, monkeypatch, error):
    def fail():
        raise error
        yield

    monkeypatch.setattr(ir_datasets.load("tiny/test"), "docs_iter", fail)
    collection = open_collection("tiny/test")
    with pytest.raises(UnreachableError, match=r"^'tiny/test' (could not be|needs)") as failure:
        next(iter(collection.corpus))
    assert "\n" not in str(failure.value)
    monkeypatch.setattr(ir_datasets.load("tiny/test"), "queries_iter", fail)
    with pytest.raises(UnreachableError, match="'tiny/test'"):
        open_collection("tiny/test")


def test_the_text_of_a_record():
    assert irds._text("x", SimpleNamespace(text="t", default_text=lambda: "T t")) == "T t"
    assert irds._text("x", SimpleNamespace(text="t")) == "t"
    with pytest.raises(InputError, match="keeps SimpleNamespace records, which have no one text"):
        irds._text("x", SimpleNamespace(code="c"))


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("crowdrag", "crowdrag-25"),
        ("insurance-qa", "insuranceqa"),
        ("msmarco-passage/dev/smal", "msmarco-passage/dev/small"),
        ("beir/nf-corpus/test", "beir/nfcorpus/test"),
    ],
)
def test_a_mistyped_name_is_answered_with_the_right_one(name, near):
    with pytest.raises(InputError, match=rf"did you mean .*\b{near}\b.*\?"):
        open_collection(name)


def test_a_name_like_no_other_is_answered_with_ours():
    with pytest.raises(InputError, match="our own are sampler, crowdrag-25"):
        open_collection("###")
    with pytest.raises(InputError, match="our own are"):
        open_collection("")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A BEIR folder `data/mine` with the splits dev and test, below where we stand."""
    made = tmp_path / "data/mine"
    (made / "qrels").mkdir(parents=True)
    document = {"_id": "d1", "title": "A", "text": "b"}
    (made / "corpus.jsonl").write_text(json.dumps(document) + "\n")
    (made / "queries.jsonl").write_text('{"_id": "q1", "text": "x"}\n{"_id": "q2", "text": "y"}\n')
    for split, query in (("test", "q1"), ("dev", "q2")):
        content = f"query-id\tcorpus-id\tscore\n{query}\td1\t1\n"
        (made / f"qrels/{split}.tsv").write_text(content)
    monkeypatch.chdir(tmp_path)
    return made


@pytest.mark.parametrize(
    ("name", "query"),
    [("data/mine", "q1"), ("./data/mine/", "q1"), ("data/mine:dev", "q2"), ("{}:dev", "q2")],
)
def test_a_folder_with_and_without_a_split(folder, name, query):
    collection = open_collection(name.format(folder))
    assert collection.id == name.format(folder)
    assert [q.query_id for q in collection.queries] == [query]


def test_a_folder_that_is_not_there_and_a_file(folder):
    for name in ("./data/yours", "./data/yours:dev"):
        with pytest.raises(InputError, match=r"^There is no folder \./data/yours\.$"):
            open_collection(name)
    with pytest.raises(InputError, match=r"corpus\.jsonl is a file; give the BEIR folder"):
        open_collection("data/mine/corpus.jsonl")


def test_our_own_name_wins_over_a_folder(folder):
    folder.rename(folder.parents[1] / "sampler")
    assert len(list(open_collection("sampler").corpus)) > 1
    assert len(list(open_collection("./sampler").corpus)) == 1


def test_the_sampler_ships_and_is_sound():
    checked = check_collection(open_collection("sampler"))
    assert checked.collection.id == "sampler"
    assert checked.fingerprint.relevant > 0
    assert not any("no judgement" in fact for fact in checked.collection.facts)


def test_what_we_name_is_told_in_the_docs():
    import harness.collection.sources as module

    assert all(f"`{name}`" in (module.__doc__ or "") for name in OWN)
