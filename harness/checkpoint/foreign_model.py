"""A checkpoint whose modules are left to sentence-transformers: what it is, and that it is safe."""

from itertools import chain
from pathlib import Path
from typing import Final

from harness.checkpoint import Checkpoint
from harness.checkpoint.files import is_there, read_object
from harness.checkpoint.hashes import CONFIGURATION, TOKENIZER_FILES, sha256
from harness.checkpoint.model_config import read_model_config
from harness.checkpoint.modules import all_modules
from harness.checkpoint.recipe import Recipe
from harness.checkpoint.settings import architectures
from harness.checkpoint.sources import resolve_model
from harness.checkpoint.weights import check_weights
from harness.errors import InputError

_PICKLES: Final = ("*.bin", "*.pt", "*.pth", "*.pkl", "*.ckpt")


def open_foreign(name: str, revision: str = "main") -> Checkpoint:
    """Find a checkpoint that sentence-transformers is to load, and see that it runs no code.

    Args:
        name: as for `open_checkpoint`.
        revision: likewise.

    Raises:
        InputError: there is nothing of that name, it is no sparse encoder, it brings code, or
            weights of it are a pickle.
        UnreachableError: it would have to be fetched and cannot be.
    """
    folder, commit = resolve_model(name, revision).load()
    config = read_model_config(folder, requirements=False)
    _check_kind(folder)
    places = sorted({folder, *(module.folder for module in all_modules(folder))})
    for place in places:
        _check_safe(place)
    weights = _files(places, ("*.safetensors",))
    if not weights:
        raise InputError(f"{folder}: there are no weights in safetensors.")
    return Checkpoint(
        id=name,
        revision=commit,
        folder=folder,
        recipe=Recipe(
            kind="sentence-transformers",
            query_prompt=config.query_prompt,
            document_prompt=config.document_prompt,
            max_active_dims=config.max_active_dims,
        ),
        weights_sha256=sha256(weights),
        weights=tuple(weights),
        tokenizer_sha256=sha256(_files(places, TOKENIZER_FILES)),
        configuration_sha256=sha256(
            path for path in _files(places, CONFIGURATION) if path.name not in TOKENIZER_FILES
        ),
        similarity=config.similarity,
    )


def _check_kind(folder: Path) -> None:
    """Of anything else sentence-transformers makes a sparse encoder with random weights."""
    if is_there(folder / "modules.json"):
        path = folder / "config_sentence_transformers.json"
        kind = read_object(path).get("model_type")
        if kind != "SparseEncoder":
            raise InputError(f"{path}: model_type is {str(kind)[:80]!r}, and not SparseEncoder.")
        return
    named = architectures(folder, read_object(folder / "config.json"))
    if not any(one.endswith("ForMaskedLM") for one in named):
        raise InputError(
            f"{folder}: config.json names {', '.join(named)[:200] or 'nothing'}, which is not a "
            "masked language model (…ForMaskedLM)."
        )


def _check_safe(place: Path) -> None:
    path = place / "config.json"
    if path.is_file() and read_object(path).get("auto_map"):
        raise InputError(f"{place}: the model needs its own Python code, which is never run here.")
    check_weights(place)
    pickles = _files([place], _PICKLES)
    if pickles and not _files([place], ("*.safetensors",)):
        raise InputError(f"{pickles[0]} is a pickle, which is never loaded; save safetensors.")


def _files(places: list[Path], patterns: tuple[str, ...]) -> list[Path]:
    """The files of some names in some folders, each once, in a total order."""
    found = chain.from_iterable(place.glob(name) for place in places for name in patterns)
    return sorted({path for path in found if path.is_file()})
