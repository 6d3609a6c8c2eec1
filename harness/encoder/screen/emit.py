"""A small vocabulary for emitting kernels: typed values, counted loops, 16-lane vectors.

The kernels of this package are written as LLVM instructions through llvmlite, which numba brings,
so nothing needs a compiler when it is installed. This module adds to `llvmlite.ir` only what makes
them read like the loops they are. It knows nothing of screens or heads.
"""

from collections.abc import Callable, Sequence

from llvmlite import ir

I1, I8, I16, I32, I64 = (ir.IntType(bits) for bits in (1, 8, 16, 32, 64))
F32 = ir.FloatType()
POINTER = ir.PointerType()
LANES = 16
"""Lanes of a 512-bit vector of 32-bit numbers."""

BYTES = ir.VectorType(I8, LANES)
INTS = ir.VectorType(I32, LANES)
FLOATS = ir.VectorType(F32, LANES)

Carried = list[ir.Value]


def constant(value: int) -> ir.Constant:
    """A 64-bit integer: a count, an index or an offset in bytes."""
    return ir.Constant(I64, value)


def function(
    module: ir.Module, name: str, arguments: Sequence[tuple[str, ir.Type]]
) -> tuple[ir.IRBuilder, dict[str, ir.Argument]]:
    """Start a function that returns nothing; give its builder and its arguments by name."""
    kernel = ir.Function(module, ir.FunctionType(ir.VoidType(), [t for _, t in arguments]), name)
    for argument, (label, _) in zip(kernel.args, arguments, strict=True):
        argument.name = label
    return ir.IRBuilder(kernel.append_basic_block("entry")), {a.name: a for a in kernel.args}


def room(b: ir.IRBuilder, size: int) -> ir.Value:
    """The address of some bytes on the stack, at a cache line, taken when the kernel starts."""
    with b.goto_entry_block():
        place = b.alloca(ir.ArrayType(I8, size))
    place.align = 64
    place.type = POINTER  # llvmlite gives it a typed pointer, which LLVM no longer has
    return place


def call(b: ir.IRBuilder, name: str, result: ir.Type, *operands: ir.Value) -> ir.Value:
    """Call an intrinsic, declared on its first use."""
    known = b.module.globals.get(name)
    if known is None:
        signature = ir.FunctionType(result, [operand.type for operand in operands])
        known = ir.Function(b.module, signature, name)
    return b.call(known, operands)


def at(b: ir.IRBuilder, pointer: ir.Value, *offsets: ir.Value | int) -> ir.Value:
    """The address some bytes after `pointer`: the sum of all offsets."""
    for offset in offsets:
        step = constant(offset) if isinstance(offset, int) else offset
        pointer = b.gep(pointer, [step], source_etype=I8)
    return pointer


def scaled(b: ir.IRBuilder, index: ir.Value, size: int) -> ir.Value:
    """The offset in bytes of element `index` of an array of elements of `size` bytes."""
    return b.mul(index, constant(size))


def load(b: ir.IRBuilder, kind: ir.Type, pointer: ir.Value, *offsets: ir.Value | int) -> ir.Value:
    """Read a value that need not be aligned beyond its element."""
    return b.load(at(b, pointer, *offsets), typ=kind, align=1 if kind == I8 else 4)


def element(b: ir.IRBuilder, kind: ir.Type, array: ir.Value, index: ir.Value) -> ir.Value:
    """Read element `index` of an array of integers."""
    return load(b, kind, array, scaled(b, index, kind.width // 8))


def store(b: ir.IRBuilder, value: ir.Value, pointer: ir.Value, *offsets: ir.Value | int) -> None:
    """Write a value that need not be aligned."""
    b.store(value, at(b, pointer, *offsets), align=1)


def splat(b: ir.IRBuilder, scalar: ir.Value) -> ir.Value:
    """The scalar in all 16 lanes."""
    kind = ir.VectorType(scalar.type, LANES)
    first = b.insert_element(ir.Constant(kind, ir.Undefined), scalar, ir.Constant(I32, 0))
    return b.shuffle_vector(first, first, ir.Constant(INTS, [0] * LANES))


def lanes(kind: ir.VectorType, value: float) -> ir.Constant:
    """A constant in all 16 lanes."""
    return ir.Constant(kind, [value] * LANES)


def fma(b: ir.IRBuilder, x: ir.Value, y: ir.Value, addend: ir.Value) -> ir.Value:
    """Multiply and add with one rounding: x * y + addend."""
    return call(b, "llvm.fma.v16f32", FLOATS, x, y, addend)


def larger(b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """The larger lane by lane; integers as signed, floats free of NaN."""
    kind = x.type.element if isinstance(x.type, ir.VectorType) else x.type
    compared = b.fcmp_ordered(">", x, y) if kind == F32 else b.icmp_signed(">", x, y)
    return b.select(compared, x, y)


def smaller(b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """The smaller integer lane by lane, as signed."""
    return b.select(b.icmp_signed("<", x, y), x, y)


def total(b: ir.IRBuilder, vector: ir.Value) -> ir.Value:
    """The sum of 16 floats, pairwise."""
    name, zero = "llvm.vector.reduce.fadd.v16f32", ir.Constant(F32, 0.0)
    known = b.module.globals.get(name) or ir.Function(
        b.module, ir.FunctionType(F32, [F32, FLOATS]), name
    )
    return b.call(known, [zero, vector], fastmath=("reassoc",))


def loop(
    b: ir.IRBuilder,
    start: ir.Value,
    stop: ir.Value,
    step: int,
    carried: Carried,
    body: Callable[[ir.Value, Carried], Carried],
) -> Carried:
    """`for index in range(start, stop, step): carried = body(index, carried)`, in registers.

    Returns:
        The carried values after the last turn, or the first ones where there was no turn.
    """
    before = b.block
    turn, after = b.append_basic_block(), b.append_basic_block()
    b.cbranch(b.icmp_signed("<", start, stop), turn, after)
    b.position_at_end(turn)
    index = b.phi(I64)
    index.add_incoming(start, before)
    inside = [b.phi(value.type) for value in carried]
    for phi, value in zip(inside, carried, strict=True):
        phi.add_incoming(value, before)
    changed = body(index, list(inside))
    latch, following = b.block, b.add(index, constant(step))
    index.add_incoming(following, latch)
    for phi, value in zip(inside, changed, strict=True):
        phi.add_incoming(value, latch)
    b.cbranch(b.icmp_signed("<", following, stop), turn, after)
    b.position_at_end(after)
    outside = [b.phi(value.type) for value in carried]
    for phi, first, last in zip(outside, carried, changed, strict=True):
        phi.add_incoming(first, before)
        phi.add_incoming(last, latch)
    return list(outside)


def when(
    b: ir.IRBuilder,
    condition: ir.Value,
    body: Callable[[], Carried],
    otherwise: Carried,
) -> Carried:
    """`body() if condition else otherwise`, as a branch."""
    before = b.block
    taken, after = b.append_basic_block(), b.append_basic_block()
    b.cbranch(condition, taken, after)
    b.position_at_end(taken)
    changed = body()
    came_from = b.block
    b.branch(after)
    b.position_at_end(after)
    merged = [b.phi(value.type) for value in otherwise]
    for phi, value, other in zip(merged, changed, otherwise, strict=True):
        phi.add_incoming(value, came_from)
        phi.add_incoming(other, before)
    return list(merged)
