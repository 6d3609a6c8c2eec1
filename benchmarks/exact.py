"""Are the screened vectors those of the plain float32 head? Every document of three collections.

    python -m benchmarks.exact [--documents N]

Prints, for each collection, the active dimensions that only one of the two has and the largest
difference of a weight that both have. An entry whose logit lies within float32 rounding of zero
may be active in one order of summation and not in another.
"""

import click
import numpy as np

from benchmarks.machine import describe, table
from benchmarks.texts import DL_POOL, texts


def compared(one, other) -> tuple[int, float, float]:
    """(dimensions that differ, the largest of their weights, the largest difference elsewhere)."""
    rows = [
        np.repeat(np.arange(len(v)), v.active_dims) * np.int64(v.vocab_size) + v.indices
        for v in (one, other)
    ]
    _, a, b = np.intersect1d(*rows, assume_unique=True, return_indices=True)
    lone = np.concatenate((np.delete(one.values, a), np.delete(other.values, b)))
    apart = np.abs(one.values[a] - other.values[b])
    return len(lone), float(lone.max(initial=0)), float(apart.max(initial=0))


@click.command(help=__doc__)
@click.option("--documents", default=30_000, show_default=True, help="Of each collection, at most.")
def main(documents):
    from harness.checkpoint.open import open_checkpoint
    from harness.collection.open import open_collection
    from harness.encoder import EncoderOptions
    from harness.encoder.build import build_encoder

    print(describe())
    checkpoint = open_checkpoint("asset:splade-tiny")
    screened, plain = (
        build_encoder(checkpoint, EncoderOptions(head=h)) for h in ("auto", "float32")
    )
    corpora = {
        name: [doc.text for doc in open_collection(name).corpus]
        for name in ("crowdrag-25", "insuranceqa")
    }
    if DL_POOL.is_file():
        corpora["TREC DL pool"] = texts("short", 28_606)
    rows = []
    for name, passages in corpora.items():
        total, lone, weight, apart = 0, 0, 0.0, 0.0
        chosen = passages[:documents]
        for start in range(0, len(chosen), 2048):
            part = chosen[start : start + 2048]
            one = screened.encode(part, "document").vectors
            found = compared(one, plain.encode(part, "document").vectors)
            total += len(one.values)
            lone += found[0]
            weight, apart = max(weight, found[1]), max(apart, found[2])
        rows.append(
            {
                "collection": name,
                "documents": f"{len(chosen):,}",
                "non-zeros": f"{total:,}",
                f"only in {screened.head.name} or float32": f"{lone:,}",
                "their largest weight": f"{weight:.1e}",
                "largest difference": f"{apart:.1e}",
            }
        )
    print(table(rows))


if __name__ == "__main__":
    main()
