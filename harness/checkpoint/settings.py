"""What config.json may say: whole numbers of sizes that the stored weights have, a list of classes.

What is looked at here is what transformers takes as it is: a model of 10^13 layers is built one by
one, heads of a negative width fail inside the first product, and a class that is no text has no
name. Everything else it refuses itself, or does not read.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from harness.errors import InputError

_SIDES: Final = (
    "vocab_size",
    "hidden_size",
    "dim",
    "intermediate_size",
    "hidden_dim",
    "embedding_size",
    "type_vocab_size",
)
"""Each is a side of some stored tensor."""

_COUNTS: Final = (
    "num_hidden_layers",
    "n_layers",
    "num_attention_heads",
    "n_heads",
    "max_position_embeddings",
    "num_labels",
)

_MOST: Final = 10_000_000
"""No count is larger: of positions the most known is two millions."""


def architectures(folder: Path, config: dict[str, Any]) -> list[str]:
    """The classes that config.json names.

    Raises:
        InputError: they are no list of names.
    """
    named = config.get("architectures") or []
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise InputError(f"{folder / 'config.json'}: architectures must be a list of class names.")
    return named


def check_settings(folder: Path, config: dict[str, Any], shapes: Sequence[tuple[int, ...]]) -> None:
    """Refuse sizes that no model has, or that the stored weights do not have.

    Args:
        folder: with config.json.
        config: what config.json holds.
        shapes: of all stored weights; none: they are not known.

    Raises:
        InputError: a size is no whole number above 0, or larger than the weights; a padding token
            is none of the vocabulary.
    """
    path = folder / "config.json"
    for key in (*_SIDES, *_COUNTS):
        least = 0 if key == "type_vocab_size" else 1
        _check(path, key, config.get(key), least, _MOST)
    longest = max((side for shape in shapes for side in shape), default=_MOST)
    most = dict.fromkeys(_SIDES, longest) | dict.fromkeys(
        ("num_hidden_layers", "n_layers"), len(shapes) or _MOST
    )
    for key, limit in most.items():
        size = config.get(key)
        if size is not None and size > limit:
            raise InputError(
                f"{path}: {key} is {size}, and no weights of that size are stored: they have "
                "another shape than config.json says."
            )
    _check(path, "pad_token_id", config.get("pad_token_id"), 0, config.get("vocab_size") or _MOST)


def _check(path: Path, key: str, value: object, least: int, most: int) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InputError(
            f"{path}: {key} is {str(value)[:40]!r}; a whole number from {least} to {most} is "
            "needed."
        )
