"""What the opening of every kind of model needs: its tokenizer, proven, and its facts."""

from typing import Any, Final

import torch

from harness.checkpoint import Checkpoint
from harness.checkpoint.masked_lm import load_tokenizer
from harness.encoder import EncoderFacts, EncoderOptions
from harness.encoder.device import described, kind_of
from harness.encoder.fingerprint import fingerprint
from harness.encoder.tokens import FastTokenizer, unknown_id
from harness.errors import InputError

PROBE: Final = "A probe: seven words, and a number 42."


def facts_of(
    checkpoint: Checkpoint,
    chosen: dict[str, Any],
    where: torch.device,
    vocab_size: int,
    max_length: int,
) -> EncoderFacts:
    """What an encoder is, its fingerprint among it.

    Args:
        checkpoint: what is run.
        chosen: how: head, body, products, precision, batch budget.
        where: on what.
        vocab_size: the number of dimensions.
        max_length: tokens kept of a text.
    """
    return EncoderFacts(
        fingerprint=fingerprint(checkpoint, chosen | {"device": kind_of(where)}),
        vocab_size=vocab_size,
        max_length=max_length,
        device=described(where),
        **chosen,
    )


def batch_budget(options: EncoderOptions, where: torch.device) -> int:
    """Tokens in a batch: the company that a text has there may move the last bit of a weight."""
    return options.batch_tokens or (2_048 if where.type == "cpu" else 65_536)


def embeddings_of(model: torch.nn.Module) -> int:
    """How many entries a model has vectors for."""
    return int(model.get_input_embeddings().num_embeddings)  # type: ignore[operator]


def tokenizer_of(checkpoint: Checkpoint, embeddings: int | None) -> tuple[FastTokenizer, int]:
    """The checkpoint's tokenizer, proven to be one of its model, and the tokens it keeps.

    Args:
        checkpoint: whose.
        embeddings: entries that its model has; None: proven before.

    Raises:
        InputError: it is damaged, or has entries that the model lacks.
    """
    backend, max_length = load_tokenizer(checkpoint.folder, checkpoint.recipe)
    tokenize = FastTokenizer(backend, max_length, unknown_id(backend))
    if embeddings is None:
        return tokenize, max_length
    vocabulary = backend.get_vocab_size(with_added_tokens=True)
    probe = tokenize([PROBE]).ids
    if not len(probe):
        raise InputError(
            f"{checkpoint.folder}: the tokenizer makes no token of an English sentence: it is "
            "damaged, fetch or save it again."
        )
    # The numbers may have gaps, and a template may put one into a text that no word has.
    largest = max((int(probe.max()), *backend.get_vocab(with_added_tokens=True).values()))
    if vocabulary > embeddings or largest >= embeddings:
        raise InputError(
            f"{checkpoint.folder}: the tokenizer has {vocabulary} entries, numbered up to "
            f"{largest}, and the model {embeddings}: they do not belong together."
        )
    return tokenize, max_length
