"""A sparse encoder, in one call."""

from harness.checkpoint.open import open_checkpoint
from harness.encoder import HeadChoice, Precision
from harness.encoder.encoder import Encoder
from harness.encoder.open import open_encoder


def load_encoder(
    model: str,
    *,
    revision: str = "main",
    device: str = "auto",
    head: HeadChoice = "auto",
    precision: Precision = "float32",
    threads: int | None = None,
    batch_tokens: int | None = None,
) -> Encoder:
    """Load a sparse encoder.

    Args:
        model: a folder, a hub id, or `asset:splade-tiny`.
        revision: a hub branch, tag or commit.
        device: `cpu`, `cuda`, `cuda:1`, or `auto` (a GPU where there is one).
        head: how the vocabulary head is computed; the vectors are the same.
        precision: of matrix products: `float32`, or on a GPU `tf32`.
        threads: batches at a time on a CPU; None: as many as cores are open to this process.
        batch_tokens: tokens in a batch; None: what suits the device.

    Returns:
        `.encode(texts, role="document")`, whose `.to_scipy()` is float32 [texts, vocabulary].

    Raises:
        InputError: there is no such model, or it is none that can be evaluated.
        UnreachableError: it would have to be fetched and cannot be.
    """
    return open_encoder(
        open_checkpoint(model, revision),
        device=device,
        head=head,
        precision=precision,
        threads=threads,
        batch_tokens=batch_tokens,
    )
