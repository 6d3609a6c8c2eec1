"""The order of ties, against Python's own sort of UTF-8 bytes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import InputError
from harness.search import preference_of


def test_ids_order_as_bytes_and_not_as_numbers():
    assert preference_of(["9", "10", "é", "z", "Z"], "ascending").tolist() == [1, 0, 4, 3, 2]
    assert preference_of(["9", "10", "é", "z", "Z"], "descending").tolist() == [3, 4, 0, 1, 2]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), unique=True))
def test_code_points_order_as_utf8(ids):
    expected = sorted(range(len(ids)), key=lambda document: ids[document].encode())
    assert np.argsort(preference_of(ids, "ascending")).tolist() == expected
    assert np.argsort(preference_of(ids, "descending")).tolist() == expected[::-1]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=4), unique=True))
def test_byte_ids_order_as_strings(ids):
    as_bytes = np.array([doc_id.encode() for doc_id in ids], dtype="S")
    for policy in ("ascending", "descending"):
        expected = preference_of(ids, policy)
        assert preference_of(as_bytes, policy).tolist() == expected.tolist()
        assert expected.dtype == np.int64


@pytest.mark.parametrize("ids", [["b", "a", "b"], np.array([b"b", b"a", b"b"])])
def test_an_id_that_stands_twice_is_refused(ids):
    with pytest.raises(InputError, match='Document id "b" stands twice'):
        preference_of(ids, "ascending")


def test_an_unknown_policy_is_refused():
    with pytest.raises(InputError, match='not "random"'):
        preference_of(["a"], "random")
