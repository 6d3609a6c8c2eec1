"""Tensors of a file as float32, and what is known of one without reading its numbers."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from harness.checkpoint.foreign_code import refused
from harness.system.foreign_files import check_regular


class StoredTensor(NamedTuple):
    """A tensor of a file: its name, the type of its numbers as torch calls it, and its sides."""

    name: str
    dtype: str
    shape: tuple[int, ...]


def read_tensors(path: Path) -> dict[str, npt.NDArray[np.float32]]:
    """All tensors of a file, in float32 whatever they are stored in.

    Args:
        path: safetensors, or a pickle (.bin) that was looked at (`harness.checkpoint.pickled`).

    Raises:
        InputError: the file is damaged.
    """
    check_regular(path)
    if path.suffix == ".bin":
        import torch

        with refused(f"{path} cannot be loaded"):
            found = torch.load(path, map_location="cpu", weights_only=True)
            return {name: tensor.float().numpy() for name, tensor in found.items()}
    from safetensors.torch import load_file

    with refused(f"{path} cannot be read as safetensors"):
        return {name: tensor.float().numpy() for name, tensor in load_file(path).items()}
