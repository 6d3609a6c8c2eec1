"""The order of ties, against Python's own sort of UTF-8 bytes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.data.ties import Ties
from harness.errors import InputError
from harness.search import tie_break_ranks

ASCENDING, DESCENDING = Ties("ascending"), Ties("descending")


def test_ids_order_as_bytes_and_not_as_numbers():
    assert tie_break_ranks(["9", "10", "é", "z", "Z"], ASCENDING).tolist() == [1, 0, 4, 3, 2]
    assert tie_break_ranks(["9", "10", "é", "z", "Z"], DESCENDING).tolist() == [3, 4, 0, 1, 2]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), unique=True))
def test_code_points_order_as_utf8(ids):
    expected = sorted(range(len(ids)), key=lambda document: ids[document].encode())
    assert np.argsort(tie_break_ranks(ids, ASCENDING)).tolist() == expected
    assert np.argsort(tie_break_ranks(ids, DESCENDING)).tolist() == expected[::-1]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=4), unique=True))
def test_byte_ids_order_as_strings(ids):
    as_bytes = np.array([doc_id.encode() for doc_id in ids], dtype="S")
    for ties in (ASCENDING, DESCENDING):
        expected = tie_break_ranks(ids, ties)
        assert tie_break_ranks(as_bytes, ties).tolist() == expected.tolist()
        assert expected.dtype == np.int64


@pytest.mark.parametrize("ids", [["b", "a", "b"], np.array([b"b", b"a", b"b"])])
def test_an_id_that_stands_twice_is_refused(ids):
    with pytest.raises(InputError, match='Document id "b" stands twice'):
        tie_break_ranks(ids, ASCENDING)
