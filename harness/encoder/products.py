"""Matrix products of the body: which library multiplies, and a linear layer that it computes.

torch's own float32 product is MKL's on an x86 processor. On AMD's processors with AVX-512 MKL uses
less of them than oneDNN does, which lies in the same torch: by 2 on Zen 5 (80 to 95 of 197 to 221
GFLOP/s a core), by 1.1 on Zen 4, whose float32 units are half as wide. oneDNN also adds the bias,
GELU and the residual before a result leaves the cache. Weights laid out ahead gain 1 % and would be
a second copy in memory: they stay as they are.

Which one runs follows from the processor and from torch alone, never from a stopwatch: the same
machine takes the same one in the middle of a job, whatever else it is doing.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch.nn import functional as F  # noqa: N812 - the name everybody knows it by

from harness.encoder import Products, ProductsChoice
from harness.errors import InputError
from harness.system.processor import instructions, vendor

ROWS: Final = 64
"""oneDNN writes a kernel for each number of rows and keeps it, with memory to work in: products of
850 numbers of rows left 1.9 GB behind on an AMD EPYC (2026-11-25), and 40 MB where the rows were
multiples of this. On average 32 rows of some 2,000 are too many."""


def products_for(choice: ProductsChoice, device: torch.device) -> Products:
    """Which library multiplies on a device: the fastest that is known, or the one asked for.

    Raises:
        InputError: the one asked for does not exist here.
    """
    if choice == "onednn" and not (device.type == "cpu" and _has_onednn()):
        where = "in this torch" if device.type == "cpu" else f"on the device '{device.type}'"
        raise InputError(f"There are no oneDNN products {where}: take --products auto.")
    if choice != "auto":
        return choice
    known = vendor() == "AuthenticAMD" and "avx512f" in instructions()
    return "onednn" if device.type == "cpu" and known and _has_onednn() else "torch"


def _has_onednn() -> bool:
    """Whether torch has oneDNN's linear layer, alone and with a second operand."""
    found = getattr(torch.ops.mkldnn, "_linear_pointwise", None)
    return (
        found is not None
        and bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]
        and {"default", "binary"} <= set(found.overloads())
    )


@dataclass(frozen=True, eq=False)
class Linear:
    """A linear layer, with GELU behind it where it is asked for.

    Attributes:
        weight: float32 [out, in], not copied.
        bias: float32 [out], or None.
        products: who multiplies.
        gelu: x Phi(x), Phi by the error function (arXiv 1606.08415), of what comes out.
    """

    weight: torch.Tensor
    bias: torch.Tensor | None
    products: Products
    gelu: bool = False

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """float32 [..., in] -> float32 [..., out]."""
        if self.products == "onednn":
            operation = torch.ops.mkldnn._linear_pointwise  # noqa: SLF001 - there is no other
            attribute = "gelu" if self.gelu else "none"
            found: torch.Tensor = operation(x, self.weight, self.bias, attribute, [], "none")
            return found
        found = F.linear(x, self.weight, self.bias)
        return F.gelu(found) if self.gelu else found

    def filled_up(self, x: torch.Tensor) -> torch.Tensor:
        """The same of rows that are filled up to a multiple of `ROWS` for the product."""
        rows = x.reshape(-1, x.shape[-1])
        more = -len(rows) % ROWS
        found = self(F.pad(rows, (0, 0, 0, more)) if more else rows)
        return found[: len(rows)].view(*x.shape[:-1], found.shape[-1])

    def plus(self, x: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """What comes out (without GELU) and `other`, float32 [tokens, out], added."""
        return self._with(x, other, "add")

    def times(self, x: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """What comes out (without GELU) times `other`, float32 [tokens, out]."""
        return self._with(x, other, "mul")

    def _with(self, x: torch.Tensor, other: torch.Tensor, attribute: str) -> torch.Tensor:
        if self.products == "onednn":
            operation = torch.ops.mkldnn._linear_pointwise.binary  # noqa: SLF001
            found: torch.Tensor = operation(x, other, self.weight, self.bias, attribute)
            return found
        found = F.linear(x, self.weight, self.bias)
        return found.add_(other) if attribute == "add" else found.mul_(other)


def multiply_by(model: torch.nn.Module, products: Products) -> None:
    """Have the linear layers of a model of transformers computed by these products; it is changed.

    Those of classes of their own stay as they are: what else they do is not known.
    """
    for module in model.modules():
        if products == "torch":
            vars(module).pop("forward", None)
            continue
        if type(module) is torch.nn.Linear:
            layer = Linear(module.weight.detach(), _detached(module.bias), products)
            module.forward = layer.filled_up  # type: ignore[method-assign, assignment]


def _detached(bias: torch.Tensor | None) -> torch.Tensor | None:
    return None if bias is None else bias.detach()
