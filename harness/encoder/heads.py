"""The vocabulary head in float32: project, pool over the tokens, take the logarithm.

log(1 + relu(x)) is monotone, so max pooling may come first: each block of the vocabulary is
projected, reduced to its maximum over tokens while it lies in the cache, and the logarithm is taken
of the few entries above zero. [tokens, vocab] never exists in memory.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from harness.checkpoint.recipe import Activation, Pooling
from harness.data.vectors import NearZero, SparseVectors, stack, stack_near
from harness.encoder import HeadOutput
from harness.encoder.activation import activate
from harness.encoder.float32 import NEAR_ZERO, UNIT
from harness.encoder.padding import PaddedBlock, padded_blocks
from harness.encoder.screen import ScreenedHead


class Float32Head:
    """The plain head: every logit in float32, a block of the vocabulary at a time."""

    def __init__(
        self, weight: torch.Tensor, bias: torch.Tensor, pooling: Pooling, activation: Activation
    ) -> None:
        self._weight = weight
        self._bias = bias
        self._norms = weight.norm(dim=1)
        self._pooling = pooling
        self._activation = activation
        # On a CPU a block of logits should stay in the second-level cache (256 x 1,024 x 4 bytes
        # = 1 MB); on a GPU it should be large enough to fill it.
        on_gpu = weight.device.type != "cpu"
        self._tokens, self._entries = (16_384, 4_096) if on_gpu else (256, 1_024)

    @property
    def name(self) -> str:
        """What stands in the provenance."""
        return "float32"

    def __call__(self, hidden: torch.Tensor, offsets: npt.NDArray[np.int64]) -> HeadOutput:
        """float32 [tokens, hidden], offsets int64 [texts + 1] -> one row for each text."""
        parts = padded_blocks(offsets, self._tokens, hidden.device)
        return joined([self._rows(hidden, block) for block in parts])

    def _rows(self, hidden: torch.Tensor, block: PaddedBlock) -> HeadOutput:
        texts, longest = block.places.shape
        tokens = hidden[block.places.view(-1)]
        vocab = len(self._weight)
        pooled = hidden.new_empty(texts, vocab)
        largest = pooled if self._pooling == "max" else torch.empty_like(pooled)
        for start in range(0, vocab, self._entries):
            part = slice(start, start + self._entries)
            logits = torch.nn.functional.linear(tokens, self._weight[part])
            logits = logits.view(texts, longest, -1)
            if self._pooling == "max":
                # The bias does not depend on the token, and float32 addition is monotone: adding
                # it after the maximum gives the same bits.
                torch.add(logits.amax(1), self._bias[part], out=pooled[:, part])
            else:
                torch.amax(logits.add_(self._bias[part]), 1, out=largest[:, part])
                weights = activate(logits.relu_(), self._activation)
                torch.sum(weights.mul_(block.real[:, :, None]), 1, out=pooled[:, part])
        # Of a padded place the token is the text's own last one: no maximum sees it.
        norms = tokens.norm(dim=1).view(texts, longest).amax(1)
        return HeadOutput(self._sparse(pooled), self._near(largest, norms))

    def _near(self, largest: torch.Tensor, norms: torch.Tensor) -> NearZero:
        """The entries whose largest logit is within its error of zero, of float32 [texts, V]."""
        errors = NEAR_ZERO * UNIT * (norms[:, None] * self._norms + self._bias.abs())
        near = largest.abs() <= errors
        counts = near.sum(1).cpu().numpy()
        return NearZero(
            np.concatenate(([0], np.cumsum(counts))),
            near.nonzero()[:, 1].to(torch.int32).cpu().numpy(),
            (largest[near] > 0).cpu().numpy(),
        )

    def _sparse(self, pooled: torch.Tensor) -> SparseVectors:
        # "not <= 0" instead of "> 0" keeps NaN, which the check of the vectors then reports.
        active = ~(pooled <= 0)
        values = pooled[active]
        if self._pooling == "max":
            values = activate(values, self._activation)
        counts = active.sum(1).cpu().numpy()
        return SparseVectors(
            np.concatenate(([0], np.cumsum(counts))),
            active.nonzero()[:, 1].to(torch.int32).cpu().numpy(),
            values.cpu().numpy(),
            pooled.shape[1],
        )


class ScreenedMaxHead:
    """Max pooling with the screened head: the same vectors for a fraction of the work."""

    def __init__(self, screened: ScreenedHead, vocab_size: int, activation: Activation) -> None:
        self._screened = screened
        self._vocab_size = vocab_size
        self._activation = activation

    @property
    def name(self) -> str:
        """What stands in the provenance: which kernel screens."""
        return self._screened.name

    def __call__(self, hidden: torch.Tensor, offsets: npt.NDArray[np.int64]) -> HeadOutput:
        """float32 [tokens, hidden], offsets int64 [texts + 1] -> one row for each text."""
        indptr, indices, logits, near = self._screened(hidden.numpy(), offsets)
        values = activate(torch.from_numpy(logits), self._activation).numpy()
        return HeadOutput(SparseVectors(indptr, indices, values, self._vocab_size), near)


def joined(parts: Sequence[HeadOutput]) -> HeadOutput:
    """The rows of all parts, in their order; there is at least one part."""
    near = stack_near(part.near for part in parts)
    return HeadOutput(stack(part.vectors for part in parts), near)
