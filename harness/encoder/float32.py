"""The float32 error of a logit: how far two correct programs may lie apart.

A logit is a sum of products of float32 numbers, which another processor, library or batch adds in
another order, after a body that does the same layer by layer. Two such logits of one text and one
vocabulary entry differ by no more than

    E = NEAR_ZERO 2^-24 (||h|| ||w|| + |b|)

where h is the vector in front of the head (of the text's longest, for one bound a text), w and b
are the entry's weights and bias. An entry whose logit is within E of zero may be active here and
not there: those are counted, on both sides of zero, and from the counts follows the interval in
which another program may print the number of active dimensions.

The factor is measured, not proven: no useful bound is known for a whole network. Among ten ways to
compute splade-tiny (padded in batches of 1, 8, 32 and 64; the kernels of AVX-512, of AVX2 and of
neither; MKL in four of its reproducible modes) on 400 passages of CrowdRAG-25, the largest
difference of two logits near zero was 3.9 of these units (`python -m benchmarks.float32`, AMD
EPYC). Four times that is taken. oneDNN's products in our packed body, an eleventh way, lay within
3.3 of the others (200 passages, another AMD EPYC).
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

NEAR_ZERO: Final = 16.0
"""Units of 2^-24 (||h|| ||w|| + |b|); see above."""

UNIT: Final = 2.0**-24


def error(norms: Floats, weights: Floats, bias: Floats) -> Floats:
    """E of each logit.

    Args:
        norms: ||h||, the longest of the text's tokens.
        weights: ||w|| of the entry; broadcast against `norms`.
        bias: b of the entry, alike.
    """
    scale: Floats = (norms * weights + np.abs(bias)).astype(np.float32)
    return np.float32(NEAR_ZERO * UNIT) * scale
