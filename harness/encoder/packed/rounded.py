"""Batches of few sizes, so that oneDNN keeps little (see `products.ROWS`).

A batch is filled up with texts of one token that nobody reads.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from harness.encoder import Body
from harness.encoder.products import ROWS


@dataclass(frozen=True, eq=False)
class RoundedBody:
    """A packed body that is given batches of a multiple of `ROWS` tokens.

    Attributes:
        body: the packed body.
    """

    body: Body

    @property
    def name(self) -> str:
        """What stands in the fingerprint."""
        return self.body.name

    def __call__(self, ids: torch.Tensor, lengths: npt.NDArray[np.int64]) -> torch.Tensor:
        """int64 [tokens] of texts laid end to end -> float32 [tokens, hidden]."""
        more = -len(ids) % ROWS
        if not more:
            return self.body(ids, lengths)
        # The first token again, which is no padding: a body may look for that.
        filled = torch.cat((ids, ids[:1].expand(more)))
        return self.body(filled, np.append(lengths, np.ones(more, np.int64)))[: len(ids)]
