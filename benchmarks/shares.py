"""Where the time of encoding goes, on one core, and how far the body is from the products' peak.

    python -m benchmarks.shares [--shape bert-base] [--kind short|long] [--documents 60]

Processor time, so that other work on the machine counts for less. The parts of the body are timed
where they run: its products (with what is fused into them), attention, norms; the rest is embedding
and what else moves memory. Operations are counted as they are asked for, two for each product of
two numbers. Of the screen they are two for each token, dimension and vocabulary entry.
"""

import os
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

import click
import numpy as np
import torch

from benchmarks.machine import commit, describe, table
from benchmarks.texts import SHAPES, SMALL, model, texts


def peak(products: str, repeats: int = 9) -> float:
    """GFLOP/s of one core in a product of 2048 x 1024 by 1024."""
    from harness.encoder.products import Linear

    layer = Linear(torch.randn(1024, 1024), torch.randn(1024), products)
    x = torch.randn(2048, 1024)
    spent = []
    for _ in range(repeats):
        started = time.process_time()
        layer(x)
        spent.append(time.process_time() - started)
    return 2 * 2048 * 1024**2 / min(spent) / 1e9


class Clock:
    """Processor seconds and operations of the parts of a body."""

    def __init__(self):
        self.seconds, self.operations = defaultdict(float), defaultdict(float)

    @contextmanager
    def on(self, place, name, part, operations):
        """Time every call of a function or method."""
        plain = getattr(place, name)

        def timed(*given):
            started = time.process_time()
            found = plain(*given)
            self.seconds[part] += time.process_time() - started
            self.operations[part] += operations(*given)
            return found

        setattr(place, name, timed)
        try:
            yield
        finally:
            setattr(place, name, plain)


@contextmanager
def watched(clock: Clock):
    from harness.encoder.packed import parts, post_norm, pre_norm
    from harness.encoder.products import Linear

    def product(layer, x, *_):
        return 2 * x.numel() * len(layer.weight)

    def attention(qkv, together, *_):
        width = qkv.shape[1] // 3
        return sum(4 * run.texts * run.length**2 * width for run in together)

    with (
        clock.on(Linear, "__call__", "products", product),
        clock.on(Linear, "plus", "products", product),
        clock.on(Linear, "times", "products", product),
        clock.on(parts.Norm, "__call__", "norms", lambda *_: 0),
        clock.on(post_norm, "attend", "attention", attention),
        clock.on(pre_norm, "attend", "attention", attention),
    ):
        yield


@click.command(help=__doc__)
@click.option("--shape", type=click.Choice([*SHAPES]), multiple=True)
@click.option("--kind", type=click.Choice(["short", "long"]), multiple=True)
@click.option("--documents", type=int, help="[default: 200, of large models 24]")
@click.option("--products", type=click.Choice(["auto", "torch", "onednn"]), default="auto")
def main(shape, kind, documents, products):
    torch.set_num_threads(1)
    print(f"{describe()}; {commit()}; one core\n")
    with tempfile.TemporaryDirectory() as work:
        rows = []
        for one in shape or SHAPES:
            folder = model(one, Path(work))
            count = documents or (200 if one in SMALL else 24)
            for which in kind or (("short", "long") if one in SMALL else ("short",)):
                rows.append(shares(folder, texts(which, count), products))
                rows[-1] = {"model": one, "passages": which, **rows[-1]}
                print(table(rows[-1:]), flush=True)
    print(table(rows))


def shares(folder: Path, passages, products: str) -> dict[str, str]:
    from harness.checkpoint.open import open_checkpoint
    from harness.encoder import EncoderOptions
    from harness.encoder.build import build_encoder
    from harness.encoder.packing import pack_batches

    options = EncoderOptions(device="cpu", threads=1, products=products)
    encoder = build_encoder(open_checkpoint(str(folder)), options)
    spent: dict[str, float] = {}
    clock = Clock()
    for _ in range(2):  # the second time counts: the first one compiles and allocates
        clock.__init__()
        at = [time.process_time()]
        tokens = encoder.tokenize(passages)
        at.append(time.process_time())
        spent = {"tokens": at[1] - at[0], "body": 0.0, "head": 0.0}
        for batch in pack_batches(tokens.lengths, encoder.facts.batch_tokens):
            ids, lengths = torch.from_numpy(tokens.of(batch)), tokens.lengths[batch]
            with torch.inference_mode(), watched(clock):
                at = [time.process_time()]
                hidden = encoder.body(ids, lengths)
                at.append(time.process_time())
                encoder.head(hidden, np.concatenate(([0], np.cumsum(lengths))))
                at.append(time.process_time())
            spent["body"] += at[1] - at[0]
            spent["head"] += at[2] - at[1]
    own = encoder.facts.products
    top = peak(own)
    total, body = sum(spent.values()), spent["body"]
    rates = {
        part: clock.operations[part] / clock.seconds[part] / 1e9
        for part in ("products", "attention")
    }
    head = 2 * tokens.lengths.sum() * encoder.vocab_size * hidden.shape[1] / spent["head"] / 1e9
    rest = 1 - sum(clock.seconds.values()) / body
    return {
        "ms a document": f"{1000 * total / len(passages):.2f}",
        **{part: f"{seconds / total:.0%}" for part, seconds in spent.items()},
        f"of the body: products ({own})": f"{clock.seconds['products'] / body:.0%}",
        "attention": f"{clock.seconds['attention'] / body:.0%}",
        "norms": f"{clock.seconds['norms'] / body:.0%}",
        "rest": f"{rest:.0%}",
        "products GFLOP/s (of peak)": f"{rates['products']:.0f} ({rates['products'] / top:.0%})",
        "attention GFLOP/s": f"{rates['attention']:.0f}",
        f"head GOP/s ({encoder.head.name})": f"{head:,.0f}",
    }


if __name__ == "__main__":
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    main()
