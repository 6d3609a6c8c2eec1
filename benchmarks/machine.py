"""What the benchmarks ran on, and running a contestant in a process of its own."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

TUNED = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "17179869184",
    "MALLOC_TOP_PAD_": "536870912",
}
"""glibc keeps what it has: without this, torch pays a page fault for most of its large buffers."""


class Turn(NamedTuple):
    """What one process reports: how much it did in a second, and its peak memory."""

    rate: float
    peak_gb: float


def describe() -> str:
    """Processor, cores and load, as one line."""
    from harness.system.provenance import provenance

    load = os.getloadavg()[0]
    return f"{provenance('cpu', 1, {}).machine}; load {load:.1f} at the start"


def commit() -> str:
    """The commit that is measured, marked where files differ from it."""
    here = ["git", "-C", str(Path(__file__).parent)]
    said = [
        subprocess.run([*here, *rest], capture_output=True, text=True, check=False).stdout.strip()
        for rest in (["rev-parse", "--short", "HEAD"], ["status", "--porcelain", "-uno"])
    ]
    return f"commit {said[0] or 'unknown'}{', changed' if said[1] else ''}"


def turn(
    module: str, arguments: Sequence[str], environment: Mapping[str, str] = MappingProxyType({})
) -> Turn:
    """Run `python -m module arguments`, which prints one JSON object, and read it."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{module} {' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    report = json.loads(done.stdout.splitlines()[-1])
    return Turn(report["rate"], report["peak_gb"])


def ratios(turns: Mapping[str, Sequence[Turn]], ours: str) -> dict[str, float]:
    """For each contestant: the median over turns of our rate divided by its rate."""
    return {
        name: statistics.median(a.rate / b.rate for a, b in zip(turns[ours], of_name, strict=True))
        for name, of_name in turns.items()
    }


def table(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows as a markdown table."""
    from harness.report.tables import as_text

    return as_text(rows, tuple(rows[0]), "markdown")
