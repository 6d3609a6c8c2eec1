import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.data.vectors import NearZero, SparseVectors
from harness.errors import InputError
from harness.measures.intervals import (
    CHUNK,
    FLOPS_ERROR,
    LONG_MEAN_ERROR,
    MEAN_ERROR,
    Interval,
    mean_interval,
    sparsity_intervals,
)
from harness.measures.names import SPARSITY
from harness.measures.sparsity import Activity, activity, sparsity

VOCAB = 6


def sparse(rows):
    matrix = np.array(rows, dtype=np.float32).reshape(-1, VOCAB)
    row, column = np.nonzero(matrix)
    counts = np.bincount(row, minlength=len(matrix))
    indptr = np.concatenate(([0], np.cumsum(counts)))
    return SparseVectors(indptr, column.astype(np.int32), matrix[row, column], VOCAB)


def near(*rows):
    """Of (entry, active) pairs, row by row."""
    flat = [one for row in rows for one in row]
    return NearZero(
        np.cumsum([0, *map(len, rows)]),
        np.array([entry for entry, _ in flat], np.int32),
        np.array([active for _, active in flat], bool),
    )


def test_an_entry_near_zero_can_be_lost_and_another_gained():
    query = activity(sparse([[1, 1, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]]))
    vectors = sparse([[1, 1e-7, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0]])
    corpus = activity(vectors, near([(1, True)], [(3, False), (0, False)]))
    found = sparsity_intervals(query, corpus)
    dims = found["corpus_active_dims"]
    assert dims.low == pytest.approx(3 / 2, rel=MEAN_ERROR)
    assert dims.high == pytest.approx(6 / 2, rel=MEAN_ERROR)
    assert dims.low < 3 / 2
    assert dims.high > 6 / 2
    assert dims.because == "3 entries are within float32 error of zero"
    ratio = found["corpus_sparsity_ratio"]
    assert (ratio.low, ratio.high) == (1 - dims.high / VOCAB, 1 - dims.low / VOCAB)
    # Rates of the queries: 1 and 1/2; of the documents: 1/2 and 1, less or more what may move.
    flops = found["avg_flops"]
    assert flops.low == pytest.approx((1 * 1 / 2 + 1 / 2 * 1 / 2) * (1 - FLOPS_ERROR))
    assert flops.high == pytest.approx((1 * 2 / 2 + 1 / 2 * 2 / 2) * (1 + FLOPS_ERROR))
    assert found["query_active_dims"].because == "float32 sums"


rows = st.lists(
    st.lists(st.sampled_from([0.0, 1e-8, 2.0]), min_size=VOCAB, max_size=VOCAB),
    min_size=1,
    max_size=4,
)


@given(rows, rows, st.randoms(use_true_random=False))
def test_whatever_happens_to_the_entries_near_zero_stays_inside(queries, documents, random):
    """1e-8 stands for an entry near zero; another program keeps any of them."""

    def measured(texts):
        kept = [
            [value if value != 1e-8 or random.random() < 0.5 else 0 for value in r] for r in texts
        ]
        listed = [
            [(n, k[n] > 0) for n in range(VOCAB) if r[n] == 1e-8]
            for r, k in zip(texts, kept, strict=True)
        ]
        return activity(sparse(kept), near(*listed))

    mine = measured(queries), measured(documents)
    theirs = sparsity(measured(queries), measured(documents))
    found = sparsity_intervals(*mine)
    assert tuple(found) == SPARSITY
    for name, interval in found.items():
        assert interval.low <= theirs[name] <= interval.high
        assert interval.low <= sparsity(*mine)[name] <= interval.high


def test_what_pruning_dropped_cannot_be_lost_and_a_full_row_gains_nothing():
    vectors = sparse([[2, 2, 0, 0, 0, 0], [2, 1e-8, 0, 0, 0, 0], [2, 0, 0, 0, 0, 0]])
    close = near([(2, True), (3, False)], [(1, True), (3, False)], [(3, False)])
    found = activity(vectors, close, most=2)
    assert found.loses.tolist() == [0, 1, 0, 0, 0, 0]
    assert found.gains.tolist() == [0, 0, 0, 2, 0, 0]


def test_shards_add_up():
    one = activity(sparse([[1, 0, 0, 0, 0, 0]]), near([(0, True)]))
    other = activity(sparse([[0, 1, 0, 0, 0, 0]]), near([(0, False)]))
    both = one + other
    assert (both.loses.tolist(), both.gains.tolist()) == ([1, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0])


@pytest.mark.parametrize(("dims", "rows"), [(200, 5_000_000), (22.585, 5_000), (700, 60_000)])
def test_the_mean_in_float32_as_sentence_transformers_takes_it_lies_inside(dims, rows):
    torch = pytest.importorskip("torch")
    counts = np.random.default_rng(1).poisson(dims, rows).astype(np.int64)
    chunks = [counts[start : start + CHUNK] for start in range(0, rows, CHUNK)]
    printed = sum(torch.mean(torch.from_numpy(c).float()).item() * len(c) for c in chunks) / rows
    zero = np.zeros(30_522, np.int64)
    one = Activity(rows, int(counts.sum()), zero, zero, zero)
    interval = sparsity_intervals(one, one)["corpus_active_dims"]
    assert interval.low <= printed <= interval.high
    wide = LONG_MEAN_ERROR if dims == 700 else MEAN_ERROR
    assert interval.high - interval.low <= 2.01 * wide * one.active_dims


def test_ends_out_of_order_or_without_end_are_no_interval():
    for low, high in ((1.0, 0.0), (0.0, float("inf")), (float("nan"), 1.0)):
        with pytest.raises(InputError, match="two finite ends in order"):
            Interval(low, high)


def test_the_interval_of_a_mean_is_the_mean_of_the_ends():
    parts = [Interval(0.1, 0.3, "one"), Interval(0.5, 0.5), Interval(0.2, 0.4, "one")]
    found = mean_interval(parts, [1.0, 1.0, 2.0])
    assert found.low == pytest.approx(1.0 / 4)
    assert found.high == pytest.approx(1.6 / 4)
    assert found.because == "one"
