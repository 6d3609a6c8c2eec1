"""A sparse autoencoder behind pooled vectors, as sentence-transformers keeps it (CSR).

Wen et al. 2025, Beyond Matryoshka (arXiv 2503.01776). `Pooling` makes one dense vector of a text's
tokens, `SparseAutoEncoder` its sparse code.
"""

from pathlib import Path
from typing import Final

from harness.checkpoint.files import read_object
from harness.errors import InputError, UnsupportedModelError

POOLED: Final = ("mean", "cls", "max")
"""Ways to make one vector of a text's tokens that are evaluated here."""

_LEGACY: Final = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
"""What modes were called until sentence-transformers 5.4, each a flag of its own."""


def read_pooling_mode(folder: Path) -> str:
    """How `Pooling` makes one vector of a text's tokens.

    Raises:
        InputError: in a way that is not evaluated here.
    """
    path = folder / "config.json"
    config = read_object(path)
    mode = config.get("pooling_mode")
    if mode is None:
        flagged = [name for key, name in _LEGACY.items() if config.get(key)]
        mode = flagged[0] if len(flagged) == 1 else flagged or "mean"
    if mode not in POOLED:
        raise UnsupportedModelError(
            f"{path}: the pooling_mode is {str(mode)[:80]!r}; {', '.join(POOLED)} are evaluated."
        )
    known = ("pooling_mode", "include_prompt", *_LEGACY)
    other = [k for k, v in config.items() if v and k not in known and not k.endswith("_dimension")]
    if other or config.get("include_prompt", True) is not True:
        named = other[0] if other else "include_prompt"
        raise UnsupportedModelError(f"{path}: {named[:80]!r} of a Pooling is not evaluated here.")
    return str(mode)


def read_k(folder: Path) -> int:
    """How many of a text's largest dimensions a SparseAutoEncoder keeps.

    Raises:
        InputError: that is no number of its dimensions.
    """
    path = folder / "config.json"
    config = read_object(path)
    k, size = config.get("k", 8), config.get("hidden_dim", 512)
    if not (type(k) is type(size) is int and 0 < k <= size):
        raise InputError(f"{path}: k is {str(k)[:40]!r}, of {str(size)[:40]!r} dimensions.")
    known = ("input_dim", "hidden_dim", "k", "k_aux", "normalize", "dead_threshold")
    other = [key for key, value in config.items() if value and key not in known]
    if other:
        raise InputError(f"{path}: {other[0][:80]!r} is no setting of SparseAutoEncoder.")
    return int(k)
