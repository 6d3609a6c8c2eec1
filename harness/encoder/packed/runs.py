"""Texts of a batch that lie end to end: those of one length together, and their positions."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch


class SameLength(NamedTuple):
    """Texts of one length that lie side by side, and can therefore attend without padding.

    Attributes:
        texts: how many.
        length: tokens of each.
        tokens: where they lie in the batch.
    """

    texts: int
    length: int
    tokens: slice


def runs_of(lengths: npt.NDArray[np.int64]) -> list[SameLength]:
    """Neighbouring texts of one length; packing has sorted them, so that there are few.

    Args:
        lengths: int64 [texts], tokens of each.
    """
    firsts = np.flatnonzero(np.diff(lengths, prepend=-1))
    counts = np.diff(np.append(firsts, len(lengths)))
    ends = np.cumsum(counts * lengths[firsts])
    return [
        SameLength(int(count), int(length), slice(int(end - count * length), int(end)))
        for count, length, end in zip(counts, lengths[firsts], ends, strict=True)
    ]


def positions(ids: torch.Tensor, lengths: npt.NDArray[np.int64]) -> torch.Tensor:
    """Each token's place in its text, from 0.

    Args:
        ids: int64 [tokens] of texts laid end to end.
        lengths: int64 [texts].

    Returns:
        int64 [tokens].
    """
    starts = np.cumsum(lengths) - lengths
    return torch.from_numpy(np.arange(len(ids)) - np.repeat(starts, lengths)).to(ids.device)


def positions_after(ids: torch.Tensor, lengths: npt.NDArray[np.int64], pad_id: int) -> torch.Tensor:
    """RoBERTa's positions: counted from the padding id on, tokens of that id not counted.

    A text may hold the padding token's own spelling; such a token has the padding id's position.

    Args:
        ids: int64 [tokens] of texts laid end to end.
        lengths: int64 [texts].
        pad_id: of the padding token.

    Returns:
        int64 [tokens].
    """
    counted = (ids != pad_id).to(torch.int64)
    upto = counted.cumsum(0)
    starts = torch.from_numpy(np.cumsum(lengths) - lengths).to(ids.device)
    before = (upto - counted)[starts]
    sizes = torch.from_numpy(lengths).to(ids.device)
    return (upto - before.repeat_interleave(sizes)) * counted + pad_id
