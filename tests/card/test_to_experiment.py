"""A card as an experiment: what it claims, what it leaves open, and back through tomllib."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.card import Card, PublishedEvaluation, UsageExample
from harness.card.read import read_card
from harness.card.to_experiment import UNKNOWN_COLLECTION, claims, to_experiment, toml_string
from harness.claims.published import PublishedNumber, read
from harness.errors import InputError
from harness.experiment.sections import ModelSpec
from harness.experiment.spec import read_experiment
from tests.support import CARDS

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def card_of(name):
    return read_card((CARDS / f"{name}.md").read_text(encoding="utf-8"), "README.md")


def test_the_claims_and_the_example_of_a_card():
    text = to_experiment(card_of("lost-indentation"), "example/Harbour-Mini-distil", "abc123")
    toml = tomllib.loads(text)
    assert toml["name"] == "harbour-mini-distil"
    assert toml["model"] == {
        "id": "example/Harbour-Mini-distil",
        "revision": "abc123",
        "max_length": 512,
    }
    assert toml["collection"] == {"id": UNKNOWN_COLLECTION}
    assert toml["evaluation"] == {"policy": "st", "depth": 100}
    values = toml["published"]["values"]
    assert len(values) == 19
    assert values["dot_ndcg@10"] == "0.7457042059559617"
    assert "model-index" in toml["published"]["source"]
    assert "abc123" in toml["published"]["source"]
    (example,) = toml["examples"]
    assert example["similarity"] == [["22.4364", "22.7160", "21.7330"]]
    assert example["queries"] == ["when does the ferry leave"]
    assert len(example["documents"]) == 3


def test_the_text_is_an_experiment_to_run():
    text = to_experiment(card_of("lost-indentation"), "example/Harbour-Mini-distil", "abc123")
    found = read_experiment(text, "harbour.toml")
    assert found.model == ModelSpec("example/Harbour-Mini-distil", "abc123", 512)
    assert found.published.exact
    numbers = found.published.numbers
    assert len(numbers) == 19
    assert {one.measure: one.text for one in numbers}["dot_ndcg@10"] == "0.7457042059559617"
    assert {one.name for one in numbers} <= set(found.evaluation.names)
    (example,) = found.examples
    assert example.printed == (("22.4364", "22.7160", "21.7330"),)


TWO_ENCODERS = """# Efficient Harbour

| | MRR@10 (MS MARCO dev) | R@1000 (MS MARCO dev) | Latency (PISA) ms |
| --- | --- | --- | --- |
| `example/harbour-V` | 38.8 | 98.0 | 29.0
| `example/harbour-VI` | 38.0 | 97.8 | 31.1
"""


def test_rankings_are_as_deep_as_the_claims_and_what_is_claimed_is_measured():
    """naver's cards: a published R@1000 was never computed and counted as off."""
    card = read_card(TWO_ENCODERS, "README.md")
    found = read_experiment(to_experiment(card, "example/harbour-VI", "main"), "harbour.toml")
    claimed = {number.name: number.value for number in found.published.numbers}
    assert claimed == {"mrr@10": pytest.approx(0.38), "recall@1000": pytest.approx(0.978)}
    assert found.evaluation.depth == 1000
    assert list(map(str, found.evaluation.measures)) == ["mrr@10", "recall@1000"]
    assert set(claimed) <= set(found.evaluation.names)


def test_full_precision_goes_first_and_the_table_fills_in():
    numbers = claims(card_of("nanobeir"), "example/lantern", "NanoMSMARCO")
    assert {number.measure: number.text for number in numbers} == {
        "dot_ndcg@10": "0.6149421875830284",
        "dot_mrr@10": "0.5389999999999999",
        "corpus_active_dims": "181.25413513183594",
        "dot_recall@10": "0.86",
    }


def test_a_data_set_that_ir_datasets_has_is_named():
    text = to_experiment(card_of("nanobeir"), "example/lantern", "main", "NanoNFCorpus")
    assert tomllib.loads(text)["collection"]["id"] == "nano-beir/nfcorpus"


def test_several_data_sets_are_a_choice_and_not_a_guess():
    with pytest.raises(InputError, match="3 data sets; choose one: NanoMSMARCO, NanoNFCorpus"):
        to_experiment(card_of("nanobeir"), "example/lantern", "main")
    with pytest.raises(InputError, match="no numbers of data set 'NQ'"):
        to_experiment(card_of("nanobeir"), "example/lantern", "main", "NQ")


@pytest.mark.parametrize(
    ("model_id", "text", "value"),
    [
        ("someone/beacon-mini", "34.1%", 0.341),
        ("someone/beacon-none", "0.7%", 0.007),
        ("/models/copy-of-it", "34.1%", 0.341),  # no row bears it: the card's own name does
    ],
)
def test_only_the_models_own_row_is_claimed_and_percent_stays_percent(model_id, text, value):
    toml = tomllib.loads(to_experiment(card_of("percent-table"), model_id, "main"))
    assert toml["published"]["values"]["mrr@10"] == text
    assert read("mrr@10", text, "experiment").value == value


def test_a_card_without_numbers_is_refused():
    with pytest.raises(InputError, match="publishes no number of a/b"):
        to_experiment(read_card("# Toy\n", "README.md"), "a/b", "main")


@given(TEXT, TEXT, TEXT, TEXT, st.lists(TEXT, min_size=1, max_size=3))
def test_any_text_survives_the_file(model_id, revision, dataset, name, texts):
    number = PublishedNumber("ndcg@10", "0.50", f"at {name}")
    card = Card(
        name,
        "README.md",
        (PublishedEvaluation(dataset, "here", (number,)),),
        UsageExample(tuple(texts), ("d",), (("1.0",),) * len(texts), name),
    )
    toml = tomllib.loads(to_experiment(card, model_id, revision))
    assert (toml["model"]["id"], toml["model"]["revision"]) == (model_id, revision)
    assert toml["examples"][0]["queries"] == texts
    assert toml["published"]["values"] == {"ndcg@10": "0.50"}


@given(TEXT)
def test_a_toml_string_is_its_own_inverse(text):
    assert tomllib.loads(f"a = {toml_string(text)}") == {"a": text}


def test_an_id_that_no_file_can_hold_is_refused():
    with pytest.raises(InputError, match="not UTF-8"):
        to_experiment(card_of("lost-indentation"), "a/\ud800", "main")


def test_a_rounded_number_with_dust_is_claimed_as_what_was_rounded():
    front = (
        "---\nmodel-index:\n- name: toy\n  results:\n  - task:\n      type: Retrieval\n"
        "    dataset:\n      name: NQ\n      type: mteb/nq\n    metrics:\n"
        "    - type: recall_at_5\n      value: 51.991\n"
        "    - type: precision_at_5\n      value: 10.397999999999998\n---\n# toy\n"
    )
    found = read_experiment(to_experiment(read_card(front, "R"), "a/toy", "main"), "toy.toml")
    assert not found.published.exact
    assert {n.name: n.text for n in found.published.numbers} == {
        "recall@5": "51.991",
        "precision@5": "10.398",
    }
    assert all(
        n.holds(v) for n, v in zip(found.published.numbers, (0.5199104, 0.1039812), strict=True)
    )


def table_of(*rows, given=""):
    block = f"```json\n{given}\n```\n" if given else ""
    listed = "".join(f"| {key} | {text} |\n" for key, text in rows)
    head = "#### Information Retrieval\n\n* Dataset: `NanoNQ`\n"
    return f"{head}{block}\n| Metric | Value |\n|--|--|\n{listed}\n"


def test_of_two_evaluations_the_file_says_which_it_is():
    card = read_card(table_of(("dot_ndcg@10", "0.3")) + table_of(("dot_ndcg@10", "0.4")), "R")
    text = to_experiment(card, "a/toy", "main", "NanoNQ")
    assert text.startswith("# Of NanoNQ, dot, evaluation 2 of that name: the card has 2 evaluation")
    toml = tomllib.loads(text)
    assert toml["published"]["values"] == {"dot_ndcg@10": "0.4"}
    assert toml["collection"]["id"] == "nano-beir/nq"
    first = tomllib.loads(to_experiment(card, "a/toy", "main", number=1))
    assert first["published"]["values"] == {"dot_ndcg@10": "0.3"}


BUILD = "# toy\n- **Similarity Function:** {}\n\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (table_of(("dot_ndcg@10", ".3"), given='{"max_active_dims": 1.5}'), "dims = '1.5'"),
        (table_of(("dot_ndcg@10", ".3"), given='{"max_active_dims": 0}'), "dims = '0'"),
        (table_of(("dot_ndcg@10", "0.3"), given='{"query_prompt": "q: "}'), "query_prompt = 'q: '"),
        (table_of(("dot_ndcg@10", "0.3"), given='{"truncate_dim": 64}'), "truncate_dim = '64'"),
        (BUILD.format("Dot Product") + table_of(("cosine_ndcg@10", "0.3")), "own is dot"),
        (BUILD.format("Cosine Similarity") + table_of(("dot_ndcg@10", "0.3")), "own is cosine"),
        (table_of(("euclidean_ndcg@10", "0.3")), "euclidean similarity"),
        (table_of(("ndcg@10", "0.3")).replace("Information Retrieval", "Sparse Reranking"),
         "sparse-reranking"),
        (table_of(("mrr@10", "0.3")).replace("Information Retrieval", "Cross Encoder Reranking"),
         "cross-encoder-reranking"),
        ("# t\n- **Model Type:** Sentence Transformer\n" + table_of(("ndcg@10", "0.3")), "dense"),
        ("# t\n```\nCrossEncoder(\n(0): X()\n)\n```\n" + table_of(("ndcg@10", ".3")), "cross-enc"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_as_it_is_claimed_is_refused(text, says):
    with pytest.raises(InputError, match="^R: .*" + says):
        to_experiment(read_card(text, "R"), "a/toy", "main")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (table_of(("dot_ndcg@10", "0.3"), given='{"batch_size": 64}'), "batch_size = '64'"),
        (table_of(("cosine_ndcg@10", "0.3")), "does not say the model's own"),
    ],
)
def test_what_may_keep_numbers_from_coming_out_is_said_in_the_file(text, says):
    text = to_experiment(read_card(text, "R"), "a/toy", "main")
    assert says in text.partition("\nname = ")[0]
    assert tomllib.loads(text)["published"]["values"]


def test_the_limit_that_the_model_itself_has_is_no_obstacle():
    text = (
        "# toy\n- **Output Dimensionality:** 4096 dimensions (trained with 256 maximum active "
        "dimensions)\n" + table_of(("dot_ndcg@10", "0.3"), given='{"max_active_dims": 256}')
    )
    assert tomllib.loads(to_experiment(read_card(text, "R"), "a/toy", "main"))["published"]


MTEB = """---
model-index:
- name: toy
  results:
  - task: {type: Retrieval}
    dataset:
      {name: MTEB SciFact (default), type: mteb/scifact, config: default, split: test,
       revision: 0228b52}
    metrics:
    - {type: ndcg_at_10, value: 63.051}
    - {type: precision_at_5, value: 10.397999999999998}
    - {type: main_score, value: 63.051}
  - task: {type: Retrieval}
    dataset: {name: MTEB MSMARCO, type: mteb/msmarco, config: default, split: dev}
    metrics:
    - {type: ndcg_at_10, value: 40.1}
  - task: {type: Retrieval}
    dataset: {name: MTEB MSMARCO, type: mteb/msmarco, config: default, split: test}
    metrics:
    - {type: ndcg_at_10, value: 66.2}
  - task: {type: Reranking}
    dataset: {name: MTEB AskUbuntu, type: mteb/askubuntu, config: default, split: test}
    metrics:
    - {type: ndcg_at_10, value: 60.2}
---
# toy
"""


def test_what_mteb_wrote_is_measured_as_it_measures():
    card = read_card(MTEB, "R")
    text = to_experiment(card, "a/toy", "main", "MTEB SciFact (default)")
    toml = tomllib.loads(text)
    assert toml["evaluation"]["policy"] == "trec"
    assert toml["published"]["values"] == {"ndcg@10": "63.051%", "precision@5": "10.398%"}
    assert "exact" not in toml["published"]
    for said in ("split test and config default", "revision 0228b52", "numbers are mteb's"):
        assert said in text.partition("\nname =")[0], said
    with pytest.raises(InputError, match=r"2 is MTEB MSMARCO, dev, default, 3 is MTEB MSMARCO, t"):
        to_experiment(card, "a/toy", "main", "MTEB MSMARCO")
    dev = tomllib.loads(to_experiment(card, "a/toy", "main", number=2))
    assert dev["published"]["values"] == {"ndcg@10": "40.1%"}
    with pytest.raises(InputError, match="task 'Reranking'"):
        to_experiment(card, "a/toy", "main", "MTEB AskUbuntu")


def test_a_card_that_says_no_tool_is_told_so():
    text = to_experiment(read_card(table_of(("ndcg@10", "0.3")), "R"), "a/toy", "main")
    assert "does not say what computed its numbers" in text.partition("\nname =")[0]
    text = to_experiment(read_card(table_of(("dot_ndcg@10", "0.3")), "R"), "a/toy", "main")
    assert text.startswith("name =")
