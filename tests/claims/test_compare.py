"""Verdicts: two-sided, at the precision that is printed, and none for nothing."""

import pytest

from harness.claims.claims import Claims, Deviation
from harness.claims.compare import Comparison, Verdict, baseline, compare, holds
from harness.claims.published import bare, read
from harness.errors import InputError
from harness.measures.intervals import Interval


def claim(text="0.7457", measure="dot_ndcg@10"):
    return read(measure, text, "a card")


def only(measured, text="0.7457", deviations=()):
    (row,) = compare({"dot_ndcg@10": measured}, [claim(text)], deviations)
    return row


WOBBLE = Deviation("ndcg@10", 0.003, "ties: the card's evaluator kept torch.topk order")


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        (0.7457, Verdict.MATCH),
        (0.7457042059559617, Verdict.MATCH),
        (0.74574999, Verdict.MATCH),
        (0.74565001, Verdict.MATCH),
        (0.7457 + 0.0001, Verdict.OFF),
        (0.7457 - 0.0001, Verdict.OFF),
        (0.7457 + 0.002, Verdict.OFF),
        (0.7457 - 0.002, Verdict.OFF),
        (float("nan"), Verdict.OFF),
    ],
)
def test_four_printed_digits_are_held_to_half_a_unit_either_way(measured, verdict):
    assert only(measured).verdict is verdict


@pytest.mark.parametrize("sign", [1, -1])
def test_a_full_double_is_held_to_a_billionth_and_not_to_four_digits(sign):
    exact = 0.7457042059559617
    assert only(exact * (1 + sign * 5e-10), str(exact)).verdict is Verdict.MATCH
    assert only(exact * (1 + sign * 5e-9), str(exact)).verdict is Verdict.OFF


@pytest.mark.parametrize("sign", [1, -1])
def test_close_is_inside_a_declared_deviation_and_says_why(sign):
    inside, outside = (only(0.7457 + sign * by, deviations=[WOBBLE]) for by in (0.0029, 0.0031))
    assert (inside.verdict, inside.because) == (Verdict.CLOSE, WOBBLE.because)
    assert inside.delta == pytest.approx(sign * 0.0029)
    assert (outside.verdict, outside.because) == (Verdict.OFF, "")


def test_a_match_needs_no_excuse_and_a_deviation_of_another_measure_gives_none():
    assert only(0.7457, deviations=[WOBBLE]).because == ""
    other = Deviation("mrr@10", 0.5, "of another measure")
    assert only(0.75, deviations=[other]).verdict is Verdict.OFF


def test_a_published_number_that_was_not_measured_fails():
    rows = compare({"mrr@10": 0.5}, [claim()])
    assert [(row.measure, row.verdict) for row in rows] == [
        ("dot_ndcg@10", Verdict.UNMEASURED),
        ("mrr@10", Verdict.UNPUBLISHED),
    ]
    assert rows[0] == Comparison("dot_ndcg@10", None, claim(), None, Verdict.UNMEASURED)
    assert rows[1] == Comparison("mrr@10", 0.5, None, None, Verdict.UNPUBLISHED)
    assert not holds(rows)


def test_a_deviation_does_not_excuse_what_was_not_measured():
    assert compare({}, [claim()], [WOBBLE])[0].verdict is Verdict.UNMEASURED


@pytest.mark.parametrize(
    ("measured", "published"), [("dot_ndcg@10", "ndcg@10"), ("ndcg@10", "dot_ndcg@10")]
)
def test_the_similarity_function_before_a_measure_makes_no_difference(measured, published):
    (row,) = compare({measured: 0.7457}, [claim(measure=published)])
    assert (row.measure, row.verdict) == (published, Verdict.MATCH)


def test_percent_is_compared_as_a_fraction():
    (row,) = compare({"dot_mrr@10": 0.34149}, [read("mrr@10", "34.1", "a README")])
    assert row.verdict is Verdict.MATCH
    assert row.delta == pytest.approx(0.00049)
    (row,) = compare({"dot_mrr@10": 0.3416}, [read("mrr@10", "34.1", "a README")])
    assert row.verdict is Verdict.OFF


def test_the_order_is_that_of_the_source_and_then_that_of_the_measured():
    claims = [claim(measure=m) for m in ("map@100", "accuracy@1")]
    rows = compare({"zz": 1.0, "accuracy@1": 0.7457, "aa": 2.0, "map@100": 0.7457}, claims)
    assert [row.measure for row in rows] == ["map@100", "accuracy@1", "zz", "aa"]


@pytest.mark.parametrize("verdict", Verdict)
def test_it_holds_unless_one_is_off_or_unmeasured(verdict):
    good = Comparison("a", 1.0, None, None, Verdict.MATCH)
    row = Comparison("b", 1.0, None, None, verdict)
    assert holds([good, row]) is (verdict not in {Verdict.OFF, Verdict.UNMEASURED})


def test_nothing_published_holds():
    assert holds(compare({"ndcg@10": 0.5}, []))


SCORES = {
    "dot_ndcg@10": 0.7457042059559617,
    "dot_accuracy@1": 1.0,
    "dot_recall@10": 5e-05,
    "query_active_dims": 22.585,
    "corpus_sparsity_ratio": 0.9942712788405814,
    "avg_flops": 0.75,
}


def test_a_baseline_holds_itself_and_nothing_that_moved():
    claims = baseline(SCORES, "earlier.json")
    assert {row.verdict for row in compare(SCORES, claims)} == {Verdict.MATCH}
    for key, value in SCORES.items():
        for factor in (1 - 1e-5, 1 + 1e-5):
            moved = compare(SCORES | {key: value * factor}, claims)
            assert [row.measure for row in moved if row.verdict is Verdict.OFF] == [key]


# how wide a tolerance may be


def excused(text, unit, tolerance, measured, measure="dot_ndcg@10"):
    published = [read(measure, text, "a card", unit)]
    deviations = (Deviation(bare(measure), tolerance, "ties"),)
    return compare({measure: measured}, published, deviations)[0].verdict


@pytest.mark.parametrize(
    ("text", "measured", "tolerance", "verdict"),
    [
        ("0.7457", 0.7487, 0.003, Verdict.CLOSE),  # floats are 0.0030000000000000027 apart
        ("0.7457", 0.7427, 0.003, Verdict.CLOSE),
        ("0.7457", 0.74870001, 0.003, Verdict.OFF),
        ("0.1", 0.3, 0.1, Verdict.OFF),
        ("0.2", 0.3, 0.1, Verdict.CLOSE),  # 0.3 - 0.2 is 0.09999999999999998
        ("0.8", 0.9, 0.1, Verdict.CLOSE),
        ("0.3", 0.4, 0.1, Verdict.CLOSE),
    ],
)
def test_the_edge_of_a_tolerance_is_that_of_decimals(text, measured, tolerance, verdict):
    assert excused(text, "fraction", tolerance, measured) is verdict


@pytest.mark.parametrize("tolerance", [0.1000001, 0.3, 1.0, 1e308])
@pytest.mark.parametrize(("text", "unit"), [("34.1", "percent"), ("0.341", "fraction")])
def test_a_tolerance_that_makes_a_share_mean_nothing_is_refused(text, unit, tolerance):
    with pytest.raises(InputError, match=r"more than 0\.1: .* for 0.3 points .* write 0.003"):
        excused(text, unit, tolerance, 0.55)
    published = (read("dot_ndcg@10", text, "a card", unit),)
    with pytest.raises(InputError, match=r"more than 0\.1"):
        Claims("", "", published, (Deviation("ndcg@10", tolerance, "ties"),))


def test_a_tolerance_of_a_count_is_less_than_the_count():
    assert excused("174.85", "count", 20.0, 160.0, "corpus_active_dims") is Verdict.CLOSE
    for tolerance in (174.85, 175.0, 1e308):
        with pytest.raises(InputError, match="any number would hold"):
            excused("174.85", "count", tolerance, 0.0, "corpus_active_dims")


NEAR_TIE = Interval(0.7453, 0.7457042059559617, "near-ties of query q (documents a, b)")


def inside(text, measured=0.7455, deviations=(), interval=NEAR_TIE):
    (row,) = compare({"dot_ndcg@10": measured}, [claim(text)], deviations, {"ndcg@10": interval})
    return row


@pytest.mark.parametrize("text", ["0.7453000000000001", "0.7457042059559617", "0.7454", "0.7457"])
def test_a_number_that_float32_leaves_open_is_close_and_names_the_cause(text):
    row = inside(text)
    assert (row.verdict, row.declared) == (Verdict.CLOSE, False)
    assert row.because == ("within what float32 leaves open: near-ties of query q (documents a, b)")
    assert row.interval == NEAR_TIE


@pytest.mark.parametrize("text", ["0.7452999", "0.745705", "0.7452", "0.7458", "0.7455001"])
def test_a_number_outside_is_off(text):
    narrow = NEAR_TIE if text != "0.7455001" else Interval(0.7455, 0.7455)
    assert inside(text, interval=narrow).verdict is Verdict.OFF


def test_float32_comes_before_a_declared_deviation_and_match_before_both():
    assert not inside("0.7457042", deviations=[WOBBLE]).declared
    assert inside("0.7475", deviations=[WOBBLE]).declared
    assert inside("0.7455", deviations=[WOBBLE]).verdict is Verdict.MATCH


def test_an_interval_of_a_measure_that_nobody_publishes_is_kept():
    around = {"dot_mrr@10": Interval(0.4, 0.6)}
    _, row = compare({"dot_ndcg@10": 0.7457, "dot_mrr@10": 0.5}, [claim()], (), around)
    assert (row.verdict, row.interval) == (Verdict.UNPUBLISHED, around["dot_mrr@10"])
