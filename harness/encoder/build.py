"""From a checkpoint to a model that runs on this machine: weights loaded, kernels chosen."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch

from harness.checkpoint import Checkpoint
from harness.checkpoint.masked_lm import load_model, pads_left
from harness.checkpoint.recipe import Kind
from harness.checkpoint.static_weights import read_static
from harness.encoder import (
    AUTO,
    Body,
    EncoderOptions,
    Model,
    Products,
)
from harness.encoder.alone import check_alone
from harness.encoder.best_head import best_head
from harness.encoder.body import PaddedBody, SplitModel, split_model
from harness.encoder.device import torch_device
from harness.encoder.loaded import LoadedEncoder
from harness.encoder.opening import PROBE, batch_budget, embeddings_of, facts_of, tokenizer_of
from harness.encoder.other_kinds import build_autoencoder, build_static
from harness.encoder.packed.readers import FARTHEST
from harness.encoder.packed.registry import packed_body
from harness.encoder.precision import compute_in
from harness.encoder.products import multiply_by, products_for
from harness.encoder.static import StaticEncoder
from harness.encoder.steps import Steps
from harness.encoder.tokens import FastTokenizer
from harness.errors import InputError
from harness.system.cores import usable_cores

logger = logging.getLogger(__name__)


def build_encoder(checkpoint: Checkpoint, options: EncoderOptions = AUTO) -> Model:
    """Load the weights and choose how this machine runs them.

    Args:
        checkpoint: what to run, without its `queries`.
        options: what is asked of this machine.

    Raises:
        InputError: the device does not exist or cannot do what is asked of it, or the model is
            none that can be evaluated.
    """
    where = torch_device(options.device)
    if options.precision == "tf32" and where.type != "cuda":
        raise InputError(
            f"There is no TF32 on the device '{where.type}': leave --precision at float32."
        )
    return KINDS[checkpoint.recipe.kind](checkpoint, options, where)


def _build_masked_lm(
    checkpoint: Checkpoint, options: EncoderOptions, where: torch.device
) -> LoadedEncoder:
    compute_in("float32")  # what is compared below is compared in full, also for TF32
    model = load_model(checkpoint.folder, pickled=checkpoint.pickled)
    tokenize, max_length = tokenizer_of(checkpoint, embeddings_of(model))
    probe = torch.from_numpy(tokenize([PROBE]).ids)[None]
    whole = split_model(model, probe)
    pad_id = getattr(whole.model.config, "pad_token_id", None) or 0
    left = pads_left(checkpoint.folder)
    check_alone(checkpoint.folder, whole.model, probe, pad_id, left=left)
    products = products_for(options.products, where)
    body, products = _body(whole.model.to(where), probe.to(where), products, max_length)
    chosen = best_head(
        SplitModel(whole.model, whole.weight.to(where), whole.bias.to(where)),
        body,
        tokenize,
        checkpoint.recipe,
        options.head,
        options.precision,
    )
    facts: dict[str, Any] = {
        "head": chosen.name,
        "body": body.name,
        "products": products,
        "precision": options.precision,
        "batch_tokens": batch_budget(options, where),
    }
    return LoadedEncoder(
        facts=facts_of(checkpoint, facts, where, len(whole.weight), max_length),
        recipe=checkpoint.recipe,
        tokenize=tokenize,
        body=body,
        head=chosen,
        steps=_steps(checkpoint, tokenize, len(whole.weight)),
        device=where,
        threads=1 if where.type != "cpu" else options.threads or usable_cores(),
    )


KINDS: Final[
    dict[Kind, Callable[[Checkpoint, EncoderOptions, torch.device], LoadedEncoder | StaticEncoder]]
] = {"masked-lm": _build_masked_lm, "static": build_static, "autoencoder": build_autoencoder}
"""What loads each kind of model."""


def same_model(one: Checkpoint, other: Checkpoint) -> bool:
    """Whether two ways need the same weights in memory: they differ in lengths or prompts only."""
    return one.recipe.kind == other.recipe.kind == "masked-lm" and (
        (one.folder, one.weights_sha256, one.recipe.pooling, one.recipe.activation)
        == (other.folder, other.weights_sha256, other.recipe.pooling, other.recipe.activation)
    )


def with_recipe(model: LoadedEncoder, checkpoint: Checkpoint) -> LoadedEncoder:
    """The same model in memory under another recipe.

    Args:
        model: the one.
        checkpoint: of the other (`same_model` says whether that is right).

    Raises:
        InputError: the model has too few positions, or other weights go behind it than there are.
    """
    tokenize, max_length = tokenizer_of(checkpoint, None)
    known = model.facts
    facts = {
        "head": known.head,
        "body": known.body,
        "products": known.products,
        "precision": known.precision,
        "batch_tokens": known.batch_tokens,
    }
    return replace(
        model,
        facts=facts_of(checkpoint, facts, model.device, known.vocab_size, max_length),
        recipe=checkpoint.recipe,
        tokenize=tokenize,
        steps=_steps(checkpoint, tokenize, known.vocab_size),
    )


def _steps(checkpoint: Checkpoint, tokenize: FastTokenizer, vocab_size: int) -> Steps:
    """What comes behind the head; static weights must be as many as it has entries."""
    if checkpoint.weighting is None:
        return Steps(checkpoint.recipe)
    weights = read_static(checkpoint.weighting, tokenize.backend, pickled=checkpoint.pickled)
    if len(weights) != vocab_size:
        raise InputError(
            f"{checkpoint.weighting}: there are {len(weights)} static weights, and the vectors "
            f"before them have {vocab_size} dimensions."
        )
    return Steps(checkpoint.recipe, weights)


def _body(
    model: torch.nn.Module, probe: torch.Tensor, products: Products, max_length: int
) -> tuple[Body, Products]:
    """The packed body where it is proven to give the same as transformers', else transformers'.

    Likewise the products: torch's where the others give something else. Told is what is used.
    """
    # RoBERTa counts its positions from the ids that are not padding, so it must be the model's own.
    pad_id = getattr(model.config, "pad_token_id", None)
    plain = PaddedBody(model, pad_id or 0)
    ids, lengths = _proof(model.config, probe[0], pad_id, max_length)
    with torch.inference_mode():
        expected = plain(ids, lengths)

    def same(body: Body) -> bool:
        with torch.inference_mode():
            return torch.allclose(body(ids, lengths), expected, rtol=1e-4, atol=1e-4)

    wanted: list[Products] = [products] if products == "torch" else [products, "torch"]
    for one in wanted:
        fast = packed_body(model, one)
        if fast is None:
            break
        if same(fast):
            _say_if_other(one, products)
            return fast, one
    else:
        logger.warning("The packed body differs from transformers' here; the slower one is used.")
    for one in wanted:
        multiply_by(model, one)
        if same(plain):
            _say_if_other(one, products)
            return plain, one
    return plain, "torch"


def _say_if_other(used: Products, wanted: Products) -> None:
    if used != wanted:
        logger.warning("The products of %s differ from torch's; torch's are used.", wanted)


def _proof(
    config: Any,  # noqa: ANN401 - transformers' configs have no common type
    probe: torch.Tensor,
    pad_id: int | None,
    max_length: int,
) -> tuple[torch.Tensor, npt.NDArray[np.int64]]:
    """Texts of unlike lengths, so that the padding of the attention is tried as well.

    One is longer than what the layers see that do not see the whole text, or than the distances
    that they tell apart; one holds the padding token, one is a single token.
    """
    told_apart = FARTHEST if hasattr(config, "relative_attention_num_buckets") else 0
    reach = min(max_length, max(told_apart, int(getattr(config, "local_attention", 0))) + _BEYOND)
    long = probe.repeat(-(-reach // len(probe)))[: max(reach, len(probe))]
    padding = probe.new_tensor([pad_id] if pad_id is not None and pad_id >= 0 else [])
    odd = torch.cat((probe[:2], padding, probe[2:4]))[: len(probe)]
    texts = long, odd, probe[:3], probe[:1]
    return torch.cat(texts), np.array([len(text) for text in texts])


_BEYOND: Final = 8
"""Tokens by which the longest text of that proof is longer than a window."""
