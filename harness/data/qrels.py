"""Relevance judgements: which documents answer which query, and how well."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Judgement(NamedTuple):
    """One document judged for one query; grade 0 or less is judged and not relevant."""

    doc_id: str
    grade: int


@dataclass(frozen=True)
class Qrels:
    """The judgements of each query, in their source's order.

    A document may stand twice under a query only where the source keeps relevant documents as a
    list (sentence-transformers does, and counts it twice in every denominator); readers of qrels
    files refuse that.
    """

    by_query: Mapping[str, tuple[Judgement, ...]]

    @classmethod
    def of(cls, grades: Mapping[str, Mapping[str, int]]) -> "Qrels":
        """Qrels from the grade of each document by query."""
        return cls({q: tuple(map(Judgement, docs, docs.values())) for q, docs in grades.items()})

    def __len__(self) -> int:
        return len(self.by_query)

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_query)

    def relevant(self, query_id: str, level: int = 1) -> tuple[str, ...]:
        """Ids of the documents judged `level` or better, in order; empty for an unknown query."""
        return tuple(j.doc_id for j in self.by_query.get(query_id, ()) if j.grade >= level)
