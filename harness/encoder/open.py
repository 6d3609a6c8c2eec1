"""From a checkpoint to an encoder that runs on this machine."""

import hashlib
import json
import logging
import os
from dataclasses import asdict
from typing import Literal

import numpy as np
import torch

from harness.checkpoint import Checkpoint
from harness.checkpoint.masked_lm import load_model, load_tokenizer
from harness.encoder import Body, Encoder, Head
from harness.encoder.bert import PackedBert, packable
from harness.encoder.body import PaddedBody, split
from harness.encoder.heads import Float32Head
from harness.encoder.tokens import FastTokenizer
from harness.errors import InputError

HeadChoice = Literal["auto", "screened", "float32"]

logger = logging.getLogger(__name__)


def open_encoder(
    checkpoint: Checkpoint,
    *,
    device: str = "auto",
    head: HeadChoice = "auto",
    threads: int | None = None,
    batch_tokens: int | None = None,
) -> Encoder:
    """Load the weights and choose how this machine runs them.

    Args:
        checkpoint: what to run.
        device: `cpu`, `cuda`, `cuda:1`, or `auto` (a GPU where there is one).
        head: `screened` (low precision screens, float32 decides), `float32`, or the better one.
        threads: batches at a time on a CPU; None: as many as cores are open to this process.
        batch_tokens: tokens in a batch; None: what suits the device.

    Raises:
        InputError: the device does not exist, or the model is none that can be evaluated.
    """
    where = _device(device)
    # TF32 keeps 10 bits of the 23: it would move scores in the fourth digit.
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    model = load_model(checkpoint.folder)
    backend, max_length = load_tokenizer(checkpoint.folder, checkpoint.recipe)
    unknown_id = getattr(backend.model, "unk_token", None)
    unknown_id = backend.token_to_id(unknown_id) if unknown_id else None
    tokenize = FastTokenizer(backend, max_length, unknown_id)
    vocabulary = backend.get_vocab_size(with_added_tokens=True)
    probe = torch.from_numpy(tokenize(["A probe: seven words, and a number 42."]).ids)[None]
    embeddings = model.get_input_embeddings().num_embeddings  # type: ignore[operator]
    if int(probe.max()) >= embeddings or vocabulary > embeddings:
        raise InputError(
            f"{checkpoint.folder}: the tokenizer has {vocabulary} entries and the model "
            f"{embeddings}: they do not belong together."
        )
    whole = split(model, probe)
    body = _body(whole.model.to(where), probe.to(where))
    chosen = _head(whole.weight.to(where), whole.bias.to(where), checkpoint, head)
    return Encoder(
        fingerprint=_fingerprint(checkpoint, chosen.name, where.type),
        vocab_size=len(whole.weight),
        max_length=max_length,
        recipe=checkpoint.recipe,
        tokenize=tokenize,
        body=body,
        head=chosen,
        device=where,
        threads=1 if where.type != "cpu" else threads or len(os.sched_getaffinity(0)),
        batch_tokens=batch_tokens or (8_192 if where.type == "cpu" else 65_536),
    )


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(
            f"The device '{name}' can not be used here: take cpu, cuda or auto."
        ) from error
    return device


def _body(model: torch.nn.Module, probe: torch.Tensor) -> Body:
    """The packed body where it is proven to give the same as transformers', else transformers'."""
    # RoBERTa counts its positions from the ids that are not padding, so it must be the model's own.
    pad_id = getattr(model.config, "pad_token_id", None)
    plain = PaddedBody(model, pad_id or 0)
    if not packable(model):
        return plain
    # Texts of unlike lengths, so that the padding of the attention is tried as well.
    ids = torch.cat([probe[0], probe[0, :5], probe[0, :3]])
    lengths = np.array([probe.shape[1], 5, 3])
    fast = PackedBert(model)
    with torch.inference_mode():
        same = torch.allclose(fast(ids, lengths), plain(ids, lengths), rtol=1e-4, atol=1e-4)
    if not same:
        logger.warning("The packed body differs from transformers' here; the slower one is used.")
        return plain
    return fast


def _head(
    weight: torch.Tensor, bias: torch.Tensor, checkpoint: Checkpoint, choice: HeadChoice
) -> Head:
    recipe = checkpoint.recipe
    return Float32Head(weight, bias, recipe.pooling, recipe.activation)


def _fingerprint(checkpoint: Checkpoint, head: str, device: str) -> str:
    """All that decides a bit of a vector, and nothing that does not (threads, names, paths)."""
    facts = {
        "encoder": 1,  # raise it when a change here changes a bit
        "weights": checkpoint.weights_sha256,
        "tokenizer": checkpoint.tokenizer_sha256,
        "recipe": asdict(checkpoint.recipe),
        "head": head,
        "device": device,
        "precision": "float32",
        "torch": torch.__version__,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
