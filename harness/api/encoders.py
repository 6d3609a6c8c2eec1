"""A sparse encoder, in one call."""

from typing import Any

from harness.checkpoint.foreign_model import open_foreign
from harness.checkpoint.open import open_checkpoint
from harness.encoder import EncoderOptions
from harness.encoder.encoder import Encoder
from harness.encoder.open import open_encoder
from harness.errors import InputError


def load_encoder(
    model: str,
    *,
    revision: str = "main",
    weights: str | None = None,
    **options: Any,  # noqa: ANN401 - the fields of EncoderOptions, checked there
) -> Encoder:
    """Load a sparse encoder.

    Args:
        model: a folder, a hub id, or `asset:splade-tiny`.
        revision: a hub branch, tag or commit.
        weights: `pytorch_model.bin` where the weights are to be read from that pickle (tensors
            only, no code of it runs); None: from safetensors.
        options: how this machine runs it: `device`, `head`, `products`, `precision`,
            `threads`, `batch_tokens`, `encoder` (see `harness.encoder.EncoderOptions`).

    Returns:
        `.encode(texts, role="document")`, whose `.to_scipy()` is float32 [texts, vocabulary].

    Raises:
        InputError: there is no such model, it is none that can be evaluated, or an argument is
            unknown.
        UnreachableError: it would have to be fetched and cannot be.
    """
    chosen = encoder_options(options)
    if chosen.encoder != "sentence-transformers":
        return open_encoder(open_checkpoint(model, revision, weights), chosen)
    if weights is not None:
        raise InputError(f"{chosen.encoder} is given safetensors only: leave out weights.")
    return open_encoder(open_foreign(model, revision), chosen)


def encoder_options(given: dict[str, Any], others: tuple[str, ...] = ()) -> EncoderOptions:
    """Options from keyword arguments.

    Args:
        given: by name.
        others: names that are good arguments, and none of these.

    Raises:
        InputError: there is none of a name, or a value is not one of its kind.
    """
    known = EncoderOptions.__dataclass_fields__
    unknown = [name for name in given if name not in known]
    if unknown:
        raise InputError(
            f"There is no argument '{unknown[0]}'; there are {', '.join((*others, *known))}."
        )
    return EncoderOptions(**given)
