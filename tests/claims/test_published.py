"""A claimed number: its digits, its scale, and which measured values hold it."""

import math
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.claims.published import PublishedNumber, measure_key, read, unit_of
from harness.errors import InputError


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Dot Ndcg@10", "dot_ndcg@10"),
        ("dot_ndcg@10", "dot_ndcg@10"),
        ("**dot_ndcg@10**", "dot_ndcg@10"),
        ("NDCG@10", "ndcg@10"),
        ("nDCG @ 10", "ndcg@10"),
        ("ndcg_at_10", "ndcg@10"),
        ("MRR@10", "mrr@10"),
        ("R@1k", "recall@1000"),
        ("P@5", "precision@5"),
        ("Cosine Map@100", "cosine_map@100"),
        ("Hit Rate@3", "accuracy@3"),
        ("Corpus Active Dims", "corpus_active_dims"),
        ("query_sparsity_ratio", "query_sparsity_ratio"),
        ("avg_flops", "avg_flops"),
        ("ndcg", None),
        ("ndcg@0", None),
        ("ndcg@10x", None),
        ("spearman_cosine", None),
        ("nauc_ndcg_at_10_max", None),
        ("ndсg@10", None),  # a Cyrillic letter
        ("ndcg@１０", None),  # full-width digits
        ("", None),
        ("_" * 100_000, None),
    ],
)
def test_a_measure_has_one_key_in_every_spelling(text, key):
    assert measure_key(text) == key


@pytest.mark.parametrize(
    ("text", "measured", "holds"),
    [
        ("0.7457", 0.74565, True),
        ("0.7457", 0.74575, True),
        ("0.7457", 0.745751, False),
        ("0.7457", 0.745649, False),
        ("0.8148", 0.81485, True),  # the tie that the reproduced card prints
        ("0.8149", 0.81485, True),
        ("0.191", 0.1915, True),
        ("0.191", 0.19151, False),
        ("34.1", 0.3414, True),
        ("34.1", 0.34151, False),
        ("34.1%", 0.341, True),
        ("0.7457042059559617", 0.7457042059559616, True),
        ("0.7457042059559617", 0.7457042059559617 * (1 + 0.9e-9), True),
        ("0.7457042059559617", 0.7457042059559617 * (1 + 1.1e-9), False),
        ("0.7457042059559617", 0.7457, False),
        ("1", 0.6, True),
        ("1e-3", 0.0014, True),
        ("0.7457", math.nan, False),
        ("0.7457", math.inf, False),
    ],
)
def test_holds_is_equality_at_the_printed_precision(text, measured, holds):
    assert read("ndcg@10", text, "here").holds(measured) is holds


def test_a_float32_mean_holds_its_own_count():
    # 112,925 active dims over 5,000 queries, printed by way of float32
    published = read("query_active_dims", "22.584999084472656", "here")
    assert published.holds(112_925 / 5_000)
    assert not published.holds(112_926 / 5_000)


@given(st.decimals(0, 1, places=4), st.floats(0, 1))
def test_holds_agrees_with_rounding(printed, measured):
    exact = Decimal(repr(measured))
    rounded = {exact.quantize(Decimal("0.0001"), way) for way in (ROUND_HALF_UP, ROUND_HALF_DOWN)}
    published = PublishedNumber("ndcg@10", f"{printed:.4f}", "here")
    if abs(abs(exact - printed) - Decimal("0.00005")) > Decimal("1e-8"):
        assert published.holds(measured) is (printed in rounded)
    assert all(PublishedNumber("ndcg@10", str(one), "here").holds(measured) for one in rounded)


def test_percent_is_exact_and_keeps_its_digits():
    published = read("MRR@10", "34.1", "README.md")
    assert (published.unit, published.text, published.value) == ("percent", "34.1", 0.341)
    assert published.half_unit == Decimal("0.0005")
    assert read("dot_mrr@10", "0.5", "x").name == "mrr@10"


def test_one_value_above_one_makes_its_column_percent():
    assert unit_of("mrr@10", ["0.7", "34.1", "-"]) == "percent"
    assert unit_of("mrr@10", ["0.7", "1.0"]) == "fraction"
    assert unit_of("corpus_active_dims", ["186.6"]) == "count"


@pytest.mark.parametrize(
    ("measure", "text", "says"),
    [
        ("spearman", "0.5", "'spearman' is not a measure"),
        ("ndcg@10", "0,745", "not a number"),
        ("ndcg@10", "nan", "not a number"),
        ("ndcg@10", "", "not a number"),
        ("ndcg@10", "-0.1", "outside 0 to 1"),
        ("ndcg@10", "174.8", "outside 0 to 100"),
        ("query_sparsity_ratio", "99.9", "outside 0 to 1"),
    ],
)
def test_what_is_no_claim_is_refused_with_its_place(measure, text, says):
    with pytest.raises(InputError, match=f"card.md: .*{says}"):
        read(measure, text, "card.md")
