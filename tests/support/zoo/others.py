"""Models that are not a masked language model under SpladePooling, or not quite."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from sentence_transformers.base.modules import Dense, Normalize
from sentence_transformers.sentence_transformer.modules import Pooling
from sentence_transformers.sparse_encoder.modules import (
    SparseAutoEncoder,
    SpladePooling,
    Transformer,
)

from tests.support import models
from tests.support.zoo import Row
from tests.support.zoo.made import (
    Make,
    bare,
    changed,
    quiet,
    saved,
    splade,
    transformer,
    write,
)


def csr(
    *,
    pooling: str = "mean",
    between: bool = False,
    normalize: bool = False,
    then: Callable[[Path], None] | None = None,
    **encoder: Any,
) -> Make:
    """A SparseAutoEncoder over a dense model.

    Args:
        pooling: of the tokens' vectors.
        between: a Normalize between the two.
        normalize: the autoencoder's own setting.
        then: changes the saved files.
        encoder: settings of sentence-transformers' SparseEncoder.
    """

    def make(folder: Path) -> Path:
        place = bare(folder / "bare")
        with quiet():
            body = Transformer(str(place), transformer_task="feature-extraction")
        torch.manual_seed(5)
        head = SparseAutoEncoder(models.HIDDEN, 4 * models.HIDDEN, k=12, normalize=normalize)
        with torch.no_grad():
            head.encoder.weight.normal_(0, 0.3)
            head.pre_bias.normal_(0, 0.1)
            head.latent_bias.normal_(0, 0.1)
        norm = [Normalize()] if between else []
        pool = Pooling(models.HIDDEN, pooling)
        made = saved(folder / "saved", body, pool, *norm, head, **encoder)
        if then is not None:
            then(made)
        return made

    return make


def flagged(made: Path) -> None:
    """The pooling in a flag for each mode, as until version 5.3."""
    modes = ("cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens")
    flags = {f"pooling_mode_{mode}": mode == "cls_token" for mode in modes}
    write(made / _POOL, {"word_embedding_dimension": models.HIDDEN, **flags})


_TRANSFORMER = "sentence_bert_config.json"
_POOL = "1_Pooling/config.json"


CSR = [
    Row("mean", "csr", csr()),
    Row("first token", "csr", csr(pooling="cls")),
    Row("mean, normalized", "csr", csr(between=True)),
    Row("standardised inside", "csr", csr(normalize=True)),
    Row("mean, 5 dims", "csr", csr(max_active_dims=5)),
    Row("mean, cosine", "csr", csr(similarity_fn_name="cosine")),
    Row("mean, prompts", "csr", csr(prompts={"query": "garlic: "})),
    Row("largest, standardised inside", "csr", csr(pooling="max", normalize=True)),
    Row("first token by its flag", "csr", csr(pooling="mean", then=flagged)),
    Row("lengths by role", "csr", csr(then=changed(_TRANSFORMER, query_length=5))),
    Row(
        "mean by position",
        "csr",
        csr(pooling="weightedmean"),
        refused="pooling_mode is 'weightedmean'",
        option=True,
    ),
    Row(
        "mean without the prompt",
        "csr",
        csr(prompts={"query": "garlic: "}, then=changed(_POOL, include_prompt=False)),
        refused="'include_prompt' of a Pooling",
        option=True,
    ),
]


def followed_by(*modules: Any, **encoder: Any) -> Make:
    """Further modules behind SpladePooling."""

    def make(folder: Path) -> Path:
        body = transformer(folder)
        size = body.model.config.vocab_size
        after = (one(size) for one in modules)
        return saved(folder / "saved", body, SpladePooling(), *after, **encoder)

    return make


def _dense_layer(size: int) -> Dense:
    return Dense(size, 64, activation_function=torch.nn.ReLU())


NORMALIZE = [
    Row("Bert, normalized", "normalize", followed_by(lambda _: Normalize())),
    Row(
        "Bert, normalized, 12 dims",
        "normalize",
        followed_by(lambda _: Normalize(), max_active_dims=12),
    ),
    Row(
        "a Dense layer behind",
        "normalize",
        followed_by(_dense_layer),
        refused="Dense",
        option=True,
    ),
]

BY_BATCH = [
    Row(name, "by batch", splade(name), refused="vectors alone than among longer ones", option=True)
    for name in ("ConvBert", "FNet", "Nystromformer")
]


def _larger(made: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(made)
    tokenizer.add_tokens(["xylophonic", "quagmired"])
    tokenizer.save_pretrained(made)


LARGER = [
    Row(
        "two tokens more",
        "larger",
        splade("Bert", then=_larger),
        refused="they do not belong together",
    ),
]

DEBERTA = [
    Row(
        "DebertaV2, legacy=false",
        "deberta",
        splade("DebertaV2", config={"legacy": False}),
        refused="does more after its vocabulary projection",
        option=True,
    ),
]


_BY_NAME = {"encoder": "sentence-transformers"}
LEFT_TO = [
    Row(
        "DebertaV2, legacy=false",
        "left to",
        splade("DebertaV2", config={"legacy": False}),
        machine=_BY_NAME,
    ),
    Row("mean by position", "left to", csr(pooling="weightedmean"), machine=_BY_NAME),
    Row("a Dense layer behind", "left to", followed_by(_dense_layer), machine=_BY_NAME),
]

ROWS = [*CSR, *NORMALIZE, *BY_BATCH, *LARGER, *DEBERTA, *LEFT_TO]
