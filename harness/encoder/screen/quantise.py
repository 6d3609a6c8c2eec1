"""Token vectors to int8: one scale for each document, so that no document sees its batch."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from llvmlite import ir

from harness.encoder.screen.bound import SMALLEST
from harness.encoder.screen.emit import (
    BYTES,
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
    scaled,
    smaller,
    splat,
    store,
    total,
)

Floats = npt.NDArray[np.float32]


class QuantisedTokens(NamedTuple):
    """Documents' token vectors in int8, with what the bound needs to know of the loss.

    Attributes:
        rows: uint8 [R, H], 128 + q; every document fills whole blocks of rows, the last of which
            it fills up with copies of its last token (they change no maximum).
        measured: float32 [D, 4]: the scale, and the largest over the document's tokens of
            ||x - scale q||^2, of ||scale q||^2 and of ||h||^2, where x = h - centre.
    """

    rows: npt.NDArray[np.uint8]
    measured: Floats


def reference(
    hidden: Floats,
    centre: Floats,
    offsets: npt.NDArray[np.int64],
    starts: npt.NDArray[np.int64],
    block: int,
) -> QuantisedTokens:
    """What the kernel computes, in numpy; only the sums of squares may differ, by their order."""
    lengths = np.diff(offsets)
    filled = -(-lengths // block) * block
    rows = np.zeros((int(starts[-1] + filled[-1]), hidden.shape[1]), np.uint8)
    measured = np.empty((len(lengths), 4), np.float32)
    for document, start in enumerate(starts):
        tokens = hidden[offsets[document] : offsets[document + 1]]
        shifted = tokens - centre
        largest = max(np.abs(shifted).max(), np.float32(SMALLEST))
        scale = largest * np.float32(1 / 127)
        q = np.clip(np.rint(shifted * (np.float32(127) / largest)), -127, 127)
        source = np.minimum(np.arange(filled[document]), len(tokens) - 1)
        rows[start : start + filled[document]] = (q[source] + 128).astype(np.uint8)
        kept = q.astype(np.float64) * scale
        squares = [np.square(x).sum(axis=1).max() for x in (shifted - kept, kept, tokens)]
        measured[document] = [scale, *squares]
    return QuantisedTokens(rows, measured)


def emit(module: ir.Module, width: int, block: int) -> None:
    """Emit `quantise(hidden, centre, offsets, starts, documents, rows, measured)`.

    Two passes over a document, which stays in the cache between them: its largest magnitude
    (compared as integers, the order of the bits of non-negative floats being theirs; NaN comes out
    on top instead of vanishing), then the rounding and the sums of squares of each token.
    """
    arrays = ("hidden", "centre", "offsets", "starts")
    arguments = [*((name, POINTER) for name in arrays), ("documents", I64)]
    b, args = function(module, "quantise", [*arguments, ("rows", POINTER), ("measured", POINTER)])
    hidden, centre = args["hidden"], args["centre"]

    def document(index: ir.Value, _: Carried) -> Carried:
        first = element(b, I64, args["offsets"], index)
        last = element(b, I64, args["offsets"], b.add(index, constant(1)))
        largest = _largest(b, hidden, centre, first, last, width)
        scale = b.fmul(largest, ir.Constant(F32, float(np.float32(1 / 127))))
        factor = b.fdiv(ir.Constant(F32, 127.0), largest)
        rows = at(b, args["rows"], scaled(b, element(b, I64, args["starts"], index), width))

        def token(t: ir.Value, worst: Carried) -> Carried:
            row = at(b, rows, scaled(b, b.sub(t, first), width))
            place = (at(b, hidden, scaled(b, t, 4 * width)), centre)
            squares = _token(b, place, row, splat(b, factor), splat(b, scale), width)
            return [larger(b, one, most) for one, most in zip(squares, worst, strict=True)]

        worst = loop(b, first, last, 1, [ir.Constant(F32, 0.0)] * 3, token)
        for place, value in enumerate([scale, *worst]):
            store(b, value, args["measured"], scaled(b, index, 16), 4 * place)
        _repeat_last(b, rows, b.sub(last, first), block, width)
        return []

    loop(b, constant(0), args["documents"], 1, [], document)
    b.ret_void()


def _largest(
    b: ir.IRBuilder, hidden: ir.Value, centre: ir.Value, first: ir.Value, last: ir.Value, width: int
) -> ir.Value:
    """The largest |h - centre| of tokens first..last, at least SMALLEST."""

    def token(t: ir.Value, seen: Carried) -> Carried:
        own = at(b, hidden, scaled(b, t, 4 * width))

        def chunk(k: ir.Value, seen: Carried) -> Carried:
            place = scaled(b, k, 4)
            x = b.fsub(load(b, FLOATS, own, place), load(b, FLOATS, centre, place))
            return [larger(b, b.and_(b.bitcast(x, INTS), lanes(INTS, 0x7FFFFFFF)), seen[0])]

        return loop(b, constant(0), constant(width), LANES, seen, chunk)

    (seen,) = loop(b, first, last, 1, [lanes(INTS, 0)], token)
    bits = call(b, "llvm.vector.reduce.smax.v16i32", I32, seen)
    floor = ir.Constant(I32, int(np.float32(SMALLEST).view(np.int32)))
    return b.bitcast(larger(b, bits, floor), F32)


def _token(
    b: ir.IRBuilder,
    place: tuple[ir.Value, ir.Value],
    row: ir.Value,
    factors: ir.Value,
    scales: ir.Value,
    width: int,
) -> Carried:
    """Write a token's row; give its three sums of squares."""
    own, centre = place

    def chunk(k: ir.Value, sums: Carried) -> Carried:
        plain = load(b, FLOATS, own, scaled(b, k, 4))
        x = b.fsub(plain, load(b, FLOATS, centre, scaled(b, k, 4)))
        rounded = call(b, "llvm.rint.v16f32", FLOATS, b.fmul(x, factors))
        q = smaller(b, larger(b, b.fptosi(rounded, INTS), lanes(INTS, -127)), lanes(INTS, 127))
        store(b, b.trunc(b.add(q, lanes(INTS, 128)), BYTES), row, k)
        whole = b.sitofp(q, FLOATS)
        parts = (fma(b, b.fneg(whole), scales, x), b.fmul(whole, scales), plain)
        return [fma(b, part, part, sum_) for part, sum_ in zip(parts, sums, strict=True)]

    sums = loop(b, constant(0), constant(width), LANES, [lanes(FLOATS, 0.0)] * 3, chunk)
    return [total(b, one) for one in sums]


def _repeat_last(b: ir.IRBuilder, rows: ir.Value, length: ir.Value, block: int, width: int) -> None:
    """Fill a document's last block with copies of its last row."""
    over = b.add(length, constant(block - 1))
    end = b.sub(over, b.urem(over, constant(block)))
    source = at(b, rows, scaled(b, b.sub(length, constant(1)), width))

    def copy(row: ir.Value, _: Carried) -> Carried:
        for k in range(0, width, LANES):
            store(b, load(b, BYTES, source, k), rows, scaled(b, row, width), k)
        return []

    loop(b, length, end, 1, [], copy)
