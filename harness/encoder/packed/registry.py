"""Which architectures run unpadded: one row for each, by transformers' name for it."""

from collections.abc import Callable
from typing import Final

import torch

from harness.encoder import Body, Products
from harness.encoder.packed.modernbert import read_modernbert
from harness.encoder.packed.parts import NotUnderstoodError
from harness.encoder.packed.readers import (
    read_bert,
    read_distilbert,
    read_electra,
    read_mpnet,
    read_roberta,
)
from harness.encoder.packed.rounded import RoundedBody

READERS: Final[dict[str, Callable[[torch.nn.Module, Products], Body]]] = {
    "bert": read_bert,
    "camembert": read_roberta,
    "distilbert": read_distilbert,
    "electra": read_electra,
    "modernbert": read_modernbert,
    "mpnet": read_mpnet,
    "roberta": read_roberta,
    "xlm-roberta": read_roberta,
}


def packed_body(model: torch.nn.Module, products: Products) -> Body | None:
    """A model's body without padding.

    Args:
        model: a masked language model of transformers, its vocabulary projection taken off or not.
        products: who multiplies.

    Returns:
        None where the architecture, or a setting of it, has none.
    """
    read = READERS.get(str(getattr(model.config, "model_type", "")))
    if read is None:
        return None
    try:
        body = read(model, products)
    except NotUnderstoodError:
        return None
    return RoundedBody(body) if products == "onednn" else body
