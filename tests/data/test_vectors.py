"""Sparse vectors in the forms that others read."""

import numpy as np
from scipy.sparse import csr_array

from harness.data.vectors import SparseVectors

ROWS = SparseVectors(
    np.array([0, 2, 2, 3]), np.array([1, 3, 0], np.int32), np.array([0.5, 2, 1], np.float32), 5
)
DENSE = [[0, 0.5, 0, 2, 0], [0, 0, 0, 0, 0], [1, 0, 0, 0, 0]]


def test_dense_and_scipy_forms_by_hand():
    assert ROWS.to_dense().tolist() == DENSE
    assert ROWS.to_dense().dtype == np.float32
    found = ROWS.to_scipy()
    assert isinstance(found, csr_array)
    assert found.toarray().tolist() == DENSE
    assert (found @ found.T).toarray().tolist() == [[4.25, 0, 0], [0, 0, 0], [0, 0, 1]]
