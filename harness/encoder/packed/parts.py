"""What packed bodies share: norms, linear layers, places of tokens, attention."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F  # noqa: N812 - the name everybody knows it by

from harness.encoder import Products
from harness.encoder.products import Linear


class NotUnderstoodError(Exception):
    """A model has a setting or a module that no packed body computes."""


class Norm(NamedTuple):
    """A layer norm (arXiv 1607.06450).

    Attributes:
        weight: float32 [width].
        bias: float32 [width], or None.
        eps: added to the variance.
    """

    weight: torch.Tensor
    bias: torch.Tensor | None
    eps: float

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """float32 [tokens, width] -> the same shape."""
        return F.layer_norm(x, x.shape[-1:], self.weight, self.bias, self.eps)


class Parts:
    """The modules of a model by their names, as what they compute here."""

    def __init__(self, model: torch.nn.Module, products: Products) -> None:
        self._model, self._products = model, products

    def require(self, settings: Mapping[str, object]) -> None:
        """Hold a model's settings against those that are understood; one it lacks is right.

        Raises:
            NotUnderstoodError: one has another value.
        """
        for name, value in settings.items():
            if getattr(self._model.config, name, value) != value:
                raise NotUnderstoodError(f"{name} is not {value}")

    def linear(self, name: str, *, gelu: bool = False) -> Linear:
        """A linear layer.

        Raises:
            NotUnderstoodError: it is none, or not there.
        """
        module = self._of(name, torch.nn.Linear)
        return Linear(module.weight.detach(), _detached(module.bias), self._products, gelu)

    def joined(self, *names: str) -> Linear:
        """Linear layers of one input as one, their outputs side by side.

        Raises:
            NotUnderstoodError: one is none, or they have biases in part.
        """
        layers = [self.linear(name) for name in names]
        biases = [layer.bias for layer in layers if layer.bias is not None]
        if len(biases) not in (0, len(layers)):
            raise NotUnderstoodError("biases in part")
        weight = torch.cat([layer.weight for layer in layers])
        return Linear(weight, torch.cat(biases) if biases else None, self._products)

    def norm(self, name: str) -> Norm:
        """A layer norm.

        Raises:
            NotUnderstoodError: it is none, or not there.
        """
        module = self._of(name, torch.nn.LayerNorm)
        return Norm(module.weight.detach(), _detached(module.bias), module.eps)

    def table(self, name: str) -> torch.Tensor:
        """The vectors of an embedding, float32 [entries, width].

        Raises:
            NotUnderstoodError: it is none, or not there.
        """
        weight: torch.Tensor = self._of(name, torch.nn.Embedding).weight
        return weight.detach()

    def _of(self, name: str, kind: type) -> Any:  # noqa: ANN401 - an object of `kind`
        try:
            module = self._model.get_submodule(name)
        except AttributeError as error:
            raise NotUnderstoodError(f"there is no {name}") from error
        if type(module) is not kind:
            raise NotUnderstoodError(f"{name} is no {kind.__name__}")
        return module


def _detached(bias: torch.Tensor | None) -> torch.Tensor | None:
    return None if bias is None else bias.detach()


class SameLength(NamedTuple):
    """Texts of one length that lie side by side, and can therefore attend without padding.

    Attributes:
        texts: how many.
        length: tokens of each.
        tokens: where they lie in the batch.
    """

    texts: int
    length: int
    tokens: slice


def by_length(lengths: npt.NDArray[np.int64]) -> list[SameLength]:
    """Neighbouring texts of one length; packing has sorted them, so that there are few."""
    firsts = np.flatnonzero(np.diff(lengths, prepend=-1))
    counts = np.diff(np.append(firsts, len(lengths)))
    ends = np.cumsum(counts * lengths[firsts])
    return [
        SameLength(int(count), int(length), slice(int(end - count * length), int(end)))
        for count, length, end in zip(counts, lengths[firsts], ends, strict=True)
    ]


def places(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """int64 [tokens]: of each token in its text, from 0."""
    starts = np.cumsum(lengths) - lengths
    found: npt.NDArray[np.int64] = np.arange(lengths.sum()) - np.repeat(starts, lengths)
    return found


def attend(
    qkv: torch.Tensor,
    parts: list[SameLength],
    heads: int,
    *,
    biases: Mapping[int, torch.Tensor] = MappingProxyType({}),
    window: int | None = None,
) -> torch.Tensor:
    """Attention (arXiv 1706.03762) within each text.

    Args:
        qkv: float32 [tokens, 3 x hidden]: queries, keys and values.
        parts: the texts.
        heads: of the attention; each has hidden / heads dimensions.
        biases: by length, what is added to the scores, float32 [heads, length, length]; to those
            of a length that is not there nothing is.
        window: a token sees others at most this far away; None: all.

    Returns:
        float32 [tokens, hidden].
    """
    hidden = qkv.shape[1] // 3
    attended = qkv.new_empty(len(qkv), hidden)
    for run in parts:
        shape = (run.texts, run.length, 3, heads, hidden // heads)
        query, key, value = qkv[run.tokens].view(shape).permute(2, 0, 3, 1, 4)
        out = attended[run.tokens].view(run.texts, run.length, heads, -1).transpose(1, 2)
        if window is not None and run.length > window + 1:
            _attend_near(query, key, value, window, out)
        else:
            bias = biases.get(run.length)
            out.copy_(F.scaled_dot_product_attention(query, key, value, attn_mask=bias))
    return attended


def _attend_near(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, window: int, out: torch.Tensor
) -> None:
    """Attention within a window, in blocks: work and memory grow with a text, not with its square.

    Args:
        query: float32 [texts, heads, length, d].
        key: likewise.
        value: likewise.
        window: a token sees others at most this far away.
        out: likewise; it is written to.
    """
    length, block = query.shape[2], max(32, 2 * window)
    for start in range(0, length, block):
        end = min(length, start + block)
        first, last = max(0, start - window), min(length, end + window)
        asking = torch.arange(start, end, device=query.device)
        asked = torch.arange(first, last, device=query.device)
        seen = (asking[:, None] - asked).abs() <= window
        out[:, :, start:end] = F.scaled_dot_product_attention(
            query[:, :, start:end], key[:, :, first:last], value[:, :, first:last], attn_mask=seen
        )
