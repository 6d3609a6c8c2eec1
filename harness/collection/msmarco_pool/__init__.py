"""The pool behind SPLADE cards that call their data set "Unknown".

The author of rasyosef/splade-tiny, -mini and -small evaluates while training on the first 5,000
queries of MS MARCO QnA's dev set that have an answer, each query's own candidate passages (about
ten) thrown into one pool of 49,036 (notebooks in github.com/rasyosef/splade-tiny-msmarco). Such a
pool is far easier than the 8.84 million passages of full ranking: 0.67 against 0.34 in mrr@10.

It is rebuilt here in two independent ways that must give the same collection: from the author's
own data set (`hub`) and from Microsoft's file (`qna`). As in the notebooks, a passage's id is the
md5 of its text, the text is left as it is (with its encoding faults, which ir_datasets repairs in
its own MS MARCO), and the relevant passages of a query are a list, in which one that the data have
twice counts twice.
"""

import hashlib
import logging
import re
from collections.abc import Iterable
from itertools import islice
from typing import Final, NamedTuple

from harness.collection import Collection, Doc, Query
from harness.data.qrels import Judgement, Qrels
from harness.errors import InputError

FIRST: Final = 5_000
"""Queries, unless another number is asked for."""

DOCUMENTS: Final = 49_036
"""Passages of the first 5,000 queries: printed by the author's notebook, and the number times which
the card's corpus_active_dims is whole."""

NOTICE: Final = (
    "MS MARCO text may be used for non-commercial research purposes only "
    "(https://microsoft.github.io/msmarco/)."
)

_log = logging.getLogger(__name__)


class Row(NamedTuple):
    """One query with its candidate passages, those that were used for its answer first."""

    query_id: str
    query: str
    positives: tuple[str, ...]
    negatives: tuple[str, ...]


def pool(rows: Iterable[Row], name: str, source: str, first: int) -> Collection:
    """The collection of the first rows, its passages in the order of their first appearance.

    A count that differs from the author's is told in the facts and in the log: it says that the
    reconstruction is not the card's collection, and its scores are no verdict on the card.

    Args:
        rows: the queries in their source's order.
        name: the collection's id.
        source: where the rows come from, for the facts.
        first: how many queries to take.

    Raises:
        InputError: there is no row.
    """
    taken = tuple(islice(rows, first))
    if not taken:
        raise InputError(f"{name}: {source} holds no query with a relevant passage.")
    corpus = {passage_id(text): text for row in taken for text in (*row.positives, *row.negatives)}
    collection = Collection(
        id=name,
        corpus=tuple(Doc(*passage) for passage in corpus.items()),
        queries=tuple(Query(row.query_id, row.query) for row in taken),
        qrels=Qrels(
            {
                row.query_id: tuple(Judgement(passage_id(text), 1) for text in row.positives)
                for row in taken
            }
        ),
        facts=(
            f"A pool: the first {len(taken):,} queries of {source} and their own candidate "
            "passages, not full ranking.",
            *_differences(len(taken), len(corpus), first),
        ),
    )
    for fact in collection.facts[1:]:
        _log.warning("%s: %s", name, fact)
    return collection


def first_queries(name: str, count: str) -> int:
    """The number of queries in `msmarco-pool/hub:200`.

    Raises:
        InputError: it is no number above 0.
    """
    if not re.fullmatch("[1-9][0-9]{0,7}", count):
        raise InputError(
            f"'{name}:{count}': write a number of queries after the colon, as in :200."
        )
    return int(count)


def passage_id(text: str) -> str:
    """The id of a passage: the md5 of its text, in hexadecimal."""
    # JSON can spell half a surrogate pair; harness.collection.check refuses it with its place.
    content = text.encode(errors="surrogatepass")
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _differences(queries: int, documents: int, first: int) -> Iterable[str]:
    if queries < first:
        yield f"This reconstruction has {queries:,} queries where {first:,} were asked for."
    if first == FIRST and documents != DOCUMENTS:
        yield (
            f"This reconstruction has {documents:,} documents where the card's digits say "
            f"{DOCUMENTS:,}."
        )
