"""What the machine can do at most: float32 and int8 products, and memory.

    python -m benchmarks.peaks

One core for each thread, as the encoder uses them; the best of five.
"""

import time
from concurrent.futures import ThreadPoolExecutor

import click
import numpy as np
import torch

from benchmarks.machine import describe, table


def best(work, threads: int, repeats: int = 5) -> float:
    """The shortest of some runs of `work` on every thread at once, in seconds."""

    def alone():
        torch.set_num_threads(1)
        work()

    seconds = []
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(repeats):
            started = time.perf_counter()
            list(pool.map(lambda _: alone(), range(threads)))
            seconds.append(time.perf_counter() - started)
    return min(seconds)


@click.command(help=__doc__)
@click.option("--threads", default=torch.get_num_threads(), show_default=True)
def main(threads):
    size = 1536
    a, b = torch.randn(size, size), torch.randn(size, size)
    ints = torch.randint(-127, 127, (size, size), dtype=torch.int8)
    narrow = torch.randn(2048, 128)
    wide = torch.randn(512, 128)
    big = np.ones(1 << 25, np.float64)
    print(f"{describe()}; {threads} threads\n")
    rows = [
        ("float32 product, 1536 cubed", 2 * size**3 / 1e9, "GFLOP/s", lambda: a @ b),
        (
            "float32 product, 2048 x 128 by 512 (a layer of BERT-tiny)",
            2 * 2048 * 128 * 512 / 1e9,
            "GFLOP/s",
            lambda: narrow @ wide.T,
        ),
        (
            "int8 product, 1536 cubed (torch._int_mm)",
            2 * size**3 / 1e9,
            "GOP/s",
            lambda: torch._int_mm(ints, ints),
        ),
        ("memory, read", big.nbytes / 1e9, "GB/s", big.sum),
    ]
    print(
        table(
            [
                {
                    "work": name,
                    "all threads": f"{amount * threads / best(work, threads):,.0f} {unit}",
                }
                for name, amount, unit, work in rows
            ]
        )
    )


if __name__ == "__main__":
    main()
