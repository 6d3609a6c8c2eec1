"""This machine's processor, and whether a GPU may be in it: asked without loading any library."""

import platform
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_GPU_NODES = ("/dev/nvidiactl", "/dev/nvidia0", "/dev/nvhost-ctrl", "/dev/dxg", "/dev/kfd")
"""Devices that a GPU's driver makes on Linux: NVIDIA's, Jetson's, WSL's and AMD's."""


def processor() -> str:
    """The processor's name as the system gives it."""
    return _told().get("model name") or platform.processor() or "unknown processor"


def vendor() -> str:
    """Who made an x86 processor, as it says itself (`AuthenticAMD`); "" where that is not told."""
    return _told().get("vendor_id", "")


def generation() -> str:
    """Family, model and stepping of an x86 processor: virtual machines share a name among several.

    "" where that is not told.
    """
    return " ".join(_told().get(key, "") for key in ("cpu family", "model", "stepping")).strip()


def instructions() -> frozenset[str]:
    """The instruction sets that Linux lists for an x86 processor (`avx512f`); else none."""
    return frozenset(_told().get("flags", "").split())


@cache
def _told() -> Mapping[str, str]:
    """What Linux tells of the first core, by the names in /proc/cpuinfo; elsewhere nothing."""
    try:
        content = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:  # no Linux
        return {}
    lines = (line.partition(":") for line in content.partition("\n\n")[0].splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}


def may_have_gpu() -> bool:
    """Whether the system shows signs of a GPU that torch may be able to use.

    Where this cannot be told without torch the answer is yes, which costs the second that torch
    takes to load and nothing else.
    """
    if sys.platform == "darwin":
        return False  # no CUDA there, and nothing else is taken by itself
    if sys.platform != "linux":
        return True
    return any(Path(node).exists() for node in _GPU_NODES)
