"""The vocabulary as the screen's kernels read it, and the screen itself in numpy."""

from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from harness.encoder.screen.bound import Weights
from harness.encoder.screen.emit import LANES

Number = TypeVar("Number", bound=np.generic)


class Packed(NamedTuple):
    """The vocabulary as the kernels read it.

    Attributes:
        weights: int8 [G, H / 4, 16, 4], G groups of 16 entries, a multiple of the tile's.
        constants: float32 [G, 5, 16]: 128 sum_k r_k (as int32), then s, bias, norms and losses of
            `bound.Weights`. Entries beyond the vocabulary have a bias that keeps them inactive.
        groups: groups of a tile.
    """

    weights: npt.NDArray[np.int8]
    constants: npt.NDArray[np.float32]
    groups: int


def pack(weights: Weights, groups: int) -> Packed:
    """Lay out the weights for a kernel whose tile is `groups` times 16 entries."""
    vocab, width = weights.quantised.shape
    padded = -(-vocab // (LANES * groups)) * LANES * groups
    entries = aligned((padded, width), np.int8)
    entries[:] = 0
    entries[:vocab] = weights.quantised
    constants = aligned((padded // LANES, 5, LANES), np.float32)
    offsets = 128 * entries.sum(axis=1, dtype=np.int32)
    constants.view(np.int32)[:, 0] = offsets.reshape(-1, LANES)
    for place, (own, beyond) in enumerate(
        ((weights.scales, 0), (weights.bias, -(2.0**100)), (weights.norms, 0), (weights.losses, 0))
    ):
        column = np.full(padded, beyond, np.float32)
        column[:vocab] = own
        constants[:, place + 1] = column.reshape(-1, LANES)
    packed = aligned((padded // LANES, width // 4, LANES, 4), np.int8)
    packed[:] = entries.reshape(-1, LANES, width // 4, 4).transpose(0, 2, 1, 3)
    return Packed(packed, constants, groups)


def aligned(shape: tuple[int, ...], kind: type[Number]) -> npt.NDArray[Number]:
    """An empty array that starts at a cache line."""
    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    room = np.empty(size + 64, np.uint8)
    start = -room.ctypes.data % 64
    return room[start : start + size].view(kind).reshape(shape)


def reference(
    rows: npt.NDArray[np.uint8],
    starts: npt.NDArray[np.int64],
    weights: Weights,
    margins: npt.NDArray[np.float32],
) -> npt.NDArray[np.bool_]:
    """What the screen decides, in numpy: exact integers, the inequality in float64.

    Args:
        rows: uint8 [R, H], 128 + q.
        starts: int64 [D + 1], the rows at which documents start (and end, blocks filled up).
        weights: the vocabulary's.
        margins: float32 [D, 4] of `bound.margins`.

    Returns:
        bool [D, V]: may be active.
    """
    product = (rows.astype(np.float64) - 128) @ weights.quantised.T.astype(np.float64)
    maxima = np.stack([product[a:e].max(axis=0) for a, e in pairwise(starts)])
    scale, by_norm, by_loss = margins.astype(np.float64).T[:3, :, None]
    logits = (
        scale * weights.scales * maxima
        + weights.bias
        + by_norm * weights.norms
        + by_loss * weights.losses
    )
    return np.asarray(logits > 0)
