"""Whether a text's vectors are its own: alone and among others, padded on its tokenizer's side.

ConvBERT's convolutions, FNet's Fourier transform and learned positions counted from the left of a
padded batch let a text's neighbours into its vectors. No number of such a model is one number.
"""

from pathlib import Path
from typing import Final

import torch

from harness.checkpoint.foreign_code import refused
from harness.errors import UnsupportedModelError

_SHARE: Final = 1e-3
"""Of the largest magnitude. Float32 leaves some 1e-6 of it open; bodies that depend on their batch
differ by a tenth of it and more."""

_SHORT: Final = 5


def check_alone(
    folder: Path, model: torch.nn.Module, probe: torch.Tensor, pad_id: int, *, left: bool
) -> None:
    """Run two texts alone and as one padded batch.

    Args:
        folder: for the sentence.
        model: a split model (`body.split_model`).
        probe: int64 [1, tokens], more than a handful.
        pad_id: what a batch is filled up with.
        left: whether the tokenizer fills up on the left.

    Raises:
        InputError: a text's vectors depend on its batch, or the model cannot be run on one.
    """
    long, short = probe[0], probe[0, : min(_SHORT, probe.shape[1] - 1)]
    room = len(long) - len(short)
    sides = {"right": slice(0, len(short)), **({"left": slice(room, None)} if left else {})}
    with torch.inference_mode(), refused(f"{folder}: the model cannot be run on a padded batch"):
        own = model(input_ids=short[None]).logits[0]
        padded = {side: _padded(model, long, short, pad_id, place) for side, place in sides.items()}
    limit = _SHARE * float(own.abs().max())
    for side, among in padded.items():
        if not bool(torch.isfinite(among).all()) or float((among - own).abs().max()) > limit:
            why = (
                "it learned its positions, and its tokenizer fills batches up on the left"
                if side == "left"
                else "its layers see what a batch is filled up with"
            )
            raise UnsupportedModelError(
                f"{folder}: a text has other vectors alone than among longer ones ({why}), so that "
                "its numbers depend on the batch size: such models are not evaluated here."
            )


def _padded(
    model: torch.nn.Module, long: torch.Tensor, short: torch.Tensor, pad_id: int, place: slice
) -> torch.Tensor:
    """The short text's vectors in a batch with the long one."""
    ids = long.new_full((2, len(long)), pad_id)
    real = torch.zeros_like(ids)
    ids[0], real[0] = long, 1
    ids[1, place], real[1, place] = short, 1
    hidden: torch.Tensor = model(input_ids=ids, attention_mask=real).logits[1, place]
    return hidden
