"""Shapes of tables that cards have: each number with its model, data set, split and measure."""

import pytest

from harness.card.claimed import of_model
from harness.card.read import read_card
from harness.card.to_experiment import to_experiment
from harness.errors import InputError


def claims_of(text):
    return [
        (one.model, one.dataset, number.measure, number.text)
        for one in read_card(text, "R").evaluations
        for number in one.published
    ]


def table(*lines):
    head, *rows = lines
    rule = "|" + "--|" * head.count("|")
    return "\n".join(["", head, rule.removesuffix("--|"), *rows, "", ""])


GRID = ("| Model | NQ | FiQA |", "| toy | 0.5 | 0.3 |")
READ = [("toy", "NQ", "ndcg@10", "0.5"), ("toy", "FiQA", "ndcg@10", "0.3")]


@pytest.mark.parametrize(
    "above",
    [
        "## Detailed results (nDCG@10)\n",
        "## BEIR: NDCG@10\n### Zero-shot\n",
        "## Zero-shot\n\nAll numbers are NDCG@10, by BEIR's script.\n",
        "## Zero-shot\n\n**nDCG@10 on BEIR**\n",
        "## Recall@100 and more\n\nTable 2: nDCG @ 10 of every data set.\n",
    ],
)
def test_a_grid_has_the_measure_of_the_nearest_text_above_it(above):
    assert claims_of(above + table(*GRID)) == READ


def test_a_grid_has_the_measure_of_its_caption_below():
    assert claims_of(table(*GRID) + "Table 2: nDCG@10 on BEIR.\n") == READ
    assert claims_of(table(*GRID) + "*nDCG@10 on BEIR*\n") == READ
    assert claims_of(table(*GRID) + "We report nDCG@10 elsewhere.\n") == []


@pytest.mark.parametrize(
    "lines",
    [
        ("| nDCG@10 | NQ | FiQA |", "| toy | 0.5 | 0.3 |"),
        ("| NDCG@10 | toy |", "| NQ | 0.5 |", "| FiQA | 0.3 |"),
        ("| Dataset (nDCG@10) | toy |", "| NQ | 0.5 |", "| FiQA | 0.3 |"),
    ],
)
def test_a_measure_in_the_corner_of_a_grid_is_of_all_its_numbers(lines):
    assert claims_of(table(*lines)) == READ


def test_a_corner_over_names_that_nobody_knows_is_read_by_the_model_s_own():
    known = table("| MRR@10 | toy | BM25 |", "| gulls-v2 | 0.5 | 0.3 |")
    assert claims_of("# toy\n" + known) == [
        ("toy", "gulls-v2", "mrr@10", "0.5"),
        ("BM25", "gulls-v2", "mrr@10", "0.3"),
    ]
    card = read_card("# other\n" + known, "R")
    assert card.evaluations == ()
    assert "neither its rows nor its columns" in card.refused[0]


def test_a_line_with_a_number_names_no_measure_of_the_grid_below_it():
    in_a_list = claims_of("- **NQ**: MRR@10 34.1%\n" + table(*GRID))
    assert in_a_list == [("", "NQ", "mrr@10", "34.1")]
    card = read_card("It reaches an MRR@10 of 0.41 there.\n" + table(*GRID), "R")
    assert [n.text for one in card.evaluations for n in one.published] == ["0.41"]
    assert "neither the table nor its heading names the measure" in card.refused[0]


def test_a_second_row_of_heads_says_the_measures():
    text = table(
        "| Model | MS MARCO | | BEIR |",
        "| | MRR@10 | R@1000 | nDCG@10 |",
        "| toy | 34.1 | 97.9 | 0.46 |",
    )
    assert claims_of(text) == [
        ("toy", "MS MARCO", "mrr@10", "34.1"),
        ("toy", "MS MARCO", "recall@1000", "97.9"),
        ("toy", "BEIR", "ndcg@10", "0.46"),
    ]


def test_columns_of_a_grid_that_are_no_data_sets_are_told():
    text = "## nDCG@10\n" + table("| Model | Params | NQ | Harbour |", "| toy | 4.4 | 0.5 | 0.3 |")
    card = read_card(text, "R")
    assert claims_of(text) == [("toy", "NQ", "ndcg@10", "0.5")]
    assert "Params, Harbour are no data sets that we know" in card.refused[0]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("Avg. NDCG@10", ("toy", "Average", "ndcg@10", "0.5")),
        ("Average MRR@10 (BEIR)", ("toy", "Average BEIR", "mrr@10", "0.5")),
        ("Mean Recall@100", ("toy", "Average", "recall@100", "0.5")),
        ("nDCG@10 on NQ", ("toy", "NQ", "ndcg@10", "0.5")),
        ("MRR@10 MS MARCO dev", ("toy", "MS MARCO dev", "mrr@10", "0.5")),
        ("DL19-nDCG@10", ("toy", "DL19", "ndcg@10", "0.5")),
    ],
)
def test_heads_of_columns(head, expected):
    assert claims_of(table(f"| Model | {head} |", "| toy | 0.5 |")) == [expected]


def test_an_average_over_data_sets_is_no_experiment():
    card = read_card("# toy\n" + table("| Model | Avg. NDCG@10 |", "| toy | 0.5 |"), "R")
    with pytest.raises(InputError, match="a mean over several data sets"):
        to_experiment(card, "toy", "main")


@pytest.mark.parametrize("head", ["Avg. NDCG", "MRR", "mean recall"])
def test_a_measure_without_its_cutoff_is_told(head):
    (told,) = read_card(table(f"| Model | {head} |", "| toy | 0.5 |"), "R").refused
    assert f"'{head}' is no measure with its cutoff" in told


@pytest.mark.parametrize(
    ("above", "dataset"),
    [
        ("**MS MARCO dev**", "MS MARCO dev"),
        ("**Harbour QA**", "Harbour QA"),
        ("__TREC DL 2019__:", "TREC DL 2019"),
        ("<b>NFCorpus</b>", "NFCorpus"),
        ("Results on MS MARCO (dev):", "MS MARCO (dev"),
        ("*Table 3: Results on the NQ test set*", "NQ test set"),
        ("#### NanoNFCorpus", "NanoNFCorpus"),
        ("**Dataset:** gulls-v2", "gulls-v2"),
        ("* Dataset: gulls-v2", "gulls-v2"),
        ("**Results**", ""),
        ("**acme/toy**", ""),
        ("**Sparse encoders**", ""),
        ("**Comparison of models**", ""),
        ("Trained on MS MARCO.", ""),
        ("#### NQ and FiQA", ""),
        ("**nDCG@10**", ""),
    ],
)
def test_the_data_set_of_a_line_above_its_table(above, dataset):
    text = f"# Toy\n\n{above}\n" + table("| Metric | Value |", "| MRR@10 | 0.5 |")
    ((_, named, _, _),) = claims_of(text)
    assert named.rstrip(")") == dataset


@pytest.mark.parametrize(
    ("cell", "digits"),
    [
        ("0.5300 🔥", "0.5300"),
        ("🥇 0.53", "0.53"),
        ("**0.53** ↑", "0.53"),
        ("0.53†", "0.53"),
        ("0.53 ⭐️", "0.53"),
        ("53.0% 🚀", "53.0"),
        ("<ins>0.53</ins> ✅", "0.53"),
        ("`0.53`", "0.53"),
    ],
)
def test_marks_beside_a_number_are_not_part_of_it(cell, digits):
    assert claims_of(table("| Metric | Value |", f"| MRR@10 | {cell} |")) == [
        ("", "", "mrr@10", digits)
    ]


@pytest.mark.parametrize("cell", ["0.53 (0.51)", "0.53 ± 0.01", "0,53", "~ 0.5 to 0.6", "-0.1-"])
def test_what_is_more_than_a_number_is_told(cell):
    card = read_card(table("| Metric | Value |", f"| MRR@10 | {cell} |", "| R@5 | 0.5 |"), "R")
    assert [n.measure for one in card.evaluations for n in one.published] == ["recall@5"]
    assert "which is not a number" in card.refused[0]


@pytest.mark.parametrize(
    "lines",
    [
        ("| Metric | Value | Description |", "| MRR@10 | 0.5 | first hit of ten |"),
        ("| Metric | Description | Score |", "| MRR@10 | first hit of ten | 0.5 |"),
        ("| Metric | Score | Notes | Change |", "| MRR@10 | 0.5 | dev | +0.1 |"),
    ],
)
def test_a_column_of_words_is_no_data_set(lines):
    card = read_card(table(*lines), "R")
    assert [(one.dataset, len(one.published)) for one in card.evaluations] == [("", 1)]
    assert card.recovered == ()


def test_data_set_metric_and_value_in_columns_of_their_own():
    text = table(
        "| Dataset | Split | Metric | toy |",
        "| NQ | test | nDCG@10 | 0.5 |",
        "| | dev | nDCG@10 | 0.4 |",
        "| FiQA | test | Recall@100 | 0.7 |",
    )
    assert [
        (one.dataset, one.split, number.measure, number.text)
        for one in read_card("# toy\n" + text, "R").evaluations
        for number in one.published
    ] == [
        ("NQ", "test", "ndcg@10", "0.5"),
        ("NQ", "dev", "ndcg@10", "0.4"),
        ("FiQA", "test", "recall@100", "0.7"),
    ]


def test_a_row_with_a_name_only_is_the_title_of_those_below():
    text = table(
        "| Metric | Value |",
        "| **NQ** | |",
        "| MRR@10 | 0.5 |",
        "| **FiQA** | |",
        "| MRR@10 | 0.3 |",
    )
    assert claims_of(text) == [("", "NQ", "mrr@10", "0.5"), ("", "FiQA", "mrr@10", "0.3")]


def test_a_row_with_the_title_of_a_group_of_measures_names_no_data_set():
    text = table("| Metric | Value |", "| **Retrieval metrics** | |", "| MRR@10 | 0.5 |")
    assert claims_of(text) == [("", "", "mrr@10", "0.5")]


@pytest.mark.parametrize("head", ["", "Name", "Test set", "Benchmark"])
def test_rows_that_are_data_sets(head):
    text = table(f"| {head} | nDCG@10 |", "| NQ | 0.5 |", "| TREC-COVID | 0.7 |", "| Avg. | 0.6 |")
    assert [(m, d) for m, d, _, _ in claims_of(text)] == [
        ("", "NQ"),
        ("", "TREC-COVID"),
        ("", "Avg."),
    ]


def test_two_splits_of_a_data_set_do_not_contradict_each_other():
    card = read_card(
        table("| Dataset | Split | MRR@10 |", "| NQ | dev | 0.4 |", "| NQ | test | 0.5 |"), "R"
    )
    assert [(one.split, one.published[0].text) for one in card.evaluations] == [
        ("dev", "0.4"),
        ("test", "0.5"),
    ]
    assert (card.refused, card.disagreements) == ((), ())
    assert len(of_model(card, "a/b")) == 2


def test_rows_by_their_limit_of_active_dims_are_evaluations_of_their_own():
    card = read_card(
        "### NQ\n" + table("| max_active_dims | nDCG@10 |", "| 16 | 0.4 |", "| 256 | 0.5 |"), "R"
    )
    assert [(dict(one.parameters), one.published[0].text) for one in card.evaluations] == [
        ({"max_active_dims": "16"}, "0.4"),
        ({"max_active_dims": "256"}, "0.5"),
    ]


def test_the_author_s_ours_is_the_card_s_own_row():
    text = table("| Model | MRR@10 |", "| BM25 | 0.2 |", "| **Ours** | 0.5 |")
    (one,) = of_model(read_card("# toy\n" + text, "R"), "a/b")
    assert one.numbers[0].text == "0.5"
    text = table("| Metric | BM25 | Ours |", "| MRR@10 | 0.2 | 0.5 |")
    (one,) = of_model(read_card("# toy\n" + text, "R"), "a/b")
    assert (one.dataset, one.numbers[0].text) == ("", "0.5")


def test_models_are_found_beside_sizes_and_latencies():
    text = table(
        "| # | Size (M) | Model | MRR@10 | Latency (ms) |",
        "| 1 | 4.4 | toy | 0.5 | 12.5 |",
        "| 2 | 66 | other/big | 0.6 | 80.1 |",
    )
    assert claims_of(text) == [("toy", "", "mrr@10", "0.5"), ("other/big", "", "mrr@10", "0.6")]


def test_a_column_of_numbers_is_no_column_of_models():
    lines = ("| Dataset | nDCG@10 | Latency (ms) |", "| my-test | 0.5 | 10 |")
    assert claims_of(table(*lines)) == [("", "my-test", "ndcg@10", "0.5")]


@pytest.mark.parametrize("cell", ["0.`5`3", "0.**5**3", "0.<b>5</b>3", "3`4.1`"])
def test_no_two_halves_of_a_number_join(cell):
    assert claims_of(table("| Metric | Value |", f"| MRR@10 | {cell} |")) == []


def test_backticks_and_stars_inside_a_name_are_no_part_of_it():
    text = table("| Model | `MS MARCO` **dev** MRR@10 |", "| `acme/toy` **v2** | 0.5 |")
    assert claims_of(text) == [("acme/toy v2", "MS MARCO dev", "mrr@10", "0.5")]


@pytest.mark.parametrize(
    "text",
    [
        table("| Step | NQ_dot_ndcg@10 |", "| 100 | 0.5 |"),
        table(
            "| Epoch | Step | Training Loss | NanoBEIR_mean_dot_ndcg@10 |", "| 1 | 9 | 3 | 0.5 |"
        ),
    ],
)
def test_numbers_of_the_course_of_training_are_told(text):
    card = read_card(text, "R")
    assert card.evaluations == ()
    assert "of the course of training" in card.refused[0]


def test_one_data_set_in_two_spellings_is_listed_once():
    text = table("| Metric | my-test | other |", "| MRR@10 | 0.5 | 0.3 |") + table(
        "| Metric | my test | third |", "| R@10 | 0.9 | 0.8 |"
    )
    with pytest.raises(InputError, match=r"3 data sets; choose one: my-test, other, third\.$"):
        to_experiment(read_card(text, "R"), "a/b", "main")


def test_columns_beside_the_measures_are_told_and_not_used():
    text = (
        "# toy\n\n| Model | Latency (ms) | MRR@10 | Avg. Relevance | Notes |\n|:--|--|--|--|--|\n"
        "| toy | 12.5 | 0.341 | 0.9 | of 2025 |\n"
    )
    card = read_card(text, "README.md")
    (one,) = card.evaluations
    assert [(n.measure, n.text) for n in one.published] == [("mrr@10", "0.341")]
    (told,) = card.refused
    assert "Latency (ms), Avg. Relevance" in told
    assert "not used" in told
