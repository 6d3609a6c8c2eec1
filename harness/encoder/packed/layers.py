"""The parts that every layer is made of: linear maps and layer norms, read by their names."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch.nn import functional as F  # noqa: N812 - the name everybody knows it by

from harness.encoder.products import Products


class LinearMap(NamedTuple):
    """x -> x weight^T + bias.

    Attributes:
        weight: float32 [out, in].
        bias: float32 [out]; None: there is none.
        products: who multiplies.
    """

    weight: torch.Tensor
    bias: torch.Tensor | None
    products: Products

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """float32 [tokens, in] -> float32 [tokens, out]."""
        return self.products.linear(x, self.weight, self.bias)

    def gelu(self, x: torch.Tensor) -> torch.Tensor:
        """The same, through the exact GELU (Hendrycks and Gimpel 2016, arXiv 1606.08415)."""
        return self.products.gelu(x, self.weight, self.bias)


class Norm(NamedTuple):
    """A layer norm over the last dimension (Ba et al. 2016, arXiv 1607.06450).

    Attributes:
        weight: float32 [hidden].
        bias: float32 [hidden]; None: there is none.
        eps: added to the variance.
    """

    weight: torch.Tensor
    bias: torch.Tensor | None
    eps: float

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """float32 [tokens, hidden] -> the same shape."""
        return F.layer_norm(x, (x.shape[-1],), self.weight, self.bias, self.eps)


class NamedWeights:
    """The weights of a model by the names that transformers gives them."""

    def __init__(self, model: torch.nn.Module, products: Products) -> None:
        self._products = products
        named: Mapping[str, torch.Tensor] = model.state_dict()
        self._named = {name: tensor.detach() for name, tensor in named.items()}

    def get(self, name: str) -> torch.Tensor | None:
        """One tensor, or None where the model has none of that name."""
        return self._named.get(name)

    def __contains__(self, name: str) -> bool:
        return name in self._named

    def __getitem__(self, name: str) -> torch.Tensor:
        """One tensor; a KeyError where the model has none of that name."""
        return self._named[name]

    def linear(self, *at: str) -> LinearMap:
        """The linear map of that name; several are joined to one that gives all their results."""
        weights = [self[f"{name}.weight"] for name in at]
        biases = [self[f"{name}.bias"] for name in at if f"{name}.bias" in self]
        if len(at) == 1:
            return LinearMap(weights[0], biases[0] if biases else None, self._products)
        if biases and len(biases) < len(at):
            raise KeyError(f"a bias of {', '.join(at)}")
        return LinearMap(torch.cat(weights), torch.cat(biases) if biases else None, self._products)

    def norm(self, at: str, eps: float) -> Norm:
        """The layer norm of that name."""
        return Norm(self[f"{at}.weight"], self.get(f"{at}.bias"), eps)
