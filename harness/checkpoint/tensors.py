"""Tensors of a safetensors file as float32."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from harness.checkpoint.foreign_code import refused
from harness.system.foreign_files import check_regular


def read_tensors(path: Path) -> dict[str, npt.NDArray[np.float32]]:
    """All tensors of a file, in float32 whatever they are stored in.

    Raises:
        InputError: the file is damaged.
    """
    from safetensors.torch import load_file

    check_regular(path)
    with refused(f"{path} cannot be read as safetensors"):
        return {name: tensor.float().numpy() for name, tensor in load_file(path).items()}
