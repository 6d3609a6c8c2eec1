"""What the numbers of active dims, sparsity ratios and avg_flops must satisfy among themselves."""

import math
from collections.abc import Mapping

import numpy as np

from harness.card.audit.counts import U32, U64
from harness.card.audit.intervals import Interval
from harness.card.audit.verdict import SPARSITY, Finding

# Without a chunk size: the most chunks we allow for in the rounding of a weighted mean.
MOST_CHUNKS = 2**16


def is_float32(p: Interval) -> bool:
    """Whether the printed double is exactly a float32 number."""
    return float(np.float32(p.value)) == p.value


def single_precision(card: Mapping[str, Interval]) -> list[Finding]:
    """Tell the numbers that are exactly float32 from those that are not.

    The queries are encoded in one call, whose mean is taken in float32; so is avg_flops, a float32
    dot product. The corpus is a float64 mean of the float32 means of its chunks.
    """
    findings = []
    for name in ("query_active_dims", "avg_flops"):
        if name in card and card[name].full:
            exact = is_float32(card[name])
            findings.append(
                Finding(
                    "float32",
                    (name,),
                    "consistent" if exact else "suspicious",
                    f"{card[name].value!r} is {'' if exact else 'not '}exactly a float32 number",
                    "it is computed in float32 in one piece; only a mean of several evaluations "
                    "(or a changed digit) is not",
                    SPARSITY,
                )
            )
    corpus = card.get("corpus_active_dims")
    if corpus is not None and corpus.full:
        exact = is_float32(corpus)
        findings.append(
            Finding(
                "chunks",
                (corpus.measure,),
                "consistent",
                f"{corpus.value!r} is {'' if exact else 'not '}exactly a float32 number: "
                + ("one chunk (or several by luck)" if exact else "the corpus had several chunks"),
                "each chunk's mean is float32, the mean of several chunks float64",
                SPARSITY,
            )
        )
    return findings


def vocabulary(
    card: Mapping[str, Interval], size: int | None, chunks: int = MOST_CHUNKS
) -> list[Finding]:
    """Test ratio = 1 - dims / vocabulary size, for queries and corpus.

    Args:
        card: the card's numbers.
        size: the size of the vocabulary; without it, the sizes that fit are told.
        chunks: the most chunks that the corpus can have had.
    """
    ranges = {
        (dims, ratio): _sizes(card[dims], card[ratio], rounding)
        # Each chunk adds a rounding to the float64 sum; the queries are one chunk.
        for side, rounding in (("query", 4 * U64), ("corpus", (chunks + 8) * U64))
        if (dims := f"{side}_active_dims") in card and (ratio := f"{side}_sparsity_ratio") in card
    }
    if not ranges:
        return []
    found = [
        _size_finding(measures, low, high, size)
        for measures, (low, high) in ranges.items()
        if size is not None or low > high
    ]
    if size is None and not found:
        low = max(low for low, _ in ranges.values())
        high = min(high for _, high in ranges.values())
        everything = tuple(name for pair in ranges for name in pair)
        found = [_size_finding(everything, low, high, None)]
    if size is None:
        return found
    return found + [
        Finding(
            "dims within vocabulary",
            (name,),
            "impossible",
            f"{card[name].value!r} > {size:,}",
            "a vector has no more active dims than dims",
            SPARSITY,
        )
        for name in ("query_active_dims", "corpus_active_dims")
        if name in card and card[name].value - card[name].half > size * (1 + 4 * U32)
    ]


def flops(card: Mapping[str, Interval]) -> list[Finding]:
    """Test avg_flops <= active dims: it sums products of activation shares, each at most 1."""
    if "avg_flops" not in card:
        return []
    value = card["avg_flops"]
    return [
        Finding(
            "flops bound",
            (value.measure, name),
            "impossible" if over else "consistent",
            f"{value.value!r} {'>' if over else '<='} {card[name].value!r}",
            "avg_flops sums share x share over the vocabulary; active dims sums one share alone",
            SPARSITY,
        )
        for name in ("query_active_dims", "corpus_active_dims")
        if name in card
        # One part in a thousand covers a float32 dot product over any vocabulary.
        for over in [
            value.value - value.half > (card[name].value + card[name].half) * 1.001,
        ]
    ]


def _sizes(dims: Interval, ratio: Interval, rounding: float) -> tuple[int, int]:
    """The lowest and highest vocabulary size that fit; the lowest is above where none does."""
    # A ratio that is itself exactly float32 may have been computed so.
    room = ratio.half + rounding + (U32 if is_float32(ratio) else 0.0)
    share = (1 - ratio.value - room, 1 - ratio.value + room)
    low = (dims.value - dims.half) * (1 - rounding) / share[1] if share[1] > 0 else math.inf
    high = (dims.value + dims.half) * (1 + rounding) / share[0] if share[0] > 0 else math.inf
    top = 10**9
    return math.ceil(min(max(low, 1), top)), math.floor(min(high, top))


def _size_finding(measures: tuple[str, ...], low: int, high: int, size: int | None) -> Finding:
    if low > high:
        numbers = "no vocabulary size fits"
    elif low == high:
        numbers = f"only a vocabulary of {low:,} fits"
    else:
        numbers = f"vocabularies of {low:,} to {high:,} fit"
    holds = low <= high if size is None else low <= size <= high
    return Finding(
        "ratio = 1 - dims / vocabulary",
        measures,
        "consistent" if holds else "impossible",
        numbers + (f"; the model's has {size:,}" if size is not None else ""),
        "each row's ratio is 1 - dims / vocabulary size, and so is the mean's",
        SPARSITY,
    )
