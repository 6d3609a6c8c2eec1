"""What a command costs before it works: seconds of whole processes, beside ir_measures'.

    python -m benchmarks.start [--turns 5]

All commands take turns; the table has the median and the fastest of the turns. "First time" is with
an empty folder in place of every cache that a library may keep compiled code in. The default
experiment is run once before, so that its vectors are in the cache. The last table is the price of
never trusting a file name: weights are hashed on every start.
"""

import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import numpy as np

from benchmarks.machine import describe, table

QUERIES, DEPTH, JUDGED = 43, 1_000, 200
"""The shape of TREC Deep Learning 2019: 43 queries, runs of 1,000, some 200 judgements each."""

MEASURES = "accuracy@1,precision@10,recall@100,recall@1000,ndcg@10,mrr@10,map@100"
THEIRS = "Success@1 P@10 R@100 R@1000 nDCG@10 RR@10 AP@100"
WEIGHTS_MB = (17, 440)


def files(folder: Path) -> tuple[Path, Path]:
    """A run and its qrels, made with a seed."""
    chance = np.random.default_rng(0)
    run, qrels = folder / "a.run", folder / "a.qrels"
    with run.open("w") as ranked, qrels.open("w") as judged:
        for query in range(QUERIES):
            docs = chance.choice(8_841_823, DEPTH, replace=False)
            scores = np.sort(chance.gamma(2.0, 8.0, DEPTH).astype(np.float32))[::-1]
            for rank, (doc, score) in enumerate(zip(docs, scores, strict=True), 1):
                ranked.write(f"{query} Q0 {doc} {rank} {score} made\n")
            for doc in chance.choice(docs, JUDGED, replace=False):
                judged.write(f"{query} 0 {doc} {chance.choice(4, p=(0.6, 0.2, 0.1, 0.1))}\n")
    return run, qrels


def commands(folder: Path) -> dict[str, list[str]]:
    """Each by what the table calls it."""
    run, qrels = map(str, files(folder))
    ours = [sys.executable, "-m", "harness"]
    score = [*ours, "score", "--run", run, "--qrels", qrels, "--measures", MEASURES]
    return {
        'python -c "pass"': [sys.executable, "-c", "pass"],
        'python -c "import harness"': [sys.executable, "-c", "import harness"],
        "harness --help": [*ours, "--help"],
        "harness list": [*ours, "list"],
        "harness score, 43 queries x 1,000": score,
        "harness score, first time on a machine": score,
        "ir_measures, the same": [
            str(Path(sys.executable).with_name("ir_measures")), qrels, run, *THEIRS.split()
        ],
        "harness eval, default job again": [*ours, "eval", "--results", str(folder / "results")],
    }  # fmt: skip


def seconds(name: str, command: list[str]) -> float:
    """Of one whole process."""
    with tempfile.TemporaryDirectory() as empty:
        first = {"NUMBA_CACHE_DIR": empty, "MPLCONFIGDIR": empty} if "first" in name else {}
        started = time.perf_counter()
        done = subprocess.run(command, env=os.environ | first, capture_output=True, check=False)
        spent = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr.decode()[-2000:]}")
    return spent


def hashing(folder: Path) -> list[dict[str, str]]:
    """Seconds to hash a file of weights, streamed, from the page cache."""
    rows = []
    for size in WEIGHTS_MB:
        path = folder / f"{size}.safetensors"
        path.write_bytes(os.urandom(size * 1_000_000))
        spent = []
        for _ in range(3):
            started = time.perf_counter()
            with path.open("rb") as stream:
                hashlib.file_digest(stream, "sha256")
            spent.append(time.perf_counter() - started)
        rows.append({"weights, MB": str(size), "seconds to hash": f"{min(spent):.3f}"})
    return rows


@click.command(help=__doc__)
@click.option("--turns", default=5, show_default=True)
def main(turns):
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        print(f"{describe()}; {turns} turns\n")
        every = commands(folder)
        for name, command in every.items():
            seconds(name.replace("first", "second"), command)  # caches and pyc files, once
        spent = {name: [] for name in every}
        for _ in range(turns):
            for name, command in every.items():
                spent[name].append(seconds(name, command))
        print(
            table(
                [
                    {
                        "command": name,
                        "seconds": f"{statistics.median(of):.2f}",
                        "fastest": f"{min(of):.2f}",
                    }
                    for name, of in spent.items()
                ]
            )
        )
        print(f"\n{table(hashing(folder))}")


if __name__ == "__main__":
    main()
