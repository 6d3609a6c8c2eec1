"""The SPLADE max head on a GPU: screened in float16 on its tensor cores, decided in float32.

A GPU multiplies float16 some ten times faster than float32. So the product of all tokens with all
vocabulary entries is made in float16, the theorem of `screen.bound` says which entries may be
active, and only their logits are made in float32: a few hundred of 30,522 for each text.

Vectors are divided by powers of two that are no smaller than their largest magnitude: that loses
nothing, and neither an entry nor a sum of at most 2^15 products of them can overflow. For <q, r>
the machine gives p with

    |p - <q, r>| <= 2^-10 |p| + 2^-24 + eta ||q|| ||r||        eta = H 2^-21

The first two terms are twice what rounding to float16 costs (2^-11 of its size; 2^-25 where that is
denormal). The third is for the sum. Products of float16 are exact in float32. A tensor core adds n
of them to its float32 accumulator at once, aligned to the largest of the n + 1 and cut off there
without guard bits at the worst (measured by Fasi, Higham, Mikaitis and Pranesh 2021, Numerical
behavior of NVIDIA tensor cores, PeerJ CS 7:e330; n = 4 on a V100, more since): (n + 2) 2^-23 S with
S = sum |q r| <= ||q|| ||r||, H / n times over, which is at most 1.5 H 2^-23 S. eta is 2.7 times
that, and more than a float32 sum in any order needs. Products of denormals that the machine does
not normalise lose less than the spare half of 2^-24 while H <= 2^12. PyTorch must not add in
float16 between blocks: `products` forbids it.

Since p + 2^-10 |p| + 2^-24 grows with p, it is taken once, of the maximum over tokens. It is what
`screen.bound` calls p; its own roundings in float32 are far below the half of it that is spare.
"""

import numpy as np
import numpy.typing as npt
import torch

from harness.checkpoint.recipe import Activation
from harness.data.vectors import NearZero, SparseVectors
from harness.encoder import HeadOutput
from harness.encoder.activation import activate
from harness.encoder.float32 import NEAR_ZERO, UNIT
from harness.encoder.heads import joined
from harness.encoder.padding import PaddedBlock, padded_blocks
from harness.encoder.screen import bound

TOKENS, _ENTRIES = 16_384, 8_192
"""Tokens and vocabulary entries of one product: 256 MB of float16."""

_DECISIONS = 1 << 27
"""Texts times vocabulary entries decided at a time; some 50 bytes each where all are active."""

LARGEST_WIDTH = 1 << 12
"""Of a hidden vector, for the proof above."""

_NUMBERS = 1 << 26
"""Weights gathered at a time for the decision: 256 MB."""


class TensorCoreHead:
    """Max pooling with the head screened in float16: the same entries as the plain float32 head.

    An entry is active if its float32 logit is above 0; two orders of the same float32 sum may
    differ about an entry only where the logit is within its rounding of 0 (see `screen.bound`).
    """

    name = "screened-float16"

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor, activation: Activation) -> None:
        """Round the weights.

        Args:
            weight: float32 [V, H], on the device that is to do the work (any will do).
            bias: float32 [V], there too.
            activation: what is taken of the logits above 0.

        Raises:
            InputError: a weight is not finite.
        """
        self._weight, self._bias, self._activation = weight, bias, activation
        self._eta = weight.shape[1] * 2.0**-21
        centre = np.zeros(weight.shape[1], np.float32)
        rounded = bound.weights(weight.cpu().numpy(), bias.cpu().numpy(), centre, bound.to_float16)
        self._largest_norm = float(rounded.norms.max())
        self._halves, self._scales, self._shifts, self._norms, self._losses = (
            torch.from_numpy(array).to(weight.device) for array in rounded
        )

    def __call__(self, hidden: torch.Tensor, offsets: npt.NDArray[np.int64]) -> HeadOutput:
        """float32 [tokens, hidden], offsets int64 [texts + 1] -> one row for each text.

        Raises:
            InputError: a vector is not finite, or so large that its logits overflow.
        """
        texts = max(1, _DECISIONS // len(self._weight))
        parts = padded_blocks(offsets, TOKENS, hidden.device, texts)
        return joined([self._rows(hidden, block) for block in parts])

    def _rows(self, hidden: torch.Tensor, block: PaddedBlock) -> HeadOutput:
        tokens = hidden[block.places]
        halves, measured = to_half(tokens)
        margins = bound.margins(
            measured.cpu().numpy(), tokens.shape[2], self._largest_norm, 0.0, self._eta
        )
        scale, by_norm, by_loss = torch.from_numpy(margins).to(hidden.device).T[:3, :, None]
        may = torch.empty((len(tokens), len(self._weight)), dtype=torch.bool, device=hidden.device)
        for start in range(0, len(self._weight), _ENTRIES):
            part = slice(start, start + _ENTRIES)
            logits = self._largest_products(halves, part) * (scale * self._scales[part])
            logits += self._shifts[part]
            logits += by_norm * self._norms[part]
            logits += by_loss * self._losses[part]
            torch.logical_not(logits <= 0, out=may[:, part])  # what cannot be ordered may be active
        return self._decided(tokens, may, measured[:, 3].sqrt())

    def _largest_products(self, halves: torch.Tensor, part: slice) -> torch.Tensor:
        """float32 [texts, entries]: no smaller than any token's <q, r> - eta ||q|| ||r||."""
        texts, longest, width = halves.shape
        products = torch.mm(halves.view(-1, width), self._halves[part].T)
        largest = products.view(texts, longest, -1).amax(1).float()
        return largest + (2.0**-10 * largest.abs() + 2.0**-24)

    def _decided(self, tokens: torch.Tensor, may: torch.Tensor, norms: torch.Tensor) -> HeadOutput:
        """The rows of a block, from bool [texts, V] that holds wherever one may be active."""
        counts = may.sum(1)
        text, entry = may.nonzero(as_tuple=True)
        place = torch.arange(len(text), device=text.device) - (counts.cumsum(0) - counts)[text]
        candidates = text.new_zeros(len(tokens), int(counts.max()))
        candidates[text, place] = entry
        bias = self._bias[entry]
        logits = self._logits(tokens, candidates)[text, place] + bias
        active = ~(logits <= 0)  # keeps NaN, which the check of the vectors then reports
        vectors = SparseVectors(
            _indptr(text[active], len(tokens)),
            entry[active].to(torch.int32).cpu().numpy(),
            activate(logits[active], self._activation).cpu().numpy(),
            len(self._weight),
        )
        errors = NEAR_ZERO * UNIT * (norms[text] * self._norms[entry] + bias.abs())
        near = logits.abs() <= errors
        return HeadOutput(
            vectors,
            NearZero(
                _indptr(text[near], len(tokens)),
                entry[near].to(torch.int32).cpu().numpy(),
                (logits[near] > 0).cpu().numpy(),
            ),
        )

    def _logits(self, tokens: torch.Tensor, candidates: torch.Tensor) -> torch.Tensor:
        """float32 [texts, C]: the largest float32 product of each candidate, without its bias."""
        _, longest, width = tokens.shape
        logits = tokens.new_empty(candidates.shape)
        step = max(1, _NUMBERS // max(1, candidates.shape[1] * max(longest, width)))
        for start in range(0, len(tokens), step):
            part = slice(start, start + step)
            weight = self._weight[candidates[part]]
            torch.amax(torch.bmm(tokens[part], weight.transpose(1, 2)), 1, out=logits[part])
        return logits


def _indptr(rows: torch.Tensor, count: int) -> npt.NDArray[np.int64]:
    """Row bounds from the row of each entry, ascending."""
    return np.concatenate(([0], np.cumsum(torch.bincount(rows, minlength=count).cpu().numpy())))


def to_half(tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Token vectors float32 [D, L, H] as float16, with what `bound.margins` needs of the loss.

    Returns:
        float16 [D, L, H], and float32 [D, 4]: the scale, and the largest over the tokens of
        ||h - scale q||^2, ||scale q||^2 and ||h||^2.
    """
    largest = tokens.abs().amax((1, 2)).clamp_min(bound.SMALLEST)
    # The mantissa lies in [0.5, 1): the quotient is the power of two above, without any rounding.
    scale = (largest / torch.frexp(largest).mantissa)[:, None, None]
    halves = (tokens / scale).half()
    kept = halves.float() * scale
    squares = [(part * part).sum(2).amax(1) for part in (tokens - kept, kept, tokens)]
    return halves, torch.stack([scale[:, 0, 0], *squares], 1)
