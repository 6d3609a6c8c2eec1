"""BERT's order of things: a layer norm behind each sum (Devlin et al. 2019, arXiv 1810.04805)."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F  # noqa: N812 - the name everybody knows it by

from harness.encoder.packed.attention import attend
from harness.encoder.packed.layers import LinearMap, Norm
from harness.encoder.packed.runs import positions, positions_after, runs_of


class PostNormLayer(NamedTuple):
    """One layer.

    Attributes:
        qkv: queries, keys and values in one.
        out, norm: behind the attention.
        up, down, last_norm: the feed-forward part.
    """

    qkv: LinearMap
    out: LinearMap
    norm: Norm
    up: LinearMap
    down: LinearMap
    last_norm: Norm


class Embeddings(NamedTuple):
    """What a token starts as.

    Attributes:
        words: float32 [vocabulary, width].
        places: float32 [positions, width], the vector of the first token type added.
        pad_id: positions are counted after this id, as RoBERTa does; None: from 0.
        norm: of the sum.
        project: from its width to the layers'; None: they are the same.
    """

    words: torch.Tensor
    places: torch.Tensor
    pad_id: int | None
    norm: Norm
    project: LinearMap | None = None

    def __call__(self, ids: torch.Tensor, lengths: npt.NDArray[np.int64]) -> torch.Tensor:
        """int64 [tokens] of texts laid end to end -> float32 [tokens, hidden]."""
        if self.pad_id is None:
            places = positions(ids, lengths)
        else:
            places = positions_after(ids, lengths, self.pad_id)
        x = self.norm(F.embedding(ids, self.words) + self.places[places])
        return x if self.project is None else self.project(x)


@dataclass(frozen=True, eq=False)
class PostNormBody:
    """A masked language model of BERT's kind without its vocabulary projection.

    Attributes:
        embeddings: what the layers begin with.
        layers: in order.
        transform, norm: in front of the vocabulary projection.
        heads: of the attention.
        distances: float32 [heads, 2 x positions - 1]: what is added to an attention score, by the
            place of the token seen less that of the token that sees; None: nothing.
    """

    embeddings: Embeddings
    layers: tuple[PostNormLayer, ...]
    transform: LinearMap
    norm: Norm
    heads: int
    distances: torch.Tensor | None = None
    name = "packed"

    def __call__(self, ids: torch.Tensor, lengths: npt.NDArray[np.int64]) -> torch.Tensor:
        """int64 [tokens] of texts laid end to end -> float32 [tokens, hidden]."""
        x = self.embeddings(ids, lengths)
        runs = runs_of(lengths)
        biases = None
        if self.distances is not None:
            biases = [_by_distance(self.distances, run.length) for run in runs]
        for layer in self.layers:
            attended = attend(layer.qkv(x), runs, self.heads, biases=biases)
            x = layer.norm(layer.out(attended).add_(x))
            x = layer.last_norm(layer.down(layer.up.gelu(x)).add_(x))
        return self.norm(self.transform.gelu(x))


def _by_distance(distances: torch.Tensor, length: int) -> torch.Tensor:
    """float32 [heads, length, length] of a text with `length` tokens."""
    places = torch.arange(length, device=distances.device)
    middle = distances.shape[1] // 2
    return distances[:, middle + places - places[:, None]]
