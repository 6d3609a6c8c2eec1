"""The decision in float32: the logits of each document's candidates, and nothing else.

A candidate's weights are one row of memory and the tokens are transposed, so that 16 tokens lie in
a vector: 6 candidates x 64 tokens are 24 registers, a step of k takes 4 loads and 6 spread scalars
for 24 fused multiply-adds. Every logit is the same chain, k = 0, 1, ... H - 1 of one fused
multiply-add each, wherever its token and its candidate lie: its bits depend on nothing else.
"""

import numpy as np
import numpy.typing as npt
from llvmlite import ir

from harness.encoder.screen.emit import (
    F32,
    FLOATS,
    I32,
    I64,
    INTS,
    LANES,
    POINTER,
    Carried,
    at,
    call,
    constant,
    element,
    fma,
    function,
    lanes,
    larger,
    load,
    loop,
    room,
    scaled,
    smaller,
    splat,
    store,
)

VECTORS = 4
"""Vectors of 16 tokens in a block."""
CANDIDATES = 6
"""Candidates in a block."""


def reference(
    hidden: npt.NDArray[np.float32],
    offsets: npt.NDArray[np.int64],
    weight: npt.NDArray[np.float32],
    indptr: npt.NDArray[np.int64],
    candidates: npt.NDArray[np.int32],
) -> npt.NDArray[np.float64]:
    """What the kernel computes, in float64: max_t <h_t, w_c> of each candidate c."""
    exact, out = hidden.astype(np.float64), np.empty(len(candidates))
    for document in range(len(indptr) - 1):
        own = slice(indptr[document], indptr[document + 1])
        tokens = exact[offsets[document] : offsets[document + 1]]
        out[own] = (tokens @ weight[candidates[own]].T.astype(np.float64)).max(axis=0)
    return out


def emit(module: ir.Module, width: int) -> None:
    """Emit `refine(hidden, offsets, documents, weight, indptr, candidates, maxima)`.

    `maxima`, float32 [candidates], must come filled with -infinity.
    """
    names = ("hidden", "offsets", "documents", "weight", "indptr", "candidates", "maxima")
    arguments = [(name, I64 if name == "documents" else POINTER) for name in names]
    b, args = function(module, "refine", arguments)
    transposed = room(b, VECTORS * LANES * 4 * width)

    def document(index: ir.Value, _: Carried) -> Carried:
        following = b.add(index, constant(1))
        start = element(b, I64, args["indptr"], index)
        count = b.sub(element(b, I64, args["indptr"], following), start)
        own = (at(b, args["candidates"], scaled(b, start, 4)),
               at(b, args["maxima"], scaled(b, start, 4)))  # fmt: skip
        first = element(b, I64, args["offsets"], index)
        last = element(b, I64, args["offsets"], following)
        for vectors in range(VECTORS, 0, -1):
            size = vectors * LANES
            # Whole blocks of the largest size, then at most one of what is left, rounded up.
            left = b.sub(last, first)
            over = left if vectors == VECTORS else b.add(left, constant(LANES - 1))
            stop = b.add(first, b.mul(b.udiv(over, constant(size)), constant(size)))

            def block(t: ir.Value, _: Carried, vectors: int = vectors) -> Carried:
                _turn(b, args["hidden"], t, last, transposed, vectors, width)
                _candidates(b, args["weight"], own, count, transposed, vectors, width)
                return []

            loop(b, first, stop, size, [], block)
            first = smaller(b, stop, last)
        return []

    loop(b, constant(0), args["documents"], 1, [], document)
    b.ret_void()


def _turn(
    b: ir.IRBuilder,
    hidden: ir.Value,
    first: ir.Value,
    last: ir.Value,
    transposed: ir.Value,
    vectors: int,
    width: int,
) -> None:
    """Write tokens first.. as float32 [H, vectors, 16]; beyond `last`, its last token again."""
    final = b.sub(last, constant(1))

    def chunk(k: ir.Value, _: Carried) -> Carried:
        for vector in range(vectors):
            tokens = [
                smaller(b, b.add(first, constant(vector * LANES + lane)), final)
                for lane in range(LANES)
            ]
            place = scaled(b, k, 4)
            rows = [load(b, FLOATS, hidden, scaled(b, t, 4 * width), place) for t in tokens]
            for column, values in enumerate(_transpose(b, rows)):
                target = 64 * (column * vectors + vector)
                store(b, values, transposed, scaled(b, k, 64 * vectors), target)
        return []

    loop(b, constant(0), constant(width), LANES, [], chunk)


def _transpose(b: ir.IRBuilder, rows: Carried) -> Carried:
    """16 vectors of 16 lanes, rows to columns, by exchanging halves, quarters, eighths, lanes."""
    rows = list(rows)
    for stride in (8, 4, 2, 1):
        upper = [lane & stride for lane in range(LANES)]
        first = [LANES + lane - stride if up else lane for lane, up in enumerate(upper)]
        second = [LANES + lane if up else lane + stride for lane, up in enumerate(upper)]
        for i in (i for i in range(LANES) if not i & stride):
            pair = rows[i], rows[i + stride]
            rows[i] = b.shuffle_vector(*pair, ir.Constant(INTS, first))
            rows[i + stride] = b.shuffle_vector(*pair, ir.Constant(INTS, second))
    return rows


def _candidates(
    b: ir.IRBuilder,
    weight: ir.Value,
    own: tuple[ir.Value, ir.Value],
    count: ir.Value,
    transposed: ir.Value,
    vectors: int,
    width: int,
) -> None:
    """Raise the maxima of all candidates to those over a block of turned tokens."""
    candidates, maxima = own
    final = b.sub(count, constant(1))

    def block(c: ir.Value, _: Carried) -> Carried:
        def address(place: ir.Value) -> ir.Value:
            entry = b.zext(element(b, I32, candidates, smaller(b, place, final)), I64)
            return at(b, weight, scaled(b, entry, 4 * width))

        places = [b.add(c, constant(i)) for i in range(CANDIDATES)]
        # The rows of the next block lie anywhere in memory: fetch them while this one is computed.
        coming = [address(b.add(place, constant(CANDIDATES))) for place in places]
        loop(b, constant(0), constant(4 * width), 64, [], lambda k, _: _fetch(b, coming, k))
        best = _products(b, [address(place) for place in places], transposed, vectors, width)
        for place, one in zip(places, best, strict=True):
            target = at(b, maxima, scaled(b, smaller(b, place, final), 4))
            top = call(b, "llvm.vector.reduce.fmax.v16f32", F32, one)
            store(b, larger(b, top, load(b, F32, target)), target)
        return []

    loop(b, constant(0), count, CANDIDATES, [], block)


def _fetch(b: ir.IRBuilder, rows: Carried, place: ir.Value) -> Carried:
    for row in rows:
        read, keep, data = (ir.Constant(I32, value) for value in (0, 3, 1))
        call(b, "llvm.prefetch.p0", ir.VoidType(), at(b, row, place), read, keep, data)
    return []


def _products(
    b: ir.IRBuilder, rows: Carried, transposed: ir.Value, vectors: int, width: int
) -> Carried:
    """For each candidate, lane by lane the largest product over the vectors of tokens."""

    def step(k: ir.Value, sums: Carried) -> Carried:
        place = scaled(b, k, 64 * vectors)
        tokens = [load(b, FLOATS, transposed, place, 64 * vector) for vector in range(vectors)]
        added = []
        for candidate, row in enumerate(rows):
            value = splat(b, load(b, F32, row, scaled(b, k, 4)))
            own = sums[candidate * vectors : (candidate + 1) * vectors]
            added += [fma(b, t, value, one) for t, one in zip(tokens, own, strict=True)]
        return added

    zeros = [lanes(FLOATS, 0.0)] * (len(rows) * vectors)
    sums = loop(b, constant(0), constant(width), 1, zeros, step)
    best = []
    for candidate in range(len(rows)):
        top, *others = sums[candidate * vectors : (candidate + 1) * vectors]
        for other in others:
            top = larger(b, other, top)
        best.append(top)
    return best
