"""How long an evaluation will take: a few documents are encoded, and the corpus is that many more.

Encoding is nearly all of an evaluation's time; searching and scoring are left out, and so is what
lies in the vector cache already, so that the estimate errs to both sides and is said as "about".
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from harness.collection.open import open_collection
from harness.encoder.encoder import Encoder

TEXTS: Final = 96
"""Documents that are encoded for it: some seconds at the size of BERT-base on two cores."""

SAMPLER: Final = "sampler"
"""The collection that ships with the package: passages of some 75 tokens."""


@dataclass(frozen=True)
class Calibration:
    """The speed of an encoder on this machine.

    Attributes:
        rate: documents a second.
        collection: whose documents were encoded.
    """

    rate: float
    collection: str

    def seconds(self, documents: int) -> float:
        """How long so many documents take to be encoded."""
        return documents / self.rate


def calibrate(encoder: Encoder, collection: str = SAMPLER, texts: int = TEXTS) -> Calibration:
    """Measure how fast an encoder is on the first documents of a collection on this machine.

    Args:
        encoder: what encodes; its model is loaded.
        collection: the collection's id.
        texts: how many documents; the first eighth of them, encoded before, warms up.

    Raises:
        InputError: the collection cannot be opened, or a vector is not finite.
        UnreachableError: it cannot be fetched.
    """
    passages = [doc.text for doc in islice(open_collection(collection).corpus, texts)]
    return Calibration(rate(encoder, passages), collection)


def rate(encoder: Encoder, passages: Sequence[str]) -> float:
    """Documents a second."""
    encoder.encode(list(passages[: max(1, len(passages) // 8)]), "document")
    started = time.perf_counter()
    encoder.encode(list(passages), "document")
    return len(passages) / max(time.perf_counter() - started, 1e-9)
