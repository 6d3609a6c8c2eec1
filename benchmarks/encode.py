"""Documents a second of ours and of others, on short and long passages, for each shape of model.

    python -m benchmarks.encode [--turns 3] [--documents 300] [--shape tiny] [--kind long]

Each contestant is a process of its own, and all take turns, so that what else the machine does hits
all alike. Of sentence-transformers the best of its batches is what counts. OpenVINO is in the extra
`bench`.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import click

from benchmarks.machine import TUNED, Turn, commit, describe, ratios, table, turn
from benchmarks.texts import SHAPES, SMALL, documents_of, model, texts

CONTESTANTS = {
    "cpu": {
        "harness": {},
        "harness, float32 head": {},
        "sentence-transformers, batch 8": {},
        "sentence-transformers, batch 32": {},
        "sentence-transformers, batch 64": {},
        "sentence-transformers, batch 8, tuned allocator": TUNED,
        "OpenVINO float32 by hand, batch 8": {},
    },
    "cuda": {
        "harness": {},
        "harness, float32 head": {},
        "harness, tf32": {},
        "sentence-transformers, batch 32": {},
        "sentence-transformers, batch 128": {},
        "sentence-transformers, batch 512": {},
    },
}
"""For each device: by name, with the environment that each runs in."""


def ours(folder: Path, device: str, name: str):
    """Our encoder as a function of texts."""
    from harness.checkpoint.open import open_checkpoint
    from harness.encoder import EncoderOptions
    from harness.encoder.build import build_encoder

    # On a GPU, rather fail than show the plain head under another name.
    best = "screened" if device == "cuda" and "tf32" not in name else "auto"
    head = "float32" if "float32" in name else best
    precision = "tf32" if "tf32" in name else "float32"
    checkpoint = open_checkpoint(str(folder))
    encoder = build_encoder(
        checkpoint, EncoderOptions(device=device, head=head, precision=precision)
    )
    return lambda passages: encoder.encode(passages, "document")


def sentence_transformers(folder: Path, device: str, batch: int):
    """SparseEncoder as its own evaluator calls it."""
    from sentence_transformers import SparseEncoder

    encoder = SparseEncoder(str(folder), device=device)
    return lambda passages: encoder.encode_document(
        passages, batch_size=batch, convert_to_sparse_tensor=True, save_to_cpu=True
    )


def openvino(folder: Path, batch: int):
    """The model's logits by OpenVINO in float32, max and log by numpy: a careful user's loop."""
    import numpy as np
    import openvino as ov
    import torch
    from tokenizers import Tokenizer
    from transformers import AutoModelForMaskedLM

    network = AutoModelForMaskedLM.from_pretrained(folder, attn_implementation="eager")
    network.eval().requires_grad_(False)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(512)
    tokenizer.enable_padding()

    class Pooled(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = network

        def forward(self, ids, mask):
            logits = self.network(input_ids=ids, attention_mask=mask).logits
            return torch.amax(torch.log1p(torch.relu(logits)) * mask[:, :, None], 1)

    example = (torch.ones(2, 16, dtype=torch.int64), torch.ones(2, 16, dtype=torch.int64))
    compiled = ov.compile_model(
        ov.convert_model(Pooled(), example_input=example),
        "CPU",
        {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "THROUGHPUT"},
    )

    def encode(passages):
        queue = ov.AsyncInferQueue(compiled)
        rows = []
        queue.set_callback(
            lambda request, _: rows.append(np.nonzero(request.get_output_tensor().data))
        )
        ordered = sorted(passages, key=len, reverse=True)
        for start in range(0, len(ordered), batch):
            encoded = tokenizer.encode_batch(ordered[start : start + batch])
            ids = np.array([e.ids for e in encoded], np.int64)
            mask = np.array([e.attention_mask for e in encoded], np.int64)
            queue.start_async([ids, mask])
        queue.wait_all()

    return encode


def worker(name: str, device: str, folder: Path, kind: str, documents: int) -> None:
    """Be one contestant for one turn."""
    from harness.system.memory import peak_memory_gb

    passages = texts(kind, documents)
    if name.startswith("harness"):
        encode = ours(folder, device, name)
    elif name.startswith("sentence"):
        batch = int(name.split("batch ")[1].split(",", maxsplit=1)[0])
        encode = sentence_transformers(folder, device, batch)
    else:
        encode = openvino(folder, 8)
    encode(passages if device == "cuda" else passages[:16])  # a GPU wants every shape warm
    started = time.perf_counter()
    encode(passages)
    rate = len(passages) / (time.perf_counter() - started)
    peak = peak_memory_gb()
    if device == "cuda":
        import torch

        peak = torch.cuda.max_memory_allocated() / 1e9
    print(json.dumps({"rate": rate, "peak_gb": peak}))


@click.command(help=__doc__)
@click.option("--turns", default=3, show_default=True)
@click.option(
    "--documents", type=int, help="[default: 300, for the larger shapes 80; on a GPU 20000]"
)
@click.option("--shape", type=click.Choice([*SHAPES]), multiple=True)
@click.option("--kind", type=click.Choice(["short", "long"]), multiple=True)
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@click.option("--worker", "name", hidden=True)
@click.option("--folder", type=Path, hidden=True)
def main(turns, documents, shape, kind, device, name, folder):
    if name:
        worker(name, device, folder, kind[0], documents)
        return
    names = [*CONTESTANTS[device]]
    print(f"{_gpu() if device == 'cuda' else describe()}; {commit()}; {turns} turns\n")
    shapes = shape or (SMALL if device == "cuda" else tuple(SHAPES))
    tables = []
    with tempfile.TemporaryDirectory() as work:
        for one_shape in shapes:
            weights = model(one_shape, Path(work))
            many = documents or (documents_of(one_shape) if device == "cpu" else 20_000)
            cells = {n: {f"{one_shape}, {many} documents": n} for n in names}
            peaks = dict.fromkeys(names, 0.0)
            for one_kind in kind or ("short", "long"):
                taken = _take_turns(names, turns, device, weights, one_kind, many)
                better = ratios(taken, "harness")
                for n in names:
                    rate = statistics.median(t.rate for t in taken[n])
                    times = "" if n == "harness" else f" (x {better[n]:.2f})"
                    cells[n][one_kind] = f"{rate:,.1f}{times}"
                    peaks[n] = max(peaks[n], *(t.peak_gb for t in taken[n]))
            rows = [cells[n] | {"peak GB": f"{peaks[n]:.1f}"} for n in names]
            tables.append(table(rows))
            print(tables[-1], file=sys.stderr, flush=True)
    print("Documents a second (and how many times more ours encodes):")
    for one in tables:
        print(f"\n{one}")
    print(f"\nload at the end: {os.getloadavg()[0]:.1f}")


def _take_turns(names, turns, device, weights, kind, documents) -> dict[str, list[Turn]]:
    taken = {n: [] for n in names}
    for _ in range(turns):
        for n in names:
            arguments = ["--worker", n, "--folder", str(weights), "--kind", kind]
            arguments += ["--documents", str(documents), "--device", device]
            taken[n].append(turn("benchmarks.encode", arguments, CONTESTANTS[device][n]))
            print(f"{kind} {n}: {taken[n][-1].rate:.1f}/s", file=sys.stderr, flush=True)
    return taken


def _gpu() -> str:
    import torch

    return f"{torch.cuda.get_device_name()}, in a machine with {describe()}; peak GB of the GPU"


if __name__ == "__main__":
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    main()
