"""Which vocabulary entries may be active: the bound, its proof, and the weights' side of it.

The head asks of every document for all entries v with max_t fl<h_t, w_v> + b_v > 0, where fl is a
float32 product summed in whatever order. The screen answers with a superset of them by a product of
low precision: of integers on a CPU (`head`), of float16 on a GPU (`harness.encoder.tensor_cores`).

**Setting.** A centre c is chosen freely (zero will do; the closer to the mean of the h_t, the fewer
candidates). With x_t = fl(h_t - c), vectors q_t and r_v of low precision, a scale sigma for each
document and a scale s_v for each vocabulary entry, call what is lost

    e_t = x_t - sigma q_t        f_v = w_v - s_v r_v

No property of the rounding is used: e and f are measured, not estimated. p_tv is what the machine
gives for <q_t, r_v>, and eta says how far below it may be: p_tv >= <q_t, r_v> - eta ||q_t|| ||r_v||
(integers are exact: eta = 0).

**Theorem.** If v is active for the document in float32, then

    sigma s_v max_t p_tv  +  b_v + <c, w_v>  +  A ||w_v||  +  B ||f_v||  >  0
    A = max_t ||e_t|| + (gamma + 2u) max_t (||h_t|| + ||x_t||) + eta max_t ||sigma q_t||
    B = (1 + eta) max_t ||sigma q_t||

with u = 2^-24 and gamma = H u / (1 - H u).

*Proof.* Let t be the token of the maximum. fl<h_t, w_v> + b_v > 0 in exact arithmetic, since
rounding a sum is monotone and keeps 0. A float32 product of H terms, in any order, fused or not, is
off by at most gamma sum_k |h_tk w_vk| <= gamma ||h_t|| ||w_v|| (Higham, Accuracy and Stability of
Numerical Algorithms, 3.5, and Cauchy-Schwarz). And h_t = c + x_t + d_t with |d_t| <= u |x_t|, so

    <h_t, w_v> = <c, w_v> + <d_t, w_v> + <e_t, w_v> + <sigma q_t, f_v> + sigma s_v <q_t, r_v>

where Cauchy-Schwarz bounds the second and third term by (||e_t|| + u ||x_t||) ||w_v|| and the
fourth by ||sigma q_t|| ||f_v||. The last is at most sigma s_v p_tv + eta ||sigma q_t|| ||s_v r_v||,
and ||s_v r_v|| <= ||w_v|| + ||f_v||. Each maximum over tokens is taken by itself: that is larger.
QED.

**Near zero.** What lies within its float32 error E = N u (||h|| ||w_v|| + |b_v|) below zero is
wanted as well (`harness.encoder.float32`): an entry with fl<h_t, w_v> + b_v > -E. The same proof
holds with E on the left, so A takes N u max_t ||h_t||, and b_v takes N u |b_v|.

**The bound is itself computed in float32**, so everything in it is rounded up:

- *Norms* of e, sigma q and h are square roots of float32 sums of H terms, off by less than
  (H + 8) u of themselves; they are enlarged by 2^-10, enough for H < 16,000, and by 2^-50 for
  squares that underflow (H squares below 2^-126 make a norm below 2^-50). Norms of w and f are
  float64.
- *The logit* is the product as a float times sigma s_v, and three additions of products, fused or
  not: none of its terms goes through more than five roundings, each off by at most u. Since
  |sigma s_v p| <= B (||w|| + ||f||), all of it is below 8u (|b_v + <c, w_v>| + (A + B) ||w|| +
  2B ||f||); A takes 2^-19 B, every norm has its 2^-10, and b_v + <c, w_v> takes 2^-19 of its size.
- *Underflow* anywhere, also where denormals are flushed, is below 2^-90 in all: b takes 2^-40.
- *Overflow* is refused: unless (||h|| + ||c||) ||w|| < 2^100 `margins` raises; the plain head
  would soon not be sure of its own sums either. NaN can then not arise, but the kernels count an
  unordered comparison as "may be active" all the same.
- sum_k |q r| <= 127^2 H and its form with an offset, (127 + 128) 127 H, fit int32 for H < 66,000.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from harness.encoder.float32 import NEAR_ZERO
from harness.errors import InputError

Floats = npt.NDArray[np.float32]

SMALLEST = 2.0**-100
"""The largest magnitude of a vector counts as at least this much: scales are never denormal."""

_UNIT = 2.0**-24
_ROWS_AT_ONCE = 4096


class Rounded(NamedTuple):
    """Vectors in low precision: about `scales` times `quantised`, row by row.

    Attributes:
        quantised: int8 or float16 [V, H].
        scales: float32 [V].
    """

    quantised: npt.NDArray[np.generic]
    scales: Floats


class Weights(NamedTuple):
    """The vocabulary's weights in low precision, and the constants of each entry in the theorem.

    Attributes:
        quantised: int8 or float16 [V, H], r_v.
        scales: float32 [V], s_v.
        bias: float32 [V], b_v + <c, w_v>, rounded up.
        norms: float32 [V], ||w_v||, rounded up.
        losses: float32 [V], ||f_v||, rounded up.
    """

    quantised: npt.NDArray[np.generic]
    scales: Floats
    bias: Floats
    norms: Floats
    losses: Floats


def to_int8(rows: npt.NDArray[np.float64]) -> Rounded:
    """Each row divided by its largest magnitude / 127."""
    scales = (_largest(rows) / 127).astype(np.float32)
    return Rounded(np.clip(np.rint(rows / scales[:, None]), -127, 127).astype(np.int8), scales)


def to_float16(rows: npt.NDArray[np.float64]) -> Rounded:
    """Each row divided by a power of two that is no smaller than its largest magnitude."""
    scales = np.exp2(np.ceil(np.log2(_largest(rows)))).astype(np.float32)
    return Rounded((rows / scales[:, None]).astype(np.float16), scales)


def weights(
    weight: Floats,
    bias: Floats,
    centre: Floats,
    rounded: Callable[[npt.NDArray[np.float64]], Rounded] = to_int8,
) -> Weights:
    """Round float32 [V, H] row by row, with bias float32 [V] and centre float32 [H].

    Raises:
        InputError: a weight or a bias is not finite.
    """
    for what, values in (("weights", weight), ("bias", bias), ("centre", centre)):
        if not np.isfinite(values).all():
            raise InputError(
                f"The {what} of the vocabulary head: NaN or infinity; the checkpoint is damaged."
            )
    parts = []
    for start in range(0, len(weight), _ROWS_AT_ONCE):
        block = slice(start, start + _ROWS_AT_ONCE)
        exact = weight[block].astype(np.float64)
        parts.append(_measured(exact, rounded(exact), bias[block], centre))
    return Weights(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _measured(
    exact: npt.NDArray[np.float64], rounded: Rounded, bias: Floats, centre: Floats
) -> Weights:
    kept = rounded.quantised.astype(np.float64) * rounded.scales.astype(np.float64)[:, None]
    shifted = bias + exact @ centre.astype(np.float64)
    norms = np.linalg.norm(exact, axis=1)
    losses = np.linalg.norm(exact - kept, axis=1)
    slack = 2.0**-19 * np.abs(shifted) + 2.0**-40 * (1 + norms * np.linalg.norm(centre))
    slack += NEAR_ZERO * _UNIT * np.abs(bias)
    return Weights(*rounded, _up(shifted + slack), _up(norms), _up(losses))


def _largest(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    largest: npt.NDArray[np.float64] = np.abs(rows).max(axis=1)
    return np.maximum(largest, SMALLEST)


def _up(values: npt.NDArray[np.float64]) -> Floats:
    """Float32 not below the float64 values (which carry 2^-40 for float64's own rounding)."""
    enlarged = values + 2.0**-40 * np.abs(values)
    return np.nextafter(enlarged.astype(np.float32), np.float32(np.inf))


def margins(
    measured: Floats, width: int, largest_norm: float, centre_norm: float, eta: float = 0.0
) -> Floats:
    """Each document's constants in the theorem, rounded up.

    Args:
        measured: float32 [D, 4] of `quantise.QuantisedTokens` or `tensor_cores.halved`.
        width: H.
        largest_norm: the largest ||w_v||.
        centre_norm: ||c||.
        eta: of the machine's product, as in the theorem.

    Returns:
        float32 [D, 4]: sigma, A, B, 0.

    Raises:
        InputError: a token vector is not finite, or so large that float32 logits may overflow.
    """
    scale, lost, kept, plain = measured.T.astype(np.float64)
    lost, kept, plain = ((1 + 2.0**-10) * np.sqrt(part) + 2.0**-50 for part in (lost, kept, plain))
    if not (np.isfinite(scale) & ((plain + centre_norm) * largest_norm < 2.0**100)).all():
        raise InputError(
            "The vectors in front of the vocabulary head hold NaN, infinity or values so large "
            "that float32 logits overflow: the checkpoint is damaged or needs another precision."
        )
    gamma = width * _UNIT / (1 - width * _UNIT) + 2 * _UNIT
    by_norms = (1 + 2.0**-10) * lost + gamma * (plain + lost + kept) + (2.0**-19 + eta) * kept
    by_norms += (1 + 2.0**-10) * NEAR_ZERO * _UNIT * plain
    by_losses = kept * (1 + 2.0**-10 + eta)
    return np.stack([scale, by_norms, by_losses, 0 * scale], axis=1).astype(np.float32)
