"""Dynamic batching by token budget: texts of like length share a batch."""

import numpy as np
import numpy.typing as npt


def pack_batches(lengths: npt.NDArray[np.int64], batch_tokens: int) -> list[npt.NDArray[np.int64]]:
    """Group texts into batches, longest first.

    Longest first keeps all cores busy to the end (the last batches are the cheapest) and shows on
    the first batch whether the memory suffices. The order is total (length, then position), so
    that the same texts always make the same batches, and therefore the same bits.

    Args:
        lengths: int64 [texts], tokens of each text.
        batch_tokens: a batch holds at most this many tokens, counted as its longest text times its
            texts (what a padded attention works on), but always one text.

    Returns:
        Text numbers of each batch, int64; every text is in exactly one.
    """
    order = np.argsort(-lengths, kind="stable")
    batches = []
    start = 0
    while start < len(order):
        longest = max(1, int(lengths[order[start]]))
        size = max(1, batch_tokens // longest)
        batches.append(order[start : start + size])
        start += size
    return batches
