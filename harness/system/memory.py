"""Memory of this process: what it holds, the most it has held, and free memory given back.

The only module that imports psutil, and `resource`, which Windows lacks.
"""

import ctypes
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path


def memory_gb() -> float:
    """Resident memory of this process, in 10^9 bytes."""
    import psutil

    return float(psutil.Process().memory_info().rss) / 1e9


def peak_memory_gb() -> float:
    """The most memory that this process has held at once, in 10^9 bytes.

    On Linux from /proc: getrusage there also counts what the parent held when it started this one.
    Windows has no getrusage and tells the peak of the working set.
    """
    with suppress(OSError):
        status = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace")
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e9
    try:
        import resource
    except ImportError:
        return _peak_of_windows_gb()
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def _peak_of_windows_gb() -> float:
    import psutil

    used = psutil.Process().memory_info()
    return float(getattr(used, "peak_wset", used.rss)) / 1e9


def give_back() -> None:
    """Return free heap memory to the system, where the C library has a call for that (glibc).

    glibc keeps what torch and the tokenizer free between batches, and its heaps grow by fragments.
    From 62,500 to a million documents the peak of an evaluation rose from 1.19 to 1.45 GB without
    this, and from 1.00 to 1.08 GB with it (`python -m benchmarks.growth documents`). A call takes
    some 20 ms.
    """
    if trim := _trim():
        trim(0)


@cache
def _trim() -> "ctypes._NamedFuncPointer | None":
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
