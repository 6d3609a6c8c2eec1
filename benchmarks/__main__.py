"""Print all tables: `python -m benchmarks` (or one: `python -m benchmarks.encode --help`)."""

import subprocess
import sys

PARTS = ("peaks", "shares", "encode", "whole", "search", "measures", "start", "exact", "faults")

for part in PARTS:
    print(f"\n## {part}\n", flush=True)
    subprocess.run([sys.executable, "-m", f"benchmarks.{part}"], check=True)
