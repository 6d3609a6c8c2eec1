"""The vocabulary head in float32: project, pool over the tokens, take the logarithm.

log(1 + relu(x)) is monotone, so max pooling may come first: each block of the vocabulary is
projected, reduced to its maximum over tokens while it lies in the cache, and the logarithm is taken
of the few entries above zero. [tokens, vocab] never exists in memory.
"""

import numpy as np
import numpy.typing as npt
import torch

from harness.checkpoint.recipe import Activation, Pooling
from harness.data.vectors import SparseVectors, stack
from harness.encoder.activation import activate
from harness.encoder.padding import PaddedBlock, padded_blocks
from harness.encoder.screen import ScreenedHead


class Float32Head:
    """The plain head: every logit in float32, a block of the vocabulary at a time."""

    def __init__(
        self, weight: torch.Tensor, bias: torch.Tensor, pooling: Pooling, activation: Activation
    ) -> None:
        self._weight = weight
        self._bias = bias
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

    def __call__(self, hidden: torch.Tensor, offsets: npt.NDArray[np.int64]) -> SparseVectors:
        """float32 [tokens, hidden], offsets int64 [texts + 1] -> one row for each text."""
        parts = padded_blocks(offsets, self._tokens, hidden.device)
        return stack([self._rows(hidden, block) for block in parts])

    def _rows(self, hidden: torch.Tensor, block: PaddedBlock) -> SparseVectors:
        texts, longest = block.places.shape
        tokens = hidden[block.places.view(-1)]
        vocab = len(self._weight)
        pooled = hidden.new_empty(texts, vocab)
        for start in range(0, vocab, self._entries):
            part = slice(start, start + self._entries)
            logits = torch.nn.functional.linear(tokens, self._weight[part])
            logits = logits.view(texts, longest, -1)
            if self._pooling == "max":
                # The bias does not depend on the token, and float32 addition is monotone: adding
                # it after the maximum gives the same bits.
                torch.add(logits.amax(1), self._bias[part], out=pooled[:, part])
            else:
                weights = activate(logits.add_(self._bias[part]).relu_(), self._activation)
                torch.sum(weights.mul_(block.real[:, :, None]), 1, out=pooled[:, part])
        return self._sparse(pooled)

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

    def __call__(self, hidden: torch.Tensor, offsets: npt.NDArray[np.int64]) -> SparseVectors:
        """float32 [tokens, hidden], offsets int64 [texts + 1] -> one row for each text."""
        indptr, indices, logits = self._screened(hidden.numpy(), offsets)
        values = activate(torch.from_numpy(logits), self._activation).numpy()
        return SparseVectors(indptr, indices, values, self._vocab_size)
