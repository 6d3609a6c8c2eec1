"""The head of a sparse autoencoder: pool the tokens, encode, keep the k largest above zero."""

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F  # noqa: N812 - the name everybody knows it by

from harness.checkpoint.autoencoder import Autoencoder
from harness.data.vectors import NearZero, SparseVectors
from harness.encoder import HeadOutput
from harness.encoder.float32 import NEAR_ZERO, UNIT

_TINY = 1e-5
"""Added to the standard deviation, as sentence-transformers' SparseAutoEncoder has it."""


class AutoencoderHead:
    """From the vectors of a text's tokens to its sparse code."""

    name = "autoencoder"

    def __init__(
        self, weights: Autoencoder, pooling: str, k: int, *, normalized: bool, device: torch.device
    ) -> None:
        self._weight, self._pre, self._latent = (
            torch.from_numpy(values).to(device)
            for values in (weights.weight, weights.pre_bias, weights.latent_bias)
        )
        self._standardized = weights.standardized
        self._norms = self._weight.norm(dim=1)
        self._pooling, self._k, self._normalized = pooling, k, normalized

    def __call__(self, hidden: torch.Tensor, offsets: npt.NDArray[np.int64]) -> HeadOutput:
        """float32 [tokens, width], offsets int64 [texts + 1] -> one row for each text."""
        x = self._pooled(hidden, offsets)
        if self._normalized:
            x = F.normalize(x, dim=1)
        if self._standardized:
            x = x - x.mean(1, keepdim=True)
            x = x / (x.std(1, keepdim=True) + _TINY)
        x = x - self._pre
        z = F.linear(x, self._weight, self._latent)
        # Of equal ones the lower dimension is kept.
        order = torch.argsort(z, dim=1, descending=True, stable=True)[:, : self._k]
        kept = torch.zeros_like(z, dtype=torch.bool).scatter_(1, order, True)
        error = NEAR_ZERO * UNIT * (x.norm(dim=1, keepdim=True) * self._norms + self._latent.abs())
        near = kept & (z.abs() <= error)
        active = kept & ~(z <= 0)  # which keeps NaN, for the check of the vectors
        return HeadOutput(
            SparseVectors(
                _ends(active), _dimensions(active), z[active].cpu().numpy(), len(self._weight)
            ),
            NearZero(_ends(near), _dimensions(near), (z[near] > 0).cpu().numpy()),
        )

    def _pooled(self, hidden: torch.Tensor, offsets: npt.NDArray[np.int64]) -> torch.Tensor:
        bounds = zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)
        texts = (hidden[start:end] for start, end in bounds)
        if self._pooling == "cls":
            return torch.stack([tokens[0] for tokens in texts])
        if self._pooling == "max":
            return torch.stack([tokens.amax(0) for tokens in texts])
        return torch.stack([tokens.sum(0) / len(tokens) for tokens in texts])


def _ends(mask: torch.Tensor) -> npt.NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(mask.sum(1).cpu().numpy())))


def _dimensions(mask: torch.Tensor) -> npt.NDArray[np.int32]:
    found: npt.NDArray[np.int32] = mask.nonzero()[:, 1].to(torch.int32).cpu().numpy()
    return found
