"""The weights of a sparse autoencoder (`autoencoder_config` says what it is)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.checkpoint.files import read_object
from harness.checkpoint.tensors import read_tensors
from harness.checkpoint.weights import SAFE, weight_files
from harness.errors import InputError

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Autoencoder:
    """z = W (x - pre_bias) + latent_bias, of which the k largest are kept.

    Attributes:
        weight: float32 [dimensions, width], W.
        pre_bias: float32 [width].
        latent_bias: float32 [dimensions].
        standardized: whether x is brought to mean 0 and standard deviation 1 first.
    """

    weight: Floats
    pre_bias: Floats
    latent_bias: Floats
    standardized: bool


def read_autoencoder(folder: Path, *, pickled: bool = False) -> Autoencoder:
    """The weights of a SparseAutoEncoder.

    Args:
        folder: of the SparseAutoEncoder.
        pickled: whether a pickle goes before safetensors, instead of never being read.

    Raises:
        InputError: they are damaged, missing, not finite, or have other shapes than the file says.
    """
    path = folder / "config.json"
    config = read_object(path)
    found = next(iter(weight_files(folder, pickled=pickled)), folder / SAFE)
    tensors = read_tensors(found)
    # Encoder and decoder share one matrix, which is stored under the decoder's name.
    names = ("decoder.linear.weight", "pre_bias", "latent_bias")
    if "encoder.weight" in tensors:
        names = ("encoder.weight", *names[1:])
    size, width = config.get("hidden_dim", 512), config.get("input_dim")
    shapes = [tensors[name].shape if name in tensors else None for name in names]
    if shapes != [(size, width), (width,), (size,)]:
        raise InputError(
            f"{found}: the weights have the shapes {shapes}, and not those "
            f"of an autoencoder from {width} to {size} dimensions."
        )
    weight, pre_bias, latent_bias = (tensors[name] for name in names)
    for values in (weight, pre_bias, latent_bias):
        if not np.isfinite(values).all():
            raise InputError(f"{folder}: the autoencoder's weights hold NaN or infinite numbers.")
    return Autoencoder(weight, pre_bias, latent_bias, _flag(path, config))


def _flag(path: Path, config: dict[str, Any]) -> bool:
    flag = config.get("normalize", False)
    if not isinstance(flag, bool):
        raise InputError(f"{path}: normalize is {str(flag)[:40]!r}; true or false.")
    return flag
