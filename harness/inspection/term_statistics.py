"""What is counted of the terms of a collection's vectors."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Side:
    """The dimensions of the queries or of the documents.

    Attributes:
        texts: how many.
        counts: int64 [vocabulary]; in how many of them each dimension is active.
        weights: float64 [vocabulary]; the sum of its weights.
    """

    texts: int
    counts: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]

    @property
    def share(self) -> npt.NDArray[np.float64]:
        """float64 [vocabulary]: of the texts, in which share each dimension is active."""
        share: npt.NDArray[np.float64] = self.counts / self.texts
        return share

    @property
    def active_dims(self) -> float:
        """The mean number of active dimensions of a text."""
        return int(self.counts.sum()) / self.texts

    @property
    def dead(self) -> int:
        """How many dimensions are active in no text."""
        return int((self.counts == 0).sum())


class TermCost(NamedTuple):
    """One dimension.

    Attributes:
        name: its term, or its number.
        dimension: its number.
        documents: the share of the documents in which it is active.
        queries: likewise of the queries.
        weight: its mean weight in the documents where it is active; 0 where it is in none.
        flops: its part of avg_flops.
        share: that as a share of avg_flops.
        function_word: whether it is on the list; None: dimensions are no terms.
    """

    name: str
    dimension: int
    documents: float
    queries: float
    weight: float
    flops: float
    share: float
    function_word: bool | None


class FunctionWordLoad(NamedTuple):
    """How much of everything falls to function words.

    Attributes:
        dimensions: how many dimensions are on the list.
        document_entries, query_entries: share of the active entries of all vectors.
        document_weight, query_weight: share of their weights.
        flops: share of avg_flops.
    """

    dimensions: int
    document_entries: float
    query_entries: float
    document_weight: float
    query_weight: float
    flops: float


class Concentration(NamedTuple):
    """How few dimensions carry half of something, and what the first hundred carry.

    Attributes:
        half: the fewest dimensions that together have half.
        hundred: the share of the hundred that have most.
    """

    half: int
    hundred: float


@dataclass(frozen=True, eq=False)
class TermStatistics:
    """What the terms of a result's vectors cost.

    Attributes:
        vocab_size: the number of dimensions.
        queries, documents: activity of each side.
        flops: float64 [vocabulary]; each dimension's part of avg_flops.
        dead: dimensions that are active in no query and no document.
        unmatched: dimensions that are active in documents and in no query: they fill the index and
            never score.
        function_words: their load; None: dimensions are no terms.
        concentration: of the documents' entries and of avg_flops.
        most_active, most_expensive: by the share of the documents, and by FLOPS.
    """

    vocab_size: int
    queries: Side
    documents: Side
    flops: npt.NDArray[np.float64]
    dead: int
    unmatched: int
    function_words: FunctionWordLoad | None
    concentration: dict[str, Concentration]
    most_active: tuple[TermCost, ...]
    most_expensive: tuple[TermCost, ...]

    @property
    def avg_flops(self) -> float:
        """The sum of all parts."""
        return float(self.flops.sum())
