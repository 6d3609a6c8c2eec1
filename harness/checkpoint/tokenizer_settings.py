"""What a tokenizer's files may say: how long a text may be, lower case, and types of tokens."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from harness.checkpoint.files import read_object
from harness.errors import InputError, UnsupportedModelError

_LEAST: Final = 3
"""Tokens that a text must be left: two special ones and one of its own."""

_WITHOUT_TYPES: Final = ("distilbert", "modernbert", "eurobert", "mpnet")


def whole_length(folder: Path, length: object) -> int:
    """How many tokens the tokenizer keeps of a text.

    Args:
        folder: of the tokenizer.
        length: as transformers has it; 10^30, at times as a double, where there is no limit.

    Raises:
        InputError: it is no whole number of 3 or more.
    """
    usable = isinstance(length, int | float) and not isinstance(length, bool) and length >= _LEAST
    if not usable or (isinstance(length, float) and length != length // 1):
        raise InputError(
            f"{folder}: model_max_length of the tokenizer is {str(length)[:40]!r}; a whole number "
            f"of {_LEAST} or more is needed."
        )
    return int(min(length, 10**30))  # type: ignore[call-overload]


def lower_cases(normalizer: Mapping[str, Any]) -> bool:
    """Whether a normalizer has a step for lower case: sentence-transformers then adds none.

    Args:
        normalizer: as tokenizer.json has it.
    """
    steps = (normalizer, *(normalizer.get("normalizers") or ()))
    return any(step.get("type") == "Lowercase" for step in steps)


def check_token_types(folder: Path, inputs: Iterable[str], types: Sequence[int]) -> None:
    """Refuse a tokenizer that gives its model other token types than 0.

    sentence-transformers passes them on where the tokenizer names them among its inputs. The bodies
    here run a text as the first of two, as practically every tokenizer has it.

    Args:
        folder: of the model.
        inputs: what the tokenizer gives to the model, by name.
        types: of the tokens of any text.

    Raises:
        InputError: it does, and the model has token types.
    """
    if not any(types) or "token_type_ids" not in inputs:
        return
    config = read_object(folder / "config.json")
    without = config.get("model_type") in _WITHOUT_TYPES
    if config.get("type_vocab_size", 0 if without else 2):
        raise UnsupportedModelError(
            f"{folder}: the tokenizer gives token types other than 0, as to the second of two "
            "texts, and the vectors depend on them: such models are not evaluated here."
        )
