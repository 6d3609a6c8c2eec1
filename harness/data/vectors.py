"""Sparse vectors: what the encoder gives, and what search and the sparsity measures take."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from harness.errors import InputError

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, eq=False)
class SparseVectors:
    """Rows of non-negative term weights in compressed sparse row form.

    Attributes:
        indptr: int64 [rows + 1]; row r owns `indices[indptr[r]:indptr[r + 1]]`.
        indices: int32 [nnz]; vocabulary entries, strictly ascending within a row.
        values: float32 [nnz]; weights, finite and > 0 (an entry of weight 0 is not stored).
        vocab_size: the number of dimensions, active or not.
    """

    indptr: npt.NDArray[np.int64]
    indices: npt.NDArray[np.int32]
    values: npt.NDArray[np.float32]
    vocab_size: int

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @property
    def active_dims(self) -> npt.NDArray[np.int64]:
        """int64 [rows]: how many dimensions of each row are not zero."""
        return np.diff(self.indptr)

    def rows(self) -> Iterator[tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]]:
        """Each row as (indices, values)."""
        for start, end in zip(self.indptr[:-1], self.indptr[1:], strict=True):
            yield self.indices[start:end], self.values[start:end]

    def take(self, order: npt.NDArray[np.int64]) -> "SparseVectors":
        """The rows in the given order (each row number once or more, or not at all)."""
        indptr, source = _gathered(self.indptr, order)
        return SparseVectors(indptr, self.indices[source], self.values[source], self.vocab_size)

    def to_scipy(self) -> "csr_array":
        """The same rows as a scipy CSR array, float32 [rows, vocab_size]; nothing is copied."""
        from scipy.sparse import csr_array

        return csr_array(
            (self.values, self.indices, self.indptr), shape=(len(self), self.vocab_size)
        )

    def to_dense(self) -> npt.NDArray[np.float32]:
        """float32 [rows, vocab_size]; for a handful of rows."""
        dense = np.zeros((len(self), self.vocab_size), np.float32)
        dense[np.repeat(np.arange(len(self)), self.active_dims), self.indices] = self.values
        return dense

    def check(self, what: str) -> "SparseVectors":
        """Give itself back when every stated property holds.

        Args:
            what: what the vectors are of, for the sentence of the error.

        Raises:
            InputError: a weight that is not finite or not > 0, or indices out of range or order.
        """
        if not np.isfinite(self.values).all():
            row = (
                int(
                    np.searchsorted(
                        self.indptr, np.flatnonzero(~np.isfinite(self.values))[0], "right"
                    )
                )
                - 1
            )
            raise InputError(
                f"{what}: row {row} has a weight that is not a finite number; "
                "the checkpoint's weights are damaged or overflow in this precision."
            )
        if len(self.values) and float(self.values.min()) <= 0:
            raise InputError(f"{what}: a stored weight is not above 0.")
        if len(self.indices):
            inside = int(self.indices.min()) >= 0 and int(self.indices.max()) < self.vocab_size
            steps = np.diff(self.indices)
            starts = self.indptr[1:-1]
            within_row = np.ones(len(steps), bool)
            within_row[starts[(starts > 0) & (starts < len(self.indices))] - 1] = False
            if not inside or (steps[within_row] <= 0).any():
                raise InputError(f"{what}: indices are out of the vocabulary or out of order.")
        return self


@dataclass(frozen=True, eq=False)
class NearZero:
    """Dimensions whose logit lies within its float32 error of zero, row by row.

    Another processor, library or batch may call them active or not (see
    `harness.encoder.float32`).

    Attributes:
        indptr: int64 [rows + 1]; row r owns `indices[indptr[r]:indptr[r + 1]]`.
        indices: int32 [n]; vocabulary entries.
        active: bool [n]; whether the entry is active here.
    """

    indptr: npt.NDArray[np.int64]
    indices: npt.NDArray[np.int32]
    active: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @classmethod
    def none(cls, rows: int) -> "NearZero":
        """Rows without any."""
        return cls(np.zeros(rows + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, bool))

    def take(self, order: npt.NDArray[np.int64]) -> "NearZero":
        """The rows in the given order."""
        indptr, source = _gathered(self.indptr, order)
        return NearZero(indptr, self.indices[source], self.active[source])


def stack_near(parts: Iterable[NearZero]) -> NearZero:
    """The rows of all parts, in their order; there is at least one part."""
    listed = list(parts)
    counts = np.concatenate([np.diff(part.indptr) for part in listed])
    return NearZero(
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        np.concatenate([part.indices for part in listed]),
        np.concatenate([part.active for part in listed]),
    )


def _gathered(
    indptr: npt.NDArray[np.int64], order: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The row bounds of rows in another order, and where each of their entries stood."""
    lengths = np.diff(indptr)[order]
    taken = np.concatenate(([0], np.cumsum(lengths)))
    return taken, np.repeat(indptr[:-1][order] - taken[:-1], lengths) + np.arange(taken[-1])


def stack(parts: Iterable[SparseVectors]) -> SparseVectors:
    """The rows of all parts, in their order; there is at least one part, all of one vocabulary."""
    listed = list(parts)
    counts = np.concatenate([part.active_dims for part in listed])
    return SparseVectors(
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        np.concatenate([part.indices for part in listed]),
        np.concatenate([part.values for part in listed]),
        listed[0].vocab_size,
    )
