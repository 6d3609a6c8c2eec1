import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.data.vectors import SparseVectors
from harness.errors import InputError
from harness.measures.names import SPARSITY
from harness.measures.sparsity import Activity, activity, sparsity

VOCAB = 5
dense = st.lists(
    st.lists(st.sampled_from([0.0, 0.5, 2.0]), min_size=VOCAB, max_size=VOCAB), min_size=1
)


def sparse(rows):
    matrix = np.array(rows, dtype=np.float32).reshape(-1, VOCAB)
    row, column = np.nonzero(matrix)
    counts = np.bincount(row, minlength=len(matrix))
    return SparseVectors(
        np.concatenate(([0], np.cumsum(counts))),
        column.astype(np.int32),
        matrix[row, column],
        VOCAB,
    )


def test_hand_computed():
    query = activity(sparse([[1, 0, 0, 0, 0], [1, 2, 0, 0, 0]]))
    corpus = activity(sparse([[3, 0, 0, 0, 1], [0, 0, 0, 0, 1], [0, 1, 1, 0, 0], [0, 0, 0, 0, 0]]))
    assert sparsity(query, corpus) == {
        "query_active_dims": 1.5,
        "query_sparsity_ratio": 0.7,
        "corpus_active_dims": 1.25,
        "corpus_sparsity_ratio": 0.75,
        "avg_flops": 1 * 0.25 + 0.5 * 0.25,  # rates (1, 1/2, 0, 0, 0) and (1/4, 1/4, 1/4, 0, 1/2)
    }


@given(dense, dense, dense)
def test_agrees_with_every_pair_counted_and_with_any_cut_into_shards(queries, first, second):
    query = activity(sparse(queries))
    whole = sparsity(query, activity(sparse(first + second)))
    assert sparsity(query, activity(sparse(second)) + activity(sparse(first))) == whole
    pairs = [
        sum(q * d > 0 for q, d in zip(left, right, strict=True))
        for left in queries
        for right in first + second
    ]
    assert whole["avg_flops"] == pytest.approx(sum(pairs) / len(pairs), abs=1e-12)
    assert tuple(whole) == SPARSITY


def test_nothing_encoded_is_refused():
    some, none = activity(sparse([[1, 0, 0, 0, 0]])), activity(sparse([]))
    for query, corpus in ((none, some), (some, none)):
        with pytest.raises(InputError, match="at least one encoded query and one encoded document"):
            sparsity(query, corpus)


def test_two_vocabularies_are_refused():
    other = Activity(1, 1, *[np.array([1, 0])] * 3)
    with pytest.raises(InputError, match="5 dimensions and documents 2"):
        sparsity(activity(sparse([[1, 0, 0, 0, 0]])), other)


def test_the_published_query_dims_of_splade_tiny_are_6955_over_301_in_float32():
    counts = np.zeros(30522, dtype=np.int64)
    ours = sparsity(
        Activity(301, 6955, counts, 0 * counts, 0 * counts), Activity(1, 1, *[counts] * 3)
    )
    assert ours["query_active_dims"] == pytest.approx(23.106311798095703, abs=1e-6)
    assert np.float32(ours["query_active_dims"]) == np.float32(23.106311798095703)
