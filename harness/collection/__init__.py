"""A collection: a corpus, queries and relevance judgements. The loaders are the sibling modules."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from harness.data.qrels import Qrels


class Doc(NamedTuple):
    """One document: its id and the text that is encoded (title and body already joined)."""

    doc_id: str
    text: str


class Query(NamedTuple):
    """One query."""

    query_id: str
    text: str


@dataclass(frozen=True)
class Collection:
    """What an evaluation is run on.

    Attributes:
        id: the name it is opened by (`crowdrag-25`, `msmarco-passage/dev/small`, a folder).
        corpus: the documents; iterable again and again, and never required to fit in memory.
        queries: the queries, in their source's order.
        qrels: the judgements.
        notice: its source's licence terms, or "".
        facts: what was found in it that a reader of its scores must know (one sentence each).
    """

    id: str
    corpus: Iterable[Doc]
    queries: tuple[Query, ...]
    qrels: Qrels
    notice: str = ""
    facts: tuple[str, ...] = field(default=())
