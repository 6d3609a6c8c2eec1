"""Paired scores: of two systems, query by query and measure by measure."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from harness.errors import InputError
from harness.significance import LEAST_CHANGED, SAME

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PairedScores:
    """Scores of two systems on the same queries.

    Attributes:
        query_ids: the queries, N of them.
        measures: their names, M of them.
        base, new: float64 [N, M]; finite.

    Raises:
        InputError: no query or no measure, arrays of another shape, or a score that is no number.
    """

    query_ids: tuple[str, ...]
    measures: tuple[str, ...]
    base: Floats
    new: Floats

    def __post_init__(self) -> None:
        shape = (len(self.query_ids), len(self.measures))
        if 0 in shape or {self.base.shape, self.new.shape} != {shape}:
            raise InputError(
                f"Paired scores need one query and one measure or more, and arrays {list(shape)} "
                f"of them; they are {list(self.base.shape)} and {list(self.new.shape)}."
            )
        if not (np.isfinite(self.base).all() and np.isfinite(self.new).all()):
            raise InputError("A score is NaN or infinite; a finite number is needed.")

    @cached_property
    def differences(self) -> Floats:
        """float64 [N, M]: new - base, and 0 where that is rounding of float64."""
        found = self.new - self.base
        found[np.abs(found) <= SAME] = 0.0
        return found

    @cached_property
    def changed(self) -> npt.NDArray[np.int64]:
        """int64 [M]: of how many queries a measure's score changed."""
        return np.array(np.count_nonzero(self.differences, axis=0), np.int64)

    @property
    def unchanged(self) -> bool:
        """Whether every score of every query is the same."""
        return not self.differences.any()

    @property
    def testable(self) -> npt.NDArray[np.bool_]:
        """Boolean [M]: whether enough queries changed for a test of the mean to be believed."""
        return np.greater_equal(self.changed, LEAST_CHANGED)

    def of(self, measure: str) -> Floats:
        """float64 [N]: the differences of one measure.

        Raises:
            InputError: it is not among them.
        """
        return self.differences[:, self.place(measure)]

    def place(self, measure: str) -> int:
        """The column of a measure.

        Raises:
            InputError: it is not among them.
        """
        if measure not in self.measures:
            raise InputError(f"There is no {measure} here; there is {', '.join(self.measures)}.")
        return self.measures.index(measure)
