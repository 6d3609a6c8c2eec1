"""This machine's processor, and whether a GPU may be in it: asked without loading any library."""

import platform
import sys
from functools import cache
from pathlib import Path

_GPU_NODES = ("/dev/nvidiactl", "/dev/nvidia0", "/dev/nvhost-ctrl", "/dev/dxg", "/dev/kfd")
"""Devices that a GPU's driver makes on Linux: NVIDIA's, Jetson's, WSL's and AMD's."""


@cache
def processor() -> str:
    """The processor's name as the system gives it."""
    try:
        content = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:  # no Linux
        content = ""
    for line in content.splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"


@cache
def vendor_and_flags() -> tuple[str, frozenset[str]]:
    """Who made the processor, and its instruction sets, as Linux names them; elsewhere nothing."""
    try:
        content = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        content = ""
    first = content.partition("\n\n")[0]
    facts = {
        name.strip(): value.strip()
        for name, _, value in (line.partition(":") for line in first.splitlines())
    }
    return facts.get("vendor_id", ""), frozenset(facts.get("flags", "").split())


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
