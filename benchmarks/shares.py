"""Where the time of encoding goes, on one core, and how far each part is from the machine's peak.

    python -m benchmarks.shares [--shape tiny|mini] [--kind short|long] [--documents 300]

Processor time, so that other work on the machine counts for less. The body's floating point
operations are counted from its shape; the screen's are two for each token, dimension and vocabulary
entry. What the body's matrix products and its attention take is measured by doing them alone, on
batches of the same shape; the rest are biases, activations, norms and what moves between them.
"""

import tempfile
import time
from pathlib import Path

import click
import numpy as np
import torch

from benchmarks.machine import describe, table
from benchmarks.texts import model, texts


def body_operations(lengths, layers: int, hidden: int, inner: int) -> float:
    """Multiplications and additions of the linear layers and of attention."""
    linear = layers * (4 * hidden * hidden + 2 * hidden * inner) + hidden * hidden
    return float(2 * linear * lengths.sum() + 4 * layers * hidden * (lengths**2).sum())


@click.command(help=__doc__)
@click.option("--shape", type=click.Choice(["tiny", "mini"]), multiple=True)
@click.option("--kind", type=click.Choice(["short", "long"]), multiple=True)
@click.option("--documents", default=300, show_default=True)
def main(shape, kind, documents):
    torch.set_num_threads(1)
    square = torch.randn(1024, 1024)
    square @ square
    spent = []
    for _ in range(5):
        started = time.process_time()
        square @ square
        spent.append(time.process_time() - started)
    peak = 2 * 1024**3 / min(spent) / 1e9
    print(f"{describe()}; one core, float32 product of 1024 cubed: {peak:.0f} GFLOP/s\n")
    with tempfile.TemporaryDirectory() as work:
        rows = [
            shares(model(one, Path(work)), one, which, documents, peak)
            for one in shape or ("tiny", "mini")
            for which in kind or ("short", "long")
        ]
    print(table(rows))


def shares(folder: Path, shape: str, kind: str, documents: int, peak: float) -> dict[str, str]:
    from harness.checkpoint.open import open_checkpoint
    from harness.encoder import EncoderOptions
    from harness.encoder.build import build_encoder
    from harness.encoder.packing import pack_batches

    encoder = build_encoder(open_checkpoint(str(folder)), EncoderOptions(device="cpu", threads=1))
    passages = texts(kind, documents)
    spent = dict.fromkeys(("tokens", "body", "head"), 0.0)
    for _ in range(2):  # the second time counts: the first one compiles and allocates
        clock = [time.process_time()]
        tokens = encoder.tokenize(passages)
        clock.append(time.process_time())
        spent = {"tokens": clock[1] - clock[0], "body": 0.0, "head": 0.0}
        for batch in pack_batches(tokens.lengths, encoder.batch_tokens):
            ids, lengths = torch.from_numpy(tokens.of(batch)), tokens.lengths[batch]
            with torch.inference_mode():
                clock = [time.process_time()]
                hidden = encoder.body(ids, lengths)
                clock.append(time.process_time())
                encoder.head(hidden, np.concatenate(([0], np.cumsum(lengths))))
                clock.append(time.process_time())
            spent["body"] += clock[1] - clock[0]
            spent["head"] += clock[2] - clock[1]
    layers, width = (2, 128) if shape == "tiny" else (4, 256)
    products, attention = alone(tokens, encoder.batch_tokens, layers, width)
    body = body_operations(tokens.lengths, layers, width, 4 * width) / spent["body"] / 1e9
    head = 2 * tokens.lengths.sum() * encoder.vocab_size * width / spent["head"] / 1e9
    total = sum(spent.values())
    return {
        "model": shape,
        "passages": kind,
        "ms a document": f"{1000 * total / len(passages):.2f}",
        **{part: f"{seconds / total:.0%}" for part, seconds in spent.items()},
        "of the body: products": f"{products / spent['body']:.0%}",
        "attention": f"{attention / spent['body']:.0%}",
        "body GFLOP/s (of peak)": f"{body:.0f} ({body / peak:.0%})",
        f"head GOP/s ({encoder.head.name})": f"{head:,.0f}",
    }


def alone(tokens, batch_tokens: int, layers: int, width: int) -> tuple[float, float]:
    """Seconds that the products and the attention of all batches take by themselves."""
    from harness.encoder.packing import pack_batches

    shapes = [(width, 3 * width), (width, width), (width, 4 * width), (4 * width, width)]
    shapes = layers * shapes + [(width, width)]
    weights = [torch.randn(wide, narrow) for narrow, wide in shapes]
    spent = [0.0, 0.0]
    for _ in range(2):  # the second time counts
        spent = [0.0, 0.0]
        for batch in pack_batches(tokens.lengths, batch_tokens):
            lengths = tokens.lengths[batch]
            rows = {size: torch.randn(int(lengths.sum()), size) for size in (width, 4 * width)}
            room = [rows[narrow].new_empty(len(rows[narrow]), wide) for narrow, wide in shapes]
            with torch.inference_mode():
                clock = [time.process_time()]
                for (narrow, _wide), weight, out in zip(shapes, weights, room, strict=True):
                    torch.mm(rows[narrow], weight.T, out=out)
                clock.append(time.process_time())
                for _layer in range(layers):
                    attend(room[0], lengths, width)
                clock.append(time.process_time())
            spent[0] += clock[1] - clock[0]
            spent[1] += clock[2] - clock[1]
    return spent[0], spent[1]


def attend(qkv: torch.Tensor, lengths, width: int) -> None:
    """Each text by itself, those of one length together: what the packed body does."""
    heads = width // 64
    at = 0
    for length, count in zip(*np.unique(lengths, return_counts=True), strict=True):
        part = qkv[at : at + length * count].view(count, length, 3, heads, 64)
        torch.nn.functional.scaled_dot_product_attention(*part.permute(2, 0, 3, 1, 4))
        at += length * count


if __name__ == "__main__":
    main()
