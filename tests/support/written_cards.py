"""Cards written by sentence-transformers' own code: its evaluators, its template, tiny models.

Only the vectors are not a model's: each word of a text is one dimension of twenty or more, so that
nothing is waited for and numbers are neither 0 nor 1.
"""

import logging
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from sentence_transformers import SparseEncoder
from sentence_transformers.base.model_card import generate_model_card
from sentence_transformers.sentence_transformer.modules import Pooling
from sentence_transformers.sparse_encoder.evaluation import (
    SparseInformationRetrievalEvaluator,
    SparseNanoBEIREvaluator,
)
from sentence_transformers.sparse_encoder.modules import (
    Router,
    SparseAutoEncoder,
    SparseStaticEmbedding,
    SpladePooling,
    Transformer,
)
from sentence_transformers.util.similarity import SimilarityFunction

from tests.support import models
from tests.support.zoo.made import loaded, quiet

DOT_AND_COSINE = {name: SimilarityFunction.to_similarity_fn(name) for name in ("dot", "cosine")}
"""What an evaluator that reports both takes as its score functions."""


def _vectors(texts: Sequence[str], max_active_dims: int | None = None, **_: Any) -> torch.Tensor:
    rows = torch.zeros(len(texts), 128)
    for row, text in zip(rows, texts, strict=True):
        for word in text.lower().split():
            row[zlib.crc32(word.encode()) % 128] += 1 + len(word) % 7 / 8
        if max_active_dims is not None:
            row[row < row.topk(max_active_dims).values[-1]] = 0
    return rows.to_sparse_coo()


def _model(*modules: torch.nn.Module, **encoder: Any) -> SparseEncoder:
    """An encoder whose card asks nobody about anything."""
    with quiet():
        made = SparseEncoder(modules=list(modules), device="cpu", **encoder)
    made.model_card_data.local_files_only = True
    made.model_card_data.generate_widget_examples = False
    made.encode_query = made.encode_document = _vectors
    return made


@cache
def _folder() -> TemporaryDirectory:
    return TemporaryDirectory()


@cache
def _bare() -> Path:
    tokenizer = models.word_pieces()
    return models.save(Path(_folder().name) / "bert", models.bert(tokenizer), tokenizer)


def splade(**encoder: Any) -> SparseEncoder:
    """A masked language model under SpladePooling."""
    body = loaded(_bare())
    return _model(body, SpladePooling("max", embedding_dimension=len(body.tokenizer)), **encoder)


def router(**encoder: Any) -> SparseEncoder:
    """Queries by static weights."""
    body = loaded(_bare())
    static = SparseStaticEmbedding(tokenizer=body.tokenizer)
    ways = Router.for_query_document(
        [static], [body, SpladePooling("max", embedding_dimension=len(body.tokenizer))]
    )
    return _model(ways, **encoder)


def csr(**encoder: Any) -> SparseEncoder:
    """An autoencoder over a dense model."""
    with quiet():
        body = Transformer(str(_bare()), transformer_task="feature-extraction")
    coder = SparseAutoEncoder(models.HIDDEN, 4 * models.HIDDEN, k=12)
    return _model(body, Pooling(models.HIDDEN, "mean"), coder, **encoder)


class _Data:
    """Sixteen queries over forty documents of the sampler; others for another `first`."""

    def __init__(self, first: int) -> None:
        documents = list(models.sampler().corpus)
        self.corpus = {doc.doc_id: doc.text for doc in (documents + documents)[first : first + 40]}
        found = [*self.corpus]
        self.queries, self.relevant = {}, {}
        for at in range(16):
            words = self.corpus[found[at]].split()[first % 5 :][:4]
            self.queries[f"q{at}"] = " ".join(words)
            self.relevant[f"q{at}"] = {found[at + at % 3]}


def evaluator(name: str = "", first: int = 0, **given: Any) -> SparseInformationRetrievalEvaluator:
    """An evaluator over sixteen queries."""
    data = _Data(first)
    return SparseInformationRetrievalEvaluator(
        data.queries, data.corpus, data.relevant, name=name, **given
    )


class _Nano(SparseNanoBEIREvaluator):
    """NanoBEIR's evaluator over the sampler, for its data sets are on the hub."""

    def _load_dataset_subset_split(
        self, subset: str, split: str, required_columns: list[str]
    ) -> list[dict[str, str]]:
        data = _Data(len(split) + self.first)
        rows = {
            "corpus": [(key, text) for key, text in data.corpus.items()],
            "queries": [(key, text) for key, text in data.queries.items()],
            "qrels": [(key, one) for key, found in data.relevant.items() for one in found],
        }
        return [dict(zip(required_columns, row, strict=True)) for row in rows[subset]]


_Nano.__name__ = _Nano.__qualname__ = SparseNanoBEIREvaluator.__name__
_Nano.__module__ = SparseNanoBEIREvaluator.__module__


def nano(*names: str, first: int = 0, **given: Any) -> SparseNanoBEIREvaluator:
    """NanoBEIR's evaluator; another `first` stands for a model before its training."""
    _Nano.first = first
    return _Nano([*names], **given)


def card(encoder: SparseEncoder, evaluators: Sequence[Any]) -> tuple[str, list[dict[str, float]]]:
    """The card after these evaluations, and what each of them gave."""
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    given = [dict(each(encoder)) for each in evaluators]
    return generate_model_card(encoder), given
