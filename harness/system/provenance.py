"""Where a result was made: versions, machine, commit, memory."""

import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from harness.system.memory import peak_memory_gb
from harness.system.processor import processor
from harness.system.records import CLOSED

_PACKAGES = (
    "harness",
    "torch",
    "transformers",
    "tokenizers",
    "numpy",
    "numba",
    "ranx",
    "ir_datasets",
)


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """All that may differ between two runs that measure the same; None: a file that lacks it.

    Attributes:
        when: ISO 8601, in UTC.
        commit: of this package's checkout, or `unknown`.
        dirty: whether that checkout had changes.
        machine: processor, cores and system.
        python: its version.
        packages: the versions of what computes.
        device: where the encoder ran.
        threads: how many cores it used.
        seconds: spent in each stage.
        peak_memory_gb: the most memory held at once, in 10^9 bytes.
    """

    __pydantic_config__ = CLOSED

    when: str
    commit: str | None = None
    dirty: bool | None = None
    machine: str
    python: str | None = None
    packages: Mapping[str, str] | None = None
    device: str | None = None
    threads: int | None = None
    seconds: Mapping[str, float]
    peak_memory_gb: float


def provenance(device: str, threads: int, seconds: Mapping[str, float]) -> Provenance:
    """That of what was run in this process.

    Args:
        device: where the encoder ran.
        threads: how many cores it used.
        seconds: spent in each stage.
    """
    return Provenance(
        when=_now(),
        commit=_git("rev-parse", "HEAD") or "unknown",
        dirty=bool(_git("status", "--porcelain", "--untracked-files=no")),
        machine=f"{processor()}, {os.cpu_count()} cores, {_system()}",
        python=platform.python_version(),
        packages={name: _version(name) for name in _PACKAGES},
        device=device,
        threads=threads,
        seconds={stage: round(spent, 2) for stage, spent in seconds.items()},
        peak_memory_gb=round(peak_memory_gb(), 2),
    )


def _system() -> str:
    return f"{platform.system()} {platform.machine()}"


def _now() -> str:
    """Now, or SOURCE_DATE_EPOCH where a build wants to be reproducible."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else datetime.now(UTC)
    return moment.isoformat(timespec="seconds")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _git(*arguments: str) -> str:
    """What git says of the tree that this package runs from; "" where that is no checkout."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return ""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
