"""A tenth of `python -m benchmarks.gate`: false alarms and power on resampled real differences."""

import numpy as np
import pytest

from benchmarks.gate import Alarms, alarms, differences, family, power, shifted, tilted, wrong

DRAWS = 400


@pytest.mark.parametrize(
    ("name", "queries"), [("crowdrag-splade-tiny", 301), ("insuranceqa-splade-tiny", 300)]
)
@pytest.mark.parametrize("measure", ["accuracy@1", "ndcg@10", "mrr@10"])
def test_no_more_false_alarms_than_are_stated(name, queries, measure):
    rows = list(alarms(name, measure, queries, DRAWS))
    assert rows
    assert [row for row in rows if wrong(row)] == []


@pytest.mark.parametrize("measure", ["ndcg@10", "map@100"])
def test_a_drop_is_seen_as_often_as_predicted(measure):
    assert not power("crowdrag-splade-tiny", measure, 301, DRAWS).is_off


def test_of_several_measures_one_alarm_or_more_comes_as_seldom():
    measures, rate = family("crowdrag-splade-tiny", 301, DRAWS)
    assert measures > 1
    assert rate <= 0.05 + 0.02 + 2 * np.sqrt(0.05 * 0.95 / DRAWS)


def test_the_two_ways_have_no_true_difference_and_keep_what_they_say():
    found = differences("crowdrag-splade-tiny", "ndcg@10")
    assert found.mean() == pytest.approx(-0.0945, abs=1e-4)
    assert tilted(found, 0.0) @ found == pytest.approx(0, abs=1e-12)
    moved = shifted(found)
    assert moved.mean() == pytest.approx(0, abs=1e-12)
    assert np.count_nonzero(moved) == np.count_nonzero(found)
    assert shifted(differences("crowdrag-splade-tiny", "accuracy@1")) is None


def test_a_test_that_cries_wolf_would_be_seen():
    """Ten alarms in a hundred are too many at 2,000 draws, six are not."""
    row = Alarms("x", "m", "tilted", 300, 2_000, 2_000, 0.05, 0.05, 0.05, 0.05)
    assert not wrong(row._replace(t=0.06))
    for where in ("t", "flips", "held", "regressed"):
        assert wrong(row._replace(**{where: 0.10}))
