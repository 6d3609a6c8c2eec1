"""The only door to transformers: a masked language model and its tokenizer, in float32.

Safetensors only, no remote code: what a checkpoint brings is data.
"""

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.checkpoint.recipe import Recipe, read_object
from harness.errors import InputError

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

_PICKLED = ("pytorch_model.bin", "model.bin", "model.pt")


def check_masked_lm(folder: Path) -> None:
    """Look at the files, before anything heavy is loaded.

    Raises:
        InputError: no config, not a masked language model, remote code, or no safetensors.
    """
    config = read_object(folder / "config.json")
    architectures = config.get("architectures") or []
    if config.get("auto_map"):
        raise InputError(f"{folder}: the model needs its own Python code, which is never run here.")
    if not any(str(name).endswith("ForMaskedLM") for name in architectures):
        named = ", ".join(map(str, architectures)) or "nothing"
        raise InputError(
            f"{folder}: config.json names {named}, which is not a masked language model "
            "(…ForMaskedLM); a SPLADE encoder needs the vocabulary head."
        )
    if not any(folder.glob("*.safetensors")):
        pickled = next((name for name in _PICKLED if (folder / name).exists()), None)
        found = f"only {pickled}, a pickle, which is never loaded" if pickled else "no weights"
        raise InputError(
            f"{folder}: there is {found}; save the model as safetensors "
            "(model.save_pretrained does) and try again."
        )


def load_model(folder: Path) -> "torch.nn.Module":
    """Load the model in float32 for inference.

    Raises:
        InputError: damaged weights, or weights that the vocabulary head lacks (transformers would
            fill them with random numbers and only warn).
    """
    _quiet()
    from safetensors import SafetensorError
    from transformers import AutoModelForMaskedLM

    try:
        model, info = AutoModelForMaskedLM.from_pretrained(
            folder,
            dtype="float32",
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            output_loading_info=True,
        )
    except (SafetensorError, OSError, ValueError, RuntimeError, KeyError) as error:
        raise InputError(
            f"{folder}: the model can not be loaded ({_first_line(error)})."
        ) from error
    missing = sorted(info["missing_keys"]) + sorted(map(str, info.get("mismatched_keys", ())))
    if missing:
        raise InputError(
            f"{folder}: the weights lack {', '.join(missing[:3])} ({len(missing)} tensors in all); "
            "without them the model would be random in part."
        )
    broken = [name for name, weight in model.named_parameters() if not weight.isfinite().all()]
    if broken:
        raise InputError(
            f"{folder}: the weights {broken[0]} hold NaN or infinite numbers: the checkpoint is "
            "damaged, fetch or save it again."
        )
    return model.eval().requires_grad_(False)  # type: ignore[no-any-return]


def load_tokenizer(folder: Path, recipe: Recipe) -> "tuple[Tokenizer, int]":
    """The tokenizer, set to truncate and not to pad, and the tokens it keeps of a text.

    The length is sentence-transformers': max_seq_length where the recipe has one, else the
    tokenizer's, and never more than the positions that the model has.

    Raises:
        InputError: no tokenizer, or none that the fast tokenizers library can run.
    """
    _quiet()
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(
            folder, use_fast=True, trust_remote_code=False, local_files_only=True
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{folder}: the tokenizer can not be loaded ({_first_line(error)})."
        ) from error
    if not tokenizer.is_fast:
        raise InputError(f"{folder}: the tokenizer has no fast form (tokenizer.json is missing).")
    config = read_object(folder / "config.json")
    positions = config.get("max_position_embeddings") or -1
    length = recipe.max_length or int(tokenizer.model_max_length)
    if positions != -1 and recipe.max_length is None:
        length = min(length, int(positions))
    backend: Tokenizer = tokenizer.backend_tokenizer
    if recipe.lowercase:
        _lowercase(backend)
    backend.enable_truncation(length, direction=tokenizer.truncation_side)
    backend.no_padding()
    return backend, length


def _lowercase(backend: "Tokenizer") -> None:
    from tokenizers import normalizers

    first = normalizers.Lowercase()
    then = backend.normalizer
    backend.normalizer = normalizers.Sequence([first, then]) if then is not None else first


def _quiet() -> None:
    """Keep transformers from reporting and drawing bars on stderr while it loads."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    logging.getLogger("transformers").setLevel(logging.ERROR)
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:160] if lines else type(error).__name__
