"""The number types in which a checkpoint stores its weights, from the headers of its files."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.system.foreign_files import open_regular
from harness.system.json_files import parse_json

_FLOATS = frozenset({"F16", "BF16", "F64", "F8_E4M3", "F8_E5M2"})
"""As safetensors names them; whole numbers (position ids, say) are no weights."""

_LONGEST = 100_000_000  # bytes of a header, as safetensors itself allows


def stored_dtypes(folder: Path) -> tuple[str, ...]:
    """A sentence where weights are stored as anything but float32, in which they are computed.

    Args:
        folder: with the safetensors files; one that cannot be read is whoever loads it to refuse.
    """
    found = Counter(str(entry.get("dtype")) for entry in _entries(folder))
    other = {dtype: count for dtype, count in sorted(found.items()) if dtype in _FLOATS}
    if not other:
        return ()
    kinds = ", ".join(f"{count:,} as {dtype}" for dtype, count in other.items())
    return (
        f"Of {found.total():,} stored tensors {kinds}; all are computed in float32, so a source "
        "that computes in another type prints other numbers.",
    )


def stored_shapes(folder: Path) -> list[tuple[int, ...]]:
    """The shapes of all stored tensors; what cannot be read is whoever loads it to refuse."""
    shapes = (entry.get("shape") for entry in _entries(folder))
    return [
        tuple(shape)
        for shape in shapes
        if isinstance(shape, list) and all(isinstance(side, int) for side in shape)
    ]


def _entries(folder: Path) -> Iterator[dict[str, Any]]:
    """What the headers of the safetensors files say of each tensor."""
    for path in sorted(folder.glob("*.safetensors")):
        header: object = None
        with suppress(HarnessError, OSError, ValueError), open_regular(path) as stream:
            length = int.from_bytes(stream.read(8), "little")
            header = parse_json(stream.read(min(length, _LONGEST)))
        tensors = header.items() if isinstance(header, dict) else ()
        yield from (one for name, one in tensors if name[:2] != "__" and isinstance(one, dict))
