"""From a checkpoint to a model that runs on this machine: weights loaded, kernels chosen."""

import logging
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from harness.checkpoint import Checkpoint
from harness.checkpoint.masked_lm import load_model, load_tokenizer
from harness.checkpoint.recipe import Recipe
from harness.encoder import AUTO, Body, EncoderFacts, EncoderOptions, Head, HeadChoice, Precision
from harness.encoder.bert import PackedBert, packable
from harness.encoder.body import PaddedBody, SplitModel, split_model
from harness.encoder.device import described, kind_of, torch_device
from harness.encoder.fingerprint import fingerprint
from harness.encoder.heads import Float32Head, ScreenedMaxHead
from harness.encoder.loaded import LoadedEncoder
from harness.encoder.precision import compute_in
from harness.encoder.screen import ScreenedHead, available
from harness.encoder.tensor_cores import LARGEST_WIDTH, TOKENS, TensorCoreHead
from harness.encoder.tokens import FastTokenizer, Tokenize
from harness.errors import InputError
from harness.system.cores import usable_cores

_ORDINARY = (
    "what is the best time of year to plant garlic in a cold climate",
    "Garlic is usually planted in autumn, a few weeks before the ground freezes, so that its roots "
    "can grow before winter; the bulbs are then ready by the middle of the next summer.",
    "The court held that the tenant, who had paid rent for 3 years, could not be asked to leave "
    "without a written notice of at least 60 days.",
    "Water boils at a lower temperature in the mountains because the pressure of the air is lower.",
)
"""Any ordinary prose: the mean of its hidden vectors is the point that others scatter around. It
decides how many candidates a screen lets through and nothing else."""

_PROBE = "A probe: seven words, and a number 42."

logger = logging.getLogger(__name__)


def build_encoder(checkpoint: Checkpoint, options: EncoderOptions = AUTO) -> LoadedEncoder:
    """Load the weights and choose how this machine runs them.

    Args:
        checkpoint: what to run.
        options: what is asked of this machine.

    Raises:
        InputError: the device does not exist or cannot do what is asked of it, or the model is
            none that can be evaluated.
    """
    precision = options.precision
    where = torch_device(options.device)
    if precision == "tf32" and where.type != "cuda":
        raise InputError(
            f"There is no TF32 on the device '{where.type}': leave --precision at float32."
        )
    compute_in("float32")  # what is compared below is compared in full, also for TF32
    model = load_model(checkpoint.folder)
    tokenize, max_length = _tokenizer(checkpoint, model)
    probe = torch.from_numpy(tokenize([_PROBE]).ids)[None]
    whole = split_model(model, probe)
    body = _body(whole.model.to(where), probe.to(where))
    chosen = _head(
        SplitModel(whole.model, whole.weight.to(where), whole.bias.to(where)),
        body,
        tokenize,
        checkpoint.recipe,
        options.head,
        precision,
    )
    facts: dict[str, Any] = {
        "head": chosen.name,
        "body": body.name,
        "precision": precision,
        "device": described(where),
        # The company that a text has in its batch may move the last bit of a weight.
        "batch_tokens": options.batch_tokens or (2_048 if where.type == "cpu" else 65_536),
    }
    return LoadedEncoder(
        facts=EncoderFacts(
            fingerprint=fingerprint(checkpoint, facts | {"device": kind_of(where)}),
            vocab_size=len(whole.weight),
            max_length=max_length,
            **facts,
        ),
        recipe=checkpoint.recipe,
        tokenize=tokenize,
        body=body,
        head=chosen,
        device=where,
        threads=1 if where.type != "cpu" else options.threads or usable_cores(),
    )


def _tokenizer(checkpoint: Checkpoint, model: torch.nn.Module) -> tuple[FastTokenizer, int]:
    """The checkpoint's tokenizer, proven to be one of its model, and the tokens it keeps."""
    backend, max_length = load_tokenizer(checkpoint.folder, checkpoint.recipe)
    unknown_id = getattr(backend.model, "unk_token", None)
    unknown_id = backend.token_to_id(unknown_id) if unknown_id else None
    tokenize = FastTokenizer(backend, max_length, unknown_id)
    vocabulary = backend.get_vocab_size(with_added_tokens=True)
    embeddings = model.get_input_embeddings().num_embeddings  # type: ignore[operator]
    probe = tokenize([_PROBE]).ids
    if not len(probe):
        raise InputError(
            f"{checkpoint.folder}: the tokenizer makes no token of an English sentence: it is "
            "damaged, fetch or save it again."
        )
    # The numbers may have gaps, and a template may put one into a text that no word has.
    largest = max((int(probe.max()), *backend.get_vocab(with_added_tokens=True).values()))
    if vocabulary > embeddings or largest >= embeddings:
        raise InputError(
            f"{checkpoint.folder}: the tokenizer has {vocabulary} entries, numbered up to "
            f"{largest}, and the model {embeddings}: they do not belong together."
        )
    return tokenize, max_length


def _body(model: torch.nn.Module, probe: torch.Tensor) -> Body:
    """The packed body where it is proven to give the same as transformers', else transformers'."""
    # RoBERTa counts its positions from the ids that are not padding, so it must be the model's own.
    pad_id = getattr(model.config, "pad_token_id", None)
    plain = PaddedBody(model, pad_id or 0)
    if not packable(model):
        return plain
    # Texts of unlike lengths, so that the padding of the attention is tried as well.
    texts = probe[0], probe[0, :5], probe[0, :3]
    ids, lengths = torch.cat(texts), np.array([len(text) for text in texts])
    fast = PackedBert(model)
    with torch.inference_mode():
        same = torch.allclose(fast(ids, lengths), plain(ids, lengths), rtol=1e-4, atol=1e-4)
    if not same:
        logger.warning("The packed body differs from transformers' here; the slower one is used.")
        return plain
    return fast


def _head(
    split_model: SplitModel,
    body: Body,
    tokenize: Tokenize,
    recipe: Recipe,
    choice: HeadChoice,
    precision: Precision,
) -> Head:
    """The screened head where there is one: max pooling, float32, a fast product to screen by."""
    weight, bias = split_model.weight, split_model.bias
    plain = Float32Head(weight, bias, recipe.pooling, recipe.activation)
    on_cpu = weight.device.type == "cpu"
    if choice == "float32":
        return plain
    if recipe.pooling != "max" or precision != "float32" or not _screens(weight):
        if choice == "screened":
            raise InputError(
                "There is no screened head here: it needs max pooling, --precision float32, and an "
                "NVIDIA GPU or a processor with AVX-512 VNNI; take --head auto."
            )
        return plain
    tokens = tokenize(_ORDINARY)
    ids = torch.from_numpy(tokens.ids).to(weight.device)
    with torch.inference_mode():
        hidden = body(ids, tokens.lengths)
        if on_cpu:
            screened = ScreenedHead(weight.numpy(), bias.numpy(), hidden.mean(0).numpy())
            return ScreenedMaxHead(screened, len(weight), recipe.activation)
        fast = TensorCoreHead(weight, bias, recipe.activation)
        if agree(fast, plain, hidden, tokens.lengths):
            return fast
    sentence = "On this GPU the screened head does not give what float32 gives"
    if choice == "screened":
        raise InputError(f"{sentence}; take --head float32.")
    logger.warning("%s; float32 is used.", sentence)
    return plain


def _screens(weight: torch.Tensor) -> bool:
    """Whether this device has a fast product of low precision that is known well enough."""
    if weight.device.type == "cpu":
        return available() is not None
    # Of AMD's GPUs, which torch calls cuda too, some take denormals in float16 for zero.
    nvidia = weight.device.type == "cuda" and torch.version.hip is None
    return nvidia and weight.shape[1] <= LARGEST_WIDTH


def agree(
    screened: Head, plain: Head, hidden: torch.Tensor, lengths: npt.NDArray[np.int64]
) -> bool:
    """Whether two heads give the same on this device, for a batch as large as they come.

    A weight may differ by 1e-4 of its size (and of 1): two orders of a float32 sum of 768 terms do
    by 1e-5, also about entries that only one of them calls active.
    """
    times = max(1, TOKENS // len(hidden))
    offsets = np.concatenate(([0], np.cumsum(np.tile(lengths, times))))
    many = hidden.repeat(times, 1)
    one, other = (head(many, offsets).vectors for head in (screened, plain))
    places = [
        np.repeat(np.arange(len(v)), v.active_dims) * v.vocab_size + v.indices for v in (one, other)
    ]
    every = np.union1d(*places)
    found = np.zeros((2, len(every)), np.float32)
    for row, place, vectors in zip(found, places, (one, other), strict=True):
        row[np.searchsorted(every, place)] = vectors.values
    return np.allclose(found[0], found[1], rtol=1e-4, atol=1e-4)
