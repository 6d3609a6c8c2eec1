"""Exact search, against a plain-Python oracle, scipy's product and torch's dense product."""

import sys
from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.data.vectors import SparseVectors
from harness.errors import InputError
from harness.search import search
from harness.search import sharded as stream
from harness.search.kernels import LANES


def sparse(dense):
    """The rows of a dense matrix."""
    dense = np.asarray(dense, np.float32)
    rows, indices = np.nonzero(dense)
    indptr = np.searchsorted(rows, np.arange(len(dense) + 1)).astype(np.int64)
    return SparseVectors(indptr, indices.astype(np.int32), dense[rows, indices], dense.shape[1])


def cut(vectors, at):
    """The rows in shards that end at each position of `at`."""
    ends = [0, *sorted(at), len(vectors)]
    return [vectors.take(np.arange(start, end)) for start, end in pairwise(ends)]


def zipf(rows, active, vocab, seed):
    """Random rows whose first terms are frequent, as a vocabulary's are."""
    rng = np.random.default_rng(seed)
    share = np.minimum(0.9, active / (np.arange(vocab) + 3) / np.log(vocab / 3))
    mask = rng.random((rows, vocab)) < share
    return sparse(mask * (rng.gamma(2, 0.4, mask.shape) + 1e-3))


def oracle(queries, corpus, tie_break, depth, fill):
    """Rankings of (document, score), by float32 arithmetic in term order, one pair at a time."""
    rankings = []
    documents = [dict(zip(*(a.tolist() for a in row), strict=True)) for row in corpus.rows()]
    for terms, weights in queries.rows():
        scores = []
        for document in documents:
            total = np.float32(0)
            for term, weight in zip(terms.tolist(), weights, strict=True):
                total = total + weight * np.float32(document.get(term, 0))
            scores.append(float(total))
        ranked = sorted(range(len(scores)), key=lambda d: (-scores[d], tie_break[d]))
        rankings.append([(d, scores[d]) for d in ranked if fill or scores[d] > 0][:depth])
    return rankings


def rankings(top):
    """The same shape as `oracle`, after checking what lies beyond each count."""
    assert (top.documents.dtype, top.scores.dtype, top.counts.dtype) == ("i8", "f4", "i8")
    found = []
    for documents, scores, count in zip(top.documents, top.scores, top.counts, strict=True):
        assert (documents[count:] == -1).all()
        assert (scores[count:] == 0).all()
        found.append(list(zip(documents[:count].tolist(), scores[:count].tolist(), strict=True)))
    return found


@st.composite
def cases(draw):
    """Tiny vocabularies and whole weights, so that ties abound; preferences in any order."""
    vocab = draw(st.integers(1, 4))
    rows = st.lists(st.integers(0, 2), min_size=vocab, max_size=vocab)
    corpus = draw(st.lists(rows, min_size=1, max_size=80))
    queries = draw(st.lists(rows, min_size=1, max_size=6))
    return (
        sparse(queries),
        sparse(corpus),
        np.array(draw(st.permutations(range(len(corpus)))), np.int64),
        draw(st.lists(st.integers(0, len(corpus)), max_size=4)),
    )


@settings(deadline=None, max_examples=150)
@given(cases(), st.integers(1, 90), st.integers(1, 4), st.booleans())
def test_rankings_are_the_oracles(case, depth, threads, fill):
    queries, corpus, tie_break, ends = case
    top = search(
        queries, cut(corpus, ends), tie_break=tie_break, depth=depth, threads=threads, fill=fill
    )
    assert rankings(top) == oracle(queries, corpus, tie_break.tolist(), depth, fill)


@settings(deadline=None, max_examples=100)
@given(cases(), st.integers(1, 90))
def test_filled_rankings_are_those_of_a_dense_product(case, depth):
    """As sentence-transformers ranks: a dense float32 product, score descending, then id."""
    queries, corpus, _, ends = case
    product = torch.from_numpy(csr(queries).toarray()) @ torch.from_numpy(csr(corpus).toarray()).T
    places = np.arange(len(corpus))
    top = search(queries, cut(corpus, ends), tie_break=places, depth=depth, threads=2, fill=True)
    best = torch.sort(product, dim=1, descending=True, stable=True)
    kept = min(depth, len(corpus))
    assert top.counts.tolist() == [kept] * len(queries)
    np.testing.assert_array_equal(top.documents[:, :kept], best.indices[:, :kept].numpy())
    np.testing.assert_array_equal(top.scores[:, :kept], best.values[:, :kept].numpy())


def csr(vectors):
    return scipy.sparse.csr_matrix(
        (vectors.values, vectors.indices, vectors.indptr), (len(vectors), vectors.vocab_size)
    )


def test_scores_are_the_bits_of_scipys_product_however_the_corpus_is_cut(monkeypatch):
    queries, corpus = zipf(70, 25, 500, 1), zipf(700, 60, 500, 2)
    tie_break = np.random.default_rng(3).permutation(len(corpus))
    product = (csr(queries) @ csr(corpus).T.tocsr()).toarray()
    order = np.lexsort((np.broadcast_to(tie_break, product.shape), -product))[:, :40]
    scores = np.take_along_axis(product, order, axis=1)
    for block, batch, threads, ends in [
        (4_096, 512, 1, []),
        (4_096, 512, 4, [1, 1, 64, 650]),
        (100, 8, 3, [300]),
        (64, 1, 2, [63, 127]),
        (LANES - 1, 7, 2, range(0, 700, 90)),
    ]:
        monkeypatch.setattr(stream, "BLOCK", block)
        monkeypatch.setattr(stream, "BATCH", batch)
        top = search(
            queries, cut(corpus, ends), tie_break=tie_break, depth=40, threads=threads, fill=False
        )
        np.testing.assert_array_equal(top.documents, order)
        assert top.scores.tobytes() == scores.tobytes()


@pytest.mark.parametrize("share", [0.0, 0.3, 2.0])
def test_dense_columns_change_no_bit(monkeypatch, share):
    queries, corpus = zipf(20, 25, 300, 4), zipf(300, 50, 300, 5)
    options = {"tie_break": np.arange(300), "depth": 50, "threads": 1, "fill": False}
    expected = search(queries, [corpus], **options)
    monkeypatch.setattr("harness.search.kernels.DENSE_SHARE", share)
    top = search(queries, [corpus], **options)
    assert top.documents.tobytes() == expected.documents.tobytes()
    assert top.scores.tobytes() == expected.scores.tobytes()


@pytest.mark.parametrize("direction", [1, -1])
def test_a_mass_tie_at_the_cut_is_resolved_by_tie_break(direction):
    """5,000 equal documents around one better one: only preference says which 9 come with it."""
    corpus = np.full((5_001, 3), (1, 0, 0), np.float32)
    corpus[2_500] = (2, 0, 0)
    tie_break = np.arange(5_001)[::direction].copy()
    order = [2_500, *np.argsort(tie_break)[:9].tolist()]
    for ends in ([], [2_500], [2_501], range(0, 5_000, 700)):
        top = search(
            sparse([[3, 0, 1]]), cut(sparse(corpus), ends),
            tie_break=tie_break, depth=10, threads=2, fill=False,
        )  # fmt: skip
        assert top.documents.tolist() == [order]
        assert top.scores.tolist() == [[6.0] + [3.0] * 9]


def test_empty_queries_rows_and_shards():
    queries, corpus = sparse([[0, 0], [1, 0]]), sparse([[0, 0], [0, 2], [5, 0]])
    tie_break = np.array([2, 0, 1])
    shards = cut(corpus, [0, 0, 1, 1, 3])
    options = {"tie_break": tie_break, "depth": 5, "threads": 2}
    matched = search(queries, shards, **options, fill=False)
    assert matched.documents.tolist() == [[-1] * 5, [2, -1, -1, -1, -1]]
    assert matched.counts.tolist() == [0, 1]
    filled = search(queries, shards, **options, fill=True)
    assert filled.documents.tolist() == [[1, 2, 0, -1, -1], [2, 1, 0, -1, -1]]
    assert filled.counts.tolist() == [3, 3]
    none = search(queries.take(np.array([], np.int64)), shards, **options, fill=True)
    assert none.documents.shape == (0, 5)


def test_a_product_that_underflows_matches_nothing():
    tiny = sparse([[1e-30]])
    options = {"tie_break": np.array([0]), "depth": 1, "threads": 1}
    assert search(tiny, [tiny], **options, fill=False).counts.tolist() == [0]
    assert search(tiny, [tiny], **options, fill=True).documents.tolist() == [[0]]


def test_arrays_that_are_read_only_or_not_aligned_are_taken_as_they_are():
    """As memory-mapped files give them: never written to, and at any offset."""
    corpus = sparse([[1, 2], [0, 3]])
    raw = np.frombuffer(b"\0" + corpus.values.tobytes(), np.uint8)[1:].view(np.float32)
    corpus.indices.flags.writeable = False
    shard = SparseVectors(corpus.indptr, corpus.indices, raw, 2)
    top = search(sparse([[0, 1]]), [shard], tie_break=np.arange(2), depth=2, threads=1, fill=False)
    assert rankings(top) == [[(1, 3.0), (0, 2.0)]]


def test_each_shard_is_let_go_before_the_next_but_one_is_asked_for():
    """Memory is bounded by shards, so none may be kept: at most the last one is alive."""
    import weakref

    alive = []

    def shards():
        for _ in range(5):
            shard = sparse([[1, 2]])
            alive.append(weakref.ref(shard))
            yield shard
            del shard
            assert sum(reference() is not None for reference in alive) <= 1

    search(sparse([[1, 1]]), shards(), tie_break=np.arange(5), depth=2, threads=1, fill=False)
    assert len(alive) == 5


ONE = sparse([[1, 2]])


def damaged(**fields):
    """A shard of one row with one field wrong."""
    whole = {"indptr": ONE.indptr, "indices": ONE.indices, "values": ONE.values, "vocab_size": 2}
    return SparseVectors(**{**whole, **fields})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"depth": 0}, "depth of a ranking is 1 or more, not 0"),
        ({"threads": 0}, "threads is 1 or more, not 0"),
        ({"tie_break": np.array([], np.int64)}, "no documents to search"),
        ({"tie_break": np.array([0, 0])}, "not each of 0 to 1 once"),
        ({"tie_break": np.array([0, 2])}, "not each of 0 to 1 once"),
        ({"tie_break": np.array([0, -1])}, "not each of 0 to 1 once"),
        ({"shards": [ONE]}, "hold 1 documents and the corpus has 2 ids"),
        ({"shards": []}, "hold 0 documents and the corpus has 2 ids"),
        ({"shards": [ONE] * 9}, "hold 3 or more documents and the corpus has 2 ids"),
        ({"shards": [ONE, sparse([[1, 2, 3]])]}, "shard 1 has 3 dimensions and the queries have 2"),
        ({"shards": [damaged(indices=np.array([0, 2], np.int32))]}, "shard 0: indices are out"),
        ({"shards": [damaged(indices=np.array([-1, 1], np.int32))]}, "shard 0: indices are out"),
        ({"shards": [damaged(values=np.array([1, np.nan], np.float32))]}, "shard 0: row 0"),
        ({"shards": [damaged(values=np.array([1, -2], np.float32))]}, "not above 0"),
        ({"shards": [damaged(indptr=np.array([0, 3]))]}, "row bounds do not fit"),
        ({"shards": [damaged(indptr=np.array([0, 2, 1, 2]))]}, "row bounds do not fit"),
        ({"queries": damaged(vocab_size=2**20)}, "more than search indexes .524287."),
        ({"queries": damaged(values=np.array([1], np.float32))}, "queries: the row bounds"),
        ({"queries": damaged(indices=np.array([1, 0], np.int32))}, "queries: indices are out"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(change, sentence):
    given = {
        "queries": ONE, "shards": [ONE, ONE], "tie_break": np.arange(2),
        "depth": 1, "threads": 1, "fill": False, **change,
    }  # fmt: skip
    with pytest.raises(InputError, match=sentence):
        search(given.pop("queries"), given.pop("shards"), **given)


def test_numba_is_loaded_by_the_first_search_only():
    """The command line imports what search needs to be named, not what it needs to run."""
    import subprocess

    code = "import sys, harness.search; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_search_runs_where_nothing_can_be_cached(tmp_path):
    """A read-only installation: numba finds no folder for its cache, and search compiles anyway."""
    import os
    import subprocess

    code = (
        "import numba.core.caching as caching\n"
        "caching.CacheImpl._locator_classes = []\n"
        "from harness.search.kernels import replace_smallest\n"
        "import numpy as np\n"
        "heap = np.array([1, 4, 3, 9], np.uint64)\n"
        "replace_smallest(heap, np.uint64(7))\n"
        "assert sorted(heap.tolist()) == [3, 4, 7, 9] and heap[0] == 3\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
