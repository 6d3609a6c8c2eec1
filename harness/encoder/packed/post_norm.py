"""A transformer whose norms follow its layers: BERT (arXiv 1810.04805) and its descendants."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F  # noqa: N812 - the name everybody knows it by

from harness.encoder.packed.parts import Norm, attend, by_length, places
from harness.encoder.products import Linear


class PostNormLayer(NamedTuple):
    """One layer: attention, then two linear layers; what each was given is added, then a norm.

    Attributes:
        qkv: hidden -> queries, keys and values side by side.
        out: of the attention.
        norm: behind it.
        up, down: hidden -> inner with GELU, and back.
        last_norm: behind those.
    """

    qkv: Linear
    out: Linear
    norm: Norm
    up: Linear
    down: Linear
    last_norm: Norm


@dataclass(frozen=True, eq=False)
class PostNormBody:
    """The body up to, and without, its vocabulary projection.

    Attributes:
        words: float32 [vocabulary, width].
        positions: float32 [positions, width], with what all tokens have added to it.
        norm: of their sum.
        project: width -> hidden, where they differ.
        layers: of the transformer.
        transform: with GELU, in front of the vocabulary.
        last_norm: behind it.
        heads: of the attention.
        pad_id: RoBERTa's way to count positions: from this + 1, and tokens of this id stand at it
            and are not counted; None: every token counts, from 0.
        distances: int -> float32 [heads, length, length], added to the scores of attention; None:
            nothing is.
    """

    words: torch.Tensor
    positions: torch.Tensor
    norm: Norm
    project: Linear | None
    layers: tuple[PostNormLayer, ...]
    transform: Linear
    last_norm: Norm
    heads: int
    pad_id: int | None = None
    distances: Callable[[int], torch.Tensor] | None = None

    name = "packed"

    def __call__(self, ids: torch.Tensor, lengths: npt.NDArray[np.int64]) -> torch.Tensor:
        """int64 [tokens] of texts laid end to end -> float32 [tokens, hidden]."""
        x = self.norm(F.embedding(ids, self.words) + self.positions[self._places(ids, lengths)])
        if self.project is not None:
            x = self.project(x)
        parts = by_length(lengths)
        biases = (
            {}
            if self.distances is None
            else {run.length: self.distances(run.length) for run in parts}
        )
        for layer in self.layers:
            attended = attend(layer.qkv(x), parts, self.heads, biases=biases)
            x = layer.norm(layer.out.plus(attended, x))
            x = layer.last_norm(layer.down.plus(layer.up(x), x))
        return self.last_norm(self.transform(x))

    def _places(self, ids: torch.Tensor, lengths: npt.NDArray[np.int64]) -> torch.Tensor:
        if self.pad_id is None:
            return torch.from_numpy(places(lengths)).to(ids.device)
        counted = ids != self.pad_id
        count = counted.cumsum(0)
        starts = torch.from_numpy(np.cumsum(lengths) - lengths).to(ids.device)
        before = (count - counted.to(count.dtype))[starts]  # of all texts in front of each
        each = torch.from_numpy(lengths).to(ids.device)
        return (count - before.repeat_interleave(each)) * counted + self.pad_id
