"""A run: the documents that a system gives for each query, best first, with their scores.

A ranking is only defined once ties are: `Run.ordered` brings it into the order of a tie-break rule
(`harness.data.ties`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from harness.data.ties import Ties
from harness.errors import InputError


class ScoredDoc(NamedTuple):
    """One document of a ranking."""

    doc_id: str
    score: float


@dataclass(frozen=True, eq=False)
class Run:
    """Rankings of all queries in columns: 55,578 queries x 100 documents take about 100 MB.

    Attributes:
        tag: the name of the run, the last column of a TREC file.
        query_ids: the queries, each once, in their source's order.
        offsets: int64 [queries + 1]; query q owns positions `offsets[q]` to `offsets[q + 1]`.
        doc_ids: [n]; no document twice in one ranking.
        scores: float64 [n]; finite.
        comments: the lines that stand before the first ranking of its file, each beginning with
            `#`: an ir_metadata header (Breuer et al. 2022), for one. They are kept and not read.

    Raises:
        InputError: a query or a document of one ranking stands there twice, or a score is not
            finite.
    """

    tag: str
    query_ids: tuple[str, ...]
    offsets: npt.NDArray[np.int64]
    doc_ids: Sequence[str]
    scores: npt.NDArray[np.float64]
    comments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self._places) < len(self.query_ids):
            twice = next(q for n, q in enumerate(self.query_ids) if self._places[q] != n)
            raise InputError(f"run '{self.tag}': query '{twice}' has two rankings.")
        broken = np.flatnonzero(~np.isfinite(self.scores))
        if len(broken):
            query_id = self.query_ids[int(np.searchsorted(self.offsets, broken[0], "right")) - 1]
            raise InputError(
                f"run '{self.tag}': query '{query_id}' gives document "
                f"'{self.doc_ids[broken[0]]}' the score {self.scores[broken[0]]}, "
                "which is not a finite number."
            )
        for query_id, (start, end) in zip(self.query_ids, self.spans(), strict=True):
            docs = self.doc_ids[start:end]
            if len(set(docs)) < len(docs):
                twice = next(doc for n, doc in enumerate(docs) if doc in docs[:n])
                raise InputError(
                    f"run '{self.tag}': query '{query_id}' ranks document '{twice}' twice."
                )

    @classmethod
    def from_rankings(cls, tag: str, rankings: Mapping[str, Iterable[tuple[str, float]]]) -> "Run":
        """A run from (doc id, score) pairs by query id, kept in their order.

        Raises:
            InputError: as the class.
        """
        listed = [tuple(ranking) for ranking in rankings.values()]
        return cls(
            tag,
            tuple(rankings),
            np.cumsum([0, *map(len, listed)], dtype=np.int64),
            tuple(doc_id for ranking in listed for doc_id, _ in ranking),
            np.array([score for ranking in listed for _, score in ranking], dtype=np.float64),
        )

    def __len__(self) -> int:
        return len(self.query_ids)

    def __contains__(self, query_id: object) -> bool:
        return query_id in self._places

    def __iter__(self) -> Iterator[tuple[str, tuple[ScoredDoc, ...]]]:
        for query_id in self.query_ids:
            yield query_id, self[query_id]

    def __getitem__(self, query_id: str) -> tuple[ScoredDoc, ...]:
        """The ranking of one query.

        Raises:
            KeyError: the run has no such query.
        """
        docs, scores = self._ranking(self._places[query_id])
        return tuple(map(ScoredDoc, docs, scores.tolist()))

    def docs(self, query_id: str) -> Sequence[str]:
        """The ids of one query's documents in order; none for a query that the run lacks."""
        place = self._places.get(query_id)
        return () if place is None else self._ranking(place)[0]

    def spans(self) -> Iterator[tuple[int, int]]:
        """Where each query's documents start and end."""
        bounds = self.offsets.tolist()
        return pairwise(bounds)

    def ordered(self, ties: Ties) -> "Run":
        """The same run, best first, in the total order of a tie-break rule."""
        with np.errstate(over="ignore"):  # beyond float32 trec_eval 9 compares infinities too
            keys = self.scores.astype(ties.scores, copy=False)
        query = np.repeat(np.arange(len(self)), np.diff(self.offsets))
        same_query = query[1:] == query[:-1]
        given = np.arange(len(keys))
        order = given
        if (same_query & (keys[1:] > keys[:-1])).any():
            order = np.lexsort((-keys, query))  # a stable sort that keeps each query in its span
        keys = keys[order]
        tied = np.diff(np.concatenate(([False], same_query & (keys[1:] == keys[:-1]), [False])) * 1)
        groups = zip(
            np.flatnonzero(tied > 0).tolist(), np.flatnonzero(tied < 0).tolist(), strict=True
        )
        order = order.copy()
        for first, last in groups:
            span = order[first : last + 1].tolist()
            span.sort(key=self.doc_ids.__getitem__, reverse=ties.descending)
            order[first : last + 1] = span
        if np.array_equal(order, given):
            return self
        docs = tuple(np.array(self.doc_ids, dtype=object)[order].tolist())
        return replace(self, doc_ids=docs, scores=self.scores[order])

    @cached_property
    def _places(self) -> dict[str, int]:
        return {query_id: place for place, query_id in enumerate(self.query_ids)}

    def _ranking(self, place: int) -> tuple[Sequence[str], npt.NDArray[np.float64]]:
        span = slice(self.offsets[place], self.offsets[place + 1])
        return self.doc_ids[span], self.scores[span]
