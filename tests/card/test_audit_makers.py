"""A definition binds those whose tool has it: true numbers of other tools are never impossible."""

import random
from statistics import fmean, median
from time import process_time

import pytest

from harness.card import Card, PublishedEvaluation
from harness.card.audit import audit
from harness.card.audit.card import audit_card
from harness.card.read import read_card
from harness.claims.published import read
from tests.support import oracle


def card_of(*evaluations):
    return Card("toy", "README.md", tuple(evaluations))


def place(numbers, dataset="", *, full=False, **more):
    published = tuple(read(key, text, "README.md") for key, text in numbers.items())
    return PublishedEvaluation(dataset, "README.md", published, full_precision=full, **more)


def the_audit(numbers, dataset="", *, full=False, **more):
    (one,) = audit_card(card_of(place(numbers, dataset, full=full, **more)))
    return one.audit


def verdicts(result, verdict):
    return {finding.test for finding in result.findings if finding.verdict == verdict}


def table(rows, heading="# Toy"):
    text = "".join(f"| {key} | {value} |\n" for key, value in rows.items())
    return read_card(f"{heading}\n\n| Metric | Value |\n|--|--|\n{text}", "README.md")


def test_a_share_beside_percentages_is_held_against_none_of_them():
    # 0.845 is 0.845 percent: its author's column of P@100 has nothing above 1.
    numbers = {"precision@20": "3.963", "precision@100": "0.845", "recall@20": "26.419"}
    assert not the_audit(numbers, "MTEB toy").impossible
    dot = {"dot_accuracy@1": "45.2", "dot_precision@1": "45.2", "dot_recall@1": "0.9"}
    assert not the_audit(dot).impossible


@pytest.mark.parametrize(
    ("numbers", "dataset", "maker"),
    [
        ({"dot_ndcg@10": "0.5"}, "", "sentence-transformers"),
        ({"cosine_accuracy@1": "0.5"}, "MTEB NFCorpus", "sentence-transformers"),
        ({"ndcg@10": "0.5"}, "MTEB NFCorpus", "mteb"),
        ({"ndcg@10": "0.5"}, "mteb/scifact", "mteb"),
        ({"ndcg@3": "0.5", "map@1000": "0.4", "recall@20": "0.6"}, "NFCorpus", "mteb"),
        ({"precision@30": "0.3", "ndcg@10": "0.5"}, "robust04", "trec_eval"),
        ({"ndcg@10": "0.5", "query_active_dims": "40.5"}, "NFCorpus", "unknown"),
        ({"mrr@10": "0.37"}, "MSMARCO", "unknown"),
    ],
)
def test_who_made_the_numbers_is_a_value_with_its_reason(numbers, dataset, maker):
    found = the_audit(numbers, dataset)
    assert found.maker == maker
    assert len(found.maker_why) > 20


@pytest.mark.parametrize(
    "numbers",
    [
        # Graded gains: the top document is relevant in 70%, and the best one in fewer.
        {"ndcg_at_1": "56.25", "mrr_at_1": "70.0", "precision_at_1": "70.0"},
        {"ndcg@1": "0.6111", "precision@1": "0.6667", "mrr@10": "0.8100"},
        {"ndcg@10": "0.2931", "accuracy@10": "0.30", "recall@10": "0.29", "mrr@10": "0.31"},
        # Ties in another order for MRR than for precision.
        {"mrr_at_1": "0.42105", "precision_at_1": "0.41486"},
        {"mrr@1": "0.5", "precision@1": "0.45", "accuracy@1": "0.47"},
        # Recall capped at k: it may fall from cutoff to cutoff.
        {"recall@1": "0.82", "recall@10": "0.71", "recall@100": "0.55"},
        # A rounded number times a hundred.
        {"recall_at_5": "51.991", "precision_at_5": "10.397999999999998"},
        {"recall_at_10": "64.251", "precision_at_10": "6.4249999999999998"},
        {"accuracy@1": "57.99999999999999", "precision@1": "58.0"},
        # Another FLOPS.
        {"ndcg@10": "0.5", "avg_flops": "812.4", "query_active_dims": "20.1"},
    ],
)
def test_numbers_of_an_unknown_tool_are_never_impossible(numbers):
    assert not the_audit(numbers).impossible
    (one,) = audit_card(table(numbers))
    assert not one.audit.impossible


def true_means(draw, sizes):
    """Full means over queries of several sets, and their mean: the definitions in plain Python."""
    measures = [(name, k) for name in ("accuracy", "precision", "recall") for k in (1, 3, 5, 10)]
    measures += [("mrr", 10), ("ndcg", 10), ("map", 100)]
    sets = []
    for size in sizes:
        values = {key: [] for key in measures}
        for _ in range(size):
            relevant = [(f"d{draw.randint(1, 30)}", 1) for _ in range(draw.randint(1, 4))]
            relevant = list(dict(relevant).items())
            ranking = [f"d{i}" for i in draw.sample(range(1, 200), 120)]
            for name, k in measures:
                values[name, k].append(getattr(oracle, name)(ranking, relevant, k, "st", 1))
        sets.append({f"dot_{n}@{k}": fmean(v) for (n, k), v in values.items()})
    return sets


@pytest.mark.parametrize("sizes", [(50,) * 4 + (49,), (101, 103, 107), (7, 11, 13, 17)])
def test_a_mean_over_sets_is_no_set(sizes):
    """Its denominator is a common multiple of all numbers of queries, and may have many digits."""
    draw = random.Random(sum(sizes))
    sets = true_means(draw, sizes)
    mean = {key: repr(fmean(one[key] for one in sets)) for key in sets[0]}
    for dataset in ("NanoBEIR_mean", "NanoBEIR mean", "Average", "CQADupstackRetrieval"):
        found = the_audit(mean, dataset, full=True)
        assert not verdicts(found, "impossible") | verdicts(found, "suspicious"), dataset
        assert "mean over several sets" in found.left_out
        assert found.queries is None


def test_what_an_aggregate_function_makes_of_sets_is_bound_by_nothing():
    sets = true_means(random.Random(3), (5, 6, 7, 8))
    middle = {key: repr(median(one[key] for one in sets)) for key in sets[0]}
    least = {"dot_accuracy@10": "0.2", "dot_recall@10": "0.3", "dot_mrr@10": "0.9"}
    for numbers in (middle, least):
        assert not the_audit(numbers, "NanoBEIR_median", full=True).impossible
    assert the_audit(least, "NanoMSMARCO", full=True).impossible


@pytest.mark.parametrize(
    "ranks", [(1, 1, 1, 2), (1, 2, None, 7), (1, None), (None, None, 3), (2,), (1, 1, 1, 1, 6)]
)
def test_an_honest_evaluation_of_few_queries_is_not_suspicious(ranks):
    card = {}
    for k in (1, 3, 5, 10):
        hits = [rank is not None and rank <= k for rank in ranks]
        card[f"dot_accuracy@{k}"] = card[f"dot_recall@{k}"] = repr(fmean(hits))
        card[f"dot_precision@{k}"] = repr(fmean(hit / k for hit in hits))
    card["dot_mrr@10"] = repr(sum(1 / rank for rank in ranks if rank) / len(ranks))
    found = the_audit(card, full=True)
    assert {finding.verdict for finding in found.findings} == {"consistent"}
    assert len(ranks) % found.queries == 0


def test_more_queries_than_are_searched_are_no_lie():
    # 3,000,001 is prime: accuracies of that many queries fit no number up to a million.
    n = 3_000_001
    rights = (1_000_003, 1_500_001, 1_999_999, 2_345_678)
    pairs = zip((1, 3, 5, 10), rights, strict=True)
    card = {f"dot_accuracy@{k}": repr(right / n) for k, right in pairs}
    assert not audit(card).impossible
    assert audit(card | {"dot_accuracy@5": "0.6666661234567891"}).impossible


def test_two_evaluations_of_one_name_are_not_held_against_each_other():
    """Before and after training: the second table rounds the second of the front matter."""
    first, second = {"dot_accuracy@1": "0.4125"}, {"dot_accuracy@1": "0.6625"}
    card = card_of(
        place(first, "toy", full=True),
        place(second, "toy", full=True),
        place({"dot_accuracy@1": "0.41"}, "toy"),
        place({"dot_accuracy@1": "0.66"}, "toy"),
    )
    for one in audit_card(card):
        assert not verdicts(one.audit, "impossible") | verdicts(one.audit, "suspicious")
    alone = card_of(*card.evaluations[:3])
    assert not any(one.audit.impossible for one in audit_card(alone))


def test_another_tools_numbers_beside_those_of_the_evaluator_are_left_out():
    numbers = {"dot_accuracy@1": "0.40", "dot_mrr@10": "0.52", "mrr@100": "0.30"}
    (one,) = audit_card(table(numbers))
    assert not one.audit.impossible
    assert the_audit({"dot_accuracy@1": "0.40", "dot_mrr@10": "0.30"}).impossible


@pytest.mark.parametrize("k", [1, 2, 40, 41, 100, 200, 1000, 10_000])
def test_mrr_is_audited_at_any_cutoff(k):
    ranks = [1, 3, 8, 20, 90, None, 700]
    card = {"dot_accuracy@1": repr(1 / 7), "dot_precision@1": repr(1 / 7)}
    deep = sum(1 / rank for rank in ranks if rank and rank <= k) / 7
    found = audit(card | {f"dot_mrr@{k}": repr(deep)})
    assert not verdicts(found, "impossible") | verdicts(found, "suspicious")
    assert audit(card | {f"dot_mrr@{k}": "0.1"}).impossible  # the one at rank 1 gives 0.1428


def test_a_definition_that_is_broken_is_impossible_where_the_tool_has_it():
    falling = {"recall_at_5": "0.41", "recall_at_10": "0.35"}
    assert the_audit(falling, "MTEB SciFact").impossible
    assert not the_audit(falling, "SciFact").impossible
    assert verdicts(the_audit(falling, "SciFact"), "suspicious") == {"from cutoff to cutoff"}
    # MAP of trec_eval divides by all relevant documents: ten hits among a thousand give little.
    few = {"precision_at_10": "1.0", "map_at_100": "0.01", "recall_at_10": "0.01"}
    assert not the_audit(few, "MTEB NFCorpus").impossible


def test_a_card_of_thousands_of_numbers_is_audited_in_seconds():
    """It took half a minute: 120 sets of 35 measures, as mteb's front matter has them."""
    draw = random.Random(5)
    evaluations = []
    for number in range(120):
        n, kept = draw.choice((300, 323, 648, 1_406, 6_980)), {}
        hits = draw.randint(n // 4, n // 2)
        for k in (1, 3, 5, 10, 20, 100, 1000):
            hits += draw.randint(0, n // 10) if k > 1 else 0
            shares = {"precision": hits / (k * n), "recall": hits / (3 * n), "mrr": hits / (2 * n)}
            for name, value in (shares | {"ndcg": hits / (4 * n), "map": hits / (3 * n)}).items():
                kept[f"{name}_at_{k}"] = repr(100 * round(value, 5))
        evaluations.append(place(kept, f"MTEB Set {number}", full=True))
    started = process_time()
    found = audit_card(card_of(*evaluations))
    assert process_time() - started < 5
    assert len(found) == 120
    assert not any(one.audit.impossible for one in found)
    assert not found[0].audit.left_out.endswith("many evaluations.")
    assert found[-1].audit.left_out.endswith("many evaluations.")
