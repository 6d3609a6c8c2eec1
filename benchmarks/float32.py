"""How far two float32 logits of one text and one vocabulary entry lie apart, in units of the bound.

    python -m benchmarks.float32 [--passages 400]

splade-tiny on passages of CrowdRAG-25, computed by transformers in ten ways, each in a process of
its own: padded in batches of several sizes, with the kernels of lesser processors, and with MKL in
its reproducible modes. For every pair of ways the largest difference of two logits near zero (below
0.05), in units of 2^-24 (||h|| ||w|| + |b|): `harness.encoder.float32.NEAR_ZERO` is four times the
largest.
"""

import itertools
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import click
import numpy as np

from benchmarks.machine import describe, table

WAYS = {
    "batch 8": (8, {}),
    "batch 1": (1, {}),
    "batch 32": (32, {}),
    "batch 64": (64, {}),
    "AVX2": (8, {"ATEN_CPU_CAPABILITY": "avx2"}),
    "no vectors": (8, {"ATEN_CPU_CAPABILITY": "default"}),
    "MKL compatible": (8, {"MKL_CBWR": "COMPATIBLE"}),
    "MKL AVX2": (8, {"MKL_CBWR": "AVX2"}),
    "MKL AVX-512": (8, {"MKL_CBWR": "AVX512"}),
    "MKL SSE 4.2": (8, {"MKL_ENABLE_INSTRUCTIONS": "SSE4_2"}),
}
"""By name: texts in a batch, and the environment."""


def logits(target: Path, passages: int, batch: int) -> None:
    """Write each passage's largest logits, and what the bound is made of."""
    import torch
    from transformers import AutoTokenizer

    from harness.checkpoint.masked_lm import load_model
    from harness.checkpoint.open import open_checkpoint
    from harness.collection.open import open_collection

    folder = open_checkpoint("asset:splade-tiny").folder
    model, tokenizer = load_model(folder), AutoTokenizer.from_pretrained(folder)
    head = model.get_output_embeddings()
    corpus = itertools.islice(open_collection("crowdrag-25").corpus, passages)
    texts = sorted((doc.text for doc in corpus), key=lambda text: (len(text), text))
    found, norms = [], []
    with torch.inference_mode():
        for start in range(0, len(texts), batch):
            given = tokenizer(
                texts[start : start + batch], padding=True, truncation=True, max_length=512,
                return_tensors="pt",
            )  # fmt: skip
            real = given["attention_mask"].bool()
            hidden = model.cls.predictions.transform(model.bert(**given).last_hidden_state)
            found.append(head(hidden).masked_fill(~real[:, :, None], -1e9).amax(1).numpy())
            norms.append((hidden.norm(dim=2) * real).amax(1).numpy())
    np.savez(
        target, logits=np.concatenate(found), norms=np.concatenate(norms),
        weights=head.weight.norm(dim=1).detach().numpy(), bias=head.bias.detach().numpy(),
    )  # fmt: skip


def largest(one, other) -> float:
    """The largest difference of two logits near zero, in units of the bound."""
    scale = 2.0**-24 * (one["norms"][:, None] * one["weights"] + np.abs(one["bias"]))
    near = np.abs(one["logits"]) < 0.05
    apart = np.abs(one["logits"].astype(np.float64) - other["logits"])
    return float((apart[near] / scale[near]).max())


@click.command(help=__doc__)
@click.option("--passages", default=400, show_default=True)
@click.option("--way", type=click.Choice(list(WAYS)), hidden=True)
@click.option("--target", type=click.Path(path_type=Path), hidden=True)
def main(passages, way, target):
    if way:
        logits(target, passages, WAYS[way][0])
        return
    print(f"{describe()}; {passages} passages\n")
    with tempfile.TemporaryDirectory() as place:
        computed = {}
        for name, (_, settings) in WAYS.items():
            path = Path(place, f"{len(computed)}.npz")
            command = [sys.executable, "-m", "benchmarks.float32", "--passages", str(passages)]
            subprocess.run(
                [*command, "--way", name, "--target", str(path)],
                env=os.environ | settings,
                check=True,
            )
            computed[name] = dict(np.load(path))
    rows = [
        {"way": one, "other": other, "units": f"{largest(computed[one], computed[other]):.2f}"}
        for one, other in itertools.combinations(computed, 2)
    ]
    print(table(sorted(rows, key=lambda row: -float(row["units"]))[:10]))


if __name__ == "__main__":
    main()
