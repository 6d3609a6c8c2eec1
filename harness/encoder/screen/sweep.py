"""The way of a screen: over panels of the vocabulary, chunks of documents and blocks of rows.

A kernel (`vnni`, `amx`) brings the product of a block of rows with a tile of the vocabulary; the
order of the work, the decision over a document and what is written are the same for all and here:

    for each panel of the vocabulary         (stays in the second-level cache)
      for each chunk of documents            (its rows stay in the nearest cache)
        for each tile of the panel
          for each block of the chunk        (the kernel: running maxima in registers)
            after a document's last block: decide, one bit for each entry of the tile
"""

from collections.abc import Callable
from typing import NamedTuple

from llvmlite import ir

from harness.encoder.screen.emit import (
    F32,
    FLOATS,
    I16,
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
    load,
    loop,
    scaled,
    smaller,
    splat,
    store,
    when,
)

PANEL_ENTRIES = 2048
LEAST = -(2**31)
_CONSTANT_BYTES = 5 * LANES * 4
"""Of a group: five vectors, see `vocabulary.Packed`."""


class Tile(NamedTuple):
    """What a kernel sees while it passes over the blocks of a chunk.

    Attributes:
        rows: the address of block 0, rows of uint8 [H].
        weights: the address of the tile, int8 [groups, H / 4, 16, 4].
        first, last: the blocks of the chunk.
        settle: to be called for every block, in their order, with the running maxima of its
            document (a vector of 16 int32 for each group) and the block's number; gives the maxima
            to go on with. It decides, and starts anew, where a document ends.
    """

    rows: ir.Value
    weights: ir.Value
    first: ir.Value
    last: ir.Value
    settle: Callable[[Carried, ir.Value], Carried]


def emit(
    module: ir.Module,
    width: int,
    groups: int,
    passes: Callable[[ir.IRBuilder, Tile], None],
    frame: tuple[Callable[[ir.IRBuilder], None], Callable[[ir.IRBuilder], None]],
) -> None:
    """Emit `screen`; its arguments are named below, and explained by what they come from.

    `bits` is uint16 [D, groups of all tiles]; `counts`, int64 [D], is raised by the bits set.

    Args:
        module: where to.
        width: H, a multiple of 64.
        groups: groups of 16 entries in a tile.
        passes: emits a kernel's pass of a tile over a chunk.
        frame: emits what a kernel needs before all and after all.
    """
    inputs = ("rows", "ends", "chunks", "chunk_count", "weights", "constants", "tiles", "margins")
    kinds = {"chunk_count": I64, "tiles": I64}
    arguments = [(name, kinds.get(name, POINTER)) for name in (*inputs, "bits", "counts")]
    b, args = function(module, "screen", arguments)
    frame[0](b)
    tiles = args["tiles"]
    panel = max(1, PANEL_ENTRIES // (LANES * groups))

    def over_panel(first_tile: ir.Value, _: Carried) -> Carried:
        last_tile = smaller(b, b.add(first_tile, constant(panel)), tiles)

        def over_chunk(index: ir.Value, _: Carried) -> Carried:
            first = element(b, I64, args["chunks"], index)
            last = element(b, I64, args["chunks"], b.add(index, constant(1)))

            def over_tile(tile: ir.Value, _: Carried) -> Carried:
                weights = at(b, args["weights"], scaled(b, tile, groups * LANES * width))
                settle = _settling(b, args, tile, groups)
                passes(b, Tile(args["rows"], weights, first, last, settle))
                return []

            return loop(b, first_tile, last_tile, 1, [], over_tile)

        return loop(b, constant(0), args["chunk_count"], 1, [], over_chunk)

    loop(b, constant(0), tiles, panel, [], over_panel)
    frame[1](b)
    b.ret_void()


def _settling(
    b: ir.IRBuilder, args: dict[str, ir.Value], tile: ir.Value, groups: int
) -> Callable[[Carried, ir.Value], Carried]:
    constants = at(b, args["constants"], scaled(b, tile, groups * _CONSTANT_BYTES))
    bits_of_document = scaled(b, args["tiles"], 2 * groups)

    def settle(maxima: Carried, block: ir.Value) -> Carried:
        document = element(b, I64, args["ends"], block)

        def decided() -> Carried:
            bits = at(b, args["bits"], b.mul(document, bits_of_document))
            margins = at(b, args["margins"], scaled(b, document, 16))
            found = constant(0)
            for group, maximum in enumerate(maxima):
                own = at(b, constants, group * _CONSTANT_BYTES)
                mask = _decide(b, maximum, own, margins)
                store(b, mask, bits, scaled(b, tile, 2 * groups), 2 * group)
                found = b.add(found, b.zext(call(b, "llvm.ctpop.i16", I16, mask), I64))
            seen = element(b, I64, args["counts"], document)
            store(b, b.add(seen, found), args["counts"], scaled(b, document, 8))
            return [lanes(INTS, LEAST)] * groups

        return when(b, b.icmp_signed(">=", document, constant(0)), decided, maxima)

    return settle


def _decide(b: ir.IRBuilder, maximum: ir.Value, constants: ir.Value, margins: ir.Value) -> ir.Value:
    """The theorem's inequality for 16 entries: a bit for each that may be active."""
    scale, by_norm, by_loss = (splat(b, load(b, F32, margins, 4 * i)) for i in range(3))
    offset = load(b, INTS, constants)
    scales, bias, norms, losses = (load(b, FLOATS, constants, 64 * i) for i in range(1, 5))
    product = b.sitofp(b.sub(maximum, offset), FLOATS)
    margin = fma(b, by_loss, losses, fma(b, by_norm, norms, bias))
    logit = fma(b, product, b.fmul(scale, scales), margin)
    return b.bitcast(b.fcmp_unordered(">", logit, lanes(FLOATS, 0.0)), I16)
