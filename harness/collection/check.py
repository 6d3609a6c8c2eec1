"""Is a collection fit to be evaluated, and exactly which one is it?

Both are answered by reading the corpus once, in little memory: its id and eight bytes for each
document. An evaluation takes the ids from here and reads the corpus only once more, to encode it.
"""

from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from harness.collection import Collection
from harness.data.qrels import Qrels
from harness.errors import InputError

Feed = Callable[[bytes], None]
"""Takes the next bytes of the fingerprint."""


LONGEST_ID = 1_000
"""Bytes of a document's id. All are kept as wide as the longest: one of 8,000 bytes among 60,000
documents would take 480 MB."""


@dataclass(frozen=True)
class Fingerprint:
    """What a collection consists of, for the provenance of a result.

    Attributes:
        documents: in the corpus.
        queries: asked.
        judgements: of any grade.
        relevant: judgements of grade 1 or more.
        sha256: of all ids, texts and grades in their order, in hexadecimal.
    """

    documents: int
    queries: int
    judgements: int
    relevant: int
    sha256: str


@dataclass(frozen=True, eq=False)
class CheckedCollection:
    """A collection that can be evaluated.

    Attributes:
        collection: with what was found added to its facts.
        fingerprint: exactly which one it is.
        doc_ids: bytes [documents], UTF-8 of the ids in the order of the corpus: some 10 bytes
            each, where a list of strings takes 70.
    """

    collection: Collection
    fingerprint: Fingerprint
    doc_ids: npt.NDArray[np.bytes_]


class _Read(NamedTuple):
    """What one pass over the corpus has found."""

    doc_ids: npt.NDArray[np.bytes_]
    without_text: int
    absent: set[str]  # judged documents that it lacks


_CHUNK = 16_384
"""Ids that are Python objects at a time, and only so many."""


def check_collection(
    collection: Collection, *, allow_missing_docs: bool = False
) -> CheckedCollection:
    """Read a collection through and refuse what would make its scores wrong.

    Args:
        collection: to be read; its corpus is iterated once.
        allow_missing_docs: relevant documents that the corpus lacks, and judged queries that are
            not asked, become facts instead of an error.

    Raises:
        InputError: no documents or no queries, an id that stands twice, no text at all in the
            documents or in the queries, a text that is not Unicode, an id with a NUL, or
            dangling judgements.
    """
    digest = sha256()
    corpus = _read_corpus(collection, digest.update)
    without_text = _read_queries(collection, digest.update)
    judgements, relevant = _read_qrels(collection.qrels, digest.update)
    dangling = _dangling(collection, corpus.absent)
    if dangling and not allow_missing_docs:
        raise InputError(
            f"{collection.id}: {' '.join(dangling)} Scores would be too low: complete the "
            "collection, or accept them with --allow-missing-docs."
        )
    asked, documents = len(collection.queries), len(corpus.doc_ids)
    unjudged = sum(not collection.qrels.by_query.get(q.query_id) for q in collection.queries)
    found = (
        (corpus.without_text, f"of {documents:,} documents have no text."),
        (without_text, f"of {asked:,} queries have no text."),
        (unjudged, f"of {asked:,} queries have no judgement."),
    )
    counted = (f"{count:,} {what}" for count, what in found if count)
    return CheckedCollection(
        replace(collection, facts=(*collection.facts, *counted, *dangling)),
        Fingerprint(documents, asked, judgements, relevant, digest.hexdigest()),
        corpus.doc_ids,
    )


def _read_corpus(collection: Collection, feed: Feed) -> _Read:
    absent = {j.doc_id for judged in collection.qrels.by_query.values() for j in judged}
    hashes = array("q")
    chunks: list[npt.NDArray[np.bytes_]] = []
    chunk: list[bytes] = []
    without_text = 0
    feed(b"documents\n")
    for doc_id, text in collection.corpus:
        feed(_record(collection, "document", doc_id, text))
        hashes.append(hash(doc_id))
        chunk.append(_short(collection, doc_id.encode()))
        if len(chunk) == _CHUNK:
            chunks.append(np.array(chunk))
            chunk.clear()
        absent.discard(doc_id)
        without_text += not text or text.isspace()
    if not hashes:
        raise InputError(f"{collection.id} has no documents.")
    if without_text == len(hashes):
        raise InputError(f"{collection.id}: not one document has a text.")
    doc_ids = np.concatenate([*chunks, np.array(chunk, np.bytes_)])
    chunks.clear()
    _refuse_repeated(collection, doc_ids, np.frombuffer(hashes, np.int64))
    return _Read(doc_ids, without_text, absent)


def _short(collection: Collection, doc_id: bytes) -> bytes:
    """A document's id, unless its length would be taken for every other one too.

    Raises:
        InputError: it is longer than `LONGEST_ID`.
    """
    if len(doc_id) > LONGEST_ID:
        raise InputError(
            f"{collection.id}: the document id '{doc_id[:40].decode(errors='ignore')}...' has "
            f"{len(doc_id):,} bytes; {LONGEST_ID:,} are the most: is it a text?"
        )
    return doc_id


def _refuse_repeated(
    collection: Collection, doc_ids: npt.NDArray[np.bytes_], hashes: npt.NDArray[np.int64]
) -> None:
    """Raise when a document id stands twice; exact, as equal hashes are only grounds to look."""
    ordered = np.sort(hashes)
    suspects = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    seen: set[bytes] = set()
    for doc_id in doc_ids[np.isin(hashes, suspects)].tolist() if len(suspects) else ():
        if doc_id in seen:
            raise InputError(
                f"{collection.id} has two documents with the id '{doc_id.decode()}'; ids must be "
                "unique."
            )
        seen.add(doc_id)


def _read_queries(collection: Collection, feed: Feed) -> int:
    """How many queries have no text."""
    if not collection.queries:
        raise InputError(f"{collection.id} has no queries (or its judgements are of none of them).")
    feed(b"queries\n")
    for query_id, text in collection.queries:
        feed(_record(collection, "query", query_id, text))
    query_id, times = Counter(query.query_id for query in collection.queries).most_common(1)[0]
    if times > 1:
        raise InputError(
            f"{collection.id} has {times} queries with the id '{query_id}'; ids must be unique."
        )
    without_text = sum(not query.text.strip() for query in collection.queries)
    if without_text == len(collection.queries):
        raise InputError(f"{collection.id}: not one query has a text.")
    return without_text


def _read_qrels(qrels: Qrels, feed: Feed) -> tuple[int, int]:
    """How many judgements there are, and how many of them say relevant."""
    feed(b"judgements\n")
    for query_id, judged in qrels.by_query.items():
        for doc_id, grade in judged:
            feed(_framed(query_id, doc_id, str(grade)))
    grades = [j.grade for judged in qrels.by_query.values() for j in judged]
    return len(grades), sum(grade >= 1 for grade in grades)


def _dangling(collection: Collection, absent: set[str]) -> list[str]:
    """One sentence for each way in which relevant judgements lead nowhere."""
    qrels = collection.qrels
    asked = {query.query_id for query in collection.queries}
    queries = [query_id for query_id in qrels if qrels.relevant(query_id) and query_id not in asked]
    documents = dict.fromkeys(
        doc_id for query_id in qrels for doc_id in qrels.relevant(query_id) if doc_id in absent
    )
    return [
        f"{len(ids):,} {what} (first: {', '.join(ids[:3])})."
        for ids, what in (
            (list(documents), "relevant documents are not in the corpus"),
            (queries, "queries with relevant documents are not among the queries"),
        )
        if ids
    ]


def _record(collection: Collection, kind: str, key: str, text: str) -> bytes:
    if "\0" in key:  # numpy's bytes end before one, and no reader of runs takes it
        raise InputError(
            f"{collection.id}: the {kind} id {key!r} holds a NUL character: rename it in corpus, "
            "queries and judgements."
        )
    try:
        return _framed(key, text)
    except UnicodeEncodeError:  # JSON can spell half a surrogate pair, and no encoder can take it
        raise InputError(
            f"{collection.id}: {kind} {key!r} is not valid Unicode (half a surrogate pair)."
        ) from None


def _framed(*texts: str) -> bytes:
    """UTF-8 with the length before each text, so that no two lists of texts look the same."""
    parts = [text.encode() for text in texts]
    return b"".join(b"%d:%b" % (len(part), part) for part in parts)
