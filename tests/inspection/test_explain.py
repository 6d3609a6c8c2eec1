"""An explanation is the score and nothing but it: held against sentence-transformers' vectors."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch
from sentence_transformers import SparseEncoder

import harness.encoder.own_tokens
import harness.inspection.cached_vectors
from harness.data.trec import read_run
from harness.encoder.own_tokens import own_tokens
from harness.errors import InputError, UnreachableError
from harness.experiment.result import read_result
from harness.inspection.explain import explain
from harness.inspection.opened import open_result
from tests.inspection.conftest import KINDS
from tests.support import ROOT, models
from tests.support.zoo.made import quiet

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def theirs(done, queries, documents):
    """sentence-transformers' dense rows in float64, compared as its model says."""
    with quiet():
        model = SparseEncoder(str(done.model), device="cpu", local_files_only=True)
        rows = [
            encode(texts, convert_to_sparse_tensor=False).numpy().astype(np.float64)
            for encode, texts in (
                (model.encode_query, queries),
                (model.encode_document, documents),
            )
        ]
    if model.similarity_fn_name == "cosine":
        rows = [row / np.linalg.norm(row, axis=1, keepdims=True) for row in rows]
    return rows


@pytest.mark.parametrize("kind", KINDS)
def test_contributions_are_the_products_of_an_independent_encoder_s_weights(evaluated, kind):
    done = evaluated(kind)
    vectors = done.vectors()
    run = vectors.opened.run()
    asked = vectors.opened.asked[:3]
    found = [explain(vectors, run, query.query_id) for query in asked]
    queries, documents = theirs(done, [q.text for q in asked], [f.document.text for f in found])
    for one, query, document in zip(found, queries, documents, strict=True):
        parts = {p.query.dimension: p.product for p in one.document.contributions}
        products = query * document
        expected = {int(d): products[d] for d in np.flatnonzero(products)}
        assert parts == pytest.approx(expected, rel=1e-4, abs=1e-5)
        assert one.document.total == pytest.approx(query @ document, rel=1e-5)
        assert len(one.terms) == np.count_nonzero(query)
        assert [t.weight for t in one.terms] == sorted((t.weight for t in one.terms), reverse=True)


@pytest.mark.parametrize("kind", KINDS)
def test_contributions_sum_to_the_score_that_the_run_prints(evaluated, kind):
    vectors = evaluated(kind).vectors()
    run = vectors.opened.run()
    for query in vectors.opened.asked:
        found = explain(vectors, run, query.query_id)
        assert found.document.printed is not None
        assert sum(p.product for p in found.document.contributions) == pytest.approx(
            found.document.printed, rel=1e-6
        )
        assert found.document.as_searched == found.document.printed
        assert found.document.off < 1e-6
        if found.rival is not None:
            gap = sum(difference.by for difference in found.differences)
            printed = found.rival.printed - found.document.printed
            assert gap == pytest.approx(printed, abs=1e-5)


@pytest.mark.parametrize(
    ("kind", "prompts"),
    [("one model", ("", "")), ("byte pairs with prompts", ("a question: ", "a passage: "))],
)
def test_a_term_of_the_text_is_told_from_expansion(evaluated, kind, prompts):
    """Against transformers' own tokenizer of the same files; a prompt is part of the text."""
    from transformers import AutoTokenizer

    done = evaluated(kind)
    vectors = done.vectors()
    tokenizer = AutoTokenizer.from_pretrained(done.model)
    found = explain(vectors, vectors.opened.run(), vectors.opened.asked[0].query_id)
    sides = ((found.text, found.terms), (found.document.text, found.document.terms))
    for prompt, (text, terms) in zip(prompts, sides, strict=True):
        tokens = set(tokenizer(prompt + text, truncation=True)["input_ids"])
        assert {t.dimension: t.own for t in terms} == {
            t.dimension: t.dimension in tokens for t in terms
        }
        assert {t.name for t in terms} == {
            tokenizer.convert_ids_to_tokens(t.dimension) for t in terms
        }
    assert {t.own for t in found.document.terms} == {True, False}


def test_where_the_number_of_tokens_is_another_transformers_is_asked(evaluated, monkeypatch):
    """tokenizer.json alone may say less than transformers makes of all files."""
    done = evaluated()
    vectors = done.vectors()
    encoder = vectors.opened.encoders[0]
    asked = []
    whole = harness.encoder.own_tokens.load_tokenizer

    def load(*given):
        asked.append(given)
        return whole(*given)

    monkeypatch.setattr(harness.encoder.own_tokens, "load_tokenizer", load)
    texts = [query.text for query in vectors.opened.asked]
    given = (vectors.opened.checkpoint, encoder.facts, "query", texts)
    count = vectors.cached(texts, "query")[1].tokens
    same = own_tokens(*given, tokens=count)
    assert asked == []
    assert own_tokens(*given, tokens=count + 1) == same
    assert len(asked) == 1


def test_static_queries_hold_nothing_but_their_own_terms(evaluated):
    vectors = evaluated("static queries").vectors()
    run = vectors.opened.run()
    for query in vectors.opened.asked:
        found = explain(vectors, run, query.query_id)
        assert {term.own for term in found.terms} == {True}


def test_dimensions_of_an_autoencoder_are_numbers_and_never_terms(evaluated):
    vectors = evaluated("an autoencoder, cosine").vectors()
    found = explain(vectors, vectors.opened.run(), vectors.opened.asked[0].query_id)
    assert not found.has_terms
    assert {(term.name, term.own) for term in found.terms} == {
        (f"dim {term.dimension}", None) for term in found.terms
    }


def test_places_are_those_of_the_run_and_grades_those_of_the_judgements(evaluated):
    done = evaluated()
    vectors = done.vectors()
    run = read_run(done.result.with_name(done.result.name.replace(".json", ".run.gz")))
    qrels = vectors.opened.collection.qrels
    for query in vectors.opened.asked:
        found = explain(vectors, run, query.query_id)
        docs = [doc.doc_id for doc in run[query.query_id]]
        relevant = [doc for doc in docs if doc in qrels.relevant(query.query_id)]
        assert [one.doc_id for one in found.ranking] == docs
        assert [one.doc_id for one in found.relevant if one.rank] == relevant
        rank = found.document.ranked.rank
        assert docs[rank - 1] == found.document.ranked.doc_id
        assert found.above == rank - 1
        assert found.relevant_above == len([d for d in docs[: rank - 1] if d in relevant])
        if rank > 1:
            others = [d for d in docs[: rank - 1] if d not in relevant] or docs[: rank - 1]
            assert found.rival.ranked.doc_id == others[-1]
        else:
            assert found.rival.ranked.doc_id == docs[1]


def test_without_a_document_the_first_relevant_one_that_is_outranked_is_taken(evaluated):
    """d1 relevant, d2 not, d3 relevant: d3 is what an answer is looked for; by hand."""
    vectors = evaluated().vectors()
    query = next(q for q in vectors.opened.asked)
    qrels = vectors.opened.collection.qrels
    relevant = list(qrels.relevant(query.query_id))
    other = next(d.doc_id for d in vectors.opened.collection.corpus if d.doc_id not in relevant)
    run = harness.Run.from_rankings("tag", {query.query_id: [(other, 2.0), (relevant[0], 1.0)]})
    found = explain(vectors, run, query.query_id)
    assert found.document.ranked.doc_id == relevant[0]
    assert (found.above, found.rival.ranked.doc_id) == (1, other)
    first = harness.Run.from_rankings("tag", {query.query_id: [(relevant[0], 2.0), (other, 1.0)]})
    found = explain(vectors, first, query.query_id)
    assert (found.above, found.document.ranked.rank, found.rival.ranked.doc_id) == (0, 1, other)
    # Scores of another run are not those of these vectors, and that is seen.
    assert found.document.off > 1e-6


def test_a_document_that_is_not_in_the_run_is_scored_by_its_vector(evaluated):
    vectors = evaluated().vectors()
    query = vectors.opened.asked[0]
    whole = vectors.opened.run()
    docs = whole[query.query_id]
    cut = harness.Run.from_rankings("tag", {query.query_id: docs[:5]})
    found = explain(vectors, cut, query.query_id, docs[20].doc_id)
    assert (found.document.ranked.rank, found.document.printed) == (None, None)
    assert found.document.total == pytest.approx(docs[20].score, rel=1e-6)
    assert found.above == 5


def test_only_the_shards_that_hold_the_texts_are_read(tmp_path, folder, monkeypatch):
    """120 documents in shards of 16 are eight; one query and two documents need three at most."""
    for module in ("harness.encoder.vector_cache", "harness.inspection.cached_vectors"):
        monkeypatch.setattr(f"{module}.SHARD_TEXTS", 16)
    model = KINDS["one model"](tmp_path)
    cache = tmp_path / "cache"
    outcome = harness.evaluate(str(model), str(folder), cache=cache, device="cpu", threads=1)
    path = outcome.write(tmp_path / "out")
    read = []
    whole = harness.inspection.cached_vectors.read_shard

    def reading(place, *more):
        read.append(place.name)
        return whole(place, *more)

    monkeypatch.setattr(harness.inspection.cached_vectors, "read_shard", reading)
    vectors = harness.inspection.cached_vectors.CachedVectors(open_result(path, cache=cache))
    found = explain(vectors, vectors.opened.run(), vectors.opened.asked[0].query_id)
    assert found.document.off < 1e-6
    assert len(list(cache.glob("*/*.safetensors"))) == 9
    assert len(read) == len(set(read)) <= 3


def test_no_model_and_no_torch_is_loaded(evaluated):
    done = evaluated()
    query = done.vectors().opened.asked[0].query_id
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from harness.inspection.opened import open_result\n"
        "from harness.inspection.cached_vectors import CachedVectors\n"
        "from harness.inspection.explain import explain\n"
        f"opened = open_result(Path({str(done.result)!r}), cache=Path({str(done.cache)!r}))\n"
        f"explain(CachedVectors(opened), opened.run(), {query!r})\n"
        "print(sorted({'torch', 'transformers', 'numba', 'scipy', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == "[]\n"


def test_an_empty_cache_is_said_and_encode_fills_the_gap(evaluated, tmp_path):
    done = evaluated("static queries")
    query = done.vectors().opened.asked[0].query_id
    opened = open_result(done.result, cache=tmp_path / "empty")
    missing = harness.inspection.cached_vectors.CachedVectors(opened)
    with pytest.raises(UnreachableError, match=r"No vectors of .* as this machine encodes them"):
        explain(missing, opened.run(), query)
    encoding = harness.inspection.cached_vectors.CachedVectors(opened, encode=True)
    found = explain(encoding, opened.run(), query)
    assert found.document.off < 1e-6
    expected = explain(done.vectors(), opened.run(), query)
    assert found.terms == expected.terms
    assert [p.query.name for p in found.document.contributions] == [
        p.query.name for p in expected.document.contributions
    ]


def test_a_damaged_shard_is_not_used(evaluated, tmp_path):
    done = evaluated()
    cache = shutil.copytree(done.cache, tmp_path / "cache")
    for path in cache.glob("*/*.safetensors"):
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
    opened = open_result(done.result, cache=cache)
    with pytest.raises(UnreachableError, match="The vector of the query"):
        explain(
            harness.inspection.cached_vectors.CachedVectors(opened),
            opened.run(),
            opened.asked[0].query_id,
        )


def test_a_model_with_other_weights_explains_nothing(evaluated, tmp_path):
    done, other = evaluated(), evaluated("static queries")
    with pytest.raises(InputError, match="has other weights than those that"):
        open_result(done.result, model=str(other.model), cache=done.cache)
    moved = shutil.copytree(done.model, tmp_path / "moved")
    opened = open_result(done.result, model=str(moved), cache=done.cache)
    vectors = harness.inspection.cached_vectors.CachedVectors(opened)
    assert explain(vectors, opened.run(), opened.asked[0].query_id).document.off < 1e-6


def test_a_collection_that_was_changed_since_is_not_in_the_cache(evaluated, folder, tmp_path):
    done = evaluated()
    changed = shutil.copytree(folder, tmp_path / "changed")
    path = changed / "corpus.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    record = json.loads(lines[0])
    lines[0] = json.dumps(record | {"text": record["text"] + " more"})
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    opened = open_result(done.result, collection=str(changed), cache=done.cache)
    vectors = harness.inspection.cached_vectors.CachedVectors(opened)
    with pytest.raises(UnreachableError, match="The vector of the document"):
        explain(vectors, opened.run(), opened.asked[0].query_id)


def test_the_first_queries_alone_are_a_shard_of_their_own(evaluated):
    done = evaluated(queries=5)
    vectors = done.vectors()
    assert len(vectors.opened.asked) == 5
    last = vectors.opened.asked[-1].query_id
    assert explain(vectors, vectors.opened.run(), last).document.off < 1e-6


def test_a_foreign_encoder_s_terms_are_named_and_not_marked(evaluated):
    done = evaluated(encoder="sentence-transformers")
    assert read_result(done.result).model.recipe.kind == "sentence-transformers"
    vectors = done.vectors()
    found = explain(vectors, vectors.opened.run(), vectors.opened.asked[0].query_id)
    assert found.document.off < 1e-6
    assert {term.own for term in found.terms} == {None}
    named = explain(evaluated().vectors(), vectors.opened.run(), vectors.opened.asked[0].query_id)
    assert [t.name for t in found.terms[:5]] == [t.name for t in named.terms[:5]]


def test_every_question_of_the_sampler_is_known_by_its_id(evaluated):
    vectors = evaluated().vectors()
    known = models.sampler().queries[0].query_id
    with pytest.raises(InputError, match=f"did you mean .*{known}"):
        explain(vectors, vectors.opened.run(), f"{known}x")
