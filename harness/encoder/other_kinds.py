"""Kinds of models that are no masked language model: static weights, and sparse autoencoders."""

import logging
from typing import Any

import numpy as np
import torch

from harness.checkpoint import Checkpoint
from harness.checkpoint.autoencoder import read_autoencoder
from harness.checkpoint.masked_lm import load_model, load_tokenizer, pads_left
from harness.checkpoint.static_weights import read_static
from harness.encoder import EncoderOptions, Products
from harness.encoder.alone import check_alone
from harness.encoder.autoencoder import AutoencoderHead
from harness.encoder.body import PaddedBody, WithoutHead
from harness.encoder.loaded import LoadedEncoder
from harness.encoder.opening import PROBE, batch_budget, embeddings_of, facts_of, tokenizer_of
from harness.encoder.precision import compute_in
from harness.encoder.products import multiply_by, products_for
from harness.encoder.static import StaticEncoder
from harness.encoder.steps import Steps
from harness.encoder.tokens import FastTokenizer, unknown_id
from harness.errors import InputError
from harness.system.cores import usable_cores

logger = logging.getLogger(__name__)


def build_static(
    checkpoint: Checkpoint, options: EncoderOptions, where: torch.device
) -> StaticEncoder:
    """Static weights, ready to use; they are looked up on the processor, whatever the device.

    Raises:
        InputError: weights or tokenizer are damaged, or do not belong together.
    """
    del where
    backend, max_length = load_tokenizer(checkpoint.folder, checkpoint.recipe)
    weights = read_static(checkpoint.folder, backend, pickled=checkpoint.pickled)
    tokenize = FastTokenizer(backend, max_length, unknown_id(backend), special_tokens=False)
    facts = {
        "head": "static",
        "body": "none",
        "products": "none",
        "precision": "float32",
        "batch_tokens": 0,
    }
    return StaticEncoder(
        facts=facts_of(checkpoint, facts, torch.device("cpu"), len(weights), max_length),
        recipe=checkpoint.recipe,
        tokenize=tokenize,
        weights=weights,
        steps=Steps(checkpoint.recipe),
        threads=options.threads or usable_cores(),
    )


def build_autoencoder(
    checkpoint: Checkpoint, options: EncoderOptions, where: torch.device
) -> LoadedEncoder:
    """A sparse autoencoder behind a transformer, ready to run.

    Raises:
        InputError: the weights are damaged or not one model's, or a screened head is asked for.
    """
    if options.head == "screened":
        raise InputError("An autoencoder has no screened head; take --head auto.")
    compute_in("float32")
    model = WithoutHead(load_model(checkpoint.folder, masked_lm=False, pickled=checkpoint.pickled))
    tokenize, max_length = tokenizer_of(checkpoint, embeddings_of(model.model))
    probe = torch.from_numpy(tokenize([PROBE]).ids)[None]
    pad_id = getattr(model.config, "pad_token_id", None) or 0
    check_alone(checkpoint.folder, model, probe, pad_id, left=pads_left(checkpoint.folder))
    weights = read_autoencoder(
        checkpoint.autoencoder or checkpoint.folder, pickled=checkpoint.pickled
    )
    recipe = checkpoint.recipe
    head = AutoencoderHead(
        weights,
        recipe.pooling,
        recipe.max_active_dims or len(weights.weight),
        normalized=recipe.normalized,
        device=where,
    )
    body = PaddedBody(model.to(where), pad_id)
    products = _proven(model, body, probe[0].to(where), products_for(options.products, where))
    facts: dict[str, Any] = {
        "head": head.name,
        "body": body.name,
        "products": products,
        "precision": options.precision,
        "batch_tokens": batch_budget(options, where),
    }
    return LoadedEncoder(
        facts=facts_of(checkpoint, facts, where, len(weights.weight), max_length),
        recipe=recipe,
        tokenize=tokenize,
        body=body,
        head=head,
        steps=Steps(recipe),
        device=where,
        threads=1 if where.type != "cpu" else options.threads or usable_cores(),
    )


def _proven(
    model: torch.nn.Module, body: PaddedBody, probe: torch.Tensor, wanted: Products
) -> Products:
    """The products that give what torch's give; the model multiplies by them from then on."""
    ids, lengths = torch.cat((probe, probe[:5])), np.array([len(probe), len(probe[:5])])
    with torch.inference_mode():
        expected = body(ids, lengths)
        multiply_by(model, wanted)
        if torch.allclose(body(ids, lengths), expected, rtol=1e-4, atol=1e-4):
            return wanted
    multiply_by(model, "torch")
    logger.warning("The products of %s differ from torch's; torch's are used.", wanted)
    return "torch"
