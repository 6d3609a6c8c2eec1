"""The body for this machine: without padding where that is proven to give the same vectors."""

import logging
from typing import Any

import numpy as np
import torch

from harness.encoder import Body
from harness.encoder.body import PaddedBody
from harness.encoder.packed.architectures import PackedArchitecture, architecture_of

logger = logging.getLogger(__name__)


def best_body(model: torch.nn.Module, probe: torch.Tensor) -> Body:
    """The packed body where it is proven to give the same as transformers', else transformers'.

    Args:
        model: a split model (`body.split_model`).
        probe: int64 [1, tokens] of some text.
    """
    # RoBERTa counts its positions from the ids that are not padding, so it must be the model's own.
    pad_id = getattr(model.config, "pad_token_id", None)
    plain = PaddedBody(model, pad_id or 0)
    row = architecture_of(model)
    if row is None:
        return plain
    try:
        fast = row.read(model)
    except (KeyError, RuntimeError):  # another version of transformers names or shapes them so
        same = False
    else:
        same = _same(fast, plain, _texts(row, model.config, probe[0], pad_id))
    if not same:
        logger.warning("The packed body differs from transformers' here; the slower one is used.")
        return plain
    return fast


def _texts(
    row: PackedArchitecture,
    config: Any,  # noqa: ANN401 - transformers' configs have no common type
    probe: torch.Tensor,
    pad_id: int | None,
) -> list[list[torch.Tensor]]:
    """Batches of unlike lengths, so that the padding of the attention is tried as well.

    A text of one token and one that holds the padding token are among them, and one that is longer
    than any distance that tokens are treated differently by.
    """
    padding = probe.new_tensor([] if pad_id is None or pad_id < 0 else [pad_id])
    odd = torch.cat((probe[:3], padding, probe[3:6]))
    batches = [[probe, odd, probe[:5], probe[:3], probe[:1]]]
    wanted = 2 * row.distance(config) + 9
    # Two positions fewer: some architectures cannot use the first.
    length = min(wanted, int(config.max_position_embeddings) - 2)
    if length > len(probe):
        batches.append([probe.repeat(-(-length // len(probe)))[:length]])
    return batches


def _same(fast: Body, plain: Body, batches: list[list[torch.Tensor]]) -> bool:
    with torch.inference_mode():
        for texts in batches:
            ids, lengths = torch.cat(texts), np.array([len(text) for text in texts])
            if not torch.allclose(fast(ids, lengths), plain(ids, lengths), rtol=1e-4, atol=1e-4):
                return False
    return True
