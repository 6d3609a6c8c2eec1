"""How sparse the vectors are, and what scoring with them costs.

All in float64. sentence-transformers takes the mean of float32 counts, so its cards differ from the
exact ratio of whole numbers from about the seventh digit on: 23.106311798095703 where 6,955 / 301
is 23.10631229... (splade-tiny on CrowdRAG-25), and 22.584999084472656 for 22.585 in a card.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from harness.data.vectors import NearZero, SparseVectors
from harness.errors import InputError


@dataclass(frozen=True, eq=False)
class Activity:
    """What is added up over shards of vectors, in whole numbers, so that no order of them matters.

    Attributes:
        rows: how many vectors.
        active: how many dimensions of all of them together are not zero.
        counts: int64 [vocab]; in how many vectors each dimension is active.
        gains: int64 [vocab]; of the other vectors, in how many it lies within float32 error of
            zero, so that another program may find it active.
        loses: int64 [vocab]; of `counts`, in how many it lies so close to zero that another
            program may not find it active.
    """

    rows: int
    active: int
    counts: npt.NDArray[np.int64]
    gains: npt.NDArray[np.int64]
    loses: npt.NDArray[np.int64]

    def __add__(self, other: "Activity") -> "Activity":
        return Activity(
            self.rows + other.rows,
            self.active + other.active,
            self.counts + other.counts,
            self.gains + other.gains,
            self.loses + other.loses,
        )

    def with_near(self) -> "Activity":
        """The same where every entry near zero is active."""
        return self._moved(self.gains)

    def without_near(self) -> "Activity":
        """The same where no entry near zero is active."""
        return self._moved(-self.loses)

    def _moved(self, by: npt.NDArray[np.int64]) -> "Activity":
        return replace(self, active=self.active + int(by.sum()), counts=self.counts + by)

    @property
    def active_dims(self) -> float:
        """The mean number of active dimensions of a vector."""
        return self.active / self.rows


def activity(
    vectors: SparseVectors, near: NearZero | None = None, most: int | None = None
) -> Activity:
    """The activity of one shard of vectors.

    Args:
        vectors: the rows.
        near: the entries of the same rows that lie near zero; None: there are none.
        most: the largest number of active dimensions that the encoder keeps of a text: an entry
            that it dropped can be lost no more, and a row that is full of others gains none.
    """
    vocab = vectors.vocab_size
    counts = np.bincount(vectors.indices, minlength=vocab)
    near = near or NearZero.none(len(vectors))
    row = np.repeat(np.arange(len(near)), np.diff(near.indptr))
    lose, gain = near.active, ~near.active
    if most is not None:
        there = np.repeat(np.arange(len(vectors)), vectors.active_dims) * vocab + vectors.indices
        lose = lose & np.isin(row * vocab + near.indices, there)
        loses_any = np.bincount(row[lose], minlength=len(vectors)) > 0
        gain = gain & ((vectors.active_dims < most) | loses_any)[row]
    return Activity(
        len(vectors),
        len(vectors.indices),
        counts,
        np.bincount(near.indices[gain], minlength=vocab),
        np.bincount(near.indices[lose], minlength=vocab),
    )


def sparsity(query: Activity, corpus: Activity) -> dict[str, float]:
    """The measures of `harness.measures.names.SPARSITY`.

    avg_flops is the number of multiplications that scoring one query with one document takes, when
    both are average: the sum over dimensions of the product of the two rates of activation (Paria
    et al., ICLR 2020, as sentence-transformers computes it since August 2025).

    Raises:
        InputError: there is no query or no document, or their vocabularies differ.
    """
    if not query.rows or not corpus.rows:
        raise InputError("Sparsity needs at least one encoded query and one encoded document.")
    if len(query.counts) != len(corpus.counts):
        raise InputError(
            f"Queries have {len(query.counts)} dimensions and documents {len(corpus.counts)}; "
            "encode both with one model."
        )
    vocab = len(query.counts)
    return {
        "query_active_dims": query.active_dims,
        "query_sparsity_ratio": 1 - query.active_dims / vocab,
        "corpus_active_dims": corpus.active_dims,
        "corpus_sparsity_ratio": 1 - corpus.active_dims / vocab,
        "avg_flops": float((query.counts / query.rows) @ (corpus.counts / corpus.rows)),
    }
