"""BEIR folders, whole and broken."""

import gzip
import json
from pathlib import Path

import pytest

from harness.collection import Doc, Query, beir
from harness.data.qrels import Judgement
from harness.errors import InputError

CORPUS = [
    {"_id": "d1", "title": "Cats", "text": "They purr. "},
    {"_id": "d2", "title": "", "text": " Dogs bark."},
    {"_id": "d3", "text": "Überall Fische.\nViele.", "metadata": {}},
    {"_id": "d4", "title": None, "text": ""},
]
QUERIES = [
    {"_id": "q2", "text": "barking"},
    {"_id": "qx", "text": "?"},
    {"_id": "q1", "text": "cat"},
]
HEADER = "query-id\tcorpus-id\tscore\n"


def lines(records) -> bytes:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "qrels").mkdir()
    (tmp_path / "corpus.jsonl").write_bytes(lines(CORPUS))
    (tmp_path / "queries.jsonl").write_bytes(lines(QUERIES))
    (tmp_path / "qrels/test.tsv").write_text(f"{HEADER}q1\td1\t2\nq1\td2\t0\nq2\td2\t1\n")
    (tmp_path / "qrels/dev.tsv").write_text(f"{HEADER}qx\td3\t1\n")
    return tmp_path


def test_a_folder_is_read_as_beir_reads_it(folder):
    collection = beir.load(folder)
    assert collection.id == str(folder)
    documents = [
        Doc("d1", "Cats They purr."),
        Doc("d2", "Dogs bark."),
        Doc("d3", "Überall Fische.\nViele."),
        Doc("d4", ""),
    ]
    assert list(collection.corpus) == documents
    assert list(collection.corpus) == documents  # and again
    assert collection.queries == (Query("q2", "barking"), Query("q1", "cat"))
    assert collection.qrels.by_query == {
        "q1": (Judgement("d1", 2), Judgement("d2", 0)),
        "q2": (Judgement("d2", 1),),
    }


def test_a_gzipped_folder_is_the_same(folder):
    plain = beir.load(folder)
    documents = list(plain.corpus)
    for name in ("corpus.jsonl", "queries.jsonl"):
        path = folder / name
        (folder / f"{name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    zipped = beir.load(folder)
    assert list(zipped.corpus) == documents
    assert zipped.queries == plain.queries


def test_the_split_is_test_or_the_one_named_or_the_only_one(folder):
    assert list(beir.load(folder, "dev").qrels) == ["qx"]
    (folder / "qrels/test.tsv").unlink()
    assert list(beir.load(folder).qrels) == ["qx"]
    with pytest.raises(InputError, match=r"no split 'train': write .*:<one of dev>"):
        beir.load(folder, "train")
    (folder / "qrels/train.tsv").write_text(f"{HEADER}qx\td3\t1\n")
    with pytest.raises(InputError, match=r"none is 'test': write .*:<one of dev, train>"):
        beir.load(folder)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b"{", "line 3 is not JSON"),
        (b"", "line 3 is not JSON"),
        (b"\xff\xfe", "line 3 is not JSON"),
        (b"[" * 100_000, "line 3 is not JSON"),
        (b'["d9"]', "line 3 is not a JSON object"),
        (b'{"text": "x"}', "line 3 has no '_id'"),
        (b'{"_id": 9, "text": "x"}', "line 3: '_id' is 9 and must be a string"),
        (b'{"_id": "", "text": "x"}', "line 3: '_id' is empty"),
        (b'{"_id": "d9"}', "line 3 has no 'text'"),
        (b'{"_id": "d9", "text": null}', "line 3: 'text' is null and must be a string"),
        (b'{"_id": "d9", "text": "x", "title": 7}', "line 3: 'title' must be a string"),
    ],
)
def test_a_bad_line_is_named(folder, line, sentence):
    path = folder / "corpus.jsonl"
    path.write_bytes(lines(CORPUS[:2]) + line + b"\n" + lines(CORPUS[2:]))
    with pytest.raises(InputError, match=sentence) as failure:
        list(beir.load(folder).corpus)
    assert str(failure.value).startswith(str(path))


def test_a_bad_query_is_named(folder):
    (folder / "queries.jsonl").write_bytes(lines([*QUERIES, {"_id": 4, "text": "x"}]))
    with pytest.raises(InputError, match=r"queries\.jsonl, line 4: '_id' is 4"):
        beir.load(folder)


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"])
def test_an_empty_file_is_named(folder, name):
    (folder / name).write_bytes(b"")
    with pytest.raises(InputError, match=f"{Path(name).name} is empty"):
        list(beir.load(folder).corpus)


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"has no {name}: a BEIR folder holds"):
        beir.load(folder)


def test_missing_judgements_are_named(folder):
    for path in (folder / "qrels").iterdir():
        path.unlink()
    with pytest.raises(InputError, match=r"has no judgements: put them in .*qrels/<split>\.tsv"):
        beir.load(folder)


def test_a_truncated_gzip_is_named(folder):
    path = folder / "corpus.jsonl"
    (folder / "corpus.jsonl.gz").write_bytes(gzip.compress(path.read_bytes())[:-9])
    path.unlink()
    with pytest.raises(InputError, match=r"corpus\.jsonl\.gz is a gzip file damaged after line"):
        list(beir.load(folder).corpus)


def test_packed_judgements_are_found_and_a_plain_copy_goes_first(folder):
    plain = folder / "qrels/test.tsv"
    packed = folder / "qrels/test.tsv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    judged = list(beir.load(folder).qrels)
    plain.write_text(f"{HEADER}qx\td3\t1\n")
    assert list(beir.load(folder).qrels) == ["qx"]
    plain.unlink()
    assert list(beir.load(folder).qrels) == judged
    assert judged != ["qx"]


def test_a_bad_line_is_placed_once(folder):
    path = folder / "corpus.jsonl"
    path.write_bytes(path.read_bytes() + b'{"_id": 1,}\n')
    with pytest.raises(InputError, match=r"line \d+ is not JSON: .* at column \d+\.$") as caught:
        list(beir.load(folder).corpus)
    assert " line " not in str(caught.value).partition(" is not JSON")[2]
