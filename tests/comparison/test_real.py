"""Real vectors: the same model run in another way is the same, and a pruned one is not."""

import math

import pytest

import harness
from harness.collection import Collection
from harness.collection.open import open_collection
from harness.data.qrels import Qrels
from harness.significance.non_inferiority import Answer
from tests.support.compared import save_pruned

pytestmark = pytest.mark.real

MODEL = "asset:splade-tiny"


@pytest.fixture(scope="module")
def small(asset):
    """The first 500 passages of CrowdRAG-25 and the questions that some of them answer."""
    asset("splade-tiny")
    asset("crowdrag-25")
    whole = open_collection("crowdrag-25")
    documents = tuple(doc for n, doc in enumerate(whole.corpus) if n < 500)
    known = {doc.doc_id for doc in documents}
    judged = {
        query: tuple(one for one in judgements if one.doc_id in known)
        for query, judgements in whole.qrels.by_query.items()
    }
    qrels = Qrels({query: rows for query, rows in judged.items() if rows})
    queries = tuple(query for query in whole.queries if query.query_id in qrels.by_query)
    return Collection("small", documents, queries, qrels)


@pytest.fixture(scope="module")
def run(small, tmp_path_factory):
    """An evaluation with a cache of its own, so that nothing is found and all is computed."""

    def call(model=MODEL, **machine):
        cache = tmp_path_factory.mktemp("vectors")
        return harness.evaluate(str(model), small, cache=cache, device="cpu", **machine)

    return call


@pytest.fixture(scope="module")
def whole(run):
    return run(threads=2)


@pytest.mark.parametrize(
    "machine",
    [{"threads": 1, "batch_tokens": 1_500}, {"threads": 2, "head": "float32", "products": "torch"}],
    ids=["other batches and threads", "other products and head"],
)
def test_the_same_model_run_in_another_way_is_the_same(whole, run, machine):
    found = harness.compare(whole, run(**machine), margin={"ndcg@10": 0.0})
    assert found.unchanged, found.found.same.because
    assert found.found.same.differences == ()
    assert found.found.margins[0].answer is Answer.UNCHANGED
    assert found.holds


def test_32_dims_of_each_text_are_worse_and_named(whole, run, asset, small, tmp_path):
    pruned = run(save_pruned(asset("splade-tiny"), tmp_path / "model", 32), threads=2)
    assert pruned.scores["corpus_active_dims"] <= 32
    compared = harness.compare(whole, pruned, margin={"ndcg@10": 0.005})
    found = compared.found
    assert "recipe.max_active_dims: 32 and all" in found.same.differences
    assert found.queries == len(small.queries)
    for name in ("ndcg@10", "mrr@10", "map@100", "recall@10"):
        one = compared.measures[name]
        assert one.difference < 0, name
        assert one.difference == pytest.approx(pruned.scores[name] - whole.scores[name])
        assert one.losses > one.wins
    assert compared.measures["ndcg@10"].high < 0
    assert found.margins[0].answer is Answer.REGRESSED
    assert not compared.holds
    # The other way round it is better, by as much.
    back = harness.compare(pruned, whole).measures["ndcg@10"]
    assert back.difference == pytest.approx(-compared.measures["ndcg@10"].difference)
    assert back.p == compared.measures["ndcg@10"].p
    for moved in found.moved[:3]:
        by_hand = [ndcg(one.evaluation.run, small.qrels, moved.query_id) for one in (whole, pruned)]
        assert [moved.base, moved.new] == pytest.approx(by_hand)


def ndcg(run, qrels, query_id):
    """Binary nDCG@10 of one query, by its definition."""
    relevant = {one.doc_id for one in qrels.by_query[query_id] if one.grade >= 1}
    first = run.docs(query_id)[:10]
    gain = sum(1 / math.log2(rank + 2) for rank, doc in enumerate(first) if doc in relevant)
    return gain / sum(1 / math.log2(rank + 2) for rank in range(min(10, len(relevant))))
