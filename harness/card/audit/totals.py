"""Do the mean numbers of active dims make whole totals over the queries and over the corpus?"""

import math
from typing import NamedTuple

from harness.card.audit.counts import U32, U64, Search, fits
from harness.card.audit.dims import is_float32
from harness.card.audit.intervals import Interval
from harness.card.audit.verdict import SPARSITY, Finding, FindingVerdict

# A chunk whose mean is more than twice that of the corpus would be odd, not impossible.
ODD_CHUNK = 2.0
NEIGHBOURS = 50


class _Room(NamedTuple):
    """How far from whole dims x documents can be: in any case, and where no chunk is odd."""

    ever: float
    usual: float


def queries(dims: Interval, found: Search) -> Finding:
    """Test that query_active_dims is a whole total over a number of queries that fits the rest.

    torch.mean sums the float32 counts: exactly, below 2^24 (all partial sums are whole), then
    divides, rounding once (twice where it multiplies by 1/N). Above 2^24 the allowance exceeds one
    half, so that the test says nothing, as it should.
    """
    fitting = found.queries[fits(dims, 1, found.queries, blur=2 * U32)]
    first = int(found.queries[0])
    numbers = f"{dims.value!r} x {first:,} = {dims.value * first:,.3f}"
    why = "a mean of counts times the number of queries is their total, a whole number"
    if fitting.size and fitting[0] == first:
        numbers += f": {round(dims.value * first):,} active dims in all"
    elif fitting.size:
        # The counts leave a smaller number of queries than there were whenever they share a factor.
        numbers += f", not whole; the smallest number that fits both is {fitting[0]:,}"
    verdict: FindingVerdict = "consistent" if fitting.size else "impossible"
    return Finding("query total", (dims.measure,), verdict, numbers, why, SPARSITY)


def corpus(dims: Interval, documents: int, chunk: int | None, vocab: int | None) -> list[Finding]:
    """Test that corpus_active_dims x documents is a whole number, up to float32 chunk means.

    Args:
        dims: corpus_active_dims.
        documents: the number of documents.
        chunk: the evaluator's corpus_chunk_size, if known.
        vocab: the size of the vocabulary, if known (bounds what one chunk can hold).
    """
    if chunk is not None and documents <= chunk and dims.full and not is_float32(dims):
        return [
            Finding(
                "chunks",
                (dims.measure,),
                "impossible",
                f"{dims.value!r} is not a float32 number, but {documents:,} documents are one "
                f"chunk of {chunk:,}",
                "one chunk has one float32 mean",
                SPARSITY,
            )
        ]
    if not dims.full:
        return []
    off, room = _off(dims, documents), _room(dims, documents, chunk, vocab)
    verdict: FindingVerdict = "consistent" if off <= room.usual else "suspicious"
    where = "" if chunk is None else f", chunks of {chunk:,}"
    informative = room.usual < 0.5
    numbers = (
        f"{dims.value!r} x {documents:,} = {dims.value * documents:,.3f}: {off:.3g} from whole, "
        f"{room.usual:.3g} allowed{where}"
    )
    if not informative:
        numbers += " (so that any digits fit; a chunk size would sharpen this)" * (chunk is None)
    else:
        near = range(max(1, documents - NEIGHBOURS), documents + NEIGHBOURS + 1)
        fitting = [f"{n:,}" for n in near if _off(dims, n) <= _room(dims, n, chunk, vocab).usual]
        numbers += f"; of the {len(near)} sizes around it {len(fitting)} fit"
        numbers += f": {', '.join(fitting)}" if len(fitting) <= 10 else ""
    return [
        Finding(
            "corpus total",
            (dims.measure,),
            "impossible" if off > room.ever else verdict,
            numbers,
            "a mean of counts times the number of documents is their total, a whole number but for "
            "the float32 rounding of chunk means",
            SPARSITY,
        )
    ]


def log_density(dims: Interval, documents: int, chunk: int | None) -> float:
    """How much likelier a number of documents is than any number: log 1 / (2 x the room allowed).

    Args:
        dims: corpus_active_dims, in full.
        documents: the number of documents.
        chunk: the evaluator's corpus_chunk_size, if known.

    Returns:
        0 where any digits fit, -inf where the total cannot be whole.
    """
    off, room = _off(dims, documents), _room(dims, documents, chunk, None)
    if off > room.ever:
        return -math.inf
    odd = 0.0 if off <= room.usual else math.log(0.02)
    return odd - math.log(2 * min(max(room.usual, 1e-6), 0.5))


def _off(dims: Interval, documents: int) -> float:
    whole = dims.value * documents
    return abs(whole - round(whole))


def _room(dims: Interval, documents: int, chunk: int | None, vocab: int | None) -> _Room:
    """Bound the error of the total.

    A chunk of l documents with c active dims in all has the mean c / l, rounded to float32: off by
    at most U32 c / l (twice that where it is multiplied by 1 / l), so by 2 U32 c in its total. When
    l is a power of two, the mean times l is whole whatever c: below 2^24 nothing is rounded, from
    there on the sum is rounded to an even number. Other chunks of such a size have a room above one
    half: the test says nothing. `ever` lets the last chunk hold anything the vocabulary allows;
    `usual` lets its mean be at most twice that of the corpus.
    """
    whole = dims.value * documents
    number = math.ceil(documents / chunk) if chunk else documents
    rest = documents * dims.half + (number + 8) * U64 * whole
    everything = 2 * U32 * whole
    if chunk is None:
        return _Room(everything + rest, everything + rest)
    full, last = divmod(documents, chunk)
    ever = usual = 0.0
    if full and chunk & (chunk - 1):
        ever = usual = everything
    elif last & (last - 1):
        most = whole if vocab is None else min(whole, float(last * vocab))
        ever = 2 * U32 * most
        usual = min(ever, U32 * ODD_CHUNK * last * dims.value)
    return _Room(ever + rest, usual + rest)
