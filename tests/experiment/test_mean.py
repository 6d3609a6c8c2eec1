"""The mean over collections, against sentence-transformers' own NanoBEIR evaluator."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cli import run
from harness.errors import InputError
from harness.experiment.mean import mean_result
from harness.experiment.parts import ResultCounts
from harness.experiment.result import write_result
from harness.measures.intervals import Interval
from tests.support import fakes, models
from tests.support.fakes import SCORES


def result(name="one", collection="a", scores=None, **counts):
    whole = fakes.result()
    return replace(
        whole,
        name=name,
        scores=scores or {"dot_ndcg@10": 0.5, "query_active_dims": 10.0, "avg_flops": 3.0},
        counts=ResultCounts(
            **{"queries": 4, "encoded_queries": 4, "encoded_documents": 50} | counts
        ),
        collection=replace(whole.collection, id=collection, sha256=collection, documents=50),
        alarms=("it smokes.",),
        provenance=replace(whole.provenance, seconds={"search": 1.0}),
    )


def test_measures_are_averaged_over_collections_and_dims_over_texts():
    other = result(
        "two", "b", {"dot_ndcg@10": 0.7, "query_active_dims": 40.0, "avg_flops": 9.0},
        encoded_queries=1, queries=1,
    )  # fmt: skip
    mean = mean_result("nanobeir", [result(), other])
    assert mean.scores == pytest.approx({"dot_ndcg@10": 0.6, "query_active_dims": 16.0})
    assert mean.counts.queries == 5
    assert mean.collection.id == "mean of a, b"
    assert mean.collection.documents == 100
    assert mean.alarms == ("a: it smokes.", "b: it smokes.")
    assert mean.provenance.seconds == {"search": 2.0}


@pytest.mark.whole
def test_it_is_what_their_evaluator_gives(monkeypatch, tmp_path):
    from sentence_transformers import SparseEncoder
    from sentence_transformers.sparse_encoder.evaluation import (
        SparseInformationRetrievalEvaluator,
        SparseNanoBEIREvaluator,
    )
    from sentence_transformers.sparse_encoder.modules import MLMTransformer, SpladePooling

    collection = models.sampler()
    texts = {doc.doc_id: doc.text for doc in collection.corpus}

    def part(queries, every):
        asked = collection.queries[queries]
        relevant = {q.query_id: set(collection.qrels.relevant(q.query_id)) for q in asked}
        wanted = set().union(*relevant.values())
        kept = {i: t for n, (i, t) in enumerate(texts.items()) if i in wanted or n % every == 0}
        return SparseInformationRetrievalEvaluator(
            {q.query_id: q.text for q in asked}, kept, relevant, name=f"Nano{every}", batch_size=32
        )

    parts = {"msmarco": part(slice(0, 5), 9), "nq": part(slice(5, 17), 4)}
    load = lambda self, name, **_: parts[name]  # noqa: E731
    monkeypatch.setattr(SparseNanoBEIREvaluator, "_load_dataset", load)
    tokenizer = models.word_pieces()
    bare = models.save(tmp_path, models.bert(tokenizer), tokenizer)
    model = SparseEncoder(modules=[MLMTransformer(str(bare)), SpladePooling()], device="cpu")
    evaluator = SparseNanoBEIREvaluator(["msmarco", "nq"])
    expected = {
        key.removeprefix("NanoBEIR_mean_"): value
        for key, value in evaluator(model).items()
        if key.startswith("NanoBEIR_mean_")
    }
    results = [
        result(
            name,
            name,
            {key.removeprefix(f"{one.name}_"): value for key, value in one(model).items()},
            encoded_queries=len(one.queries),
            encoded_documents=len(one.corpus),
        )
        for name, one in parts.items()
    ]
    scores = mean_result("nanobeir", results).scores
    assert len(scores) == 19
    for key, value in scores.items():
        assert value == pytest.approx(expected[key], abs=1e-9), key


@given(st.lists(st.floats(0, 1), min_size=2, max_size=9))
def test_a_mean_lies_between_its_parts(values):
    parts = [result(str(n), str(n), {"dot_mrr@10": v}) for n, v in enumerate(values)]
    mean = mean_result("all", parts).scores["dot_mrr@10"]
    assert min(values) - 1e-12 <= mean <= max(values) + 1e-12


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ([], "two collections or more"),
        ([result("two", "a")], "One collection is given twice: a, a"),
        ([result("two", "b", {"dot_map@100": 0.5})], "have no score in common"),
        ([result("two", "b", {"avg_flops": 0.5})], "have no score in common"),
        (
            [replace(result("two", "b"), evaluation=replace(result().evaluation, policy="trec"))],
            "'one' and 'two' differ in evaluation policy: st and trec",
        ),
        (
            [replace(result("two", "b"), model=replace(result().model, weights_sha256="0"))],
            "differ in model weights_sha256",
        ),
    ],
)
def test_unlike_results_have_no_mean(others, told):
    with pytest.raises(InputError, match=told):
        mean_result("x", [result(), *others])


def test_the_command_writes_a_result_that_can_be_checked(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        write_result(result(name, f"nano-beir/{name}", dict(SCORES)), tmp_path / f"{name}.json")
    assert run(["mean", "nano", "a.json", "b.json", "--format", "json"]) == 0
    key, value = next((k, v) for k, v in SCORES.items() if k != "avg_flops")
    assert json.loads(capsys.readouterr().out)["scores"][key] == value
    toml = f"""name = "nano"
    model = {{id = "owner/model"}}
    collection = {{id = "nano-beir"}}
    published = {{source = "a card", values = {{"{key}" = "{value}"}}}}
    """
    (tmp_path / "nano.toml").write_text(toml)
    assert run(["check", "nano.toml"]) == 0
    (tmp_path / "nano.toml").write_text(toml.replace(f'"{value}"', '"0.9999"'))
    assert run(["check", "nano.toml"]) == 1
    assert run(["mean", "../nano", "a.json", "b.json"]) == 2
    assert run(["mean", "nano", "a.json", "c.json"]) == 2


def test_the_intervals_of_a_mean_come_from_those_of_its_parts():
    one = replace(result(), intervals={"query_active_dims": Interval(9.0, 12.0, "1 entry")})
    other = replace(
        result("two", "b", encoded_queries=1), intervals={"dot_ndcg@10": Interval(0.4, 0.5, "q")}
    )
    found = mean_result("both", [one, other]).intervals
    assert found == {
        "dot_ndcg@10": Interval(0.45, 0.5, "q"),
        "query_active_dims": Interval(46 / 5, 58 / 5, "1 entry"),
    }
    assert mean_result("both", [one, replace(other, intervals=None)]).intervals is None
