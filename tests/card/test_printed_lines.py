"""Numbers outside of tables: logs of evaluators, dictionaries, lists, running text."""

import io
import logging
import pprint

import pytest

from harness.card.claimed import of_model
from harness.card.read import read_card
from tests.support.written_cards import DOT_AND_COSINE, evaluator, nano, splade


def claims_of(text):
    return [
        (one.dataset, number.measure, number.text, number.unit)
        for one in read_card(text, "R").evaluations
        for number in one.published
    ]


LOG = """Queries: 323
Corpus: 3269

Score-Function: dot
Accuracy@1: 50.77%
Precision@10: 25.23%
MRR@10: 0.5706
NDCG@10: 0.3530
Model Query Sparsity: Active Dimensions: 40.0, Sparsity Ratio: 0.9987
Model Corpus Sparsity: Active Dimensions: 206.2, Sparsity Ratio: 0.9932
Average FLOPS: 4.66
"""
READ = [
    ("", "dot_accuracy@1", "50.77", "percent"),
    ("", "dot_precision@10", "25.23", "percent"),
    ("", "dot_mrr@10", "0.5706", "fraction"),
    ("", "dot_ndcg@10", "0.3530", "fraction"),
    ("", "query_active_dims", "40.0", "count"),
    ("", "query_sparsity_ratio", "0.9987", "fraction"),
    ("", "corpus_active_dims", "206.2", "count"),
    ("", "corpus_sparsity_ratio", "0.9932", "fraction"),
    ("", "avg_flops", "4.66", "count"),
]


@pytest.mark.parametrize(
    "each",
    [
        "{}",
        "2025-07-01 12:00:03 - {}",
        "2025-07-01 12:00:03,123 - {}",
        "INFO:sentence_transformers.evaluation:{}",
        "# {}",
        "[INFO] {}",
    ],
)
@pytest.mark.parametrize("info", ["", "text", "python"])
def test_a_printed_log_of_an_evaluator(each, info):
    lines = "\n".join(each.format(line) if line else "" for line in LOG.split("\n"))
    assert claims_of(f"# Toy\n```{info}\n{lines}\n```\n") == READ


def test_a_log_that_stands_in_the_text():
    assert claims_of(f"# Toy\n\n{LOG}") == READ


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: evaluator("nq"), {"nq": ("dot",)}),
        (lambda: evaluator("fiqa", 5, score_functions=DOT_AND_COSINE), {"fiqa": ("dot", "cosine")}),
        (lambda: nano("msmarco", "nq"), {"NanoMSMARCO": ("dot",), "NanoNQ": ("dot",),
                                         "NanoBEIR mean": ("dot",)}),
        (lambda: nano("scifact", "fever", first=3),
         {"NanoSciFact": ("dot",), "NanoFEVER": ("dot",), "NanoBEIR mean": ("dot",)}),
    ],
)  # fmt: skip
def test_what_an_evaluator_logs_is_what_it_returned(make, names):
    """To the places that its log prints; no number of one data set stands with another's."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("sentence_transformers")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        given = make()(splade())
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)
    card = read_card(f"# Toy\n```\n{stream.getvalue()}\n```\n", "R")
    found = of_model(card, "a/b")
    assert {(one.dataset, one.similarity) for one in found} == {
        (name, function) for name, functions in names.items() for function in functions
    }
    for one in found:
        prefix = one.dataset.replace(" ", "_")
        for number in one.numbers:
            assert number.holds(float(given[f"{prefix}_{number.measure}"])), number
    ranked = [n for one in found for n in one.numbers if n.name.partition("_")[2] == ""]
    assert len(ranked) == 15 * len(found)


@pytest.mark.parametrize("width", [80, 100_000])
def test_results_as_pprint_writes_them(width):
    given = nano("msmarco", "nq")(splade())
    printed = pprint.pformat({key: float(value) for key, value in given.items()}, width=width)
    found = of_model(read_card(f"# Toy\n```python\n{printed}\n```\n", "R"), "a/b")
    assert {one.dataset for one in found} == {"NanoMSMARCO", "NanoNQ", "NanoBEIR_mean"}
    for one in found:
        for number in one.numbers:
            assert float(number.text) == given[f"{one.dataset}_{number.measure}"]
    assert [len(one.numbers) for one in found] == [20, 20, 20]


@pytest.mark.parametrize(
    "text",
    [
        "{'eval_nq_dot_ndcg@10': 0.4, 'eval_loss': 1.2, 'epoch': 1.0}",
        '{"step": 500, "nq_dot_mrr@10": 0.25}',
    ],
)
def test_the_log_of_a_training_is_told(text):
    card = read_card(f"# Toy\n```\n{text}\n```\n", "R")
    assert card.evaluations == ()
    assert card.refused == (
        "R fenced block, line 3: its numbers are of the course of training; not used.",
    )


def test_a_log_that_is_not_understood_is_told():
    card = read_card("# Toy\n```\nbest so far NDCG@10 of 0.5 and counting\n```\n", "R")
    assert card.evaluations == ()
    assert "line 3: its numbers were not understood" in card.refused[0]
    assert read_card("```bash\npython eval.py --measure ndcg@10 --p 0.5\n```\n# a", "R").refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- **MRR@10**: 37.22\n- **Recall@100**: 89.1\n",
         [("", "mrr@10", "37.22", "percent"), ("", "recall@100", "89.1", "percent")]),
        ("* MRR@10 = 0.3722\n", [("", "mrr@10", "0.3722", "fraction")]),
        ("MRR@10: **0.3722**\n", [("", "mrr@10", "0.3722", "fraction")]),
        ("### NQ\n- nDCG@10: 0.5\n\n### FiQA\n- nDCG@10: 0.3\n",
         [("NQ", "ndcg@10", "0.5", "fraction"), ("FiQA", "ndcg@10", "0.3", "fraction")]),
        ("- NQ\n  - nDCG@10: 0.5\n- FiQA\n  - nDCG@10: 0.3\n",
         [("NQ", "ndcg@10", "0.5", "fraction"), ("FiQA", "ndcg@10", "0.3", "fraction")]),
        ("**Harbour QA**\n\n- nDCG@10: 53.0%\n", [("Harbour QA", "ndcg@10", "53.0", "percent")]),
        ("- NQ nDCG@10: 0.5\n- FiQA nDCG@10: 0.3\n",
         [("NQ", "ndcg@10", "0.5", "fraction"), ("FiQA", "ndcg@10", "0.3", "fraction")]),
    ],
)  # fmt: skip
def test_lists_of_numbers(text, expected):
    assert claims_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The model reaches MRR@10 **37.22** on MS MARCO.",
         [("MS MARCO", "mrr@10", "37.22", "percent")]),
        ("It has an nDCG@10 of 0.512 and Recall@100 of 0.91 on NFCorpus.",
         [("NFCorpus", "ndcg@10", "0.512", "fraction"),
          ("NFCorpus", "recall@100", "0.91", "fraction")]),
        ("We measured 38.8% MRR@10 (dev).", [("", "mrr@10", "38.8", "percent")]),
    ],
)  # fmt: skip
def test_a_sentence_that_can_mean_one_thing_is_used(text, expected):
    assert claims_of(f"# Toy\n\n{text}\n") == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("MRR@10 rises from 33.1 to 37.22 on MS MARCO.", "do not stand in pairs"),
        ("Its MRR@10 of 37.2 is better than BM25.", "it compares"),
        ("It reaches MRR@10 37.2 on NQ and FiQA.", "several data sets"),
        ("MRR@10 and R@10 are 37.2 and 60.", "do not stand in pairs"),
    ],
)
def test_a_sentence_that_can_mean_several_things_is_told(text, why):
    card = read_card(f"# Toy\n\n{text}\n", "R")
    assert card.evaluations == ()
    (told,) = card.refused
    assert why in told
    assert told.startswith("R text, line 3: '")


def test_a_sentence_beside_a_table_is_told_unless_it_says_the_same():
    table = "# toy\n\n| Model | NQ MRR@10 |\n|--|--|\n| toy | 37.22 |\n\n"
    card = read_card(table + "It reaches MRR@10 **37.22**.\n", "R")
    assert (len(card.evaluations), card.refused) == (1, ())
    card = read_card(table + "It reaches MRR@10 **38.8** with our prompt.\n", "R")
    assert len(card.evaluations) == 1
    assert "the card has its numbers elsewhere" in card.refused[0]


def test_an_unnamed_list_that_says_a_table_again_is_no_other_evaluation():
    table = "# toy\n\n| Model | NQ MRR@10 |\n|--|--|\n| toy | 37.22 |\n\n"
    (one,) = of_model(read_card(table + "- MRR@10: 0.3722\n", "R"), "a/toy")
    assert (one.dataset, len(one.where)) == ("NQ", 2)
    assert len(of_model(read_card(table + "- MRR@10: 0.38\n", "R"), "a/toy")) == 2
