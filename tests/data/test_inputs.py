"""Runs and qrels from paths, mappings and DataFrames: the same value whichever way it comes."""

import numpy as np
import pandas as pd
import pytest

from harness.data.inputs import as_qrels, as_run, frame
from harness.data.qrels import Judgement, Qrels
from harness.data.run import Run
from harness.errors import InputError

RUN = {"q2": [("d1", 2.5), ("d3", 1.0)], "q1": [("d2", 0.5)]}
QRELS = {"q1": {"d2": 1, "d9": 0}, "q2": {"d1": 3}}

RUN_FRAMES = [
    ("query_id", "doc_id", "score"),
    ("qid", "docno", "score"),
    ("q_id", "doc_id", "score"),
    ("qid", "docid", "score"),
]
QRELS_FRAMES = [
    ("query_id", "doc_id", "relevance"),
    ("qid", "docno", "label"),
    ("q_id", "doc_id", "score"),
]


def rows(table, names):
    pairs = {q: docs.items() if isinstance(docs, dict) else docs for q, docs in table.items()}
    return pd.DataFrame([(q, *pair) for q, docs in pairs.items() for pair in docs], columns=names)


def rankings(run):
    return {query_id: [tuple(scored) for scored in ranking] for query_id, ranking in run}


def test_a_run_may_come_as_anything(tmp_path):
    path = tmp_path / "a.run"
    path.write_text("q2 Q0 d1 1 2.5 t\nq2 Q0 d3 2 1.0 t\nq1 Q0 d2 1 0.5 t\n")
    ways = [
        path,
        str(path),
        RUN,
        {q: dict(docs) for q, docs in RUN.items()},
        Run.from_rankings("tag", RUN),
        *(rows(RUN, names) for names in RUN_FRAMES),
    ]
    for way in ways:
        assert rankings(as_run(way)) == RUN


def test_qrels_may_come_as_anything(tmp_path):
    path = tmp_path / "qrels"
    path.write_text("q1 0 d2 1\nq1 0 d9 0\nq2 0 d1 3\n")
    whole = Qrels({q: tuple(map(Judgement, d, d.values())) for q, d in QRELS.items()})
    ways = [
        path,
        str(path),
        QRELS,
        {q: list(docs.items()) for q, docs in QRELS.items()},
        whole,
        *(rows(QRELS, names) for names in QRELS_FRAMES),
    ]
    for way in ways:
        assert as_qrels(way) == whole


def test_ids_of_digits_are_written_out_and_an_empty_ranking_stays():
    assert rankings(as_run({7: {42: 1}, 8: {}})) == {"7": [("42", 1.0)], "8": []}
    assert rankings(as_run({np.int64(7): [(np.int32(42), np.float32(1))]})) == {"7": [("42", 1.0)]}
    # pandas makes floats of grades where one is missing in another row
    assert as_qrels({"q": {"d": 2.0}}) == Qrels({"q": (Judgement("d", 2),)})


def test_a_list_may_name_a_relevant_document_twice_and_a_frame_may_not():
    assert len(as_qrels({"q": [("d", 1), ("d", 1)]}).by_query["q"]) == 2
    with pytest.raises(InputError, match="'d' is judged twice for query 'q'"):
        as_qrels(rows({"q": [("d", 1), ("d", 0)]}, QRELS_FRAMES[0]))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (3, "not a int"),
        (None, "not a NoneType"),
        ({"q": {"d": "1"}}, "document 'd' of query 'q' has the score '1', which is no number"),
        ({"q": {"d": True}}, "the score True"),
        ({"q": {"d": float("nan")}}, "not a finite number"),
        ({"q": {"": 1.0}}, "'' is no id"),
        ({None: {"d": 1.0}}, "None is no id"),
        ({1.5: {"d": 1.0}}, "1.5 is no id"),
        ({"q": 3}, "query 'q' must have a mapping"),
        ({"q": ["d1", "d2"]}, "has the score '1'"),
        ({"q": ["one"]}, "query 'q' must have a mapping"),
        ({"q": [("d", 1), ("d", 2)]}, "'d' twice"),
        ({7: {"d": 1}, "7": {"d": 1}}, "'7' stands there twice"),
        (pd.DataFrame({"qid": [1], "docno": [2]}), "score is needed; there are qid, docno"),
        (pd.DataFrame({"docno": [2]}), "query_id or qid or q_id is needed"),
    ],
)
def test_what_is_no_run_is_one_sentence(given, sentence):
    with pytest.raises(InputError, match=sentence):
        as_run(given)


@pytest.mark.parametrize("grade", [0.5, "1", None, float("nan"), float("inf"), True])
def test_what_is_no_grade_is_one_sentence(grade):
    with pytest.raises(InputError, match="which is no whole number"):
        as_qrels({"q": {"d": grade}})


def test_a_frame_has_a_column_for_each_key():
    assert frame([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]).to_dict("list") == {
        "a": [1, 2],
        "b": ["x", "y"],
    }
