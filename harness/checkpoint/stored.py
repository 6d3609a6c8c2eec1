"""The number types in which a checkpoint stores its weights, from the headers of its files."""

import json
from collections import Counter
from contextlib import suppress
from pathlib import Path

_FLOATS = frozenset({"F16", "BF16", "F64", "F8_E4M3", "F8_E5M2"})
"""As safetensors names them; whole numbers (position ids, say) are no weights."""

_LONGEST = 100_000_000  # bytes of a header, as safetensors itself allows


def stored_dtypes(folder: Path) -> tuple[str, ...]:
    """A sentence where weights are stored as anything but float32, in which they are computed.

    Args:
        folder: with the safetensors files; one that cannot be read is whoever loads it to refuse.
    """
    found: Counter[str] = Counter()
    for path in sorted(folder.glob("*.safetensors")):
        with suppress(OSError, ValueError, AttributeError, TypeError), path.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            header = json.loads(stream.read(min(length, _LONGEST)))
            found.update(entry["dtype"] for name, entry in header.items() if name[:2] != "__")
    other = {dtype: count for dtype, count in sorted(found.items()) if dtype in _FLOATS}
    if not other:
        return ()
    kinds = ", ".join(f"{count:,} as {dtype}" for dtype, count in other.items())
    return (
        f"Of {found.total():,} stored tensors {kinds}; all are computed in float32, so a source "
        "that computes in another type prints other numbers.",
    )
