"""Any masked language model in front of its vocabulary head, run as transformers runs it."""

from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from harness.errors import InputError, UnsupportedModelError


class SplitModel(NamedTuple):
    """A masked language model cut at its vocabulary projection.

    Attributes:
        model: gives the projection's input where it gave logits.
        weight: float32 [vocab, hidden] of the projection.
        bias: float32 [vocab] (zeros where the model has none).
    """

    model: torch.nn.Module
    weight: torch.Tensor
    bias: torch.Tensor


def split_model(model: torch.nn.Module, probe: torch.Tensor) -> SplitModel:
    """Take the vocabulary projection off a masked language model, and prove that it fits back on.

    Args:
        model: as transformers loaded it; it is changed.
        probe: int64 [1, tokens] that both forms are run on.

    Raises:
        InputError: the model cannot be run, or its last step is not one linear projection.
    """
    projection = model.get_output_embeddings()  # type: ignore[operator]
    if not isinstance(projection, torch.nn.Linear):
        raise UnsupportedModelError("The model's vocabulary head is not one linear projection.")
    weight: torch.Tensor = projection.weight.detach()  # the embeddings, where they are tied
    given: torch.Tensor | None = projection.bias
    bias = weight.new_zeros(len(weight)) if given is None else given.detach()
    with torch.inference_mode():
        try:
            whole = model(input_ids=probe).logits
        except (AttributeError, IndexError, RuntimeError, TypeError, ValueError) as error:
            # What settings that no model was trained with make of the first step that reads them.
            said = " ".join(str(error).split())[:200]
            raise InputError(f"The model cannot be run as config.json has it ({said}).") from error
        _replace(model, projection, torch.nn.Identity())
        hidden = model(input_ids=probe).logits
    if hidden.shape[-1] != weight.shape[1] or not torch.allclose(
        torch.nn.functional.linear(hidden, weight, bias), whole, rtol=1e-4, atol=1e-4
    ):
        raise UnsupportedModelError(
            "The model does more after its vocabulary projection than SPLADE's head: "
            "this architecture is not supported."
        )
    return SplitModel(model, weight, bias)


def _replace(model: torch.nn.Module, old: torch.nn.Module, new: torch.nn.Module) -> None:
    """Put a module in another's place (`set_output_embeddings` would also move the bias)."""
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if child is old:
                setattr(parent, name, new)


class WithoutHead(torch.nn.Module):
    """A transformer without a head, whose last vectors stand where a split model has its own."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model
        self.config = model.config

    def forward(self, **inputs: torch.Tensor) -> SimpleNamespace:
        """float32 [texts, tokens, width] under `logits`, as `split_model` leaves it."""
        return SimpleNamespace(logits=self.model(**inputs).last_hidden_state)


class PaddedBody:
    """Runs a split model on padded batches: right for every architecture."""

    name = "padded"

    def __init__(self, model: torch.nn.Module, pad_id: int) -> None:
        self._model = model
        self._pad_id = pad_id

    def __call__(self, ids: torch.Tensor, lengths: npt.NDArray[np.int64]) -> torch.Tensor:
        """int64 [tokens] of texts laid end to end -> float32 [tokens, hidden]."""
        real = torch.arange(int(lengths.max())) < torch.from_numpy(lengths)[:, None]
        real = real.to(ids.device)
        padded = torch.full(real.shape, self._pad_id, dtype=torch.int64, device=ids.device)
        padded[real] = ids
        hidden: torch.Tensor = self._model(
            input_ids=padded, attention_mask=real.to(torch.int64)
        ).logits
        return hidden[real]
