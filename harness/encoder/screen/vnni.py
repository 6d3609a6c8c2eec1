"""The screen with AVX512-VNNI: 4 rows times 96 entries in 24 registers.

`vpdpbusd` multiplies 64 unsigned by 64 signed bytes and adds each four neighbours to one of 16
int32, without saturation. A step takes 4 bytes of each of 4 rows, spread over a register one after
the other, and 4 bytes of each of 96 entries (6 registers): 10 loads for 24 products, so the loads
keep up with two products a cycle. The tile of weights (96 x H bytes) stays in the nearest cache.
"""

import llvmlite.binding as llvm
from llvmlite import ir

from harness.encoder.screen import sweep
from harness.encoder.screen.emit import (
    I8,
    I32,
    INTS,
    LANES,
    Carried,
    at,
    call,
    constant,
    lanes,
    larger,
    load,
    loop,
    scaled,
    splat,
)

ROWS = 4
STEP = 1
GROUPS = 6


def emit(module: ir.Module, width: int) -> None:
    """Emit `screen` (see `sweep.emit`) for rows of `width` bytes."""

    def passes(b: ir.IRBuilder, tile: sweep.Tile) -> None:
        def block(index: ir.Value, maxima: Carried) -> Carried:
            rows = at(b, tile.rows, scaled(b, index, ROWS * width))
            products = _products(b, rows, tile.weights, width)
            for own in products:
                maxima = [larger(b, one, best) for one, best in zip(own, maxima, strict=True)]
            return tile.settle(maxima, index)

        loop(b, tile.first, tile.last, 1, [lanes(INTS, sweep.LEAST)] * GROUPS, block)

    sweep.emit(module, width, GROUPS, passes, (lambda _: None, lambda _: None))


def _products(b: ir.IRBuilder, rows: ir.Value, weights: ir.Value, width: int) -> list[Carried]:
    """For each row, its integer products with the entries of each group."""

    def step(k: ir.Value, sums: Carried) -> Carried:
        place = scaled(b, k, 4 * LANES)
        entries = [load(b, INTS, weights, place, g * LANES * width) for g in range(GROUPS)]
        added = []
        for row in range(ROWS):
            tokens = splat(b, load(b, I32, rows, scaled(b, k, 4), row * width))
            own = sums[row * GROUPS : (row + 1) * GROUPS]
            added += [_dot(b, one, tokens, e) for one, e in zip(own, entries, strict=True)]
        return added

    zeros = [lanes(INTS, 0)] * (ROWS * GROUPS)
    sums = loop(b, constant(0), constant(width // 4), 1, zeros, step)
    return [sums[row * GROUPS : (row + 1) * GROUPS] for row in range(ROWS)]


def _dot(b: ir.IRBuilder, added_to: ir.Value, tokens: ir.Value, entries: ir.Value) -> ir.Value:
    if llvm.llvm_version_info[0] >= 22:  # LLVM has renamed the operands' type to what they are
        kind = ir.VectorType(I8, 4 * LANES)
        tokens, entries = b.bitcast(tokens, kind), b.bitcast(entries, kind)
    return call(b, "llvm.x86.avx512.vpdpbusd.512", INTS, added_to, tokens, entries)
