"""Padded blocks: the texts of a batch as [texts, tokens], for steps that want a rectangle."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch


class PaddedBlock(NamedTuple):
    """Neighbouring texts of a batch as a padded index into its tokens.

    Attributes:
        places: int64 [texts, longest]; short texts repeat their last token, which changes no
            maximum over tokens.
        real: bool [texts, longest]; False where a token is such a repetition.
    """

    places: torch.Tensor
    real: torch.Tensor


def padded_blocks(
    offsets: npt.NDArray[np.int64],
    tokens: int,
    device: torch.device,
    texts: int | None = None,
) -> Iterator[PaddedBlock]:
    """Cut a batch into blocks of at most `tokens` places, padding included, or of one text.

    Args:
        offsets: int64 [texts + 1], as everywhere.
        tokens: places in a block.
        device: where the blocks are wanted.
        texts: in a block, at most; None: any number.
    """
    lengths = np.diff(offsets)
    start = 0
    while start < len(lengths):
        end = start + 1
        longest = int(lengths[start])
        last = len(lengths) if texts is None else min(len(lengths), start + texts)
        while end < last and (end + 1 - start) * max(longest, lengths[end]) <= tokens:
            longest = max(longest, int(lengths[end]))
            end += 1
        step = np.arange(longest)
        final = lengths[start:end, None] - 1
        places = offsets[start:end, None] + np.minimum(step, final)
        real = step <= final
        yield PaddedBlock(torch.from_numpy(places).to(device), torch.from_numpy(real).to(device))
        start = end
