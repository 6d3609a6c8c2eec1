"""Kill an evaluation at random moments, start it again each time, and compare how it ends.

    python -m benchmarks.kill [--rounds 50] [--seed 0] [--model DIR --collection DIR]

What must hold: no finished shard is ever written again, and the result, the run and the scores of
each query are byte for byte those of an undisturbed evaluation (the result's provenance aside).
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from benchmarks.machine import describe


def command(results: Path, given: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "harness", "eval", *given, "--results", str(results)]


def start(cache: Path, results: Path, given: tuple[str, ...]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command(results, given),
        env={**os.environ, "HARNESS_CACHE": str(cache)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def shards(cache: Path) -> dict[str, tuple[int, int]]:
    """Every finished shard with what would change if it were written again."""
    found = {}
    for path in cache.glob("vectors/*/*.safetensors"):
        if not path.name.startswith("."):
            state = path.stat()
            found[path.name] = (state.st_ino, state.st_mtime_ns)
    return found


def written(results: Path) -> dict[str, bytes]:
    """The files of a results folder, the result without its provenance."""
    files = {}
    for path in sorted(results.iterdir()):
        content = path.read_bytes()
        if path.suffix == ".json":
            result = json.loads(content)
            del result["provenance"]
            content = json.dumps(result).encode()
        files[path.name] = content
    return files


@click.command(help=__doc__)
@click.option("--rounds", default=50, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--longest", default=15.0, show_default=True, help="Seconds before a kill, at most.")
@click.argument("given", nargs=-1)
def main(rounds, seed, longest, given):
    from harness.assets import fetch

    chance = random.Random(seed)
    print(f"{describe()}; seed {seed}")
    source = fetch("splade-tiny").parent
    fetch("crowdrag-25")
    with tempfile.TemporaryDirectory() as work:
        calm, wild = Path(work) / "calm", Path(work) / "wild"
        for cache in (calm, wild):
            shutil.copytree(source, cache / "assets")
        start(calm, calm / "results", given).wait()
        killed = again = 0
        known: dict[str, tuple[int, int]] = {}
        while killed < rounds:
            if (wild / "results").exists() and chance.random() < 0.5:
                # It had come to its end: begin from nothing again.
                shutil.rmtree(wild / "results")
                shutil.rmtree(wild / "vectors")
                known = {}
            process = start(wild, wild / "results", given)
            time.sleep(chance.uniform(0, longest))
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                killed += 1
            process.wait()
            now = shards(wild)
            again += sum(now.get(name) != state for name, state in known.items())
            known = now
        code = start(wild, wild / "results", given).wait()
        again += sum(shards(wild).get(name) != state for name, state in known.items())
        left = [p.name for p in wild.rglob("*.tmp")]
        same = written(calm / "results") == written(wild / "results")
        print(
            f"killed {killed} times; finished shards written again: {again}; temporary files left: "
            f"{len(left)}; last exit code {code}; results {'identical' if same else 'DIFFER'}"
        )
        raise SystemExit(int(not same or again > 0 or code != 0))


if __name__ == "__main__":
    main()
