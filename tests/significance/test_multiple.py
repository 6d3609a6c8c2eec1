"""Several systems: Holm and Benjamini-Hochberg by hand and by scipy, groups by hand."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from harness.significance.multiple import benjamini_hochberg, groups, holm


def test_holm_by_hand():
    """Sorted .005, .01, .03, .04 times 4, 3, 2, 1: .02, .03, .06, .06 (never less than before)."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]).tolist() == [1.0, 1.0]
    assert holm([]).tolist() == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_benjamini_hochberg_is_scipys(p):
    assert benjamini_hochberg(p) == pytest.approx(stats.false_discovery_control(p))


def test_groups_by_hand():
    """a and c differ, b from neither; d from all: b stands in two groups."""
    apart = {frozenset(pair) for pair in ("ac", "ad", "bd", "cd")}
    assert groups("abcd", apart) == (("a", "b"), ("b", "c"), ("d",))
    assert groups("abc", set()) == (("a", "b", "c"),)
    assert groups("ab", {frozenset("ab")}) == (("a",), ("b",))


@settings(max_examples=50, deadline=None)
@given(st.sets(st.sampled_from(list(combinations("abcdef", 2)))))
def test_two_systems_share_a_group_where_they_are_not_told_apart_and_only_there(pairs):
    apart = {frozenset(pair) for pair in pairs}
    found = groups("abcdef", apart)
    for pair in combinations("abcdef", 2):
        together = any(set(pair) <= set(group) for group in found)
        assert together == (frozenset(pair) not in apart)
    assert all(not set(one) < set(other) for one in found for other in found)
    assert {system for group in found for system in group} == set("abcdef")
