"""Contributions: by hand, and for any vectors the whole of the score."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.inspection.contributions import Vector, contributions, differences

QUERY = Vector(np.array([1, 4, 7], np.int32), np.array([2.0, 0.5, 1.0], np.float32))
DOCUMENT = Vector(np.array([0, 1, 7, 9], np.int32), np.array([8.0, 1.5, 0.25, 3.0], np.float32))

ROWS = st.dictionaries(st.integers(0, 30), st.floats(0.0078125, 100, width=32), max_size=20)


def vector(row):
    dimensions = sorted(row)
    return Vector(
        np.array(dimensions, np.int32), np.array([row[d] for d in dimensions], np.float32)
    )


def test_shared_dimensions_only_by_hand():
    found = contributions(QUERY, DOCUMENT)
    assert found.by_dimension() == {1: 3.0, 7: 0.25}
    assert (found.total, found.as_searched) == (3.25, 3.25)
    assert (found.query.tolist(), found.document.tolist()) == ([2.0, 1.0], [1.5, 0.25])


@given(ROWS, ROWS)
def test_they_sum_to_the_inner_product(query, document):
    found = contributions(vector(query), vector(document))
    expected = sum(float(weight) * document.get(t, 0.0) for t, weight in query.items())
    assert found.total == pytest.approx(expected, rel=1e-12)
    assert found.as_searched == pytest.approx(expected, rel=2e-6)


@given(ROWS, ROWS, ROWS)
def test_differences_sum_to_the_difference_of_the_scores(query, one, other):
    first, second = (contributions(vector(query), vector(row)) for row in (one, other))
    rows = differences(first, second)
    total = sum(a - b for _, a, b in rows)
    assert total == pytest.approx(first.total - second.total, abs=1e-7)
    sizes = [abs(a - b) for _, a, b in rows]
    assert sizes == sorted(sizes, reverse=True)
    assert 0 not in sizes
