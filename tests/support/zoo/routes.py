"""Routers of several language models, and what else may stand in one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from sentence_transformers.base.modules import Normalize
from sentence_transformers.sparse_encoder.modules import Router, SpladePooling

from tests.support import models
from tests.support.zoo import Row
from tests.support.zoo.made import Make, bare, changed, loaded, saved, static, transformer


def routed(
    ways: Callable[[Path], dict[str, list[Any]]],
    *after: Any,
    mappings: dict[tuple[str | None, str | None], str] | None = None,
    then: Callable[[Path], None] | None = None,
    **encoder: Any,
) -> Make:
    """A Router of these ways, and modules after it."""

    def make(folder: Path) -> Path:
        router = Router(sub_modules=ways(folder), route_mappings=mappings)
        made = saved(folder / "saved", router, *(one() for one in after), **encoder)
        if then is not None:
            then(made)
        return made

    return make


def _two(folder: Path) -> list[Any]:
    """Two models of one vocabulary; the first keeps 12 tokens and has a tokenizer of its own."""
    place = bare(folder / "short", "DistilBert", seed=3)
    tokenizer = models.word_pieces(length=32)
    tokenizer.backend_tokenizer.normalizer.lowercase = False
    tokenizer.save_pretrained(place)
    return [loaded(place, max_seq_length=12), transformer(folder)]


def two_models(folder: Path) -> dict[str, list[Any]]:
    queries, documents = _two(folder)
    return {
        "query": [queries, SpladePooling()],
        "document": [documents, SpladePooling("sum", activation_function="log1p_relu")],
    }


def one_in_half(folder: Path) -> dict[str, list[Any]]:
    """The model of the queries is stored in fewer bits than that of the documents."""
    ways = two_models(folder)
    ways["query"][0].model.to(torch.bfloat16)
    return ways


def pooled_after(folder: Path) -> dict[str, list[Any]]:
    queries, documents = _two(folder)
    return {"query": [queries], "document": [documents]}


def lexical(folder: Path) -> dict[str, list[Any]]:
    queries, documents = _two(folder)
    return {
        "query": [queries, SpladePooling(), static(queries.tokenizer, share_of_zeros=0.2)],
        "document": [documents, SpladePooling()],
    }


def shared(folder: Path) -> dict[str, list[Any]]:
    both = [transformer(folder), SpladePooling()]
    return {"query": both, "document": both}


def shared_lexical(folder: Path) -> dict[str, list[Any]]:
    """splade-v3-lexical: one model, and for queries the terms that they have."""
    body, pooling = transformer(folder), SpladePooling()
    return {
        "query": [body, pooling, static(body.tokenizer)],
        "document": [body, pooling],
    }


def named(folder: Path) -> dict[str, list[Any]]:
    body = transformer(folder)
    return {"terms": [static(body.tokenizer)], "model": [body, SpladePooling()]}


def one_for_text(folder: Path) -> dict[str, list[Any]]:
    return {"text": [transformer(folder), SpladePooling()]}


def nested(folder: Path) -> dict[str, list[Any]]:
    body = transformer(folder)
    inner = Router({"query": [static(body.tokenizer)], "document": [body, SpladePooling()]})
    return {"text": [inner]}


def normalized_queries(folder: Path) -> dict[str, list[Any]]:
    body = transformer(folder)
    return {
        "query": [static(body.tokenizer), Normalize()],
        "document": [body, SpladePooling()],
    }


def only_static(folder: Path) -> Path:
    """No model at all: weights for queries and for documents."""
    return saved(folder / "saved", static(models.word_pieces()))


_BY_ROLE = "query_0_Transformer/sentence_bert_config.json"
_MAPPED = {("query", "text"): "terms", (None, None): "model"}

ROWS = [
    Row("two models", "two", routed(two_models)),
    Row("two models, prompts", "two", routed(two_models, prompts={"query": "which of "})),
    Row("two models, 10 dims", "two", routed(two_models, max_active_dims=10)),
    Row(
        "two models, query_length",
        "two",
        routed(two_models, then=changed(_BY_ROLE, query_length=7, document_length=3)),
    ),
    Row(
        "two models, one in bfloat16",
        "stored",
        routed(one_in_half),
        theirs_with={"model_kwargs": {"dtype": "float32"}},
        alarm="bfloat16",
    ),
    Row("two models, cosine", "cosine", routed(two_models, similarity_fn_name="cosine")),
    Row("model, pooling, static weights", "lexical", routed(lexical)),
    Row("one model, pooling, static weights", "lexical", routed(shared_lexical)),
    Row(
        "one model, pooling, static weights, 8 dims",
        "lexical",
        routed(shared_lexical, max_active_dims=8),
    ),
    Row("one model for both roles", "routed", routed(shared)),
    Row("mapped by role and modality", "routed", routed(named, mappings=_MAPPED)),
    Row(
        "mapped by role",
        "routed",
        routed(named, mappings={("query", None): "terms", ("document", None): "model"}),
    ),
    Row(
        "mapped by modality",
        "routed",
        routed(named, mappings={("query", None): "terms", (None, "text"): "model"}),
    ),
    Row(
        "mappings before names", "routed", routed(two_models, mappings={(None, "text"): "document"})
    ),
    Row("a route for text", "routed", routed(one_for_text)),
    Row("a Router in a Router", "routed", routed(nested)),
    Row("pooling after the Router", "routed", routed(pooled_after, SpladePooling)),
    Row(
        "pooling and Normalize after the Router",
        "normalize",
        routed(pooled_after, SpladePooling, Normalize),
    ),
    Row("normalized queries", "normalize", routed(normalized_queries)),
    Row("static weights alone", "static", only_static),
]
