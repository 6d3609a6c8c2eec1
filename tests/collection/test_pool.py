"""The pool of cards with an "Unknown" data set, rebuilt in two ways that must agree."""

import gzip
import io
import json
import logging
import os
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

import harness.system.hub
from harness.collection import msmarco_pool
from harness.collection.check import check_collection
from harness.collection.msmarco_pool import Row, hub, pool, qna
from harness.collection.open import open_collection
from harness.errors import InputError, UnreachableError
from tests.support.pool_data import HERE, ROWS, notebook, save_data_set, save_qna


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """Both sources on this machine, as the hub's client and ir_datasets would have left them."""
    folder = save_data_set(tmp_path / "data set")
    asked = []

    def snapshot(repo_id, revision, patterns, kind):
        asked.append((repo_id, revision, patterns, kind))
        return harness.system.hub.Snapshot(folder, "c0ffee" * 6)

    monkeypatch.setattr(harness.system.hub, "snapshot", snapshot)
    monkeypatch.setenv("IR_DATASETS_HOME", str(tmp_path / "irds"))
    save_qna(tmp_path / "irds/msmarco-qna/dev_v2.1.json.gz")
    yield folder
    assert all(a == ("rasyosef/msmarco", "main", hub.FILES, "dataset") for a in asked)


@pytest.mark.parametrize("first", [1, 12, 25, 36])
def test_both_ways_give_the_collection_of_the_notebook(sources, first):
    one = check_collection(open_collection(f"msmarco-pool/hub:{first}"))
    other = check_collection(open_collection(f"msmarco-pool/qna:{first}"))
    assert one.fingerprint == other.fingerprint
    queries, corpus, relevant = notebook(first)
    collection = one.collection
    assert {int(query.query_id): query.text for query in collection.queries} == queries
    assert list(collection.corpus) == list(corpus.items())
    qrels = {int(q): list(collection.qrels.relevant(q)) for q in collection.qrels}
    assert qrels == relevant
    assert collection.id == f"msmarco-pool/hub:{first}"
    assert len(collection.facts) == 1  # as many queries as were asked for: nothing to tell
    assert "non-commercial research" in collection.notice


def test_a_passage_that_is_relevant_twice_is_judged_twice(sources):
    collection = open_collection("msmarco-pool/hub:3")
    judged = collection.qrels.by_query[str(ROWS[2]["query_id"])]
    assert len(judged) == len(ROWS[2]["positives"])
    assert judged[0] == judged[-1]
    assert len({doc.doc_id for doc in collection.corpus}) == len(collection.corpus)


def test_the_text_is_left_as_it_is(sources):
    texts = {doc.text for doc in open_collection("msmarco-pool/qna:36").corpus}
    assert ROWS[9]["negatives"][-1].startswith("  A text Ã© with naïve white\u00a0space")
    assert ROWS[9]["negatives"][-1] in texts


def test_counts_that_are_not_the_cards_are_told(sources, caplog):
    with caplog.at_level(logging.WARNING):
        collection = open_collection("msmarco-pool/hub")
    documents = len(collection.corpus)
    assert collection.facts[1:] == (
        "This reconstruction has 36 queries where 5,000 were asked for.",
        f"This reconstruction has {documents} documents where the card's digits say 49,036.",
    )
    assert collection.facts[2] in caplog.text


def test_counts_that_are_the_cards_are_not(monkeypatch):
    monkeypatch.setattr(msmarco_pool, "DOCUMENTS", 3)
    monkeypatch.setattr(msmarco_pool, "FIRST", 2)
    rows = [Row("1", "q", ("a",), ("b",)), Row("2", "r", ("c",), ("a",))]
    assert len(pool(rows, "x", "a source", 2).facts) == 1
    assert "4 documents" in pool([*rows[:1], Row("2", "r", ("c", "d"), ())], "x", "s", 2).facts[1]


@pytest.mark.parametrize("rows", [1, 5, 1_024])
def test_the_shards_hold_the_rows(monkeypatch, rows):
    """However many rows are read at a time."""
    paths = sorted(HERE.glob("*.parquet"))
    assert len(paths) == 2
    monkeypatch.setattr(hub, "_ROWS", rows)
    assert [row._asdict() for row in hub._rows(paths)] == [
        {
            "query_id": str(row["query_id"]),
            "query": row["query"],
            "positives": tuple(row["positives"]),
            "negatives": tuple(row["negatives"]),
        }
        for row in ROWS
    ]


@pytest.mark.parametrize("count", ["0", "-1", "ten", "", "1e3", "100000000"])
def test_a_number_of_queries_that_is_none(count):
    with pytest.raises(InputError, match="write a number of queries after the colon"):
        open_collection(f"msmarco-pool/hub:{count}")


def test_a_data_set_of_another_shape(sources):
    for path in sources.glob("data/dev*"):
        path.write_bytes(b"PAR1 is what it should begin and end with")
    with pytest.raises(InputError, match="is not a readable parquet file with the columns"):
        open_collection("msmarco-pool/hub:1")
    for path in sources.glob("data/dev*"):
        path.unlink()
    with pytest.raises(InputError, match=r"rasyosef/msmarco at c0ffeec0ffee has no dev-\*"):
        open_collection("msmarco-pool/hub:1")


SOUND = {"query_id": [7], "query": ["q"], "positives": [["a"]], "negatives": [["b"]]}


@pytest.mark.parametrize(
    ("change", "rows"),
    [
        ({}, [Row("7", "q", ("a",), ("b",))]),
        ({"query_id": ["x7"]}, [Row("x7", "q", ("a",), ("b",))]),
        ({"negatives": pa.array([None], pa.list_(pa.string()))}, [Row("7", "q", ("a",), ())]),
        ({"query": pa.array(["q"], pa.large_string())}, [Row("7", "q", ("a",), ("b",))]),
        ({"query": pa.array(["q"]).dictionary_encode()}, [Row("7", "q", ("a",), ("b",))]),
        ({"other": [1]}, [Row("7", "q", ("a",), ("b",))]),
        ({"query_id": pa.array([None], pa.int64())}, "the id None of a query is neither"),
        ({"query_id": [7.0]}, "the id 7.0 of a query is neither"),
        ({"query": pa.array([None], pa.string())}, "query 7 has a text or a passage that is no"),
        ({"positives": [["a", None]]}, "query 7 has a text or a passage that is no text"),
        ({"positives": ["a"]}, "query 7 has a text or a passage that is no text"),
        ({"positives": [3]}, "query 7 has a text or a passage that is no text"),
    ],
)
def test_rows_of_every_kind(tmp_path, change, rows):
    path = tmp_path / "dev-0.parquet"
    parquet.write_table(pa.table(SOUND | change), path)
    if isinstance(rows, list):
        assert list(hub._rows([path])) == rows
        return
    with pytest.raises(InputError, match=rows) as failure:
        list(hub._rows([path]))
    assert str(path) in str(failure.value)


@pytest.mark.parametrize("column", SOUND)
def test_a_column_that_is_missing(tmp_path, column):
    path = tmp_path / "dev-0.parquet"
    parquet.write_table(pa.table({k: v for k, v in SOUND.items() if k != column}), path)
    with pytest.raises(InputError, match=f"columns query_id, .*{column}") as failure:
        list(hub._rows([path]))
    assert "\n" not in str(failure.value)


def test_a_file_that_was_cut_off(tmp_path):
    path = tmp_path / "dev-0.parquet"
    whole = min(HERE.glob("*.parquet")).read_bytes()
    for content in (whole[:-200], whole[:200], b"", whole[:500] + bytes(500) + whole[1000:]):
        path.write_bytes(content)
        with pytest.raises(InputError, match="is not a readable parquet file"):
            list(hub._rows([path]))


def test_a_pipe_in_place_of_a_file_is_not_waited_for(tmp_path):
    path = tmp_path / "dev-0.parquet"
    os.mkfifo(path)
    with pytest.raises(InputError, match="pipe"):
        list(hub._rows([path]))


def test_no_more_rows_are_read_than_are_asked_for(sources, monkeypatch):
    monkeypatch.setattr(hub, "_ROWS", 4)
    read = []
    row = hub._row
    monkeypatch.setattr(hub, "_row", lambda *record: read.append(record) or row(*record))
    assert len(open_collection("msmarco-pool/hub:6").queries) == 6
    assert len(read) == 6


def test_a_download_that_fails_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("IR_DATASETS_HOME", str(tmp_path))
    monkeypatch.setenv("IR_DATASETS_DL_TRIES", "1")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(UnreachableError, match="'msmarco-qna' could not be fetched") as error:
        open_collection("msmarco-pool/qna:1")
    assert "\n" not in str(error.value)


def write(path, content):
    text = content if isinstance(content, str) else json.dumps(content)
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        stream.write(text)
    return path


PASSAGE = {"is_selected": 1, "passage_text": "t", "url": ""}
COLUMNS = {"passages": {"0": [PASSAGE]}, "query": {"0": "q"}, "query_id": {"0": 7}}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "'the end' stands where '{' should"),
        ("[]", r"'\[' stands where '{' should"),
        ('{"passages":' * 13_000, "nested too deeply|stands where"),
        ('{"passages": {"0": ' + "[" * 200_000, "nested too deeply"),
        (json.dumps(COLUMNS)[:-20], "does not end"),
        (json.dumps(COLUMNS)[:-1], "'the end' stands where"),
        (json.dumps(COLUMNS).replace(":", ""), "stands where ':' should"),
        ({"passages": []}, r"'\[' stands where '{' should"),
        (COLUMNS | {"passages": {"0": {"passage_text": "t"}}}, "no list of passages"),
        (COLUMNS | {"passages": {"0": [{"passage_text": "t"}]}}, "no list of passages"),
        (COLUMNS | {"passages": {"0": [PASSAGE | {"passage_text": 3}]}}, "no list of passages"),
        (COLUMNS | {"query": {}}, "entry '0' has passages, but no query or no id"),
        (COLUMNS | {"query": {"0": 5}}, "entry '0' has passages, but no query or no id"),
        ({"passages": COLUMNS["passages"]}, "entry '0' has passages, but no query or no id"),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path, content, told):
    path = write(tmp_path / "dev.json.gz", content)
    with pytest.raises(InputError, match=told) as error:
        qna.read_rows(path, 5)
    assert str(path) in str(error.value)


def test_a_damaged_file_is_refused(tmp_path):
    path = save_qna(tmp_path / "dev.json.gz")
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"no gzip", whole[:200] + b"\0" * 99 + whole[299:]):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match="is damaged, or not MS MARCO QnA's file"):
            qna.read_rows(path, 5)


def test_no_more_is_kept_than_is_asked_for(tmp_path):
    path = save_qna(tmp_path / "dev.json.gz")
    assert [len(qna.read_rows(path, first)) for first in (1, 5, 36, 99)] == [1, 5, 36, 36]


def test_shards_are_read_in_the_order_of_their_names(sources, monkeypatch):
    glob = Path.glob
    monkeypatch.setattr(Path, "glob", lambda path, pattern: [*glob(path, pattern)][::-1])
    queries = open_collection("msmarco-pool/hub:36").queries
    assert [int(query.query_id) for query in queries] == [row["query_id"] for row in ROWS]


def test_columns_may_come_in_any_order(tmp_path):
    other = {column: COLUMNS[column] for column in ("query_id", "query", "passages")}
    rows = qna.read_rows(write(tmp_path / "dev.json.gz", other), 5)
    assert rows == (Row("7", "q", ("t",), ()),)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(), st.dictionaries(st.text(), JSON, max_size=4), max_size=4),
    st.integers(1, 9),
    st.sampled_from([None, 1]),
    st.booleans(),
)
def test_entries_are_those_of_the_json_however_small_the_window(content, chunk, indent, escaped):
    text = json.dumps(content, indent=indent, ensure_ascii=escaped)
    expected = [(c, k, v) for c, column in content.items() for k, v in column.items()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(qna, "_CHUNK", chunk)
        assert list(qna.entries(io.StringIO(text))) == expected


def test_an_entry_without_an_end_is_given_up_early(monkeypatch):
    monkeypatch.setattr(qna, "_CHUNK", 1000)
    monkeypatch.setattr(qna, "_LARGEST", 5000)
    stream = io.StringIO('{"passages": {"0": "' + "x" * 1_000_000)
    with pytest.raises(ValueError, match="does not end"):
        list(qna.entries(stream))
    assert stream.tell() < 10_000
