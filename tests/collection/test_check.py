"""What is refused, what is reported, and what the fingerprint distinguishes."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

import harness.collection.check
from harness.collection import Collection, Doc, Query
from harness.collection.check import Fingerprint, check_collection
from harness.collection.limit import limit_queries
from harness.data.qrels import Judgement, Qrels
from harness.errors import InputError

SMALL = Collection(
    id="small",
    corpus=(Doc("d1", "one"), Doc("d2", "zwei: ü"), Doc("d3", "three")),
    queries=(Query("q1", "first"), Query("q2", "second"), Query("q3", "third")),
    qrels=Qrels(
        {"q1": (Judgement("d1", 2), Judgement("d2", 0)), "q3": (Judgement("d3", 1),)},
    ),
    notice="N",
    facts=("F.",),
)


def test_a_sound_collection_comes_back_with_its_facts():
    checked = check_collection(SMALL)
    assert checked.collection == replace(SMALL, facts=("F.", "1 of 3 queries have no judgement."))
    # Written out by hand: ASCII lengths of UTF-8 bytes, a colon, the bytes.
    content = (
        "documents\n2:d13:one2:d28:zwei: ü2:d35:three"
        "queries\n2:q15:first2:q26:second2:q35:third"
        "judgements\n2:q12:d11:22:q12:d21:02:q32:d31:1"
    )
    digest = sha256(content.encode()).hexdigest()
    assert checked.fingerprint == Fingerprint(3, 3, 3, 2, digest)
    assert checked.doc_ids.tolist() == [b"d1", b"d2", b"d3"]


@dataclass(frozen=True)
class Stream:
    """A corpus that counts how often it is read."""

    docs: tuple[Doc, ...]
    reads: list[int]

    def __iter__(self) -> Iterator[Doc]:
        self.reads.append(1)
        yield from self.docs


def test_a_corpus_is_read_once():
    stream = Stream(SMALL.corpus, [])
    check_collection(replace(SMALL, corpus=stream))
    assert len(stream.reads) == 1
    stream = Stream((*SMALL.corpus, Doc("d2", "other")), [])
    with pytest.raises(InputError, match="small has two documents with the id 'd2'"):
        check_collection(replace(SMALL, corpus=stream))
    assert len(stream.reads) == 1


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 1_000])
def test_the_ids_are_those_of_the_corpus_in_its_order(monkeypatch, chunk):
    monkeypatch.setattr(harness.collection.check, "_CHUNK", chunk)
    ids = ["z", "é" * 40, "東京", "a b", "\U0001f600", "a", "10", "9"]
    corpus = tuple(Doc(doc_id, "x") for doc_id in ids)
    found = check_collection(replace(SMALL, corpus=corpus, qrels=Qrels({}))).doc_ids
    assert [doc_id.decode() for doc_id in found.tolist()] == ids


@dataclass(frozen=True)
class Long:
    """A corpus that is made while it is read."""

    documents: int

    def __iter__(self) -> Iterator[Doc]:
        return (Doc(f"doc-{n}", "text") for n in range(self.documents))


def test_a_long_corpus_takes_a_few_bytes_for_each_document():
    """Its id (10 bytes here) twice for a moment, and its hash; a list of strings would take 60."""
    documents = 60_000
    collection = replace(SMALL, corpus=Long(documents), qrels=Qrels({}))
    check_collection(replace(collection, corpus=Long(1)))
    tracemalloc.start()
    try:
        found = check_collection(collection)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.doc_ids.nbytes == 9 * documents
    assert peak < 40 * documents + 60 * harness.collection.check._CHUNK


def test_ids_that_only_share_a_hash_are_no_repetition():
    class Colliding(str):
        __slots__ = ()

        def __hash__(self):
            return 7

    docs = tuple(Doc(Colliding(doc_id), text) for doc_id, text in SMALL.corpus)
    assert check_collection(replace(SMALL, corpus=docs, qrels=Qrels({}))).fingerprint.documents == 3


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"corpus": ()}, "small has no documents"),
        ({"queries": ()}, "small has no queries"),
        ({"queries": (*SMALL.queries, Query("q2", "x"))}, "small has 2 queries with the id 'q2'"),
        (
            {"corpus": tuple(Doc(d, " \n") for d in ("d1", "d2", "d3"))},
            "not one document has a text",
        ),
        ({"queries": tuple(Query(q, "") for q in ("q1", "q3"))}, "not one query has a text"),
        ({"corpus": (*SMALL.corpus, Doc("d9", "\ud800"))}, "document 'd9' is not valid Unicode"),
        (
            {"corpus": (*SMALL.corpus, Doc("\udfff", ""))},
            r"document '\\udfff' is not valid Unicode",
        ),
        ({"queries": (*SMALL.queries, Query("q9", "a\ud83d"))}, "query 'q9' is not valid Unicode"),
        (
            {"corpus": SMALL.corpus[1:2]},
            r"2 relevant documents are not in the corpus \(first: d1, d3\)\. Scores would be too",
        ),
        (
            {"queries": SMALL.queries[:2]},
            r"1 queries with relevant documents are not among the queries \(first: q3\)",
        ),
    ],
)
def test_what_would_make_scores_wrong_is_refused(change, sentence):
    with pytest.raises(InputError, match=sentence):
        check_collection(replace(SMALL, **change))


def test_dangling_judgements_can_be_allowed_and_are_then_facts():
    part = replace(SMALL, corpus=SMALL.corpus[:2], queries=SMALL.queries[:2])
    checked = check_collection(part, allow_missing_docs=True)
    assert checked.collection.facts[2:] == (
        "1 relevant documents are not in the corpus (first: d3).",
        "1 queries with relevant documents are not among the queries (first: q3).",
    )
    assert checked.fingerprint.relevant == 2


def test_a_missing_document_that_is_not_relevant_changes_no_score():
    whole = replace(SMALL, corpus=(SMALL.corpus[0], SMALL.corpus[2]))
    assert check_collection(whole).fingerprint.documents == 2


def test_empty_texts_are_counted():
    corpus = (*SMALL.corpus, Doc("d4", ""), Doc("d5", "\t"))
    queries = (*SMALL.queries, Query("q4", " "))
    facts = check_collection(replace(SMALL, corpus=corpus, queries=queries)).collection.facts
    assert facts[1:] == (
        "2 of 5 documents have no text.",
        "1 of 4 queries have no text.",
        "2 of 4 queries have no judgement.",
    )


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4)
collections = st.builds(
    lambda docs, queries: Collection(
        "c",
        tuple(Doc(f"d{d}", t) for d, t in docs.items()),
        tuple(Query(f"q{q}", t) for q, t in queries.items()),
        Qrels({}),
    ),
    *[st.dictionaries(texts, texts.map(lambda t: t + "."), min_size=1, max_size=3)] * 2,
)


@given(collections, collections)
def test_two_collections_share_a_fingerprint_only_when_they_are_equal(one, other):
    same = check_collection(one).fingerprint.sha256 == check_collection(other).fingerprint.sha256
    assert same == (one == other)


def test_the_fingerprint_sees_where_one_text_ends_and_the_next_begins():
    def of(*pairs: tuple[str, str]) -> str:
        docs = tuple(Doc(*pair) for pair in pairs)
        return check_collection(Collection("c", docs, SMALL.queries, Qrels({}))).fingerprint.sha256

    assert (
        len(
            {of(("a", "bc")), of(("ab", "c")), of(("a", "b"), ("c", "")), of(("c", ""), ("a", "b"))}
        )
        == 4
    )


def test_the_fingerprint_sees_the_grades():
    other = replace(SMALL, qrels=Qrels({**SMALL.qrels.by_query, "q3": (Judgement("d3", 2),)}))
    assert check_collection(other).fingerprint.sha256 != check_collection(SMALL).fingerprint.sha256


def test_a_limit_keeps_the_first_queries_and_the_whole_corpus():
    part = limit_queries(SMALL, 2)
    assert part.queries == SMALL.queries[:2]
    assert part.corpus is SMALL.corpus
    assert list(part.qrels) == ["q1"]
    assert part.facts == ("F.", "Only the first 2 of 3 queries are asked.")
    assert check_collection(part).fingerprint.judgements == 2


def test_a_limit_of_all_queries_changes_nothing_and_none_is_refused():
    assert limit_queries(SMALL, 3) is SMALL
    assert limit_queries(SMALL, 99) is SMALL
    with pytest.raises(InputError, match="must be 1 or more, not 0"):
        limit_queries(SMALL, 0)


def test_an_id_as_long_as_a_text_is_refused_before_all_are_as_wide():
    def of(length):
        return Collection(
            id="long ids",
            corpus=(Doc("x" * length, "a text"), Doc("d2", "another")),
            queries=(Query("q1", "a question"),),
            qrels=Qrels({"q1": (Judgement("d2", 1),)}),
        )

    assert check_collection(of(1_000)).doc_ids.dtype.itemsize == 1_000
    with pytest.raises(InputError, match="has 1,001 bytes; 1,000 are the most"):
        check_collection(of(1_001))
