"""Printed numbers: their digits, their scale, and what rounds to them, wherever they stand."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.card.audit.intervals import of_published
from harness.card.audit.intervals import read as read_intervals
from harness.claims.printed_number import (
    FLOAT32_MEAN_SLACK,
    FLOAT32_SUM_SLACK,
    SLACK,
    PrintedNumber,
    digits,
)
from harness.claims.published import PublishedNumber, own_unit, read
from harness.errors import InputError

printed = st.decimals(-100, 100, places=4).map(lambda number: f"{number:.4f}")


@pytest.mark.parametrize(
    ("text", "unit", "value", "half"),
    [
        ("0.7457", "fraction", 0.7457, "0.00005"),
        ("34.1", "percent", 0.341, "0.0005"),
        ("34", "percent", 0.34, "0.005"),
        ("22.584999084472656", "count", 22.584999084472656, "0.0000000000000005"),
        ("12.62022", "fraction", 12.62022, "0.000005"),
        ("-1.5", "fraction", -1.5, "0.05"),
        ("1e-3", "fraction", 0.001, "0.0005"),
        ("2e2", "count", 200, "50"),
        ("0", "fraction", 0, "0.5"),
    ],
)
def test_digits_say_how_precise_they_are(text, unit, value, half):
    number = PrintedNumber(text, unit)
    assert number.value == value
    assert number.half_unit == Decimal(half)
    assert number.rounds_to(value, SLACK)
    assert number.rounds_to(value + 0.99 * float(half), SLACK)
    assert not number.rounds_to(value + 1.01 * float(half) + 2e-9 * abs(value), SLACK)
    assert number.tolerance(SLACK) == Decimal(half) + SLACK * abs(number.decimal)


@given(printed, st.floats(-0.99, 0.99))
def test_every_value_within_half_a_unit_rounds_to_it(text, part):
    number = PrintedNumber(text)
    assert number.rounds_to(float(text) + part * 0.00005, SLACK)
    assert not number.rounds_to(float(text) + math.copysign(0.00006 + 2e-7, part), SLACK)


def test_a_number_printed_in_full_is_held_to_the_slack_alone():
    number = PrintedNumber("0.105", exact=True)
    assert number.rounds_to(0.105 * (1 + 9e-10), SLACK)
    assert not number.rounds_to(0.1051, SLACK)
    assert PrintedNumber("0.105").rounds_to(0.1051, SLACK)


def test_each_slack_is_for_another_way_of_adding():
    """Double sums, float32 means, float32 dot products: each where the one before is too strict."""
    assert SLACK < FLOAT32_MEAN_SLACK < FLOAT32_SUM_SLACK
    mean = PrintedNumber("22.584999084472656", "count")
    assert mean.rounds_to(112_925 / 5_000, FLOAT32_MEAN_SLACK)
    assert not mean.rounds_to(112_925 / 5_000, SLACK)
    product = PrintedNumber("12.62022")
    assert product.rounds_to(12.6202135, FLOAT32_SUM_SLACK)
    assert not product.rounds_to(12.6202135, FLOAT32_MEAN_SLACK)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_rounds_to_nothing(value):
    assert not PrintedNumber("0.5").rounds_to(value, SLACK)


@pytest.mark.parametrize(
    "text",
    ["", "nan", "inf", "0,5", "1_0", "34.1%", "**0.5**", " 1", "１", "1e999", "-1e309", "1.8e308"],
)
def test_a_text_that_is_no_number_is_refused(text):
    with pytest.raises(InputError, match="not a number"):
        PrintedNumber(text)
    with pytest.raises(InputError, match=r"a card: ndcg@10 is .*not a number"):
        PublishedNumber("ndcg@10", text, "a card")


@pytest.mark.parametrize("text", ["1.7e308", "1e-999", "0e999"])
def test_what_a_double_can_hold_is_a_number(text):
    assert math.isfinite(PrintedNumber(text).value)


def test_markup_round_a_number_is_taken_off():
    assert digits("**0.7457**") == "0.7457"
    assert digits(" 34.1 % ") == "34.1"
    assert digits("0.5 (best)") is None


@given(st.decimals(0, 100, places=2), st.sampled_from(["ndcg@10", "dot_mrr@10", "R@1k"]))
def test_a_published_number_and_the_audits_interval_hold_the_same_digits(number, measure):
    published = read(measure, f"{number:.2f}%", "a card")
    (interval,) = of_published([published]).printed.values()
    assert interval.number == published.number
    assert interval.value == published.value == published.number.value
    # Of a number that was rounded to five places first (as mteb does), half a unit of those more.
    assert published.half_unit == Decimal("0.00005")
    assert Decimal(repr(interval.half)) == published.half_unit + Decimal("0.000005")


@pytest.mark.parametrize(
    ("measure", "text", "unit", "value"),
    [
        ("NDCG@10 (%)", "0.9", "percent", 0.009),  # 0.9 percent, where 0.9 alone is a fraction
        ("ndcg@10", "0.9", "fraction", 0.9),
        ("ndcg@10 in percent", "34.1", "percent", 0.341),
        ("query_sparsity_ratio (%)", "99.9", "percent", 0.999),
        ("dcg@10", "3.2", "count", 3.2),  # a sum, not 3.2 percent
        ("num_rel_ret", "41.5", "count", 41.5),
        ("rbp(p=0.8)", "41.5", "percent", 0.415),
        ("Corpus Active Dims", "186.6", "count", 186.6),
    ],
)
def test_the_unit_is_the_spellings_the_measures_or_the_numbers(measure, text, unit, value):
    published = read(measure, text, "here")
    assert (published.unit, published.value) == (unit, value)


def test_which_measures_have_a_unit_of_their_own():
    assert own_unit("dot_dcg@10") == own_unit("num_rel_ret") == own_unit("avg_flops") == "count"
    assert own_unit("query_sparsity_ratio") == "fraction"
    assert own_unit("dot_ndcg@10") is own_unit("bpref") is own_unit("") is None


def test_the_audit_reads_percent_where_the_spelling_says_so():
    (interval,) = read_intervals({"NDCG@10 (%)": "34.1"}).printed.values()
    assert interval.value == 0.341
    assert interval.half == pytest.approx(0.0005 + 0.00005, rel=1e-12)  # rounded twice, at most
    (finding,) = read_intervals({"NDCG@10 (%)": "134.1", "mrr@10": "0.5"}).findings
    assert finding.verdict == "impossible"


@given(st.integers(0, 100_000))
def test_five_places_times_a_hundred_are_cleaned_to_what_was_rounded(units):
    """As mteb's scores stand on cards: 0.10398 * 100 is 10.397999999999998."""
    share = units / 100_000
    printed = repr(share * 100)
    cleaned = PrintedNumber(printed, "percent").cleaned
    assert Decimal(cleaned) == Decimal(units) / 1000
    assert float(cleaned) == pytest.approx(share * 100, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("10.397999999999998", "fraction"),  # not multiplied: such a mean is printed in full
        ("67.49323809523842", "percent"),
        ("10.4", "percent"),
        ("10.400", "percent"),
        ("10.39800001", "percent"),
        ("22.584999084472656", "count"),
    ],
)
def test_all_other_digits_are_kept_as_they_are(text, unit):
    assert PrintedNumber(text, unit).cleaned == text
