"""What a checkpoint's files make transformers and tokenizers raise, as one sentence of ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from harness.errors import HarnessError, InputError


@contextmanager
def refused(sentence: str) -> Iterator[None]:
    """Turn whatever a library raises in this block into a refusal of what it was given.

    Args:
        sentence: what cannot be done, without its point.

    Raises:
        InputError: the block raised; errors of ours, of the memory and interrupts pass.
    """
    try:
        yield
    except (HarnessError, MemoryError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        # The validators' errors have no common class, and a panic of a library in Rust is not even
        # an Exception.
        raise InputError(f"{sentence} ({_reason(error)}).") from error


def _reason(error: BaseException) -> str:
    """The beginning of what an error says, on one line."""
    said = " ".join(str(error).split()) or type(error).__name__
    return said if len(said) <= 200 else f"{said[:200]}…"
