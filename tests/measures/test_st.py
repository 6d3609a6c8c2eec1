"""The policy `st` against sentence-transformers' own evaluator (its import takes seconds)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator

from harness.measures import Policy
from harness.measures.names import CARD, Measure
from tests.measures.test_measures import DOCS, lists, queries, rankings, scored

CUTOFFS = [1, 2, 10, 1000]
THEIRS = dict.fromkeys(measure.name for measure in CARD)
MEASURES = [Measure(name, cutoff) for name in THEIRS for cutoff in CUTOFFS]


def theirs(run, relevant):
    evaluator = InformationRetrievalEvaluator(
        queries=dict.fromkeys(relevant, "text"),
        corpus=dict.fromkeys(DOCS, "text"),
        relevant_docs=relevant,
        mrr_at_k=CUTOFFS,
        ndcg_at_k=CUTOFFS,
        accuracy_at_k=CUTOFFS,
        precision_recall_at_k=CUTOFFS,
        map_at_k=CUTOFFS,
    )
    assert evaluator.queries_ids == [query_id for query_id in relevant if relevant[query_id]]
    return evaluator.compute_metrics(
        [
            [{"corpus_id": doc_id, "score": score} for doc_id, score in run.get(query_id, [])]
            for query_id in evaluator.queries_ids
        ]
    )


@settings(deadline=None, max_examples=100)
@given(st.dictionaries(st.sampled_from(["1", "2", "3", "4"]), rankings), queries(lists))
def test_st_agrees_with_sentence_transformers(run, judged):
    scores = scored(run, judged, Policy("st"), MEASURES)
    if scores is None:
        return
    relevant = {q: [doc for doc, grade in pairs if grade >= 1] for q, pairs in judged.items()}
    expected = theirs(run, relevant)
    for measure in MEASURES:
        value = expected[f"{measure.name}@k"][measure.cutoff]
        assert scores.means[measure] == pytest.approx(float(value), abs=1e-12), measure
