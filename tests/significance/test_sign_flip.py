"""The sign-flip test against scipy, against McNemar, and against every flip counted by hand."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from harness.significance.sign_flip import sign_flips

LATTICE = st.sampled_from([-0.5, -0.2, -0.1, 0.0, 0.0, 0.1, 0.3])


def by_hand(differences):
    """p of each measure, and step-down max-T: every combination of signs, in plain Python."""
    rows = [row for row in differences.tolist() if any(row)]
    size = [sum(row[m] ** 2 for row in rows) ** 0.5 for m in range(differences.shape[1])]
    null = [
        [
            abs(sum(s * row[m] for s, row in zip(signs, rows, strict=True))) / (size[m] or 1)
            for m in range(len(size))
        ]
        for signs in product((1, -1), repeat=len(rows))
    ]
    seen = null[0]  # no sign is turned
    order = sorted(range(len(seen)), key=lambda m: -seen[m])
    p = [np.mean([one[m] >= seen[m] - 1e-9 for one in null]) for m in range(len(seen))]
    adjusted, last = {}, 0.0
    for place, m in enumerate(order):
        beaten = [max(one[k] for k in order[place:]) >= seen[m] - 1e-9 for one in null]
        last = adjusted[m] = max(last, float(np.mean(beaten)))
    return p, [adjusted[m] for m in range(len(seen))]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(LATTICE, LATTICE, LATTICE), min_size=1, max_size=8))
def test_few_queries_are_judged_by_every_flip(rows):
    differences = np.array(rows)
    found = sign_flips(differences)
    p, adjusted = by_hand(differences)
    assert found.exact
    assert found.p == pytest.approx(p, abs=1e-12)
    assert found.adjusted == pytest.approx(adjusted, abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_many_queries_are_judged_as_scipy_does_within_the_error_of_the_draw(seed):
    chance = np.random.default_rng(seed)
    differences = chance.normal(0.02, 0.2, (120, 1)) * (chance.random((120, 1)) < 0.5)
    theirs = stats.permutation_test(
        (differences[:, 0],), np.sum, permutation_type="samples", n_resamples=9_999, rng=seed
    ).pvalue
    ours = sign_flips(differences, seed=seed + 100)
    error = 4 * np.sqrt(2 * max(theirs, 1e-3) / 9_999)
    assert not ours.exact
    assert ours.p[0] == pytest.approx(theirs, abs=error)


@pytest.mark.parametrize(("wins", "losses"), [(8, 3), (30, 12), (25, 25), (40, 10)])
def test_of_accuracy_it_is_mcnemars_exact_test(wins, losses):
    differences = np.array([1.0] * wins + [-1.0] * losses + [0.0] * 200)[:, None]
    found = sign_flips(differences, resamples=39_999)
    exact = stats.binomtest(wins, wins + losses).pvalue
    assert found.p[0] == pytest.approx(exact, abs=0 if found.exact else 0.01)


def test_no_p_is_0_and_the_smallest_is_one_in_all_flips():
    assert sign_flips(np.full((100, 2), -0.5), resamples=999).p.tolist() == [0.001, 0.001]
    assert sign_flips(np.full((5, 1), -0.5)).p.tolist() == [2 / 32]


def test_queries_that_do_not_change_do_not_matter():
    chance = np.random.default_rng(3)
    moved = chance.normal(0.1, 1, (40, 3))
    padded = np.concatenate([np.zeros((500, 3)), moved])
    for one, other in zip(*map(values, (sign_flips(moved), sign_flips(padded))), strict=True):
        assert one.tolist() == other.tolist()


def test_the_same_seed_gives_the_same_p_and_another_a_near_one():
    moved = np.random.default_rng(3).normal(0, 1, (400, 2))
    moved += 0.08 - moved.mean(axis=0)
    first, again, other = (sign_flips(moved, seed=seed) for seed in (1, 1, 2))
    assert first.p.tolist() == again.p.tolist()
    assert first.adjusted.tolist() == again.adjusted.tolist()
    assert first.p.tolist() != other.p.tolist()
    assert first.p == pytest.approx(other.p, abs=0.02)


def test_the_adjustment_is_none_for_copies_and_nearly_bonferronis_for_strangers():
    chance = np.random.default_rng(5)
    column = chance.normal(0, 1, (100, 1))
    column += 0.25 - column.mean()
    copies = sign_flips(np.repeat(column, 10, axis=1))
    assert copies.adjusted == pytest.approx(copies.p)
    strangers = np.concatenate([column, chance.normal(0, 1, (100, 9))], axis=1)
    found = sign_flips(strangers, resamples=4_999)
    assert found.adjusted[0] > 4 * found.p[0]
    assert found.adjusted[0] <= 10 * found.p[0] + 0.01
    assert (found.adjusted >= found.p).all()


def test_the_family_error_is_what_is_stated():
    """400 draws of 6 measures without a difference: one false alarm or more in 5 % of them."""
    alarms = sum(
        sign_flips(np.random.default_rng(n).normal(0, 1, (30, 6)), 199, n).adjusted.min() <= 0.05
        for n in range(400)
    )
    assert alarms <= 400 * 0.05 + 3 * np.sqrt(400 * 0.05 * 0.95)


def values(found):
    return found.p, found.adjusted
