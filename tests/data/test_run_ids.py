"""Ids that a TREC run cannot hold come back from the file, and no other file is changed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.data.run import Run
from harness.data.run_ids import ENCODED, decoded, encoded
from harness.data.trec import read_run, write_run
from harness.errors import InputError

IDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=4) | st.sampled_from(
    ["", "%", "%20", "a b", " ", "\t", "%25", "a%", "é è", "\0"]
)


def run_of(query_id, *doc_ids, tag="t"):
    return Run.from_rankings(tag, {query_id: [(d, 1.0) for d in doc_ids]})


def lines(tmp_path, run):
    write_run(run, tmp_path / "r.run")
    return (tmp_path / "r.run").read_text(encoding="utf-8").splitlines()


@given(st.lists(st.tuples(IDS, st.lists(IDS, min_size=1, max_size=4, unique=True)), min_size=1,
                unique_by=lambda one: one[0]))  # fmt: skip
def test_any_ids_come_back(tmp_path_factory, rankings):
    run = Run.from_rankings("t", {q: [(d, 0.5) for d in docs] for q, docs in rankings})
    path = tmp_path_factory.mktemp("run") / "r.run"
    write_run(run, path)
    assert path.read_bytes().count(b"\n") == len(run.doc_ids)
    found = read_run(path)
    assert (found.tag, found.query_ids) == ("t", run.query_ids)
    assert tuple(found.doc_ids) == tuple(run.doc_ids)


def test_by_hand(tmp_path):
    assert lines(tmp_path, run_of("new york", "a\tb", "100%", "", "é")) == [
        f"new%20york Q0 a%09b 1 1.0 t{ENCODED}",
        f"new%20york Q0 100%25 2 1.0 t{ENCODED}",
        f"new%20york Q0 % 3 1.0 t{ENCODED}",
        f"new%20york Q0 é 4 1.0 t{ENCODED}",
    ]


@pytest.mark.parametrize("doc_id", ["100%", "%20", "%", "a\u00a0b", "é"])
def test_what_a_run_can_hold_is_written_as_it_is(tmp_path, doc_id):
    assert lines(tmp_path, run_of("q", doc_id)) == [f"q Q0 {doc_id} 1 1.0 t"]
    assert read_run(tmp_path / "r.run").doc_ids == (doc_id,)


def test_a_run_that_bears_the_tag_already_comes_back_too(tmp_path):
    run = run_of("q", "%20", tag=f"t{ENCODED}")
    write_run(run, tmp_path / "r.run")
    found = read_run(tmp_path / "r.run")
    assert (found.tag, tuple(found.doc_ids)) == (run.tag, ("%20",))


@pytest.mark.parametrize("doc_id", ["%2", "a%zz", "%%", "%FF", "%C3"])
def test_what_is_not_encoded_under_the_tag_is_refused(tmp_path, doc_id):
    (tmp_path / "r.run").write_text(f"q Q0 {doc_id} 1 1.0 t{ENCODED}\n")
    with pytest.raises(InputError, match=r"r\.run: the .*percent-encoded"):
        read_run(tmp_path / "r.run")


def test_two_spellings_of_one_id_are_a_document_ranked_twice(tmp_path):
    (tmp_path / "r.run").write_text(f"q Q0 %41 1 2.0 t{ENCODED}\nq Q0 A 2 1.0 t{ENCODED}\n")
    with pytest.raises(InputError, match="ranks document 'A' twice"):
        read_run(tmp_path / "r.run")


def test_scores_and_order_stay():
    run = run_of("a b", "x", "y z")
    run = replace(run, scores=run.scores * 0.1)
    assert decoded(encoded(run)).scores is encoded(run).scores
    assert encoded(run).doc_ids == ("x", "y%20z")
