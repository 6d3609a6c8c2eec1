"""Many systems: however many pairs there are, what differs can be told apart."""

import numpy as np

from harness.comparison.per_query import PerQuery
from harness.comparison.several import compare_several
from harness.comparison.systems import System


def systems(count, step):
    """Each is better than the one before by about `step` on every one of 40 queries."""
    chance = np.random.default_rng(3)
    ids = tuple(f"q{n}" for n in range(40))
    return [
        System(f"s{n:02}", PerQuery(ids, ("ndcg@10",), column[:, None]))
        for n in range(count)
        for column in [0.2 + n * step + chance.normal(0, step / 10, 40)]
    ]


def test_more_pairs_draw_more_flips_so_that_their_p_can_be_small_enough():
    """12 systems are 66 pairs: 99 flips could tell none apart, as 66 / 100 > 5 %."""
    found = compare_several(systems(12, 0.01), resamples=99)
    assert len(found.pairs) == 66
    assert max(one.holm_p for one in found.pairs) < 0.05
    assert found.groups == tuple((f"s{n:02}",) for n in range(11, -1, -1))


def test_what_is_the_same_is_in_one_group():
    one = systems(1, 0.01)[0]
    found = compare_several([one, System("again", one.scores), System("third", one.scores)])
    assert found.groups == (("s00", "again", "third"),)
    assert [pair.holm_p for pair in found.pairs] == [None] * 3
