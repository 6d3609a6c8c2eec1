"""The whole way with vectors set by hand, so that every number can be checked on paper."""

from dataclasses import replace

import numpy as np
import pytest

import harness.encoder.vector_cache
from harness.collection import Collection, Doc, Query
from harness.collection.check import check_collection
from harness.data.qrels import Judgement, Qrels
from harness.encoder.vector_cache import VectorCache
from harness.errors import InputError
from harness.experiment.sections import EvaluationSpec
from harness.measures import Policy
from harness.measures.names import Measure
from harness.pipeline import evaluate as pipeline
from harness.pipeline.diagnostics import alarms
from harness.pipeline.evaluate import evaluated_queries
from tests.support.fakes import FakeEncoder

VECTORS = {
    # documents
    "A": {0: 1.0, 1: 2.0},
    "B": {0: 2.0},
    "C": {0: 1.0, 2: 4.0},
    "D": {3: 1.0},
    "E": {},
    # queries
    "p": {0: 1.0},
    "q": {1: 1.0, 2: 0.5, 4: 9.0},
    "r": {5: 1.0},
    "s": {0: 3.0},
}
"""Scores: p gives B 2, A 1, C 1; q gives A 2, C 2; r gives nothing; s is not judged relevant."""

VOCAB = 8
DOCS = ("d3 A", "d1 B", "d2 C", "d5 D", "d4 E")
QRELS = {
    "p": {"d2": 1, "d3": 1},
    "q": {"d2": 1, "d3": 0, "d4": 1},
    "r": {"d1": 1},
    "s": {"d1": 0},
}


@pytest.fixture
def encoder():
    return FakeEncoder(VECTORS.__getitem__, VOCAB)


@pytest.fixture
def collection():
    return Collection(
        "by hand",
        [Doc(*doc.split()) for doc in DOCS],
        tuple(Query(name, name) for name in QRELS),
        Qrels({q: tuple(map(Judgement, d, d.values())) for q, d in QRELS.items()}),
    )


def evaluate(collection, encoder, evaluation, *, store, threads=1):
    """As the pipeline does it: the collection is read through first."""
    checked = check_collection(collection, allow_missing_docs=True)
    return pipeline.evaluate(checked, encoder, evaluation, store=store, threads=threads)


def ranked(evaluation):
    return {
        query_id: [(doc_id, score) for doc_id, score in ranking]
        for query_id, ranking in evaluation.run
    }


def ids(evaluation):
    return {query_id: [doc_id for doc_id, _ in ranking] for query_id, ranking in evaluation.run}


MEASURES = tuple(
    map(Measure.parse, ("ndcg@2", "mrr@10", "recall@2", "precision@2", "map@5", "accuracy@1"))
)


def options(policy="st", **given):
    return EvaluationSpec(**{"policy": policy, "depth": 10, "measures": MEASURES} | given)


def test_st_ranks_ties_ascending_and_fills_with_zero_scores(collection, encoder, tmp_path):
    whole = evaluate(collection, encoder, options(), store=VectorCache(tmp_path))
    assert whole.ranked.kernels == "ranx"  # of every evaluation, however small
    found = ranked(whole)
    assert found == {
        "p": [("d1", 2.0), ("d2", 1.0), ("d3", 1.0), ("d4", 0.0), ("d5", 0.0)],
        "q": [("d2", 2.0), ("d3", 2.0), ("d1", 0.0), ("d4", 0.0), ("d5", 0.0)],
        "r": [("d1", 0.0), ("d2", 0.0), ("d3", 0.0), ("d4", 0.0), ("d5", 0.0)],
    }


def test_trec_ranks_ties_descending_and_only_what_matches(collection, encoder, tmp_path):
    found = ranked(evaluate(collection, encoder, options("trec"), store=VectorCache(tmp_path)))
    assert found == {
        "p": [("d1", 2.0), ("d3", 1.0), ("d2", 1.0)],
        "q": [("d3", 2.0), ("d2", 2.0)],
        "r": [],
        "s": [("d1", 6.0), ("d3", 3.0), ("d2", 3.0)],
    }


LOG3 = np.log2(3)


def test_st_scores_by_hand(collection, encoder, tmp_path):
    found = evaluate(collection, encoder, options(), store=VectorCache(tmp_path))
    # p: d1 D2 D3, relevant d2 d3.  q: D2 d3 d1 D4, relevant d2 d4.  r: D1, by the zero fill.
    expected = {
        "dot_ndcg@2": ((1 / LOG3) / (1 + 1 / LOG3) + 1 / (1 + 1 / LOG3) + 1) / 3,
        "dot_mrr@10": (1 / 2 + 1 + 1) / 3,
        "dot_recall@2": (1 / 2 + 1 / 2 + 1) / 3,
        "dot_precision@2": (1 / 2 + 1 / 2 + 1 / 2) / 3,
        "dot_map@5": ((1 / 2 + 2 / 3) / 2 + (1 + 2 / 4) / 2 + 1) / 3,
        "dot_accuracy@1": 2 / 3,
    }
    for key, value in expected.items():
        assert found.scores[key] == pytest.approx(value, abs=1e-12), key
    assert (found.ranked.counts.queries, found.ranked.counts.unanswered) == (3, 0)
    assert found.unmatched == 1


def test_trec_scores_by_hand_and_an_unanswered_query_counts_as_nothing(
    collection, encoder, tmp_path
):
    found = evaluate(collection, encoder, options("trec"), store=VectorCache(tmp_path))
    # p: d1 D3 D2.  q: d3 D2, and d4 is never found.  r: nothing.  s: nothing is relevant.
    expected = {
        "dot_ndcg@2": ((1 / LOG3) / (1 + 1 / LOG3) * 2) / 4,
        "dot_mrr@10": (1 / 2 + 1 / 2) / 4,
        "dot_recall@2": (1 / 2 + 1 / 2) / 4,
        "dot_precision@2": (1 / 2 + 1 / 2) / 4,
        "dot_map@5": ((1 / 2 + 2 / 3) / 2 + (1 / 2) / 2) / 4,
        "dot_accuracy@1": 0,
    }
    for key, value in expected.items():
        assert found.scores[key] == pytest.approx(value, abs=1e-12), key
    assert (found.ranked.counts.queries, found.ranked.counts.unanswered) == (4, 1)
    assert found.ranked.counts.no_relevant == 1


def test_sparsity_by_hand(collection, encoder, tmp_path):
    scores = evaluate(collection, encoder, options(), store=VectorCache(tmp_path)).scores
    # Three queries of 1, 3, 1 active dims; five documents of 2, 1, 2, 1, 0.
    assert scores["query_active_dims"] == pytest.approx(5 / 3)
    assert scores["corpus_active_dims"] == pytest.approx(6 / 5)
    assert scores["query_sparsity_ratio"] == pytest.approx(1 - 5 / 3 / 8)
    assert scores["corpus_sparsity_ratio"] == pytest.approx(1 - 6 / 5 / 8)
    # Dimension 0: a third of the queries, 3 of 5 documents; 1 and 2: a third, one in five each.
    assert scores["avg_flops"] == pytest.approx(1 / 3 * 3 / 5 + 2 * (1 / 3 * 1 / 5))


def test_only_queries_that_are_evaluated_are_encoded(collection, encoder, tmp_path):
    evaluate(collection, encoder, options(), store=VectorCache(tmp_path))
    assert encoder.calls == [("query", ("p", "q", "r")), ("document", tuple("ABCDE"))]


def test_a_query_can_be_taken_out_of_its_own_ranking(collection, encoder, tmp_path):
    renamed = replace(
        collection,
        corpus=[
            doc._replace(doc_id="p") if doc.doc_id == "d1" else doc for doc in collection.corpus
        ],
        qrels=Qrels({"p": (Judgement("d2", 1),), "q": (Judgement("p", 1),)}),
    )
    store = VectorCache(tmp_path)
    shallow = options(depth=3, measures=("ndcg@3",))
    kept = evaluate(renamed, encoder, shallow, store=store)
    dropped = evaluate(renamed, encoder, replace(shallow, ignore_identical_ids=True), store=store)
    assert ids(kept) == {"p": ["p", "d2", "d3"], "q": ["d2", "d3", "d4"]}
    # One more is searched, so that the ranking is as deep without it.
    assert ids(dropped) == {"p": ["d2", "d3", "d4"], "q": ["d2", "d3", "d4"]}


@pytest.mark.parametrize("depth", [1, 2, 5, 50, 10**12])
def test_the_depth_is_what_is_kept(collection, encoder, tmp_path, depth):
    shallow = options(depth=depth, measures=("mrr@1",))
    found = evaluate(collection, encoder, shallow, store=VectorCache(tmp_path))
    whole = ids(evaluate(collection, encoder, options(), store=VectorCache(tmp_path)))
    assert ids(found) == {query_id: ranking[:depth] for query_id, ranking in whole.items()}


def test_a_ranking_too_shallow_for_a_measure_is_refused_and_not_scored(
    collection, encoder, tmp_path
):
    """recall@20 of five documents found was given as if 20 had been looked at."""
    with pytest.raises(InputError, match="depth 5 is too small to compute a measure at 20"):
        evaluate(
            collection,
            encoder,
            EvaluationSpec(depth=5, measures=("recall@20",)),
            store=VectorCache(tmp_path),
        )
    assert encoder.calls == []


@pytest.mark.parametrize("policy", ["st", "trec"])
def test_the_size_of_shards_and_the_threads_change_nothing(
    collection, encoder, tmp_path, monkeypatch, policy
):
    def run(number):
        found = evaluate(
            collection,
            encoder,
            options(policy),
            store=VectorCache(tmp_path / str(size)),
            threads=number,
        )
        return dict(found.scores), ranked(found), found.queries.tokens, found.documents.tokens

    size = 2048
    expected = run(1)
    for size in (1, 2, 3, 5):
        monkeypatch.setattr(harness.encoder.vector_cache, "SHARD_TEXTS", size)
        for threads in (1, 2, 4):
            assert run(threads) == expected


def test_what_is_in_the_store_is_not_encoded_again(collection, encoder, tmp_path):
    first = evaluate(collection, encoder, options(), store=VectorCache(tmp_path))
    encoder.calls.clear()
    second = evaluate(collection, encoder, options(), store=VectorCache(tmp_path))
    assert encoder.calls == []
    assert (first.scores, ranked(first)) == (second.scores, ranked(second))
    evaluate(collection, encoder, options("trec"), store=VectorCache(tmp_path))
    assert encoder.calls == [("query", tuple("pqrs"))]  # s is asked under trec only


def test_a_run_that_was_stopped_goes_on(collection, encoder, tmp_path, monkeypatch):
    monkeypatch.setattr(harness.encoder.vector_cache, "SHARD_TEXTS", 2)
    expected = evaluate(collection, encoder, options(), store=VectorCache(tmp_path / "undisturbed"))

    def stopped(text):
        if text == "D":
            raise KeyboardInterrupt
        return VECTORS[text]

    with pytest.raises(KeyboardInterrupt):
        evaluate(
            collection, FakeEncoder(stopped, VOCAB), options(), store=VectorCache(tmp_path / "s")
        )
    encoder.calls.clear()
    found = evaluate(collection, encoder, options(), store=VectorCache(tmp_path / "s"))
    assert encoder.calls == [("document", ("C", "D")), ("document", ("E",))]
    assert (found.scores, ranked(found)) == (expected.scores, ranked(expected))


def test_what_befell_the_texts_is_counted(collection, encoder, tmp_path):
    found = evaluate(collection, encoder, options(), store=VectorCache(tmp_path))
    assert (found.queries.texts, found.queries.tokens, found.queries.empty) == (3, 3, 0)
    assert (found.documents.texts, found.documents.tokens, found.documents.empty) == (5, 5, 1)
    assert (found.documents.truncated, found.documents.unknown) == (1, 2)
    assert set(found.seconds) == {"encode queries", "encode documents", "search", "measure"}
    assert min(found.seconds.values()) >= 0


def test_ids_may_be_of_any_length_and_script(encoder, tmp_path):
    names = ["é" * 40, "z", "東京", "a b"]
    collection = Collection(
        "ids",
        [Doc(name, "B") for name in names],
        (Query("\U0001f600", "p"),),
        Qrels({"\U0001f600": (Judgement("東京", 1),)}),
    )
    found = evaluate(collection, encoder, options(), store=VectorCache(tmp_path))
    assert ids(found) == {"\U0001f600": sorted(names)}


def test_nothing_to_evaluate(collection):
    nothing = replace(collection, qrels=Qrels({"s": (Judgement("d1", 1),)}))
    with pytest.raises(InputError, match="no query has a document judged 2 or better"):
        evaluated_queries(nothing, Policy("st", 2))


# alarms


def said(found, vocab_size=VOCAB):
    return " ".join(alarms(found, vocab_size))


def test_alarms_say_what_looks_wrong(collection, encoder, tmp_path):
    found = evaluate(collection, encoder, options(), store=VectorCache(tmp_path))
    assert "1 of 3 queries share no dimension with any document" in said(found)
    assert "1 of 5 documents have no active dimension" in said(found)
    assert "1 documents (20.0%) were cut" in said(found)
    assert "40.0% of the tokens of the documents are unknown" in said(found)
    assert "Hardly sparse: on average 15% of all dimensions of the documents" in said(found)
    assert "dims" not in said(found, 10_000)
    assert "sparse" not in said(found, 10_000)


def test_a_model_that_activates_everything_is_called_dead(collection, tmp_path):
    dead = FakeEncoder(lambda _: dict.fromkeys(range(VOCAB), 1.0), VOCAB)
    found = evaluate(collection, dead, options(), store=VectorCache(tmp_path))
    assert "Dead model: on average 100% of all dimensions of the queries" in said(found)
    assert "Dead model: on average 100% of all dimensions of the documents" in said(found)


def test_nothing_is_said_of_what_looks_right(collection, tmp_path):
    found = evaluate(
        replace(collection, corpus=[Doc("d1", "x y"), Doc("d2", "p q r")]),
        FakeEncoder(fingerprint="a" * 64),
        options(),
        store=VectorCache(tmp_path),
    )
    calm = {"truncated": 0, "unknown": 0, "empty": 0}
    found = replace(
        found,
        unmatched=0,
        queries=replace(found.queries, **calm),
        documents=replace(found.documents, **calm),
    )
    assert alarms(found, 1000) == ()
