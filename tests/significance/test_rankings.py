"""Rank-biased overlap against the infinite sum, and the measures of a repetition by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import InputError
from harness.significance.rankings import effect_ratio, rbo, rmse


def alone(docs):
    return [[doc] for doc in docs]


def infinite(one, other, p, terms=3_000):
    """(1 - p) sum of p^(d-1) A_d, where beyond its end each list agrees as it did up to there.

    Webber et al. 2010, section 4.4, term by term: the shorter list goes on at the agreement of its
    end, from the end of the longer one both do at that agreement.
    """
    short, long = sorted((one, other), key=len)
    s, total, agreement = len(short), 0.0, 0.0
    at_s = len(set(short) & set(long[:s])) / s
    for d in range(1, terms):
        if d <= len(long):
            common = len(set(short[:d]) & set(long[:d]))
            agreement = (common + max(0, d - s) * at_s) / d
        total += (1 - p) * p ** (d - 1) * min(1.0, agreement)
    return total


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from("abcdefghij"), unique=True, min_size=1),
    st.lists(st.sampled_from("abcdefghij"), unique=True, min_size=1),
    st.sampled_from([0.5, 0.9, 0.98]),
)
def test_it_is_the_infinite_sum(one, other, p):
    found = rbo(alone(one), alone(other), p)
    assert found == pytest.approx(infinite(one, other, p), abs=1e-9)
    assert found == pytest.approx(rbo(alone(other), alone(one), p))
    assert 0 <= found <= 1


@pytest.mark.parametrize("length", [*range(1, 40), 100, 1_000])
def test_equal_rankings_agree_wholly_and_no_more(length):
    ranking = alone(map(str, range(length)))
    for p in (0.5, 0.9, 0.98):
        assert 1 - 1e-9 <= rbo(ranking, ranking, p) <= 1


@pytest.mark.parametrize("left", [float("nan"), float("inf"), 7.0])
def test_what_memory_held_before_does_not_matter(left):
    for length in range(2, 11):
        one, other = "abcdefghij"[:length], "jihgfedcba"[:length]
        for _ in range(3):
            np.full(length, left)  # whose memory the next array of this length is given
            found = rbo(alone(one), alone(other))
            assert found == pytest.approx(infinite(one, other, 0.9), abs=1e-9)


def test_by_hand():
    """abc and acb at p = .5: agreements 1, 1/2, 1; (1/2 + 1/8 + 1/8) and 1/8 beyond."""
    assert rbo(alone("abc"), alone("acb"), 0.5) == pytest.approx(0.875)
    assert rbo(alone("abc"), alone("abc")) == pytest.approx(1)
    assert rbo(alone("abc"), alone("xyz")) == 0
    assert rbo([], []) == 1
    assert rbo(alone("a"), []) == 0


def test_a_list_that_ends_early_and_agrees_up_to_there_is_no_worse():
    assert rbo(alone("abc"), alone("abcdefgh")) == pytest.approx(1)


def test_tied_documents_stand_at_the_first_rank_of_their_group():
    """Webber et al.: A_d = 2 |S & T| / (|S| + |T|). [ab][c] and a b c: 2 x 1 / 3, then 1, 1."""
    tied = [["a", "b"], ["c"]]
    assert rbo(tied, alone("abc"), 0.5) == pytest.approx(0.5 * 2 / 3 + 0.5)
    assert rbo(tied, alone("bac"), 0.5) == rbo(tied, alone("abc"), 0.5)
    assert rbo(tied, tied) == pytest.approx(1)


@pytest.mark.parametrize("p", [0, 1, 1.5])
def test_a_persistence_outside_is_refused(p):
    with pytest.raises(InputError, match="persistence"):
        rbo(alone("a"), alone("a"), p)


def test_rmse_and_effect_ratio_by_hand():
    assert rmse(np.array([0.0, 1.0]), np.array([0.3, 0.6])) == pytest.approx((0.25 / 2) ** 0.5)
    base, new = np.array([0.2, 0.2]), np.array([0.3, 0.5])
    # .2 better originally, .1 when it was repeated, on three other queries
    again = np.array([0.1, 0.1, 0.1]), np.array([0.2, 0.2, 0.2])
    assert effect_ratio((base, new), again) == pytest.approx(0.5)
    assert effect_ratio((base, base), again) is None
