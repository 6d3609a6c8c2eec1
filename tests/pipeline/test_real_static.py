"""An inference-free model on real passages has the twenty numbers of sentence-transformers.

Documents by splade-tiny, queries by inverse document frequencies of its vocabulary over the
passages of CrowdRAG-25. The expected numbers are those of SparseInformationRetrievalEvaluator
6.2.0, printed by `python -m benchmarks.static_queries --numbers` (AMD EPYC, 2026-11-25, which took
it an hour beside other work).
"""

import pytest

import harness
from benchmarks.static_queries import build
from harness.collection.open import open_collection

pytestmark = pytest.mark.real

RANKING = {
    "dot_accuracy@1": 0.6112956811,
    "dot_accuracy@3": 0.8538205980,
    "dot_accuracy@5": 0.9335548173,
    "dot_accuracy@10": 0.9568106312,
    "dot_precision@1": 0.6112956811,
    "dot_precision@3": 0.5813953488,
    "dot_precision@5": 0.5681063123,
    "dot_precision@10": 0.5126245847,
    "dot_recall@1": 0.0538797339,
    "dot_recall@3": 0.1500628580,
    "dot_recall@5": 0.2437249841,
    "dot_recall@10": 0.4329096224,
    "dot_ndcg@10": 0.5581295806,
    "dot_mrr@10": 0.7430997205,
    "dot_map@100": 0.5225557623,
}
VECTORS = {
    "query_active_dims": 9.6677742004,
    "query_sparsity_ratio": 0.9996832523,
    "corpus_active_dims": 284.6602783203,
    "corpus_sparsity_ratio": 0.9906736034,
    "avg_flops": 1.0461839437,
}


def test_an_inference_free_model_has_their_numbers(asset, tmp_path):
    asset("splade-tiny")
    asset("crowdrag-25")
    collection = open_collection("crowdrag-25")
    folder = build(tmp_path / "model", [doc.text for doc in collection.corpus])
    result = harness.evaluate(str(folder), collection, device="cpu", cache=tmp_path / "v").result
    assert [*result.scores] == [*RANKING, *VECTORS]
    assert result.model.queries.recipe.kind == "static"
    for key, expected in (RANKING | VECTORS).items():
        around = result.intervals.get(key)
        low, high = (around.low, around.high) if around else (result.scores[key],) * 2
        # Their means of float32 counts are rounded to float32; the rankings' to ten digits here.
        room = 5e-11 if key in RANKING else 1e-7 * expected
        assert low - room <= expected <= high + room, key
