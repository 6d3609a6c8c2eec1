"""The body for this machine: without padding where that is proven to give the same vectors."""

import logging
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from harness.encoder import Body
from harness.encoder.body import PaddedBody
from harness.encoder.packed.architectures import PackedArchitecture, architecture_of
from harness.encoder.products import TORCH, Products, multiply_by

logger = logging.getLogger(__name__)


def best_body(
    model: torch.nn.Module, probe: torch.Tensor, products: Products
) -> tuple[Body, Products]:
    """The packed body where it is proven to give the same as transformers', else transformers'.

    Args:
        model: a split model (`body.split_model`); its linear layers may be changed.
        probe: int64 [1, tokens] of some text.
        products: how its linear layers are to multiply.

    Returns:
        The body, and the products that it multiplies by: torch's where the others are not proven.
    """
    # RoBERTa counts its positions from the ids that are not padding, so it must be the model's own.
    pad_id = getattr(model.config, "pad_token_id", None)
    plain = PaddedBody(model, pad_id or 0)
    row = architecture_of(model)
    batches = _batches(row, model.config, probe[0], pad_id)
    with torch.inference_mode():
        expected = [plain(*batch) for batch in batches]

    def same(body: Body) -> bool:
        with torch.inference_mode():
            return all(
                torch.allclose(body(*batch), one, rtol=1e-4, atol=1e-4)
                for batch, one in zip(batches, expected, strict=True)
            )

    def packed(one: Products) -> Body | None:
        try:
            fast = row.read(model, one) if row else None
        except (KeyError, RuntimeError):  # another version of transformers names or shapes them so
            return None
        return fast if fast and same(fast) else None

    def padded(one: Products) -> Body | None:
        multiply_by(model, one)
        return plain if same(plain) else None

    ways = [packed, padded] if row else [padded]
    for way in ways:
        for one in dict.fromkeys((products, TORCH)):
            if (body := way(one)) is None:
                continue
            if row and way is padded:
                logger.warning(
                    "The packed body differs from transformers' here; the slower one is used."
                )
            if one is not products:
                logger.warning(
                    "The products of %s differ from torch's; torch's are used.", products.name
                )
            return body, one
    return plain, TORCH


def _batches(
    row: PackedArchitecture | None,
    config: Any,  # noqa: ANN401 - transformers' configs have no common type
    probe: torch.Tensor,
    pad_id: int | None,
) -> list[tuple[torch.Tensor, npt.NDArray[np.int64]]]:
    """Texts of unlike lengths, so that the padding of the attention is tried as well.

    A text of one token and one that holds the padding token are among them, and in a batch of its
    own one that is longer than any distance that tokens are treated differently by.
    """
    if row is None:
        return [_batch([probe, probe[:5], probe[:3]])]
    padding = probe.new_tensor([] if pad_id is None or pad_id < 0 else [pad_id])
    odd = torch.cat((probe[:3], padding, probe[3:6]))
    batches = [_batch([probe, odd, probe[:5], probe[:3], probe[:1]])]
    # Two positions fewer: some architectures cannot use the first.
    length = min(2 * row.distance(config) + 9, int(config.max_position_embeddings) - 2)
    if length > len(probe):
        batches.append(_batch([probe.repeat(-(-length // len(probe)))[:length]]))
    return batches


def _batch(texts: list[torch.Tensor]) -> tuple[torch.Tensor, npt.NDArray[np.int64]]:
    return torch.cat(texts), np.array([len(text) for text in texts])
