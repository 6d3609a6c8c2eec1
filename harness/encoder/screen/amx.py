"""The screen with AMX: 32 rows times 32 entries in tile registers.

`tdpbusd` multiplies a tile of 16 rows x 64 unsigned bytes by a tile of 16 entries x 64 signed
bytes and adds to 16 x 16 int32, in 16 cycles. Eight tile registers hold 2 x 2 results, 2 tiles of
rows and 2 of entries. A result can only be read through memory: it is stored (16 lines of the
nearest cache), and the maximum over tokens is that of 16 vectors, one for each row.

The stores are the limit (without them: 4.6 instead of 3.0 Tera-operations a second), and the CPU
looks ahead no further than about one block, so they are spread by hand: the results of a pair of
blocks are stored one by one between the first products of the *next* pair, and folded into the
maxima behind its last products (3.7). Only the last pair of a chunk has nothing to hide behind.
"""

from itertools import product

from llvmlite import ir

from harness.encoder.screen import sweep
from harness.encoder.screen.emit import (
    I8,
    INTS,
    LANES,
    POINTER,
    Carried,
    at,
    call,
    constant,
    lanes,
    larger,
    load,
    loop,
    room,
    scaled,
)

ROWS = 16
STEP = 2
GROUPS = 2
_DEPTH = 64
"""Bytes of a row that a tile takes."""
_RESULTS = list(product(range(STEP), range(GROUPS)))
_TILE_BYTES = 1024
# Palette 1, then for each of 8 tiles the bytes of a row (uint16 from byte 16) and rows (from 48).
_CONFIGURATION = bytes([1, *[0] * 15, *[64, 0] * 8, *[0] * 16, *[16] * 8, *[0] * 8])


def emit(module: ir.Module, width: int) -> None:
    """Emit `screen` (see `sweep.emit`) for rows of `width` bytes.

    The process must have been allowed the tiles (see `native`) before it is called.
    """
    kind = ir.ArrayType(I8, len(_CONFIGURATION))
    configuration = ir.GlobalVariable(module, kind, "tiles")
    configuration.global_constant = True
    configuration.linkage = "internal"
    configuration.initializer = ir.Constant(kind, bytearray(_CONFIGURATION))
    configuration.type = POINTER

    def before(b: ir.IRBuilder) -> None:
        _do(b, "ldtilecfg", configuration)

    def passes(b: ir.IRBuilder, tile: sweep.Tile) -> None:
        results = room(b, len(_RESULTS) * _TILE_BYTES)

        def pair(index: ir.Value, maxima: Carried) -> Carried:
            return _pair(b, tile, index, results, maxima, width)

        fresh = [lanes(INTS, sweep.LEAST)] * GROUPS
        _pair(b, tile, tile.first, results, None, width)
        maxima = loop(b, b.add(tile.first, constant(STEP)), tile.last, STEP, fresh, pair)
        for place in _RESULTS:
            _store(b, results, place)
        for place in _RESULTS:
            maxima = _fold(b, tile, tile.last, results, place, maxima)

    sweep.emit(module, width, GROUPS, passes, (before, lambda b: _do(b, "tilerelease")))


def _pair(
    b: ir.IRBuilder,
    tile: sweep.Tile,
    index: ir.Value,
    results: ir.Value,
    maxima: Carried | None,
    width: int,
) -> Carried:
    """Multiply blocks index and index + 1; meanwhile fold the pair before them, if there is one."""
    rows = at(b, tile.rows, scaled(b, index, ROWS * width))
    for k, (row, group) in product(range(width // _DEPTH), _RESULTS):
        if k == 0:
            if maxima is not None:
                _store(b, results, (row, group))
            _do(b, "tilezero", _result(row, group))
        if group == 0:
            source = at(b, rows, row * ROWS * width + k * _DEPTH)
            _do(b, "tileloadd64", _tile(4 + row), source, constant(width))
        if row == 0:
            source = at(b, tile.weights, group * LANES * width + k * _TILE_BYTES)
            _do(b, "tileloadd64", _tile(6 + group), source, constant(64))
        _do(b, "tdpbusd", _result(row, group), _tile(4 + row), _tile(6 + group))
        if maxima is not None and k == width // _DEPTH - 1:
            maxima = _fold(b, tile, index, results, (row, group), maxima)
    return maxima or []


def _store(b: ir.IRBuilder, results: ir.Value, place: tuple[int, int]) -> None:
    target = at(b, results, _RESULTS.index(place) * _TILE_BYTES)
    _do(b, "tilestored64", _result(*place), target, constant(64))


def _fold(
    b: ir.IRBuilder,
    tile: sweep.Tile,
    following: ir.Value,
    results: ir.Value,
    place: tuple[int, int],
    maxima: Carried,
) -> Carried:
    """Take a stored result into the maxima; with the last of its block, settle the block."""
    row, group = place
    stored = at(b, results, _RESULTS.index(place) * _TILE_BYTES)
    best = maxima[group]
    for line in range(ROWS):
        best = larger(b, load(b, INTS, stored, 64 * line), best)
    maxima = [*maxima[:group], best, *maxima[group + 1 :]]
    if group < GROUPS - 1:
        return maxima
    return tile.settle(maxima, b.sub(following, constant(STEP - row)))


def _do(b: ir.IRBuilder, instruction: str, *operands: ir.Value) -> None:
    call(b, f"llvm.x86.{instruction}", ir.VoidType(), *operands)


def _tile(number: int) -> ir.Constant:
    return ir.Constant(I8, number)


def _result(row: int, group: int) -> ir.Constant:
    return _tile(_RESULTS.index((row, group)))
