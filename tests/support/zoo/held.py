"""A checkpoint of the zoo held against sentence-transformers: equal, or refused by its name."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from sentence_transformers import SparseEncoder
from sentence_transformers.sparse_encoder.evaluation import SparseInformationRetrievalEvaluator

import harness
from harness.errors import InputError, UnsupportedModelError
from harness.experiment.result import Result
from harness.measures.names import CARD, SPARSITY
from tests.support import models
from tests.support.zoo import Row
from tests.support.zoo.made import quiet

ODD = (
    "",
    " ",
    "a",
    "  Two   spaces,\ttabs\nand lines  ",
    "Zoë’s naïve café — 東京 \U0001f600 …",
    "[MASK] [SEP] of the [CLS] <s> and </s> <mask>",
    "yeast " * 500,
    "Upper CASE 42 3.14 e-mail@example.org",
)


def hold(row: Row, folder: Path) -> None:
    """Assert that the row's outcome is what it says, and that there is no other.

    Raises:
        AssertionError: another number, no refusal, or one that does not name the kind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    place = row.make(folder)
    if row.refused:
        with pytest.raises(InputError) as refusal:
            _ours(row, place, folder)
        assert row.refused in str(refusal.value), str(refusal.value)
        assert isinstance(refusal.value, UnsupportedModelError) == row.option
        _hold_theirs(row, place)
    else:
        theirs = reference(row, place)
        _hold_vectors(row, theirs, place)
        hold_result(row, theirs, _ours(row, place, folder).result)


def reference(row: Row, place: Path) -> SparseEncoder:
    """sentence-transformers' encoder of a checkpoint."""
    with quiet(), _inside(Path.cwd() if row.inside is None else place / row.inside):
        return SparseEncoder(str(place), device="cpu", local_files_only=True, **row.theirs_with)


def _ours(row: Row, place: Path, folder: Path) -> Any:
    return harness.evaluate(
        str(place), models.sampler(), cache=folder / "cache", device="cpu", threads=1, **row.machine
    )


def _hold_theirs(row: Row, place: Path) -> None:
    """A refusal is ours alone, or theirs as well: as the row says."""
    found, why = "evaluates", ""
    try:
        with torch.inference_mode():
            theirs = reference(row, place)
            theirs.similarity(theirs.encode_query(["one text"]), theirs.encode_document(["other"]))
    except Exception as error:  # noqa: BLE001 - whatever it is, it does not evaluate
        found, why = "refuses", repr(error)
    assert found == row.theirs, why


def _hold_vectors(row: Row, theirs: SparseEncoder, place: Path) -> None:
    """Entry by entry: rankings hide faults."""
    ours = harness.load_encoder(str(place), device="cpu", threads=1, **row.machine)
    for role, few in (("query", models.questions()[:12]), ("document", models.texts()[:12])):
        texts = [*ODD, *few]
        encode = theirs.encode_query if role == "query" else theirs.encode_document
        expected = encode(texts, convert_to_sparse_tensor=False, batch_size=16).numpy()
        _same(ours.encode(texts, role=role).to_scipy().toarray(), expected)


def _same(found: npt.NDArray[np.float32], expected: npt.NDArray[np.float32]) -> None:
    assert found.shape == expected.shape
    # Where one of two equal-but-for-rounding logits is just above zero and the other is not.
    differing = (found != 0) != (expected != 0)
    assert np.abs(np.where(differing, found - expected, 0)).max() < 1e-6
    assert differing.sum() <= 1
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def hold_result(row: Row, theirs: SparseEncoder, result: Result) -> None:
    """Assert that the 20 numbers are those of sentence-transformers' evaluator.

    Raises:
        AssertionError: one is not, and nothing is named that float32 leaves open.
    """
    with quiet():
        expected = _evaluator()(theirs)
    keys = [*(f"{theirs.similarity_fn_name}_{measure}" for measure in CARD), *SPARSITY]
    assert list(result.scores) == keys
    assert len(keys) == 20
    for key in keys:
        around = (result.intervals or {}).get(key)
        named = around is not None and around.because
        inside = named and around.low <= expected[key] <= around.high
        near = result.scores[key] == pytest.approx(expected[key], rel=1e-6, abs=1e-6)
        assert near or inside, (key, result.scores[key], expected[key], around)
    # A degenerate ranking would agree whatever either program did.
    assert 0.01 < result.scores[f"{theirs.similarity_fn_name}_ndcg@10"] < 0.95
    assert result.scores["query_active_dims"] > 0.5
    assert row.alarm in " ".join(result.alarms)


@cache
def _evaluator() -> SparseInformationRetrievalEvaluator:
    collection = models.sampler()
    return SparseInformationRetrievalEvaluator(
        queries={query.query_id: query.text for query in collection.queries},
        corpus={doc.doc_id: doc.text for doc in collection.corpus},
        relevant_docs={q: set(collection.qrels.relevant(q)) for q in collection.qrels},
        corpus_chunk_size=100,
        batch_size=32,
    )


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
