"""The vocabulary head for this machine: the screened one where it gives what float32 gives."""

import logging

import numpy as np
import numpy.typing as npt
import torch

from harness.checkpoint.recipe import Recipe
from harness.encoder import Body, Head, HeadChoice, Precision
from harness.encoder.body import SplitModel
from harness.encoder.heads import Float32Head, ScreenedMaxHead
from harness.encoder.screen import ScreenedHead, available
from harness.encoder.tensor_cores import LARGEST_WIDTH, TOKENS, TensorCoreHead
from harness.encoder.tokens import Tokenize
from harness.errors import InputError

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

logger = logging.getLogger(__name__)


def best_head(
    split_model: SplitModel,
    body: Body,
    tokenize: Tokenize,
    recipe: Recipe,
    choice: HeadChoice,
    precision: Precision,
) -> Head:
    """The screened head where there is one: max pooling, float32, a fast product to screen by.

    Raises:
        InputError: the screened head is asked for and there is none here.
    """
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
