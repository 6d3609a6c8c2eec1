"""Checkpoints made by sentence-transformers' own modules, and what is changed in their files."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SparseEncoder
from sentence_transformers.sparse_encoder.modules import (
    SparseStaticEmbedding,
    SpladePooling,
    Transformer,
)

from tests.support import models
from tests.support.zoo.bodies import masked_lm

Make = Callable[[Path], Path]


@contextmanager
def quiet() -> Iterator[None]:
    """What sentence-transformers and transformers say of a model made here is of no use."""
    loggers = [logging.getLogger(name) for name in ("sentence_transformers", "transformers")]
    before = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.ERROR)
    yield
    for one, level in zip(loggers, before, strict=True):
        one.setLevel(level)


def bare(folder: Path, architecture: str = "Bert", **config: Any) -> Path:
    """A masked language model as transformers saves it."""
    model, tokenizer = masked_lm(architecture, **config)
    return models.save(folder, model, tokenizer)


def transformer(folder: Path, architecture: str = "Bert", **config: Any) -> Transformer:
    """sentence-transformers' module over such a model."""
    name = f"{architecture}-{len(list(folder.iterdir()))}"
    return loaded(bare(folder / name, architecture, **config))


def loaded(place: Path, **settings: Any) -> Transformer:
    """sentence-transformers' module over the model in a folder."""
    with quiet():
        return Transformer(str(place), transformer_task="fill-mask", **settings)


def saved(place: Path, *modules: torch.nn.Module, **encoder: Any) -> Path:
    """A sparse encoder of these modules, as sentence-transformers saves it."""
    with quiet():
        made = SparseEncoder(modules=list(modules), device="cpu", **encoder)
        made.save_pretrained(str(place), create_model_card=False)
    return place


def splade(
    architecture: str = "Bert",
    *,
    pooling: tuple[str, str] = ("max", "relu"),
    old: bool = False,
    config: dict[str, Any] | None = None,
    settings: dict[str, Any] | None = None,
    then: Callable[[Path], None] | None = None,
    **encoder: Any,
) -> Make:
    """A model under SpladePooling.

    Args:
        architecture: of the model.
        pooling: strategy and activation.
        old: the layout that sentence-transformers 5.1 wrote.
        config: what its configuration says beside the sizes.
        settings: of sentence-transformers' Transformer.
        then: changes the saved files.
        encoder: settings of sentence-transformers' SparseEncoder.
    """

    def make(folder: Path) -> Path:
        place = bare(folder / "bare", architecture, **(config or {}))
        body = loaded(place, **(settings or {}))
        made = saved(
            folder / "saved",
            body,
            SpladePooling(pooling[0], activation_function=pooling[1]),
            **encoder,
        )
        if old:
            as_version_5(made, settings)
        if then is not None:
            then(made)
        return made

    return make


def as_version_5(made: Path, settings: dict[str, Any] | None) -> None:
    """The same model in the files of sentence-transformers 5.1, which had other names for both."""
    given = settings or {}
    modules = [
        {
            "idx": 0,
            "name": "0",
            "path": "",
            "type": "sentence_transformers.sparse_encoder.models.MLMTransformer",
        },
        {
            "idx": 1,
            "name": "1",
            "path": "1_SpladePooling",
            "type": "sentence_transformers.sparse_encoder.models.SpladePooling",
        },
    ]
    write(made / "modules.json", modules)
    write(
        made / "sentence_bert_config.json",
        {
            "max_seq_length": given.get("max_seq_length", models.POSITIONS),
            "do_lower_case": given.get("do_lower_case", False),
        },
    )
    change(made / "config_sentence_transformers.json", __version__={"pytorch": "2.7.1"})


def static(tokenizer: Any, seed: int = 7, share_of_zeros: float = 0.0) -> SparseStaticEmbedding:
    """Static weights of all entries, between 0 and 6 as those of inverse document frequencies."""
    generator = torch.Generator().manual_seed(seed)
    weight = 6 * torch.rand(len(tokenizer.get_vocab()), generator=generator)
    weight[torch.rand(len(weight), generator=generator) < share_of_zeros] = 0
    return SparseStaticEmbedding(tokenizer=tokenizer, weight=weight, frozen=True)


def write(path: Path, content: Any) -> None:
    """JSON in a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")


def read(path: Path) -> Any:
    """JSON of a file; an empty object where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def change(file: Path, **values: Any) -> None:
    """Set keys of the object in a file; None takes one out."""
    content = {k: v for k, v in (read(file) | values).items() if v is not None}
    write(file, content)


def changed(name: str, **values: Any) -> Callable[[Path], None]:
    """What sets keys of one of a checkpoint's files."""
    return lambda made: change(made / name, **values)
