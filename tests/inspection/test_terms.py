"""What terms cost, against dense vectors of sentence-transformers counted with numpy."""

import numpy as np
import pytest

from harness.errors import UnreachableError
from harness.experiment.result import read_result
from harness.inspection.cached_vectors import CachedVectors
from harness.inspection.function_words import FUNCTION_WORDS, is_function_word
from harness.inspection.opened import open_result
from harness.inspection.terms import term_statistics
from tests.inspection.conftest import KINDS
from tests.inspection.test_explain import theirs


@pytest.mark.parametrize("kind", KINDS)
def test_flops_by_term_sum_to_what_the_result_prints(evaluated, kind):
    done = evaluated(kind)
    scores = read_result(done.result).scores
    found = term_statistics(done.vectors(), 1_000_000)
    assert found.avg_flops == pytest.approx(scores["avg_flops"], rel=1e-12)
    assert found.documents.active_dims == scores["corpus_active_dims"]
    assert found.queries.active_dims == scores["query_active_dims"]
    assert sum(one.flops for one in found.most_expensive) == pytest.approx(found.avg_flops)
    assert sum(one.share for one in found.most_expensive) == pytest.approx(1)


@pytest.mark.parametrize("kind", ["one model", "static queries", "an autoencoder, cosine"])
def test_counts_are_those_of_an_independent_encoder(evaluated, kind):
    done = evaluated(kind)
    vectors = done.vectors()
    found = term_statistics(vectors, 7)
    queries, documents = theirs(
        done,
        [query.text for query in vectors.opened.asked],
        [doc.text for doc in vectors.opened.collection.corpus],
    )
    of_documents, of_queries = ((rows > 0).sum(0) for rows in (documents, queries))
    # One of two equal-but-for-rounding logits may be above zero for one program only.
    assert np.abs(found.documents.counts - of_documents).sum() <= 1
    assert np.abs(found.queries.counts - of_queries).sum() <= 1
    np.testing.assert_allclose(found.documents.weights, documents.sum(0), rtol=1e-4, atol=1e-4)
    assert found.documents.dead == (found.documents.counts == 0).sum()
    expected = np.sort(of_documents)[::-1][:7] / len(documents)
    shown = [one.documents for one in found.most_active]
    assert shown == pytest.approx(expected.tolist(), abs=2 / len(documents))
    for one in found.most_active:
        column = documents[:, one.dimension]
        assert one.weight == pytest.approx(column[column > 0].mean(), rel=1e-3)
        assert one.flops == pytest.approx(one.documents * one.queries)


def test_concentration_by_brute_force(evaluated):
    found = term_statistics(evaluated().vectors(), 3)
    for name, values in (("documents", found.documents.counts), ("flops", found.flops)):
        left = sorted(values.tolist(), reverse=True)
        taken, half = 0.0, 0
        while taken < sum(left) / 2 - 1e-9:
            taken += left[half]
            half += 1
        assert found.concentration[name].half == half
        assert found.concentration[name].hundred == pytest.approx(sum(left[:100]) / sum(left))


def test_the_load_of_function_words_is_counted_by_their_names(evaluated):
    vectors = evaluated().vectors()
    found = term_statistics(vectors, 3)
    on_list = [t for t in range(found.vocab_size) if vectors.name(t) in FUNCTION_WORDS]
    load = found.function_words
    assert load.dimensions == len(on_list) > 50
    entries = found.documents.counts[on_list].sum() / found.documents.counts.sum()
    assert load.document_entries == pytest.approx(entries)
    assert load.flops == pytest.approx(found.flops[on_list].sum() / found.flops.sum())
    assert 0 < load.query_weight < 1


@pytest.mark.parametrize(
    ("term", "is_one"),
    [
        *(("the", True), ("The", True), ("\u0120of", True), ("\u2581and", True), ("why", True)),
        *(("##s", False), ("s", True), ("insurance", False), ("2", False), ("", False)),
        *(("good", False), ("said", False), ("[CLS]", False), ("us", True), ("time", False)),
    ],
)
def test_a_function_word_names_nothing(term, is_one):
    assert is_function_word(term) is is_one


def test_the_list_is_lower_case_and_holds_each_word_class():
    assert {word for word in FUNCTION_WORDS if word != word.lower()} == set()
    assert {"the", "she", "someone", "which", "between", "although", "would", "not"} <= (
        FUNCTION_WORDS
    )


def test_an_autoencoder_has_no_function_words(evaluated):
    found = term_statistics(evaluated("an autoencoder, cosine").vectors(), 3)
    assert found.function_words is None
    assert {one.function_word for one in found.most_active} == {None}
    assert all(one.name == f"dim {one.dimension}" for one in found.most_active)


def test_one_missing_shard_is_said(evaluated, tmp_path):
    done = evaluated()
    opened = open_result(done.result, cache=tmp_path / "empty")
    with pytest.raises(UnreachableError, match="as this machine encodes them"):
        term_statistics(CachedVectors(opened))


def test_shards_pass_by_one_at_a_time(evaluated, monkeypatch):
    """However the corpus is cut, the numbers are the same; no more than one shard is asked for."""
    whole = term_statistics(evaluated().vectors(), 5)
    vectors = evaluated().vectors()
    parts = vectors.cached([d.text for d in vectors.opened.collection.corpus], "document")
    assert parts is not None
    rows = parts[1]
    texts = [doc.text for doc in vectors.opened.collection.corpus]
    asked = []

    def cached(some, role):
        if role == "query":
            return CachedVectors.cached(vectors, some, role)
        asked.append(len(some))
        first = texts.index(some[0])
        part = rows.vectors.take(np.arange(first, first + len(some)))
        return parts[0], rows._replace(vectors=part)

    monkeypatch.setattr(vectors, "cached", cached)
    monkeypatch.setattr("harness.inspection.cached_vectors.SHARD_TEXTS", 50)
    found = term_statistics(vectors, 5)
    assert asked == [50, 50, 20]
    assert found.documents.counts.tolist() == whole.documents.counts.tolist()
    np.testing.assert_allclose(found.documents.weights, whole.documents.weights, rtol=1e-12)
    assert [one.name for one in found.most_expensive] == [one.name for one in whole.most_expensive]
