"""What a checkpoint's files of weights hold, from their headers: names, number types, shapes."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from harness.checkpoint.pickled import read_pickle
from harness.checkpoint.tensors import StoredTensor
from harness.errors import HarnessError, InputError
from harness.system.foreign_files import open_regular
from harness.system.json_files import parse_json

FLOATS: Final = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2",
}
"""What safetensors calls torch's types; whole numbers (position ids, say) are no weights."""

_WEIGHT = re.compile(r"(^|\.)(weight|bias|gamma|beta)$")
"""Not position ids, nor counts of batches."""

_LONGEST = 100_000_000  # bytes of a header, as safetensors itself allows


def stored_tensors(files: Iterable[Path]) -> tuple[StoredTensor, ...]:
    """The tensors of all files, in the order in which transformers reads them.

    Safetensors that cannot be read are whoever loads them to refuse; JSON holds no tensors.

    Raises:
        InputError: a pickle is more than tensors, or two files of a folder hold one tensor.
    """
    found = [(path, tensor) for path in files for tensor in _tensors(path)]
    first: dict[tuple[Path, str], Path] = {}
    for path, tensor in found:
        before = first.setdefault((path.parent, tensor.name), path)
        if before != path:
            raise InputError(
                f"{path} holds {tensor.name[:80]}, as {before.name} does: which of the two is "
                "meant cannot be known; save the model again (model.save_pretrained does)."
            )
    return tuple(tensor for _, tensor in found)


def check_no_quantized(folder: Path, tensors: Iterable[StoredTensor]) -> None:
    """Refuse weights that are whole numbers: read as they are, they lack their scales.

    Raises:
        InputError: one is.
    """
    whole = [one for one in tensors if _WEIGHT.search(one.name) and "float" not in one.dtype]
    if whole:
        raise InputError(
            f"{folder}: the weights {whole[0].name[:80]} are stored as whole numbers "
            f"({whole[0].dtype[:20]}; {len(whole)} tensors in all): quantized weights are not run "
            "here, save the model in float32."
        )


def _tensors(path: Path) -> Iterable[StoredTensor]:
    if path.suffix == ".bin":
        return read_pickle(path)
    return sorted(_entries(path)) if path.suffix == ".safetensors" else ()


def _entries(path: Path) -> Iterator[StoredTensor]:
    """What the header of a safetensors file says of each tensor."""
    header: object = None
    with suppress(HarnessError, OSError, ValueError), open_regular(path) as stream:
        length = int.from_bytes(stream.read(8), "little")
        header = parse_json(stream.read(min(length, _LONGEST)))
    tensors = header.items() if isinstance(header, dict) else ()
    for name, one in tensors:
        if name[:2] != "__" and isinstance(one, dict):
            dtype = str(one.get("dtype"))
            yield StoredTensor(name, FLOATS.get(dtype, dtype), _sides(one.get("shape")))


def _sides(shape: Any) -> tuple[int, ...]:  # noqa: ANN401 - of any JSON
    whole = isinstance(shape, list) and all(isinstance(side, int) for side in shape)
    return tuple(shape) if whole else ()
