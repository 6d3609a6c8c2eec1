"""In which type of numbers weights are stored, and in which sentence-transformers computes them.

Here everything is computed in float32. transformers 5, and sentence-transformers 6 on it, load a
model in the type that config.json names (`dtype`, or `torch_dtype` before 2026), else in that of
the first stored weight; other modules they compute in float32 (transformers'
`modeling_utils._get_dtype`; the tests run it). A card made so prints other numbers.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from harness.checkpoint import Checkpoint
from harness.checkpoint.files import read_object
from harness.checkpoint.stored import stored_tensors
from harness.checkpoint.tensors import StoredTensor
from harness.system.foreign_files import is_file

FLOAT32: Final = "float32"
_FLOATS: Final = ("float64", FLOAT32, "float16", "bfloat16")
_EIGHT: Final = ("float8_e4m3fn", "float8_e5m2")
"""No model can be built in these, so transformers looks further for the type of a whole one."""

_REMEDY: Final = 'unless it is given model_kwargs={"dtype": "float32"}'


def stored_dtype(checkpoint: Checkpoint) -> str | None:
    """The types of a role's stored weights, the most frequent first; None: float32 only.

    Raises:
        InputError: a file of weights is damaged.
    """
    found = _types(stored_tensors(checkpoint.weights))
    return None if found in ((), (FLOAT32,)) else " and ".join(found)


def number_types(checkpoint: Checkpoint) -> tuple[str, ...]:
    """A sentence on each folder of weights that is stored, or run by others, in another type.

    Args:
        checkpoint: with its `queries`.

    Raises:
        InputError: a file of weights is damaged.
    """
    folders: dict[Path, str] = {}
    for one in (checkpoint, checkpoint.queries or checkpoint):
        whose = "" if one is checkpoint else " of the queries' encoder"
        for path in one.weights:
            folders.setdefault(path.parent, whose)
    files = (*checkpoint.weights, *(checkpoint.queries.weights if checkpoint.queries else ()))
    return tuple(
        sentence
        for folder, whose in folders.items()
        for sentence in _told(
            folder, whose, [path for path in dict.fromkeys(files) if path.parent == folder]
        )
    )


def _told(folder: Path, whose: str, files: list[Path]) -> Iterator[str]:
    path = folder / "config.json"
    config = read_object(path) if is_file(path) else {}
    return told(stored_tensors(files), stored_tensors(files[:1]), config, whose)


def told(
    tensors: Iterable[StoredTensor],
    first: Iterable[StoredTensor],
    config: dict[str, Any],
    whose: str = "",
) -> Iterator[str]:
    """The sentence on some weights, where there is one to say.

    Args:
        tensors: all that are stored together.
        first: of the first file, in the order in which transformers reads them.
        config: what config.json beside them holds; a transformer's has a model_type.
        whose: a word on which weights they are.
    """
    stored = _types(tensors)
    if not stored:  # damaged, which whoever loads it says; or terms in JSON
        return
    theirs, why = run_in(config, first) if "model_type" in config else _OTHER
    if set(stored) <= {FLOAT32} and theirs == FLOAT32:
        return
    begin = f"The weights{whose} are stored in {' and '.join(stored)} and computed in float32"
    if theirs == FLOAT32:
        yield f"{begin}, as sentence-transformers 6 computes them, too ({why})."
    elif theirs is None:
        yield f"{begin}; sentence-transformers 6 does not load them ({why}), {_REMEDY}."
    else:
        yield (
            f"{begin}; sentence-transformers 6 on transformers 5 computes in {theirs} ({why}) and "
            f"gives other numbers, {_REMEDY}."
        )


_OTHER: Final = (FLOAT32, "as in every module but a transformer")


def run_in(config: dict[str, Any], tensors: Iterable[StoredTensor]) -> tuple[str | None, str]:
    """The type in which transformers 5 loads a model where nothing is asked for, and why.

    Args:
        config: what config.json holds.
        tensors: of the first file of weights, in the order in which transformers reads them.
    """
    named = config.get("dtype") or config.get("torch_dtype")
    if isinstance(named, dict):
        named = named.get("", FLOAT32)
    if named is not None:
        known = named if named in _FLOATS else None
        return known, "config.json says so" if known else f"config.json says {str(named)[:40]!r}"
    first = next((tensor.dtype for tensor in tensors if tensor.dtype in _FLOATS), None)
    return first, "as they are stored" if first else "no model is built in 8 bits"


def _types(tensors: Iterable[StoredTensor]) -> tuple[str, ...]:
    """The types of numbers with a point, the most frequent first."""
    found = Counter(tensor.dtype for tensor in tensors if tensor.dtype in (*_FLOATS, *_EIGHT))
    return tuple(dtype for dtype, _ in sorted(found.items(), key=lambda one: (-one[1], one[0])))
