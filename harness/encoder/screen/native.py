"""Machine code of the screen's kernels: which of them this machine runs, compiled by llvmlite."""

import ctypes
import platform
import sys
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import NamedTuple

import llvmlite.binding as llvm
from llvmlite import ir

from harness.encoder.screen import amx, compact, quantise, refine, vnni
from harness.errors import InputError

KERNELS: dict[str, ModuleType] = {"amx": amx, "vnni": vnni}
"""Best first."""

_NEEDS = {
    "vnni": ("avx512f", "avx512vnni"),
    "amx": ("avx512f", "amx-tile", "amx-int8"),
}
_ARCH_PRCTL, _REQUEST_PERMISSION, _TILE_DATA = 158, 0x1023, 18


class Native(NamedTuple):
    """Kernels of one width, callable with addresses and integers; none holds Python's lock.

    Attributes:
        quantise, screen, compact, refine: as the `emit` of the module of that name says.
        code: what keeps the machine code in memory.
    """

    quantise: Callable[..., None]
    screen: Callable[..., None]
    compact: Callable[..., None]
    refine: Callable[..., None]
    code: object


@cache
def runnable() -> tuple[str, ...]:
    """Names of the kernels that this machine and its operating system run, best first."""
    # Windows hands over vectors differently and macOS has no such CPUs: neither was tried.
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return ()
    # llvmlite before 0.45 brings an LLVM whose pointers have types, which `emit` does not write.
    if llvm.llvm_version_info[0] < 20:
        return ()
    features = llvm.get_host_cpu_features()
    able = [name for name in KERNELS if all(features.get(need) for need in _NEEDS[name])]
    return tuple(name for name in able if name != "amx" or _tiles_allowed())


def available() -> str | None:
    """The name of the best kernel for this machine, or None where there is none."""
    return next(iter(runnable()), None)


def _tiles_allowed() -> bool:
    """Ask Linux for the tile registers, for all threads of the process; twice does no harm."""
    system = ctypes.CDLL(None)
    return bool(system.syscall(_ARCH_PRCTL, _REQUEST_PERMISSION, _TILE_DATA) == 0)


@cache
def build(kernel: str, width: int) -> Native:
    """Compile the kernels for rows of `width` numbers, a multiple of 64 (0.2 s, once).

    Raises:
        InputError: this machine does not run that kernel.
    """
    if kernel not in runnable():
        able = ", ".join(runnable()) or "none"
        raise InputError(
            f"This machine does not run the screen kernel {kernel!r}; it runs: {able}."
        )
    module = ir.Module("screen")
    chosen = KERNELS[kernel]
    quantise.emit(module, width, chosen.ROWS)
    chosen.emit(module, width)
    compact.emit(module)
    refine.emit(module, width)
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    # Without the last feature LLVM splits vectors in two on CPUs that clock down for them.
    features = llvm.get_host_cpu_features().flatten() + ",-prefer-256-bit"
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=2
    )
    parsed = llvm.parse_assembly(str(module))
    parsed.verify()
    engine = llvm.create_mcjit_compiler(parsed, machine)
    engine.finalize_object()

    def callable_(function: ir.Function) -> Callable[..., None]:
        kinds = [
            ctypes.c_void_p if isinstance(argument.type, ir.PointerType) else ctypes.c_int64
            for argument in function.args
        ]
        return ctypes.CFUNCTYPE(None, *kinds)(engine.get_function_address(function.name))

    names = [name for name in Native._fields if name != "code"]
    return Native(code=engine, **{name: callable_(module.globals[name]) for name in names})
