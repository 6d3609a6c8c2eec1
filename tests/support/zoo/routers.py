"""Routers: queries and documents that go different ways."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from sentence_transformers.base.modules import Normalize
from sentence_transformers.sparse_encoder.modules import (
    Router,
    SparseStaticEmbedding,
    SpladePooling,
)

from tests.support import models
from tests.support.zoo import Row
from tests.support.zoo.made import Make, change, read, saved, static, transformer, write

CONFIG = "router_config.json"
WEIGHTS = "query_0_SparseStaticEmbedding"


def inference_free(
    *,
    weight: Callable[[Any], SparseStaticEmbedding] = static,
    then: Callable[[Path], None] | None = None,
    **encoder: Any,
) -> Make:
    """Queries by static weights, documents by a masked language model."""

    def make(folder: Path) -> Path:
        body = transformer(folder)
        router = Router.for_query_document([weight(body.tokenizer)], [body, SpladePooling()])
        made = saved(folder / "saved", router, **encoder)
        if then is not None:
            then(made)
        return made

    return make


def ones(tokenizer: Any) -> SparseStaticEmbedding:
    """SPLADE-doc: a term of a query counts once."""
    return SparseStaticEmbedding(tokenizer=tokenizer)


def zeros(tokenizer: Any) -> SparseStaticEmbedding:
    """Some terms weigh nothing and are not active."""
    return static(tokenizer, share_of_zeros=0.3)


def negative(tokenizer: Any) -> SparseStaticEmbedding:
    """Some weights below zero, as training may leave them."""
    module = static(tokenizer)
    module.weight.data[::5] *= -1
    return module


def short(tokenizer: Any) -> SparseStaticEmbedding:
    """A tokenizer that keeps few tokens of a query."""
    return static(models.word_pieces(length=6))


def other_size(tokenizer: Any) -> SparseStaticEmbedding:
    """Weights of another vocabulary."""
    return static(models.byte_pairs())


def as_json(path: str) -> Callable[[Path], None]:
    """The weights as JSON that the configuration names by a path."""

    def then(made: Path) -> None:
        place = made / WEIGHTS
        vocabulary = models.word_pieces().get_vocab()
        terms = sorted(vocabulary, key=vocabulary.get)[10:]
        write(place / "idf.json", {term: 0.5 + n % 11 for n, term in enumerate(terms)})
        (place / "model.safetensors").unlink()
        change(place / "config.json", path=path)

    return then


def in_its_own_folder(made: Path) -> None:
    """The transformer in the Router's own folder, under the id "" (opensearch's layout)."""
    name = "document_0_Transformer"
    for path in (made / name).iterdir():
        shutil.move(path, made / path.name)
    (made / name).rmdir()
    text = (made / CONFIG).read_text(encoding="utf-8")
    (made / CONFIG).write_text(text.replace(f'"{name}"', '""'), encoding="utf-8")


def as_asym(made: Path) -> None:
    """The names that versions before 5 gave: Asym, and its table in config.json."""
    (made / CONFIG).rename(made / "config.json")
    modules = read(made / "modules.json")
    modules[0]["type"] = "sentence_transformers.models.Asym"
    write(made / "modules.json", modules)
    parameters = {"allow_empty_key": True}
    change(made / "config.json", parameters=parameters)


def pickled_weights(made: Path) -> None:
    """Static weights in a pickle only."""
    from safetensors.torch import load_file

    place = made / WEIGHTS
    torch.save(load_file(place / "model.safetensors"), place / "pytorch_model.bin")
    (place / "model.safetensors").unlink()


def half_weights(made: Path) -> None:
    """Static weights stored in float16."""
    from safetensors.torch import load_file, save_file

    path = made / WEIGHTS / "model.safetensors"
    save_file({name: one.half() for name, one in load_file(path).items()}, path)


def config(**values: Any) -> Callable[[Path], None]:
    """What changes the Router's table."""

    def then(made: Path) -> None:
        content = read(made / CONFIG)
        for key, value in values.items():
            content[key] = content[key] | value
        (made / CONFIG).write_text(json.dumps(content), encoding="utf-8")

    return then


def removed(role: str) -> Callable[[Path], None]:
    """What takes a route away."""

    def then(made: Path) -> None:
        content = read(made / CONFIG)
        del content["structure"][role]
        content["parameters"]["default_route"] = next(iter(content["structure"]))
        write(made / CONFIG, content)

    return then


def typed(name: str, kind: str) -> Callable[[Path], None]:
    """What gives a module of the Router another class."""
    return config(types={name: kind})


def normalized(folder: Path) -> Path:
    """A module after the Router, for both roles."""
    body = transformer(folder)
    router = Router.for_query_document([static(body.tokenizer)], [body, SpladePooling()])
    return saved(folder / "saved", router, Normalize())


_STATIC = "static"
STATIC = [
    Row("static queries", _STATIC, inference_free()),
    Row("ones (SPLADE-doc)", _STATIC, inference_free(weight=ones)),
    Row("zeros among the weights", _STATIC, inference_free(weight=zeros)),
    Row("few tokens of a query", _STATIC, inference_free(weight=short)),
    Row("weights in JSON", _STATIC, inference_free(then=as_json("idf.json")), inside=WEIGHTS),
    Row(
        "weights in JSON that lies elsewhere",
        _STATIC,
        inference_free(then=as_json(f"{WEIGHTS}/idf.json")),
        refused="no JSON file beside it",
        inside="",
    ),
    Row("the transformer in the Router's folder", _STATIC, inference_free(then=in_its_own_folder)),
    Row("Asym", _STATIC, inference_free(then=as_asym)),
    Row(
        "static queries, prompts",
        _STATIC,
        inference_free(prompts={"query": "garlic: ", "document": "passage: "}),
    ),
    Row("static queries, 6 dims", _STATIC, inference_free(max_active_dims=6)),
    Row("ones, 6 dims", _STATIC, inference_free(weight=ones, max_active_dims=6)),
    Row("static weights in float16", _STATIC, inference_free(then=half_weights), alarm="float16"),
    Row("static queries, normalized", "normalize", normalized),
    Row("static queries, cosine", "cosine", inference_free(similarity_fn_name="cosine")),
    Row("negative weights", _STATIC, inference_free(weight=negative), refused="negative"),
    Row(
        "a pickle of static weights",
        "pickled",
        inference_free(then=pickled_weights),
        refused="--weights pytorch_model.bin",
    ),
    Row(
        "a pickle of static weights that is asked for",
        "pickled",
        inference_free(then=pickled_weights),
        machine={"weights": "pytorch_model.bin"},
    ),
]

LOST = [
    Row(
        "no route for queries",
        "unrouted",
        inference_free(then=removed("query")),
        refused="no route for a query",
        theirs="refuses",
    ),
    Row(
        "no route for documents",
        "unrouted",
        inference_free(then=removed("document")),
        refused="no route for a document",
        theirs="refuses",
    ),
    Row(
        "weights of another vocabulary",
        "unrouted",
        inference_free(weight=other_size),
        refused="dimensions",
        theirs="refuses",
    ),
    Row(
        "a mapping to nowhere",
        "unrouted",
        inference_free(then=config(parameters={"route_mappings": {"('query', 'text')": "x"}})),
        refused="no route 'x'",
        theirs="refuses",
    ),
    Row(
        "a parameter that is not known",
        "unrouted",
        inference_free(then=config(parameters={"temperature": 2})),
        refused="'temperature'",
        theirs="refuses",
    ),
    Row(
        "a foreign class in a Router",
        "foreign",
        inference_free(then=typed(WEIGHTS, "my_package.Weights")),
        refused="'my_package.Weights'",
        theirs="refuses",
    ),
]

ROWS = [*STATIC, *LOST]
