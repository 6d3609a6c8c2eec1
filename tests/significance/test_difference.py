"""Mean differences: by hand, by scipy, and by power that is counted."""

import math

import numpy as np
import pytest
from scipy import stats

from harness.errors import InputError
from harness.significance.difference import mean_differences, t_interval
from harness.significance.distributions import largest_share, power_of_t, smallest_change
from harness.significance.paired import PairedScores


def pairs(base, new, measures=None):
    base, new = np.asarray(base, float), np.asarray(new, float)
    if base.ndim == 1:
        base, new = base[:, None], new[:, None]
    names = measures or tuple(f"m@{n + 1}" for n in range(base.shape[1]))
    return PairedScores(tuple(f"q{n}" for n in range(len(base))), names, base, new)


def test_by_hand():
    """Differences of .5, -.25, 0, 0: mean .0625, sd sqrt(.296875 / 3)."""
    (found,) = mean_differences(pairs([0.5, 0.5, 1, 0], [1, 0.25, 1, 0]))
    assert (found.queries, found.changed, found.wins, found.ties, found.losses) == (4, 2, 1, 2, 1)
    assert (found.base, found.new, found.difference) == (0.5, 0.5625, 0.0625)
    sd = math.sqrt((0.4375**2 + 0.3125**2 + 2 * 0.0625**2) / 3)
    assert found.sd == pytest.approx(sd)
    assert found.effect_size == pytest.approx(0.0625 / sd)
    assert found.too_few
    assert (found.low, found.high, found.p, found.adjusted_p, found.detectable) == (None,) * 5


@pytest.mark.parametrize("count", [20, 57, 301])
def test_the_interval_is_scipys(count):
    chance = np.random.default_rng(count)
    base, new = chance.random((2, count))
    (found,) = mean_differences(pairs(base, new), resamples=99)
    theirs = stats.ttest_rel(new, base).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx(tuple(theirs), abs=1e-12)
    one_sided = stats.ttest_rel(new, base, alternative="greater").confidence_interval(0.95)
    assert t_interval(new - base, 0.1)[0] == pytest.approx(one_sided.low, abs=1e-12)


def test_a_measure_that_19_queries_moved_is_not_tested_and_one_that_20_moved_is():
    base, new = np.zeros((100, 2)), np.zeros((100, 2))
    new[:19, 0], new[:20, 1] = 0.5, 0.5
    few, enough = mean_differences(pairs(base, new), resamples=999)
    assert few.too_few
    assert few.p is None
    assert not enough.too_few
    assert enough.p == enough.adjusted_p == pytest.approx(0.001, abs=0.001)


def test_equal_scores_are_no_difference_and_nothing_is_nan():
    (found,) = mean_differences(pairs(np.ones(30), np.ones(30)))
    assert (found.changed, found.ties, found.difference, found.sd) == (0, 30, 0, 0)
    assert not found.too_few
    assert found.effect_size is None
    (moved,) = mean_differences(pairs(np.zeros(30), np.full(30, 0.1)), resamples=99)
    assert (moved.sd, moved.effect_size, moved.detectable) == (0, None, None)
    assert (moved.low, moved.high) == (moved.difference, moved.difference)
    (single,) = mean_differences(pairs([0.0], [1.0]))
    assert (single.sd, single.effect_size, single.low) == (None, None, None)


def test_rounding_of_float64_is_no_change():
    base = np.full(50, 0.3)
    assert pairs(base, base + 5e-17).unchanged
    assert pairs(base, 0.1 * 3 + np.zeros(50)).unchanged
    assert not pairs(base, base + 1e-9).unchanged


@pytest.mark.parametrize(
    ("base", "new", "said"),
    [([], [], "one query"), ([0.1, 0.2], [0.1], "arrays"), ([0.1], [math.nan], "NaN")],
)
def test_what_is_no_pair_is_refused(base, new, said):
    with pytest.raises(InputError, match=said):
        PairedScores(
            tuple(f"q{n}" for n in range(len(base))),
            ("m",),
            np.array(base, float)[:, None],
            np.array(new, float)[:, None],
        )


# the smallest detectable change


@pytest.mark.parametrize(
    ("sd", "queries", "expected"),
    [(0.03, 50, 0.012), (0.10, 301, 0.016), (0.15, 301, 0.024), (0.10, 2000, 0.006)],
)
def test_the_table_of_the_literature(sd, queries, expected):
    assert smallest_change(sd, queries) == pytest.approx(expected, abs=5e-4)
    assert smallest_change(sd, queries) == pytest.approx(2.80 * sd / queries**0.5, rel=0.03)


@pytest.mark.parametrize(
    ("queries", "effect", "expected"),
    # statsmodels 0.15.0, TTestPower().power(effect_size, nobs, alpha=0.05)
    [(50, 0.3, 0.5476570389705147), (301, 0.1, 0.4089318036089943), (20, -0.7, 0.8435058764333007)],
)
def test_the_power_is_statsmodels(queries, effect, expected):
    assert power_of_t(effect, 1.0, queries) == pytest.approx(expected, abs=1e-9)


def test_the_smallest_change_is_statsmodels():
    """TTestPower().solve_power(nobs=301, alpha=0.05, power=0.8), statsmodels 0.15.0."""
    assert smallest_change(1.0, 301) == pytest.approx(0.1619996986968925, abs=1e-7)


def test_the_smallest_change_has_the_power_that_it_says():
    for sd, queries, alpha, power in [(0.1, 20, 0.05, 0.8), (2.0, 301, 0.01, 0.9)]:
        change = smallest_change(sd, queries, alpha, power)
        assert power_of_t(change, sd, queries, alpha) == pytest.approx(power, abs=1e-9)
    drawn = np.random.default_rng(1).normal(smallest_change(1, 30), 1, (4_000, 30))
    share = (stats.ttest_1samp(drawn, 0, axis=1).pvalue <= 0.05).mean()
    assert share == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize(("found", "queries"), [(0, 301), (3, 301), (6, 2000), (5, 5)])
def test_the_largest_share_is_scipys_exact_bound(found, queries):
    theirs = stats.binomtest(found, queries, alternative="less").proportion_ci(0.95, "exact")
    assert largest_share(found, queries) == pytest.approx(theirs.high)
