"""Cards of many shapes: the right numbers, or a sentence that says which were not used and why."""

import pytest
from huggingface_hub import EvalResult, ModelCardData
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.card.read import read_card
from harness.errors import InputError
from tests.support import CARDS
from tests.support.card_numbers import CARD as REPORTED


def text_of(name):
    return (CARDS / f"{name}.md").read_text(encoding="utf-8")


def digits_of(evaluation):
    return {number.measure: number.text for number in evaluation.published}


def front(*metrics, dataset="name: Unknown\n      type: unknown"):
    """A sound model-index of one result, its metrics given as YAML lines."""
    listed = "".join(f"    - {line}\n" for line in metrics)
    return (
        "---\nmodel-index:\n- name: Toy\n  results:\n  - task:\n      type: retrieval\n"
        f"    dataset:\n      {dataset}\n    metrics:\n{listed}---\n"
    )


@pytest.fixture(scope="module")
def lost():
    return read_card(text_of("lost-indentation"), "README.md")


def test_lost_indentation_still_gives_every_number_at_full_precision(lost):
    metadata, table = lost.evaluations
    assert digits_of(metadata) == REPORTED
    assert metadata.full_precision
    assert metadata.dataset == "Unknown"
    assert [len(table.published), table.full_precision] == [19, False]
    assert digits_of(table)["dot_precision@5"] == "0.191"
    assert lost.disagreements == ()
    assert lost.refused == ()
    assert len(lost.recovered) == 1
    assert "19 metrics were paired line by line" in lost.recovered[0]


def test_the_other_facts_of_that_card(lost):
    assert lost.name == "Harbour Sparse Encoder"
    assert lost.architecture.max_seq_length == 512
    assert lost.architecture.pooling == "max"
    assert lost.architecture.activation == "relu"
    assert lost.architecture.similarity == "Dot Product"
    assert lost.architecture.output_dims == 30_522
    assert [line.partition("(")[0] for line in lost.architecture.modules] == [
        "MLMTransformer",
        "SpladePooling",
    ]
    assert lost.training.losses == ("SpladeLoss", "SparseMarginMSELoss", "FlopsLoss")
    assert (lost.training.document_weight, lost.training.query_weight) == (0.12, 0.2)
    assert lost.training.dataset_size == 1_000_000
    assert lost.training.base_model == "example/harbour-mini"
    assert lost.training.hyperparameters == {
        "learning_rate": "4e-05",
        "num_train_epochs": "4",
        "fp16": "True",
    }


def test_several_data_sets_each_keep_their_own_numbers():
    card = read_card(text_of("nanobeir"), "README.md")
    assert [(one.dataset, one.full_precision) for one in card.evaluations] == [
        ("NanoMSMARCO", True),
        ("NanoNFCorpus", True),
        ("NanoBEIR mean", True),
        ("NanoMSMARCO", False),
        ("NanoNFCorpus", False),
        ("NanoBEIR_mean", False),
    ]
    assert digits_of(card.evaluations[1])["dot_ndcg@10"] == "0.3224123456789012"
    assert digits_of(card.evaluations[3])["dot_recall@10"] == "0.86"
    assert card.training.base_model == "example/lantern-base"
    assert card.recovered == ()


def test_a_table_that_is_no_rounding_of_the_metadata_is_a_disagreement():
    (one,) = read_card(text_of("nanobeir"), "README.md").disagreements
    assert (one.dataset, one.first.text, one.second.text) == (
        "NanoNFCorpus",
        "0.3224123456789012",
        "0.3225",
    )
    assert "line 65" in str(one)


def test_a_table_of_models_in_percent():
    card = read_card(text_of("percent-table"), "README.md")
    rows = {one.model: one for one in card.evaluations}
    assert digits_of(rows["beacon-mini"]) == {
        "mrr@10": "34.1",
        "recall@10": "60.3",
        "corpus_active_dims": "186.6",
    }
    assert [number.value for number in rows["beacon-mini"].published] == [0.341, 0.603, 186.6]
    # below 1 in a column of percentages is still percent
    assert rows["beacon-none"].published[0].value == 0.007
    assert list(digits_of(rows["BM25"])) == ["mrr@10", "recall@10"]
    (told,) = card.refused
    assert "the columns Size" in told
    assert card.name == "beacon-mini"


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("| Dataset | nDCG@10 |\n|--|--|\n| NQ | 0.5 |\n", [("", "NQ", "ndcg@10", "0.5")]),
        ("| Model | DL19 nDCG@10 |\n|--|--|\n| a | 0.5 |\n", [("a", "DL19", "ndcg@10", "0.5")]),
        ("| Model | MRR@10 (dev) |\n|--|--|\n| a | 0.5 |\n", [("a", "dev", "mrr@10", "0.5")]),
        ("| Metric | Toy | BM25 |\n|--|--|--|\n| MRR@10 | 0.5 | 0.2 |\n",
         [("Toy", "", "mrr@10", "0.5"), ("BM25", "", "mrr@10", "0.2")]),
        ("Metric | Value\n--|--\nMRR@10 | **0.50**\n", [("", "", "mrr@10", "0.50")]),
        ("| MRR@10 | Recall@10 (%) |\n|--|--|\n| 0.5 | 0.9 |\n",
         [("", "", "mrr@10", "0.5"), ("", "", "recall@10", "0.9")]),
        ("```\n| MRR@10 |\n|--|\n| 0.5 |\n```\n", []),
        ("<!--\n| MRR@10 |\n|--|\n| 0.5 |\n-->\n", []),
        ("| Step | MRR@10 |\n|--|--|\n| 10 | 0.5 |\n", []),
        ("| Metric | Value |\n| MRR@10 | 0.5 |\n", []),
    ],
)  # fmt: skip
def test_shapes_of_tables(table, expected):
    card = read_card(f"# Toy\n\n{table}", "README.md")
    assert [
        (one.model, one.dataset, number.measure, number.text)
        for one in card.evaluations
        for number in one.published
    ] == expected


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("| MRR@10 | Recall@10 (%) |\n|--|--|\n| 0.5 | 0.9 |\n", [0.5, 0.009]),
        ("| MRR@10 in percent |\n|--|\n| 0.9 |\n", [0.009]),
        ("| NQ nDCG@10 (%) |\n|--|\n| 0.9 |\n", [0.009]),
        ("| Metric | Value |\n|--|--|\n| MRR@10 (%) | 0.9 |\n| MAP@100 | 0.5 |\n", [0.009, 0.5]),
        ("| Metric | Value |\n|--|--|\n| MRR@10 | 34.1 |\n| DCG@10 | 7.5 |\n", [0.341, 7.5]),
        ("| MRR@10 | DCG@10 (%) |\n|--|--|\n| 0.5 | 7.5 |\n", [0.5, 7.5]),  # a sum has none
    ],
)
def test_a_heading_in_percent_is_believed(text, values):
    card = read_card(f"# Toy\n\n{text}", "README.md")
    assert [n.value for one in card.evaluations for n in one.published] == values


def test_a_metric_named_in_percent_is_believed():
    metric = NDCG.format("0.9") + "\n      name: NDCG@10 (%)"
    card = read_card(front(metric), "README.md")
    assert [number.value for number in card.evaluations[0].published] == [0.009]


GRID = """## {heading}

| Model | Average | Trec Covid | NQ | FiQA |
|---|---|---|---|---|
| [harbour-doc](https://example.org/harbour-doc) | 0.497 | 0.709 | **0.510** | - |
| harbour-bi | 0.528 | 0.775 | 0.561 | 0.374 |
"""
TURNED = """## {heading}

| Dataset | BM25 | harbour-doc |
|---|---|---|
| NFCorpus | 32.2 | 33.6 |
| Climate-FEVER | 16.5 | 21.6 |
| Average | 41.7 | 49.7 |
"""


def claims_of(card):
    return [
        (one.model, one.dataset, number.measure, number.text, number.unit)
        for one in card.evaluations
        for number in one.published
    ]


@pytest.mark.parametrize("heading", ["Detailed results (nDCG@10)", "BEIR, NDCG@10", "ndcg@10:"])
def test_a_grid_of_models_by_data_sets_has_the_measure_of_its_heading(heading):
    card = read_card(GRID.format(heading=heading), "README.md")
    assert claims_of(card) == [
        ("harbour-doc", "Average", "ndcg@10", "0.497", "fraction"),
        ("harbour-doc", "Trec Covid", "ndcg@10", "0.709", "fraction"),
        ("harbour-doc", "NQ", "ndcg@10", "0.510", "fraction"),
        ("harbour-bi", "Average", "ndcg@10", "0.528", "fraction"),
        ("harbour-bi", "Trec Covid", "ndcg@10", "0.775", "fraction"),
        ("harbour-bi", "NQ", "ndcg@10", "0.561", "fraction"),
        ("harbour-bi", "FiQA", "ndcg@10", "0.374", "fraction"),
    ]
    assert card.refused == ()


def test_a_grid_that_is_turned_around_says_the_same():
    card = read_card(TURNED.format(heading="Results on BEIR (nDCG@10)"), "README.md")
    assert sorted(claims_of(card)) == [
        ("BM25", "Average", "ndcg@10", "41.7", "percent"),
        ("BM25", "Climate-FEVER", "ndcg@10", "16.5", "percent"),
        ("BM25", "NFCorpus", "ndcg@10", "32.2", "percent"),
        ("harbour-doc", "Average", "ndcg@10", "49.7", "percent"),
        ("harbour-doc", "Climate-FEVER", "ndcg@10", "21.6", "percent"),
        ("harbour-doc", "NFCorpus", "ndcg@10", "33.6", "percent"),
    ]


@pytest.mark.parametrize("heading", ["Detailed Search Relevance", "nDCG@10 and (recall@100)"])
@pytest.mark.parametrize("table", [GRID, TURNED])
def test_a_grid_whose_measure_is_not_to_be_told_is_not_lost_without_a_word(table, heading):
    """OpenSearch's cards: 65 numbers were passed over in silence."""
    card = read_card(table.format(heading=heading), "README.md")
    assert card.evaluations == ()
    (told,) = card.refused
    assert told.startswith(
        f"README.md table '{heading}', line 3: its numbers stand under the names"
    )


def test_a_table_of_other_things_is_no_grid():
    for table in (
        "| Parameter | Value |\n|--|--|\n| batch | 32 |\n",
        "| Data | NQ |\n|--|--|\n| licence | MIT |\n",
        "| Data set | Licence |\n|--|--|\n| NQ | CC |\n",
    ):
        card = read_card(f"## Training\n\n{table}", "README.md")
        assert card.evaluations == ()
        numbers = ("Tables with numbers that name no measure (lines 3) were not used.",)
        assert card.refused == (numbers if "32" in table else ())


def test_rows_that_carry_the_data_set_are_of_the_model_at_the_head_of_the_column():
    """They were lost unless another row was a bare measure, and then called a contradiction."""
    table = (
        "| | acme/mini | acme/small |\n|--|--|--|\n"
        "| TRECCOVID_ndcg@10 | 0.6141 | 0.61183 |\n| NFCorpus_ndcg@10 | 0.32444 | 0.33197 |\n"
    )
    card = read_card(f"# Toy\n\n{table}", "README.md")
    assert sorted(claims_of(card)) == [
        ("acme/mini", "NFCorpus", "ndcg@10", "0.32444", "fraction"),
        ("acme/mini", "TRECCOVID", "ndcg@10", "0.6141", "fraction"),
        ("acme/small", "NFCorpus", "ndcg@10", "0.33197", "fraction"),
        ("acme/small", "TRECCOVID", "ndcg@10", "0.61183", "fraction"),
    ]
    assert (card.refused, card.recovered) == ((), ())
    one = "| Metric | Value |\n|--|--|\n| NQ_ndcg@10 | 0.41 |\n"
    assert claims_of(read_card(one, "R")) == [("", "NQ", "ndcg@10", "0.41", "fraction")]


def test_the_columns_of_a_table_that_names_one_data_set_are_all_of_it():
    table = "| Model | MSMARCO MRR@10 | Recall@10 | Corpus Active Dims |\n|--|--|--|--|\n"
    card = read_card(f"# Toy\n\n{table}| acme/mini | 34.1 | 60.3 | 186.6 |\n", "README.md")
    (one,) = card.evaluations
    assert (one.model, one.dataset) == ("acme/mini", "MSMARCO")
    assert digits_of(one) == {"mrr@10": "34.1", "recall@10": "60.3", "corpus_active_dims": "186.6"}
    # Where two are named, a bare column is of neither.
    two = "| Model | NQ MRR@10 | FiQA MRR@10 | Recall@10 |\n|--|--|--|--|\n| a | 1 | 1 | 1 |\n"
    assert [one.dataset for one in read_card(two, "R").evaluations] == ["NQ", "FiQA", ""]


def test_columns_that_may_be_data_sets_are_told():
    table = "# Toy\n\n| Metric | {} | {} |\n|--|--|--|\n| MRR@10 | 0.5 | 0.2 |\n"
    card = read_card(table.format("Quay", "Gulls"), "R")
    assert [one.dataset for one in card.evaluations] == ["Quay", "Gulls"]
    assert "taken for data sets" in card.recovered[0]
    known = read_card(table.format("NQ", "FiQA"), "R")
    assert ([one.dataset for one in known.evaluations], known.recovered) == (["NQ", "FiQA"], ())


NDCG = "type: ndcg_at_10\n      value: {}"


@pytest.mark.parametrize(
    ("metrics", "digits", "says"),
    [
        ([NDCG.format("0.50")], {"ndcg@10": "0.50"}, ""),
        ([NDCG.format("52.3"), "type: mrr_at_10\n      value: 0.9"],
         {"ndcg@10": "52.3", "mrr@10": "0.9"}, ""),
        (["type: ndcg_at_10"], {}, "ndcg@10 has no value"),
        ([NDCG.format("high")], {}, "'high', which is not a number"),
        ([NDCG.format("[0.5]")], {}, "not a number"),
        ([NDCG.format("true")], {}, "not a number"),
        ([NDCG.format(".nan")], {}, "not a number"),
        ([NDCG.format("1_000")], {}, "not a number"),
        ([NDCG.format("-0.5")], {}, "outside 0 to 1"),
        ([NDCG.format("500")], {}, "outside 0 to 100"),
        ([NDCG.format("0.5"), NDCG.format("0.5")], {"ndcg@10": "0.5"}, ""),
        ([NDCG.format("0.5") + "\n      name: MRR@10"], {}, "names both ndcg@10 and mrr@10"),
        (["type: spearman_cosine\n      value: 0.8"], {}, "no measures of ours: spearman_cosine"),
        ([NDCG.format("0.5") + "\n      value: 0.6"], {}, "ndcg@10 has 2 values"),
        (["value: 0.5"], {}, "neither type nor name"),
        (["just text"], {}, ""),
    ],
)  # fmt: skip
def test_metadata_is_used_as_it_is_or_refused_with_a_reason(metrics, digits, says):
    card = read_card(front(*metrics), "README.md")
    assert [digits_of(one) for one in card.evaluations] == ([digits] if digits else [])
    assert [says in sentence for sentence in card.refused] == ([True] if says else [])


def test_percent_in_metadata_goes_by_the_whole_result():
    card = read_card(front(NDCG.format("52.3"), "type: mrr_at_10\n      value: 0.9"), "README.md")
    assert [number.value for number in card.evaluations[0].published] == [0.523, 0.009]


def test_several_results_without_indentation_stay_apart():
    sound = read_card(text_of("nanobeir"), "README.md")
    flat = "\n".join(line.strip() for line in text_of("nanobeir").split("\n"))
    card = read_card(flat, "README.md")
    assert card.evaluations == sound.evaluations
    assert "7 metrics were paired" in card.recovered[0]


@pytest.mark.parametrize(
    ("measure", "digits", "disagree"),
    [
        ("dot_ndcg@10", "0.25", False),
        ("dot_ndcg@10", "0.3", False),  # 0.25 to one place
        ("dot_ndcg@10", "0.26", True),
        ("ndcg@10", "0.26", True),
        ("cosine_ndcg@10", "0.26", False),  # another similarity, so another number
        ("mrr@10", "0.26", False),
        ("ndcg@10", "25", False),  # percent
    ],
)
def test_a_disagreement_is_about_one_measure_at_the_printed_precision(measure, digits, disagree):
    table = f"| Metric | Value |\n|--|--|\n| {measure} | {digits} |\n"
    card = read_card(front("type: dot_ndcg@10\n      value: 0.25") + table, "README.md")
    assert len(card.evaluations) == 2
    assert bool(card.disagreements) is disagree


def test_a_measure_twice_in_a_table_is_used_only_where_both_say_the_same():
    table = "| Metric | Value |\n|--|--|\n| MRR@10 | 0.5 |\n| MRR@10 | {} |\n"
    assert digits_of(read_card(table.format("0.5"), "R").evaluations[0]) == {"mrr@10": "0.5"}
    card = read_card(table.format("0.6"), "R")
    assert card.evaluations == ()
    assert "given twice with different values" in card.refused[0]


def test_losses_without_tags_come_from_the_body():
    card = read_card(
        "# Toy\n* Loss: [<code>SpladeLoss</code>](https://example.org) with these parameters:\n"
        '```json\n{"loss": "SparseMSE", "query_regularizer_weight": 1e-3,\n'
        '"document_regularizer_weight": true}\n```\n',
        "README.md",
    )
    assert card.training.losses == ("SpladeLoss", "SparseMSE")
    assert (card.training.query_weight, card.training.document_weight) == (0.001, None)


TWO = front(NDCG.format("0.25"), "type: mrr_at_10\n      value: 0.5\n      name: MRR@10")


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "\ufeff" + text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("  ", "\t"),
        lambda text: "\n".join(line.strip() for line in text.split("\n")),
        lambda text: text.removesuffix("---\n"),
        lambda text: text.removesuffix("---\n") + "# Toy\nwords\n",
        lambda text: text.removeprefix("---\n") + "# Toy\n",
        lambda text: text + text,
        lambda text: "---\nlicense: mit\n---\n" + text,
        lambda text: text.replace("model-index", "widget:\n- text: a: b: c\nmodel-index"),
        lambda text: text.replace("model-index", "license: &a mit\nlanguage: *a\nmodel-index"),
        lambda text: text.replace("model-index", "license: mit\nlicense: mit\nmodel-index"),
        lambda text: text.replace("model-index", "license: \x00\nmodel-index"),
        lambda text: text.replace("0.25", "0.25 # rounded").replace("0.5\n", "'0.5'\n"),
        lambda text: text.replace("ndcg_at_10", "'ndcg_at_10'"),
    ],
)
def test_damage_that_loses_nothing_loses_no_number(damage):
    card = read_card(damage(TWO), "README.md")
    assert {tuple(digits_of(one).items()) for one in card.evaluations} == {
        (("ndcg@10", "0.25"), ("mrr@10", "0.5"))
    }


@pytest.mark.parametrize(
    ("gone", "left", "says"),
    [
        ("- type: ndcg_at_10", {"mrr@10": "0.5"}, "neither type nor name"),
        ("value: 0.25", {"mrr@10": "0.5"}, "ndcg@10 has no value"),
        ("- type: mrr_at_10", {}, "names both ndcg@10 and mrr@10"),
        ("value: 0.5", {"ndcg@10": "0.25"}, "mrr@10 has no value"),
        ("name: MRR@10", {"ndcg@10": "0.25", "mrr@10": "0.5"}, ""),
    ],
)
def test_a_line_lost_from_a_damaged_index_gives_no_measure_the_value_of_another(gone, left, says):
    flat = [line.strip() for line in TWO.split("\n")]
    flat.remove(gone)
    card = read_card("\n".join(flat), "README.md")
    assert [digits_of(one) for one in card.evaluations] == ([left] if left else [])
    assert [says in sentence for sentence in card.refused] == ([True] if says else [])


def test_several_tasks_keep_to_the_retrieval_measures():
    text = front(NDCG.format("0.25")).replace(
        "  results:\n",
        "  results:\n  - task:\n      type: sts\n    dataset:\n      name: STSb\n      type: stsb\n"
        "    metrics:\n    - type: pearson\n      value: 0.8\n",
    )
    card = read_card(text, "README.md")
    assert [(one.task, one.dataset, digits_of(one)) for one in card.evaluations] == [
        ("retrieval", "Unknown", {"ndcg@10": "0.25"})
    ]
    assert "no measures of ours: pearson" in card.refused[0]


WIDE = (
    "| Model |" + "".join(f" MRR@{k} |" for k in range(1, 1001)) + "\n|" + "--|" * 1001
    + "\n| a |" + " 0.5 |" * 1000 + "\n\n"
)  # fmt: skip
"""A table of a thousand numbers."""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("\ufeff \r\n", "is empty"),
        ("x" * 5_000_001, "longer than 5,000,000"),
        ("# a\ud800", "not UTF-8"),
        ("| MRR@10 |\n|--|\n" + "| 0.5 |\n" * 6_000, "more than 5,000 rows"),
        ("---\nmodel-index:\n" + "- type: x\n" * 3_000, ""),
        ("# a\n" * 100_001, "more than 100,000 lines"),
        (WIDE * 21, "21,000 numbers"),
        (front(*["type: a"] * 20_001), "20,001 metrics"),
    ],
)
def test_what_is_no_card_is_refused_in_one_sentence(text, says):
    if not says:
        assert read_card(text, "README.md").evaluations == ()
        return
    with pytest.raises(InputError, match=rf"README.md.*{says}"):
        read_card(text, "README.md")


BOMB = "".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]\n" for n in range(20))


@pytest.mark.parametrize(
    "text",
    [
        f"---\na0: &a0 [x]\n{BOMB}---\n",
        "---\na: " + "[" * 100_000 + "\n---\n",
        "---\n" + "".join(" " * n + "a:\n" for n in range(500)) + "---\n",
        "---\na: b\n" * 20_000,
        "# a\n" + "<!--" * 100_000,
        "# a\n" + "[" * 100_000 + "](" * 100_000,
        "# a\n|" + "-|" * 200_000 + "\n" + "|" + "-|" * 200_000,
        "```python\n" + "docs = [\n" * 50_000,
        "```python\nqueries = [" + '"' * 100_001 + "\n",
        "```python\nqueries = " + "[" * 100_000,
        "```json\n" + '{"regularizer_weight":' * 900,
        "# a\n" + "* Dataset: " + "`" * 100_000,
        "# \u202e\x1b[2J\n| \x1b[31mModel | MRR@10 |\n|--|--|\n| \x07a | 0.5 |\n",
        "```\n(0): A({'max_seq_length': " + "9" * 100_000 + "})\n",
    ],
    ids=range(14),
)
def test_hostile_text_ends_soon_in_a_card_without_made_up_numbers(text):
    card = read_card(text, "README.md")
    assert all(number.text == "0.5" for one in card.evaluations for number in one.published)
    assert card.name.isprintable()
    assert all(one.model.isprintable() for one in card.evaluations)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.booleans())
def test_what_huggingface_hub_writes_is_read_to_the_last_digit(values, flat):
    written = ModelCardData(
        model_name="toy",
        eval_results=[
            EvalResult("retrieval", "nq", "NQ", f"dot_recall@{k}", value, metric_name=f"Recall@{k}")
            for k, value in enumerate(values, start=1)
        ],
    ).to_yaml()
    text = "\n".join(line.strip() if flat else line for line in written.split("\n"))
    card = read_card(f"---\n{text}\n---\n# Toy\n", "README.md")
    (one,) = card.evaluations
    assert [float(number.text) for number in one.published] == values
    assert one.dataset == "NQ"
