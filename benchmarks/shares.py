"""Where the time of encoding goes, on one core, and how far the products are from their peak.

    python -m benchmarks.shares [--shape bert-base] [--kind short|long] [--documents 300]

Processor time, so that other work on the machine counts for less. The parts of the body are timed
where they run, and the floating point operations of its linear layers counted there: GELU and the
residual are in them, since oneDNN does all in one. What is left over are embeddings, rotations and
what moves between the parts. The screen's operations are two for each token, dimension and
vocabulary entry.
"""

import tempfile
import time
from collections import Counter
from pathlib import Path

import click
import numpy as np
import torch

from benchmarks.machine import commit, describe, table
from benchmarks.texts import SHAPES, documents_of, model, texts


@click.command(help=__doc__)
@click.option("--shape", type=click.Choice([*SHAPES]), multiple=True)
@click.option("--kind", type=click.Choice(["short", "long"]), multiple=True)
@click.option("--documents", type=int, help="[default: 300, for the larger shapes 80]")
def main(shape, kind, documents):
    torch.set_num_threads(1)
    spent = watched()
    print(f"{describe()}; {commit()}; one core\n")
    rows = []
    with tempfile.TemporaryDirectory() as work:
        for one in shape or SHAPES:
            folder = model(one, Path(work))
            for which in kind or ("short", "long"):
                rows.append(shares(folder, one, which, documents or documents_of(one), spent))
                print(table(rows[-1:]), flush=True)
    print(f"\n{table(rows)}")


def watched() -> Counter:
    """Have the parts of packed bodies count their seconds, and linear layers their operations."""
    from harness.encoder.packed import parts, post_norm, pre_norm
    from harness.encoder.products import Linear

    spent: Counter = Counter()

    def timed(name, function):
        def run(*given, **named):
            started = time.thread_time()
            found = function(*given, **named)
            spent[name] += time.thread_time() - started
            if name == "products":
                layer, x = given[:2]
                spent["operations"] += 2 * len(x) * layer.weight.numel()
            return found

        return run

    for name in ("__call__", "_with"):
        setattr(Linear, name, timed("products", getattr(Linear, name)))
    parts.Norm.__call__ = timed("norms", parts.Norm.__call__)
    for module in (post_norm, pre_norm):
        module.attend = timed("attention", module.attend)
    return spent


def peak_of(products: str, width: int) -> float:
    """GFLOP/s of the product by itself, on 2,048 rows and a square of that width."""
    from harness.encoder.products import Linear

    rows, layer = torch.randn(2048, width), Linear(torch.randn(width, width), None, products)
    spent = []
    for _ in range(7):
        started = time.thread_time()
        layer(rows)
        spent.append(time.thread_time() - started)
    return 2 * 2048 * width * width / min(spent) / 1e9


def shares(folder: Path, shape: str, kind: str, documents: int, spent: Counter) -> dict[str, str]:
    from harness.checkpoint.open import open_checkpoint
    from harness.encoder import EncoderOptions
    from harness.encoder.build import build_encoder
    from harness.encoder.packing import pack_batches

    encoder = build_encoder(open_checkpoint(str(folder)), EncoderOptions(device="cpu", threads=1))
    peak = peak_of(encoder.facts.products, 1024)
    passages = texts(kind, documents)
    for _ in range(2):  # the second time counts: the first one compiles and allocates
        clock = [time.thread_time()]
        tokens = encoder.tokenize(passages)
        tokenized, body, head, width = time.thread_time() - clock[0], 0.0, 0.0, 0
        spent.clear()
        for batch in pack_batches(tokens.lengths, encoder.facts.batch_tokens):
            ids, lengths = torch.from_numpy(tokens.of(batch)), tokens.lengths[batch]
            with torch.inference_mode():
                clock = [time.thread_time()]
                hidden = encoder.body(ids, lengths)
                clock.append(time.thread_time())
                encoder.head(hidden, np.concatenate(([0], np.cumsum(lengths))))
                clock.append(time.thread_time())
            body, head = body + clock[1] - clock[0], head + clock[2] - clock[1]
            width = hidden.shape[1]
    total = tokenized + body + head
    rate = spent["operations"] / spent["products"] / 1e9
    head_rate = 2 * tokens.lengths.sum() * encoder.vocab_size * width / head / 1e9
    parts = ("products", "attention", "norms")
    return {
        "model": shape,
        "passages": kind,
        "ms a document": f"{1000 * total / len(passages):.2f}",
        "tokens": f"{tokenized / total:.0%}",
        "body": f"{body / total:.0%}",
        "head": f"{head / total:.0%}",
        **{f"of the body: {part}": f"{spent[part] / body:.0%}" for part in parts},
        "rest": f"{1 - sum(spent[part] for part in parts) / body:.0%}",
        f"products GFLOP/s ({encoder.facts.products}; alone)": f"{rate:.0f} ({peak:.0f})",
        "head GOP/s": f"{head_rate:,.0f}",
    }


if __name__ == "__main__":
    main()
