"""The default experiment under other products and batches: does it hold, within its own interval?

    python -m benchmarks.products [--experiment NAME] [--results results]

Each setting is a process of its own with an empty vector cache. Told are the verdict on the
published numbers, the exit code, and how the scores lie to those committed in `results/`, which
another machine may have made: for every number, its distance from the committed one as a share of
the interval's half on that side (above 1: outside). With MKL's compatible mode and the kernels of
AVX2 one processor stands for others; what it cannot stand for are other libraries.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from benchmarks.machine import describe, table
from harness.system.paths import cache_root

SETTINGS = {
    "as it comes": ([], {}),
    "MKL_CBWR=COMPATIBLE": ([], {"MKL_CBWR": "COMPATIBLE"}),
    "ATEN_CPU_CAPABILITY=avx2": ([], {"ATEN_CPU_CAPABILITY": "avx2"}),
    "--head float32": (["--head", "float32"], {}),
    "--batch-tokens 512": (["--batch-tokens", "512"], {}),
    "--batch-tokens 16384": (["--batch-tokens", "16384"], {}),
}


def farthest(found: dict, committed: dict) -> tuple[str, float]:
    """The number whose distance from the committed one takes the largest share of its interval."""
    shares = {}
    for key, score in found["scores"].items():
        distance = committed["scores"][key] - score
        around = found["intervals"].get(key)
        if abs(distance) <= 1e-12 * max(1.0, abs(score)):
            shares[key] = 0.0
        elif around is None:
            shares[key] = float("inf")
        else:
            half = around["high"] - score if distance > 0 else score - around["low"]
            shares[key] = abs(distance) / half if half else float("inf")
    return max(shares.items(), key=lambda one: one[1])


@click.command(help=__doc__)
@click.option("--experiment", default="crowdrag-splade-tiny", show_default=True)
@click.option("--results", type=click.Path(path_type=Path), default=Path("results"))
def main(experiment, results):
    print(f"{describe()}; {experiment}\n")
    committed = json.loads((results / f"{experiment}.json").read_text())
    print(f"committed: {committed['provenance']['machine']}\n")
    rows = []
    for name, (options, settings) in SETTINGS.items():
        with tempfile.TemporaryDirectory() as place:
            Path(place, "assets").symlink_to(cache_root() / "assets")
            command = [sys.executable, "-m", "harness", "eval", experiment]
            command += ["--results", f"{place}/results", "--format", "json", *options]
            surroundings = os.environ | {"HARNESS_CACHE": place} | settings
            done = subprocess.run(
                command, env=surroundings, capture_output=True, text=True, check=False
            )
            if done.returncode not in (0, 1):
                raise click.ClickException(f"{name}: {done.stderr.strip()}")
            found = json.loads(done.stdout)
        verdicts = list(found["verdicts"].values())
        key, share = farthest(found, committed)
        rows.append(
            {
                "setting": name,
                "exit": str(done.returncode),
                "match": str(verdicts.count("match")),
                "close": str(verdicts.count("close")),
                "off": str(verdicts.count("off")),
                "farthest from the committed result": f"{key}, {share:.2f} of its interval",
            }
        )
        print(table(rows[-1:]))
    print(table(rows))


if __name__ == "__main__":
    main()
