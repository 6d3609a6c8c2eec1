"""The queries that moved most: by id, and by text where the collection is at hand."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from harness.collection.open import open_collection
from harness.errors import HarnessError
from harness.significance.paired import PairedScores
from harness.system import network


@dataclass(frozen=True)
class MovedQuery:
    """One query whose score changed.

    Attributes:
        query_id: its id.
        text: of the query; "" where it is not known.
        base, new: its scores of the measure that decides.
    """

    query_id: str
    text: str
    base: float
    new: float

    @property
    def difference(self) -> float:
        """New - base."""
        return self.new - self.base


def moved_queries(
    pairs: PairedScores, measure: str, most: int, texts: Mapping[str, str]
) -> tuple[MovedQuery, ...]:
    """The queries with the largest differences, largest first; equal ones in the file's order.

    Args:
        pairs: the scores.
        measure: the one that decides.
        most: how many.
        texts: of queries by id.
    """
    place = pairs.place(measure)
    differences = pairs.of(measure)
    order = np.argsort(-np.abs(differences), kind="stable")[:most]
    return tuple(
        MovedQuery(
            pairs.query_ids[n],
            texts.get(pairs.query_ids[n], ""),
            float(pairs.base[n, place]),
            float(pairs.new[n, place]),
        )
        for n in order.tolist()
        if differences[n] != 0
    )


def query_texts(collection: str) -> dict[str, str]:
    """The texts of a collection's queries by id, if it can be opened here and without a network.

    A comparison is of scores: where the texts are not at hand, it does without.
    """
    with network.offline():
        try:
            return dict(open_collection(collection).queries)
        except (HarnessError, OSError, ValueError, network.NotAskedError):
            return {}
