"""What growth costs: a whole evaluation by documents, encoding by tokens, search by queries.

    python -m benchmarks.growth documents [--smallest 62500] [--folder DIR]
    python -m benchmarks.growth tokens
    python -m benchmarks.growth queries

`documents` runs `harness eval` with splade-tiny, every vector encoded, in a fresh process for each
size: x1, x4, x16. Its corpus is synthetic and of any size: each document is the words of a real MS
MARCO v1 passage, turned round by one word more each time the passage comes again (35 times in a
million documents; the shortest passages repeat); a query is the first eight words of a document.
Scores of such a collection mean nothing; its lengths, its vocabulary and its active dims are the
real ones. A million documents need 3 GB of disk.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np

from benchmarks.machine import describe, table
from benchmarks.texts import texts

TIMES = (1, 4, 16)


def turned(passages: list[str], documents: int) -> Iterator[str]:
    """So many different documents out of the passages."""
    for number in range(documents):
        words = passages[number % len(passages)].split()
        at = number // len(passages) % max(1, len(words))
        yield " ".join(words[at:] + words[:at])


def collection(folder: Path, documents: int, queries: int) -> Path:
    """A BEIR folder whose every query has one relevant document."""
    (folder / "qrels").mkdir(parents=True)
    every = documents // queries
    with (
        (folder / "corpus.jsonl").open("w") as corpus,
        (folder / "queries.jsonl").open("w") as asked,
        (folder / "qrels/test.tsv").open("w") as qrels,
    ):
        qrels.write("query-id\tcorpus-id\tscore\n")
        for number, text in enumerate(turned(texts("short", 1 << 30), documents)):
            corpus.write(json.dumps({"_id": f"d{number}", "title": "", "text": text}) + "\n")
            if number % every == 0 and number // every < queries:
                query = " ".join(text.split()[:8])
                asked.write(json.dumps({"_id": f"q{number}", "text": query}) + "\n")
                qrels.write(f"q{number}\td{number}\t1\n")
    return folder


def evaluated(documents: int, queries: int, work: Path) -> dict[str, str]:
    """One row: an evaluation as a command line, and again with its vectors there."""
    given = collection(work / f"collection-{documents}", documents, queries)
    command = [sys.executable, "-m", "harness", "eval", "--model", "asset:splade-tiny"]
    command += ["--collection", str(given), "--results", str(work / "results"), "--format", "json"]
    row = {"documents": f"{documents:,}"}
    for what in ("cold", "again"):
        started = time.perf_counter()
        done = subprocess.run(
            command,
            env={**os.environ, "HARNESS_CACHE": str(work)},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        seconds = time.perf_counter() - started
        made = json.loads(Path(json.loads(done.stdout)["result"]).read_text())["provenance"]
        print(f"{documents:,} {what}: {made['seconds']}", file=sys.stderr, flush=True)
        row[f"{what}, s"] = f"{seconds:,.0f}"
        row[f"{what}, ms a document"] = f"{1000 * seconds / documents:.3f}"
        row[f"{what}, peak GB"] = f"{made['peak_memory_gb']:.2f}"
    return row


@click.group(help=__doc__)
def main():
    print(f"{describe()}\n", flush=True)


@main.command()
@click.option("--smallest", default=62_500, show_default=True)
@click.option("--queries", default=1_000, show_default=True)
@click.option("--folder", type=Path, help="Where there is room.  [default: a temporary folder]")
def documents(smallest, queries, folder):
    import shutil

    from harness.assets import fetch

    rows = []
    for times in TIMES:
        with tempfile.TemporaryDirectory(dir=folder) as work:
            shutil.copytree(fetch("splade-tiny").parent, Path(work) / "assets")
            rows.append(evaluated(smallest * times, queries, Path(work)))
    print(table(rows))


@main.command()
@click.option("--total", default=120_000, show_default=True, help="Tokens for each length.")
def tokens(total):
    from harness.assets import fetch
    from harness.checkpoint.open import open_checkpoint
    from harness.encoder.build import build_encoder

    encoder = build_encoder(open_checkpoint(str(fetch("splade-tiny"))))
    words = " ".join(texts("long", 3000)).split()
    rows = []
    for length in (32, 64, 128, 256, 512):
        # About 0.8 words make a token; what is too long is cut at the length by the tokenizer.
        size = length if length == 512 else int(0.72 * length)
        given = [" ".join(words[at * size :][:size]) for at in range(total // length)]
        encoder.encode(given[:32], "document")
        spent = []
        for _ in range(3):
            started = time.perf_counter()
            found = encoder.encode(given, "document")
            spent.append(time.perf_counter() - started)
        rows.append(
            {
                "tokens a document": f"{found.tokens / len(given):.0f}",
                "documents/s": f"{len(given) / np.median(spent):,.0f}",
                "microseconds a token": f"{1e6 * np.median(spent) / found.tokens:.1f}",
                "active dims": f"{found.vectors.active_dims.mean():.0f}",
            }
        )
    print(table(rows))


@main.command()
@click.option("--smallest", default=5_000, show_default=True)
@click.option("--documents", default=49_036, show_default=True)
@click.option("--worker", hidden=True, type=int)
def queries(smallest, documents, worker):
    if worker:
        searched(worker, documents)
        return
    rows = []
    for times in TIMES:
        command = [sys.executable, "-m", "benchmarks.growth", "queries", "--documents"]
        command += [str(documents), "--worker", str(smallest * times)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
    print(table(rows))


def searched(count: int, documents: int) -> None:
    """Print one row: a search of so many queries, the vectors at the card's densities."""
    from benchmarks.synthetic import shards, vectors
    from harness.search import search
    from harness.system.cores import usable_cores
    from harness.system.memory import peak_memory_gb

    asked = vectors(count, 22.6, (2, 0), queries=True)
    corpus = list(shards(documents, 4_096))
    options = {"tie_break": np.arange(documents), "depth": 100, "fill": False}
    threads = usable_cores()
    search(asked.take(np.arange(2)), corpus, threads=threads, **options)
    started = time.perf_counter()
    search(asked, corpus, threads=threads, **options)
    seconds = time.perf_counter() - started
    row = {
        "queries": f"{count:,}",
        "seconds": f"{seconds:.2f}",
        "microseconds a query": f"{1e6 * seconds / count:.0f}",
        "peak GB": f"{peak_memory_gb():.2f}",
    }
    print(json.dumps(row))


if __name__ == "__main__":
    main()
