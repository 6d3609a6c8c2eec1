"""Where the weights of a checkpoint lie: in safetensors of its own folder.

A pickle is read only where whoever runs it asks for it by its name (`--weights pytorch_model.bin`).
"""

import re
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Final

from harness.checkpoint.files import read_object
from harness.errors import InputError
from harness.system.foreign_files import is_file

PICKLE: Final = "pytorch_model.bin"
"""The one pickle that can be asked for, with its shards where pytorch_model.bin.index.json names
them."""

SAFE: Final = "model.safetensors"

_SHARD: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\.(safetensors|bin)")
_NEVER: Final = ("model.bin", "model.pt", "pytorch_model.pt")
_LEAST_TORCH: Final = (2, 6)
"""Before it a pickle could run code even with `weights_only=True` (CVE-2025-32434)."""


def check_choice(weights: str | None) -> bool:
    """Whether the pickle is asked for.

    Args:
        weights: what was asked for; None: safetensors.

    Raises:
        InputError: something else was, or this torch is too old to load a pickle without danger.
    """
    if weights is None:
        return False
    if weights != PICKLE:
        raise InputError(
            f"weights is {str(weights)[:80]!r}; {PICKLE} is what can be asked for, and safetensors "
            "are read without asking."
        )
    torch = version("torch")
    if tuple(int(part) for part in re.findall(r"\d+", torch)[:2]) < _LEAST_TORCH:
        raise InputError(
            f"torch {torch} can run code of a pickle even where only tensors are asked of it: "
            f"--weights {PICKLE} needs torch 2.6 or later."
        )
    return True


def weight_files(folder: Path, *, pickled: bool = False) -> tuple[Path, ...]:
    """The files from which the weights of a masked language model are loaded; () for none.

    They are those that transformers reads: the one file, or else the shards of its index.

    Args:
        folder: of the model.
        pickled: whether a pickle goes before safetensors, instead of never being read.

    Raises:
        InputError: an index names no file, or one that is missing or not of its kind.
    """
    names = (PICKLE, SAFE) if pickled else (SAFE,)
    for name in names:
        if is_file(folder / name):
            return (folder / name,)
        index = folder / f"{name}.index.json"
        if index.exists():
            return _shards(index, Path(name).suffix)
    return ()


def check_weights(folder: Path) -> None:
    """Refuse an adapter, and an index that leads to a pickle (it would be loaded) or elsewhere.

    Raises:
        InputError: the index of weights names what is no safetensors file of this folder, or an
            adapter or a key of config.json changes which weights are read.
    """
    index = folder / f"{SAFE}.index.json"
    if index.exists():
        _named(index, ".safetensors")
    if (folder / "adapter_config.json").exists():
        raise InputError(
            f"{folder}: adapter_config.json says that an adapter changes the weights, which is not "
            "done here: save the model with its adapter merged (merge_and_unload)."
        )
    path = folder / "config.json"
    other = read_object(path).get("transformers_weights") if is_file(path) else None
    if other is not None:
        raise InputError(
            f"{path}: transformers_weights is {str(other)[:80]!r}; only {SAFE} and its shards are "
            "read: give the file that name, and leave the key out."
        )


def no_weights(folder: Path, listed: Callable[[], Iterable[str]]) -> InputError:
    """Why a folder has no weights that can be read.

    Args:
        folder: of the model.
        listed: names of files that lie in this folder on the hub, where it was not all fetched.
    """
    names = {path.name for path in folder.iterdir()} | set(listed())
    pickle = next((name for name in (PICKLE, f"{PICKLE}.index.json") if name in names), None)
    if pickle:
        return InputError(
            f"{folder}: there is only {pickle}, a pickle, which is loaded only where it is asked "
            f"for: --weights {PICKLE} loads it (tensors only, no code of it runs); or give a "
            "--revision with safetensors (SFconvertbot's lie at refs/pr/N of some repositories), "
            "or save the model as safetensors (model.save_pretrained does)."
        )
    never = next((name for name in _NEVER if name in names), None)
    deeper = sorted(folder.glob("*/*.safetensors"))
    other = sorted(path.name for path in folder.glob("*.safetensors"))
    found = "are no weights"
    if never:
        found = f"is only {never}, a pickle, which is never loaded"
    elif other:
        found = f"is no {SAFE} and no index of shards, and {other[0]} is read by no name"
    elif deeper:
        found = f"are no weights beside config.json; {deeper[0].relative_to(folder)} is not read"
    return InputError(
        f"{folder}: there {found}; save the model as safetensors (model.save_pretrained does) and "
        "try again."
    )


def _named(index: Path, suffix: str) -> list[str]:
    """The shards that an index names, each once."""
    shards = read_object(index).get("weight_map")
    names = shards.values() if isinstance(shards, dict) else (shards,)
    for name in names:
        if not (isinstance(name, str) and _SHARD.fullmatch(name) and name.endswith(suffix)):
            kind = "safetensors" if suffix == ".safetensors" else suffix
            raise InputError(
                f"{index}: {str(name)[:80]!r} is no {kind} file of this folder; save the model "
                "again (model.save_pretrained does) and try again."
            )
    return sorted(set(names))


def _shards(index: Path, suffix: str) -> tuple[Path, ...]:
    paths = tuple(index.parent / name for name in _named(index, suffix))
    missing = [path.name for path in paths if not is_file(path)]
    if missing or not paths:
        told = f"{missing[0]} is missing" if missing else "it names no file"
        raise InputError(f"{index}: {told}: fetch or save the whole model again.")
    return paths
