"""Contributions: a score taken apart into the products of weights that it is the sum of.

score(q, d) = sum over dimensions t of q_t · d_t. Each summand is what the dimension t contributes;
there are no others, so that they explain all of the score (of an inner product; a cosine is the
inner product of the vectors divided by their norms).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Vector(NamedTuple):
    """One sparse vector.

    Attributes:
        dimensions: int32 [n]; ascending.
        weights: float32 [n]; above 0.
    """

    dimensions: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]


class Contributions(NamedTuple):
    """What each shared dimension adds to a score, in ascending order of the dimensions.

    Attributes:
        dimensions: int32 [n]; active in both vectors.
        query: float32 [n]; weights of the query.
        document: float32 [n]; weights of the document.
        products: float64 [n]; the products of the two, which float64 holds exactly.
    """

    dimensions: npt.NDArray[np.int32]
    query: npt.NDArray[np.float32]
    document: npt.NDArray[np.float32]
    products: npt.NDArray[np.float64]

    @property
    def total(self) -> float:
        """The score: the sum in float64."""
        return float(self.products.sum())

    @property
    def as_searched(self) -> float:
        """The score as the search adds it up: in float32, dimension by dimension."""
        total = np.float32(0)
        for product in self.query * self.document:
            total += product
        return float(total)

    def by_dimension(self) -> dict[int, float]:
        """Dimension to contribution."""
        return dict(zip(self.dimensions.tolist(), self.products.tolist(), strict=True))


def contributions(query: Vector, document: Vector) -> Contributions:
    """The contributions of all dimensions that two vectors share."""
    shared, mine, theirs = np.intersect1d(
        query.dimensions, document.dimensions, assume_unique=True, return_indices=True
    )
    one, other = query.weights[mine], document.weights[theirs]
    return Contributions(shared, one, other, one.astype(np.float64) * other.astype(np.float64))


def differences(one: Contributions, other: Contributions) -> list[tuple[int, float, float]]:
    """The dimensions that make the difference of two scores: (dimension, one, other).

    Those with the largest difference, either way, come first; `one` less `other`, summed over all,
    is the difference of the scores. A dimension that adds the same to both is left out.
    """
    mine, theirs = one.by_dimension(), other.by_dimension()
    rows = [(t, mine.get(t, 0.0), theirs.get(t, 0.0)) for t in sorted({*mine, *theirs})]
    return sorted((row for row in rows if row[1] != row[2]), key=lambda row: -abs(row[1] - row[2]))
