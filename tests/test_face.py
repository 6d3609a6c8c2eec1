"""`import harness`: ten names, nothing heavy, and each does what its three lines say."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import harness
from harness import Experiment, Policy, Qrels, Run
from harness.collection import Collection, Doc, Query
from harness.errors import InputError
from harness.experiment.evidence import PublishedSpec
from harness.measures.names import CARD, Measure
from harness.pipeline.run_experiment import Settings, run_experiment
from tests.support import CARDS, ROOT, models

RUN = {"q1": {"d1": 0.9, "d2": 0.8}, "q2": {"d3": 1.0}}
QRELS = {"q1": {"d2": 1}, "q2": {"d3": 2, "d4": 1}}

NAMES = {
    "Experiment", "Policy", "Qrels", "Run", "audit", "compare", "evaluate", "find_convention",
    "load_encoder", "open_collection", "read_card", "reproduce", "reproduce_card", "score",
}  # fmt: skip


def test_the_face_has_its_names_and_nothing_else():
    assert {*harness.__all__} == NAMES | {"__version__"}
    assert set(dir(harness)) >= NAMES
    for name in harness.__all__:
        assert getattr(harness, name) is not None
    assert harness.__version__ == "0.1.0"
    with pytest.raises(AttributeError, match="no attribute 'evaluation'"):
        _ = harness.evaluation


def test_importing_it_pulls_nothing_but_the_standard_library():
    program = "import sys; b = set(sys.modules); import harness; print(*set(sys.modules) - b)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    tops = {name.partition(".")[0] for name in done.stdout.split()}
    assert tops - sys.stdlib_module_names == {"harness"}
    assert [name for name in done.stdout.split() if name.startswith("harness.")] == []
    assert len(tops) < 20


# score


def test_score_takes_what_people_have(tmp_path):
    """By hand: q1 has its document at rank 2, q2 one of two at rank 1."""
    path = tmp_path / "a.run"
    path.write_text("q1 Q0 d1 1 0.9 t\nq1 Q0 d2 2 0.8 t\nq2 Q0 d3 1 1.0 t\n")
    table = pd.DataFrame(
        [(q, d, s) for q, docs in RUN.items() for d, s in docs.items()],
        columns=["qid", "docno", "score"],
    )
    pairs = {q: list(docs.items()) for q, docs in RUN.items()}
    assert harness.score(RUN, Qrels.of(QRELS), "mrr@10", "trec").means["mrr@10"] == 0.75
    for run in (RUN, path, str(path), table, Run.from_rankings("t", pairs)):
        found = harness.score(run, QRELS, ["mrr@10", "recall@10"], "trec")
        assert found.means["mrr@10"] == 0.75
        assert found.means["R@10"] == found.means[Measure("recall", 10)] == 0.75
        assert found.per_query["recall@10"].tolist() == [1.0, 0.5]
    assert list(harness.score(RUN, QRELS).means) == [str(measure) for measure in CARD]
    assert list(
        harness.score(run=RUN, qrels=QRELS, measures="nDCG@10, R@1k", policy="st").means
    ) == [
        "ndcg@10",
        "recall@1000",
    ]
    strict = harness.score(RUN, QRELS, "accuracy@1", Policy("trec", 2))
    assert (strict.means["success@1"], strict.counts.queries) == (0.5, 2)


def test_scores_show_themselves_and_become_a_frame():
    found = harness.score(RUN, QRELS, "mrr@10,ndcg@10")
    frame = found.to_frame()
    assert list(frame.columns) == ["mrr@10", "ndcg@10"]
    assert frame.loc["q1", "mrr@10"] == 0.5
    assert "mrr@10   0.750000" in str(found)
    assert "<td>mrr@10</td>" in found._repr_html_()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((RUN, QRELS, "ndcg"), "ndcg@10"),
        ((RUN, QRELS, "mrr@10", "tree"), "'tree' is no policy"),
        ((3, QRELS), "A run is a path"),
        (("no/such.run", QRELS), "no/such.run"),
        ((RUN, {"other": {"d": 1}}), "judged queries"),
    ],
)
def test_what_cannot_be_scored_is_one_sentence(arguments, sentence):
    with pytest.raises(InputError, match=sentence):
        harness.score(*arguments)


# evaluate, reproduce, load_encoder


@pytest.fixture(scope="module")
def small():
    sampler = models.sampler()
    queries = sampler.queries[:5]
    wanted = {d for q in queries for d in sampler.qrels.relevant(q.query_id)}
    docs = tuple(doc for doc in sampler.corpus if doc.doc_id in wanted)
    judged = {q.query_id: sampler.qrels.by_query[q.query_id] for q in queries}
    return Collection("small", docs, queries, Qrels(judged))


def test_evaluate_a_folder_on_a_collection_made_in_python(tiny_bert, small, tmp_path):
    found = harness.evaluate(
        str(tiny_bert), small, "ndcg@10,R@5", cache=tmp_path / "cache", device="cpu", threads=1
    )
    assert list(found.scores)[:2] == ["dot_ndcg@10", "dot_recall@5"]
    assert found.scores["nDCG@10"] == found.result.scores["dot_ndcg@10"]
    assert found.scores["corpus_active_dims"] > 0
    assert found.holds  # nothing is published, so nothing is off
    again = harness.score(
        found.evaluation.run, small.qrels, ["ndcg@10", "recall@5"], found.result.evaluation.policy
    )
    assert again.means["ndcg@10"] == found.scores["ndcg@10"]
    path = found.write(tmp_path / "out")
    assert path.is_file()
    assert {p.suffix for p in path.parent.iterdir()} == {".json", ".md", ".csv", ".gz"}
    with pytest.raises(KeyError, match=r"no map@7 here; there is dot_ndcg@10"):
        _ = found.scores["map@7"]


def test_reproduce_an_experiment_made_in_python(tiny_bert, tmp_path, monkeypatch):
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    experiment = Experiment.of(str(tiny_bert), "sampler")
    found = harness.reproduce(experiment, device="cpu", threads=1)
    assert found.holds
    assert (tmp_path / "cache" / "vectors").is_dir()
    frame = found.to_frame()
    assert list(frame.columns) == [
        "measure", "measured", "published", "delta", "verdict", "because", "low", "high"
    ]  # fmt: skip
    assert len(frame) == 20
    assert "measures; nothing is published" in str(found)
    shown = found._repr_html_()
    assert "<td>dot_ndcg@10</td>" in shown
    assert "nothing is published" in shown


def test_a_page_shows_foreign_names_as_text(tiny_bert, small, tmp_path):
    found = harness.evaluate(
        str(tiny_bert),
        Collection("<script>x</script>\x1b\u202e", small.corpus, small.queries, small.qrels),
        cache=tmp_path,
        device="cpu",
        threads=1,
    )
    assert "<script>" not in found._repr_html_()
    for shown in (found._repr_html_(), str(found)):
        assert not {"\x1b", "\u202e"} & set(shown)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("rasyosef/splade-mini", "harness card rasyosef/splade-mini --to-experiment"),
        (str(CARDS / "nanobeir.md"), "is a model or its card"),
        ("crowdrag-splade-tinny", "Did you mean 'crowdrag-splade-tiny'"),
        ("none.toml", "none.toml"),
    ],
)
def test_what_is_no_experiment_is_one_sentence(name, sentence):
    with pytest.raises(InputError, match=sentence):
        harness.reproduce(name)


def test_an_argument_that_nobody_knows_is_refused(tiny_bert):
    with pytest.raises(
        InputError,
        match="no argument 'devise'; there are cache, queries, allow_missing_docs, weights, device",
    ):
        harness.evaluate(str(tiny_bert), "sampler", devise="cpu")


def test_an_encoder_gives_scipy_arrays(tiny_bert):
    encoder = harness.load_encoder(str(tiny_bert), device="cpu", threads=1)
    found = encoder.encode(["what does yeast do", ""], role="document").to_scipy()
    assert found.shape == (2, encoder.vocab_size)
    assert found.dtype == "float32"
    top = found[[0]].toarray().argmax()
    assert encoder.term(int(top)) in {"yeast", "does", "what", "do"}


# cards, collections


def test_a_card_is_read_and_audited():
    card = harness.read_card(CARDS / "lost-indentation.md")
    assert card.evaluations[0].published[0].text
    found = harness.audit(card, documents=49_036, chunk_size=2_048)
    assert not found.impossible
    assert found.evaluations[0].audit.queries == 5_000
    assert harness.audit(str(CARDS / "lost-indentation.md")).to_frame().columns.tolist() == [
        "data set", "model", "verdict", "test", "measures", "numbers", "why"
    ]  # fmt: skip
    assert "Whole counts at 5,000 queries" in str(found)
    assert "<td>" in found._repr_html_()
    (named,) = (one._replace(dataset="R&D\x9b\u202e<b>") for one in found.evaluations)
    shown = replace(found, evaluations=(named,))._repr_html_()
    assert "<td>R&amp;D\\x9b\\u202e&lt;b&gt;</td>" in shown
    assert not {"\x9b", "\u202e"} & set(shown)
    with pytest.raises(InputError, match="no such"):
        harness.read_card("./no such")


def test_a_collection_is_opened_by_name():
    found = harness.open_collection("sampler")
    assert isinstance(found, Collection)
    assert next(iter(found.corpus)) == Doc(*next(iter(found.corpus)))
    assert isinstance(found.queries[0], Query)
    assert Path(harness.__file__).parent == ROOT / "harness"


def test_a_part_of_the_queries_is_compared_with_nothing(tiny_bert, tmp_path):
    """Claims about all queries would call a part of them off."""
    whole = Experiment.of(str(tiny_bert), "sampler")
    claimed = replace(
        whole, published=PublishedSpec(source="a card", values={"dot_ndcg@10": "0.9999"})
    )
    found = harness.reproduce(claimed, queries=3, cache=tmp_path, device="cpu", threads=1)
    assert found.result.name == f"{whole.name}-first-3"
    assert found.result.counts.queries == 3
    assert found.holds
    with pytest.raises(InputError, match="A part of the queries is another thing"):
        run_experiment(claimed, Settings(cache=tmp_path, queries=3))
    with pytest.raises(InputError, match="queries is 0; a whole number above 0"):
        harness.reproduce(claimed, queries=0, cache=tmp_path)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"depth": 0}, "depth 0 is too small"),
        ({"measures": []}, "no measure to compute"),
        ({"cache": ""}, "cache is empty"),
        ({"policy": "st2"}, "'st2' is no policy"),
    ],
)
def test_nothing_that_is_given_is_defaulted(tiny_bert, arguments, sentence):
    with pytest.raises(InputError, match=sentence):
        harness.evaluate(str(tiny_bert), "sampler", **arguments)
