"""Three questions of CrowdRAG-25 under the published checkpoint, their scores added up by hand."""

import resource
import subprocess
import sys
import time

import numpy as np
import pytest
from sentence_transformers import SparseEncoder
from sentence_transformers.sparse_encoder.modules import SpladePooling, Transformer

from harness.assets import fetch
from harness.cli import run as command_line
from harness.inspection.cached_vectors import CachedVectors
from harness.inspection.explain import explain
from harness.inspection.opened import open_result
from tests.support import ROOT
from tests.support.zoo.made import quiet

pytestmark = pytest.mark.real

RESULT = ROOT / "results" / "crowdrag-splade-tiny.json"

BY_HAND = {
    # query: document, rank, weights of the shared terms, and what the committed run prints
    "2024-105741": (
        "msmarco_v2.1_doc_38_833337635#7_1814031496",
        8,
        (
            ("wb", 1.6370522, 2.2881637),
            ("without", 1.4606906, 1.6172737),
            ("treatment", 1.2925036, 1.1554027),
            ("dangerous", 2.0388224, 0.4187467),
            ("toxic", 0.9879317, 0.5120959),
            ("safe", 0.5090538, 0.1958687),
        ),
        9.060914993286133,
    ),
    "2024-224710": (
        "msmarco_v2.1_doc_35_25395420#7_49917392",
        19,
        (
            ("cold", 1.7146505, 1.589433),
            ("drugs", 1.2439605, 1.363853),
            ("war", 1.0476122, 1.2873473),
            ("why", 1.83873, 0.577658),
            ("murder", 0.5316006, 1.2215415),
            ("was", 0.6776451, 0.7960405),
            ("drug", 0.3826461, 0.9609851),
            ("fighting", 0.4801147, 0.6734587),
            ("cool", 0.856203, 0.3706273),
            ("movement", 0.3896375, 0.7240083),
            ("cancer", 0.4026806, 0.3180685),
            ("invasion", 0.0305029, 1.307537),
        ),
        9.479954719543457,
    ),
    "2024-42738": (
        "msmarco_v2.1_doc_09_427140224#9_624180102",
        12,
        (
            ("conflict", 1.621493, 2.1563807),
            ("com", 1.8134212, 1.35334),
            ("play", 1.4028856, 1.2516437),
            ("fighting", 0.9249671, 1.2990869),
            ("played", 0.6438894, 0.6648505),
            ("why", 0.7097909, 0.3649265),
            ("disputes", 0.1401815, 1.4239377),
            (".", 0.6876238, 0.1892252),
            ("cause", 0.151741, 0.3661478),
            ("movement", 0.033923, 0.9536666),
        ),
        10.013005256652832,
    ),
}
"""Weights as the checkpoint gives them, written down; their products are added up in the test."""


@pytest.fixture(scope="module")
def vectors(asset):
    """Those that an evaluation of the shipped experiment left here (its cache makes it seconds)."""
    asset("splade-tiny")
    asset("crowdrag-25")
    assert command_line(["encode", "crowdrag-splade-tiny"]) == 0
    return CachedVectors(open_result(RESULT))


@pytest.fixture(scope="module")
def reference():
    with quiet():
        body = Transformer(str(fetch("splade-tiny")), transformer_task="fill-mask")
        return SparseEncoder(modules=[body, SpladePooling("max")], device="cpu")


@pytest.mark.parametrize("query_id", BY_HAND)
def test_by_hand(vectors, query_id):
    document, rank, terms, printed = BY_HAND[query_id]
    found = explain(vectors, vectors.opened.run(), query_id)
    assert (found.document.ranked.doc_id, found.document.ranked.rank) == (document, rank)
    assert found.document.printed == printed
    parts = found.document.contributions
    for part, (name, query, weight) in zip(parts, terms, strict=True):
        assert part.query.name == name
        assert part.product == pytest.approx(query * weight, rel=1e-5)
    assert sum(part.product for part in parts) == pytest.approx(printed, rel=1e-6)
    assert sum(query * weight for _, query, weight in terms) == pytest.approx(printed, rel=1e-6)


@pytest.mark.parametrize("number", [0, 100, 200])
def test_sentence_transformers_gives_the_same_products(vectors, reference, number):
    query = vectors.opened.asked[number]
    run = vectors.opened.run()
    found = explain(vectors, run, query.query_id)
    one, other = (
        encode([text], convert_to_sparse_tensor=False).numpy()[0].astype(np.float64)
        for encode, text in (
            (reference.encode_query, found.text),
            (reference.encode_document, found.document.text),
        )
    )
    products = {p.query.dimension: p.product for p in found.document.contributions}
    expected = {int(n): one[n] * other[n] for n in np.flatnonzero(one * other)}
    assert products == pytest.approx(expected, rel=1e-4, abs=1e-5)
    names = dict(reference.decode(reference.encode_query([found.text])[0], top_k=5))
    assert {t.name: t.weight for t in found.terms[:5]} == pytest.approx(names, rel=1e-5)


def test_every_query_s_score_is_the_sum_of_its_contributions(vectors):
    run = vectors.opened.run()
    for query in vectors.opened.asked[::10]:
        document = explain(vectors, run, query.query_id).document
        if document.printed is not None:
            total = sum(part.product for part in document.contributions)
            assert total == pytest.approx(document.printed, rel=1e-6)


def test_an_answer_takes_under_two_seconds(vectors):
    """Of the processor, so that a loaded machine makes no difference; and no more than that."""
    arguments = [sys.executable, "-m", "harness", "explain", str(RESULT), "-q", "2024-105741"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(arguments, check=True, capture_output=True, cwd=ROOT)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent < 2, (spent, wall)
