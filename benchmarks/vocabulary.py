"""Large vocabularies through the screen: time and memory of opening a model, and of a document.

    python -m benchmarks.vocabulary [--documents 40]

RoBERTa's architecture with one layer, so that what is measured is the vocabulary, with random
weights and a bias that leaves about 180 active dims; each row is a process of its own. Opening is
everything from the files to an encoder that is ready: its peak memory is told as a multiple of the
projection's own size, too. The head is measured alone, on one core.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from benchmarks.machine import commit, describe, table
from benchmarks.texts import SHAPES, model, texts

SIZES = [(entries, hidden) for entries in (30_522, 50_265, 250_002) for hidden in (384, 768)]


def shape(entries: int, hidden: int) -> str:
    """Put a shape into the table of shapes, and say its name."""
    name = f"vocabulary-{entries}-{hidden}"
    settings = dict(SHAPES["roberta-30m"][1])
    settings |= {"vocab_size": entries, "num_hidden_layers": 1, "hidden_size": hidden}
    SHAPES[name] = ("Roberta", settings | {"intermediate_size": 4 * hidden})
    return name


def worker(folder: Path, head: str, documents: int) -> dict[str, float]:
    """Open, and encode; what it took."""
    import numpy as np
    import torch

    from harness.checkpoint.open import open_checkpoint
    from harness.encoder import EncoderOptions
    from harness.encoder.build import build_encoder
    from harness.encoder.packing import pack_batches
    from harness.system.memory import memory_gb, peak_memory_gb

    before = memory_gb()
    clock = [time.perf_counter()]
    options = EncoderOptions(device="cpu", head=head, threads=1)
    encoder = build_encoder(open_checkpoint(str(folder)), options)
    clock.append(time.perf_counter())
    opened = peak_memory_gb()
    tokens = encoder.tokenize(texts("short", documents))
    torch.set_num_threads(1)
    spent = active = 0
    for batch in pack_batches(tokens.lengths, encoder.facts.batch_tokens):
        ids, lengths = torch.from_numpy(tokens.of(batch)), tokens.lengths[batch]
        with torch.inference_mode():
            hidden = encoder.body(ids, lengths)
            started = time.thread_time()
            found = encoder.head(hidden, np.concatenate(([0], np.cumsum(lengths))))
            spent += time.thread_time() - started
        active += int(found.vectors.active_dims.sum())
    return {
        "before": before,
        "opening": clock[1] - clock[0],
        "opened": opened,
        "peak": peak_memory_gb(),
        "ms": 1000 * spent / documents,
        "active": active / documents,
    }


@click.command(help=__doc__)
@click.option("--documents", default=40, show_default=True)
@click.option("--entries", type=int, multiple=True, help="only vocabularies of this many entries")
@click.option("--worker", "head", hidden=True)
@click.option("--folder", type=Path, hidden=True)
def main(documents, entries, head, folder):
    if head:
        print(json.dumps(worker(folder, head, documents)))
        return
    print(f"{describe()}; {commit()}; {documents} short passages\n")
    rows = []
    for size, hidden in SIZES:
        if entries and size not in entries:
            continue
        with tempfile.TemporaryDirectory() as work:
            made = model(shape(size, hidden), Path(work))
            found = {one: _run(made, one, documents) for one in ("auto", "float32")}
        own, plain = found["auto"], found["float32"]
        rows.append(
            {
                "vocabulary": f"{size:,}",
                "hidden": str(hidden),
                "projection, GB": f"{4 * size * hidden / 1e9:.2f}",
                "opening, s": f"{own['opening']:.1f}",
                "with the float32 head": f"{plain['opening']:.1f}",
                "peak of opening, GB": f"{own['opened'] - own['before']:.2f}",
                "likewise": f"{plain['opened'] - plain['before']:.2f}",
                "head, ms a document": f"{own['ms']:.1f}",
                "float32 head": f"{plain['ms']:.1f}",
                "active dims": f"{own['active']:.0f}",
            }
        )
        print(table(rows[-1:]), file=sys.stderr, flush=True)
    print(table(rows))


def _run(folder: Path, head: str, documents: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.vocabulary", "--worker", head]
    command += ["--folder", str(folder), "--documents", str(documents)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
