"""An experiment's max_active_dims is the parameter of sentence-transformers' evaluators."""

from dataclasses import replace

import pytest
from sentence_transformers import SparseEncoder
from sentence_transformers.sparse_encoder.evaluation import SparseInformationRetrievalEvaluator

from harness.experiment.spec import Experiment
from harness.pipeline.run_experiment import Settings, run_experiment
from tests.support import models
from tests.support.zoo.made import quiet, splade
from tests.support.zoo.others import csr
from tests.support.zoo.routers import inference_free

KINDS = {
    "a limit of its own": (splade(max_active_dims=40), 12),
    "no limit": (splade(), 7),
    "queries of another kind": (inference_free(), 5),
    "an autoencoder": (csr(), 6),
}


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("kind", KINDS)
def test_all_20_numbers_are_those_of_the_evaluator_with_the_same_limit(tmp_path, kind):
    make, limit = KINDS[kind]
    place = make(tmp_path)
    collection = models.sampler()
    relevant = {q: set(collection.qrels.relevant(q)) for q in collection.qrels}
    with quiet():
        evaluator = SparseInformationRetrievalEvaluator(
            {query.query_id: query.text for query in collection.queries},
            {doc.doc_id: doc.text for doc in collection.corpus},
            relevant,
            max_active_dims=limit,
            show_progress_bar=False,
            write_csv=False,
        )
        theirs = SparseEncoder(str(place), device="cpu", local_files_only=True)
        expected = evaluator(theirs)
    experiment = Experiment.of(str(place), "sampler")
    limited = replace(experiment, model=replace(experiment.model, max_active_dims=limit))
    found = run_experiment(limited, Settings(cache=tmp_path / "cache"), collection=collection)
    assert found.result.model.recipe.max_active_dims == limit
    for key, score in found.result.scores.items():
        inside = found.result.intervals.get(key)
        near = score == pytest.approx(expected[key], rel=1e-6, abs=1e-6)
        assert near or (inside and inside.low <= expected[key] <= inside.high), key
