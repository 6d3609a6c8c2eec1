"""Cards made by the evaluators themselves: sentence-transformers' own code, and pytrec_eval."""

import pytest
import pytrec_eval
import torch
from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator

from harness.why.verdict import WhyAnswer
from tests.support.conventions import SINGLE, ranking
from tests.why.worlds import holds, repeated, world

SEEDS = range(3)


class DenseModel:
    """What the evaluator uses of a model: the vectors of a world as dense tensors."""

    similarity_fn_name = "dot"

    def __init__(self, here):
        self.vectors, self.at = here.vectors, 0

    def encode_query(self, texts, **how):
        rows = self.vectors.queries.to_dense()
        return torch.from_numpy(rows[[int(text) for text in texts]])

    def encode_document(self, texts, **how):
        return torch.from_numpy(self.vectors.documents.to_dense()[[int(text) for text in texts]])


def sentence_transformers(here, level=1, as_lists=True, **settings):
    """Its numbers for a world, whose texts are the numbers of its rows."""
    relevant = {q: [d for d, g in pairs if g >= level] for q, pairs in here.qrels.items()}
    evaluator = InformationRetrievalEvaluator(
        {query: str(n) for n, query in enumerate(here.asked)},
        {doc.doc_id: str(n) for n, doc in enumerate(here.collection.corpus)},
        relevant if as_lists else {query: set(docs) for query, docs in relevant.items()},
        map_at_k=[5, 100],
        score_functions={"dot": lambda a, b: a @ b.T},
        write_csv=False,
        **settings,
    )
    found = evaluator.compute_all_metrics(DenseModel(here))["dot"]
    return {
        f"{k.split('@')[0]}@{cut}": float(v) for k, by in found.items() for cut, v in by.items()
    }


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("chunk", [50_000, 37])
def test_its_own_evaluator_is_nothing_off(seed, chunk):
    here = world(seed)
    found = here.explained(repeated(sentence_transformers(here, corpus_chunk_size=chunk)))
    assert found.answer is WhyAnswer.NOTHING_OFF
    assert found.explained


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("level", "as_lists"), [(2, True), (1, False), (3, False)])
def test_its_evaluator_with_another_level_or_with_sets(seed, level, as_lists):
    here = world(seed)
    found = here.explained(repeated(sentence_transformers(here, level, as_lists)))
    assert found.answer is WhyAnswer.EXPLAINED
    truth = {"level": str(level), "repeats": "counted" if as_lists else "once"}
    assert holds(found.answered.boxes, truth)
    assert "sentence-transformers 6.2" in found.tools or not as_lists


def pytrec(here, leave_own, level=1):
    """trec_eval's numbers, as mteb and BEIR ask for them: it ranks what has a score above 0."""
    run = {}
    for query, scores in here.scores.items():
        deep = ranking(query, scores, SINGLE | {"ties": "trec", "zeros": "not ranked"})
        kept = [doc for doc in deep if not (leave_own and doc == query)]
        if kept:
            run[query] = {doc: scores[doc] for doc in kept}
    wanted = {"map_cut.5,100", "ndcg_cut.10", "recip_rank", "P.1,3,5,10", "recall.1,3,5,10"}
    judged = {query: dict(pairs) for query, pairs in here.qrels.items()}
    evaluator = pytrec_eval.RelevanceEvaluator(judged, wanted, relevance_level=level)
    each = list(evaluator.evaluate(run).values())
    names = {"map_cut": "map", "ndcg_cut": "ndcg", "P": "precision", "recall": "recall"}
    found = {}
    for key in each[0]:
        name, _, cut = key.rpartition("_")
        measure = "mrr@10" if key == "recip_rank" else f"{names[name]}@{cut}"
        found[measure] = sum(query[key] for query in each) / len(each)
    return found


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("leave_own", [False, True])
@pytest.mark.parametrize("level", [1, 2])
def test_pytrec_eval_is_named_as_trec_eval_without_c(seed, leave_own, level):
    here = world(seed, repeats=False)
    found = here.explained(repeated(pytrec(here, leave_own, level)))
    assert found.answer is WhyAnswer.EXPLAINED
    truth = {
        "own": "left out" if leave_own else "kept",
        "ties": "trec",
        "zeros": "not ranked",
        "level": str(level),
        "queries": "judged and answered",
        "gains": "grades",
        "map": "R",
        "mrr": "depth",
    }
    assert holds(found.answered.boxes, truth)
    assert not holds(found.answered.boxes, {})
