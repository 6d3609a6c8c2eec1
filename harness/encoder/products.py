"""Float32 matrix products of a body's linear layers: torch's own, or oneDNN's.

torch multiplies with MKL, which does not take all of what AMD's processors with AVX-512 can do;
oneDNN, which is in the same torch, does, and adds a bias and takes GELU while a result is in the
registers. A core of an AMD EPYC of the fourth generation does 100 GFLOP/s with the one and 110 with
the other, of the fifth 80 to 95 and 197 to 221 (docs/speed.md). On every other processor torch's
own stays, since nothing better is known there.

The choice rests on facts of the processor and not on a stopwatch: it is the same at every start, so
that a job that goes on tomorrow goes on with the same bits. It stands in the fingerprint.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch.nn import functional as F  # noqa: N812 - the name everybody knows it by

from harness.encoder import ProductsChoice
from harness.errors import InputError
from harness.system.processor import vendor_and_flags

Linear = Callable[[torch.Tensor, torch.Tensor, torch.Tensor | None], torch.Tensor]
"""float32 [..., width], [out, width], [out] or None -> float32 [..., out]."""


@dataclass(frozen=True)
class Products:
    """One way to multiply.

    Attributes:
        name: what stands in the fingerprint and in the result.
        linear: x W^T + b.
        gelu: GELU of that (Hendrycks and Gimpel 2016, with the error function).
    """

    name: str
    linear: Linear
    gelu: Linear


def _gelu(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    return F.gelu(F.linear(x, weight, bias))


def _onednn(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    return _pointwise(x, weight, bias, "none")


def _onednn_gelu(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    return _pointwise(x, weight, bias, "gelu")


def _pointwise(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, then: str
) -> torch.Tensor:
    """The operation that torch's own compiler puts in the place of a linear layer on a CPU."""
    operation = getattr(torch.ops.mkldnn, "_linear_pointwise")  # noqa: B009 - private to mypy and ruff
    found: torch.Tensor = operation(x, weight, bias, then, [], "none")
    return found


TORCH: Final = Products("torch", F.linear, _gelu)
ONEDNN: Final = Products("onednn", _onednn, _onednn_gelu)


def choose_products(choice: ProductsChoice, where: torch.device) -> Products:
    """The products that are asked for, or those that suit the processor.

    Args:
        choice: `torch`, `onednn`, or `auto`.
        where: the device.

    Raises:
        InputError: oneDNN is asked for and is not here.
    """
    here = where.type == "cpu" and _has_onednn()
    if choice == "onednn" and not here:
        raise InputError(
            "There are no products of oneDNN here (they need a CPU, and a torch that was built "
            "with oneDNN): take --products auto."
        )
    if choice == "onednn" or (choice == "auto" and here and _suits()):
        return ONEDNN
    return TORCH


def _suits() -> bool:
    """Whether the processor is one on which oneDNN is known to be faster."""
    vendor, flags = vendor_and_flags()
    return vendor == "AuthenticAMD" and "avx512f" in flags


def _has_onednn() -> bool:
    """Whether this torch has the operation, and it gives what a linear layer gives."""
    built = bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]
    if not (built and hasattr(torch.ops.mkldnn, "_linear_pointwise")):
        return False
    rows = torch.linspace(-1, 1, 6 * 16).view(6, 16)
    weight, bias = torch.linspace(1, -1, 8 * 16).view(8, 16), torch.linspace(0, 1, 8)
    with torch.inference_mode():
        try:
            pairs = [
                (one(rows, weight, bias), other(rows, weight, bias))
                for one, other in ((_onednn, F.linear), (_onednn_gelu, _gelu))
            ]
        except (AttributeError, RuntimeError, TypeError):  # another signature
            return False
    return all(torch.allclose(one, other, rtol=1e-4, atol=1e-5) for one, other in pairs)


class _OnednnLinear(torch.nn.Linear):
    """A linear layer whose product is oneDNN's."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002 - torch's name
        return _onednn(input, self.weight, self.bias)


def multiply_by(model: torch.nn.Module, products: Products) -> None:
    """Have the linear layers of a model multiply so; its weights stay where they are."""
    kind = _OnednnLinear if products is ONEDNN else torch.nn.Linear
    for layer in model.modules():
        if type(layer) in (torch.nn.Linear, _OnednnLinear):
            layer.__class__ = kind
