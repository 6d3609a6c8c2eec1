"""How far two float32 logits of one text and one vocabulary entry lie apart, in units of the bound.

    python -m benchmarks.float32 [--passages 400]
    python -m benchmarks.float32 --scores [--passages 4000]

splade-tiny on passages of CrowdRAG-25, computed in eleven ways, each in a process of its own: by
transformers, padded in batches of several sizes, with the kernels of lesser processors, and with
MKL in its reproducible modes; and by our packed body with oneDNN's products. For every pair of ways
the largest difference of two logits near zero (below 0.05), in units of 2^-24 (||h|| ||w|| + |b|):
`harness.encoder.float32.NEAR_ZERO` is four times the largest.

With --scores: four of those ways in our own encoder, all queries against the passages, and for
every two of a query's hundred best documents how much their distance differs between two ways, in
units of `harness.measures.near_ties.SCORE_ERROR`.
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

ONEDNN = "oneDNN"
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
    ONEDNN: (8, {}),
}
"""By name: texts in a batch, and the environment."""

OURS = ("batch 8", "AVX2", "MKL compatible", ONEDNN)
"""Those that our own encoder is run in; it packs its batches itself."""


def logits(target: Path, passages: int, way: str) -> None:
    """Write each passage's largest logits, and what the bound is made of."""
    import torch
    from transformers import AutoTokenizer

    from harness.checkpoint.masked_lm import load_model
    from harness.checkpoint.open import open_checkpoint
    from harness.collection.open import open_collection
    from harness.encoder.packed.registry import packed_body

    folder = open_checkpoint("asset:splade-tiny").folder
    model, tokenizer = load_model(folder), AutoTokenizer.from_pretrained(folder)
    head, batch = model.get_output_embeddings(), WAYS[way][0]
    packed = packed_body(model, "onednn") if way == ONEDNN else None
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
            if packed is None:
                hidden = model.cls.predictions.transform(model.bert(**given).last_hidden_state)
            else:
                hidden = torch.zeros(*real.shape, head.in_features)
                hidden[real] = packed(given["input_ids"][real], real.sum(1).numpy())
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


def vectors(target: Path, passages: int, way: str) -> None:
    """Write the vectors of all queries and of the first passages, by our own encoder."""
    from harness.checkpoint.open import open_checkpoint
    from harness.collection.open import open_collection
    from harness.encoder import EncoderOptions
    from harness.encoder.open import open_encoder
    from harness.encoder.vector_cache import VectorCache

    collection = open_collection("crowdrag-25")
    documents = [doc.text for doc in itertools.islice(collection.corpus, passages)]
    checkpoint = open_checkpoint("asset:splade-tiny")
    options = EncoderOptions(device="cpu", products="onednn" if way == ONEDNN else "torch")
    encoder = open_encoder(checkpoint, options, VectorCache(target.parent / "vectors"))
    found = {
        "q": encoder.encode([query.text for query in collection.queries], "query"),
        "d": encoder.encode(documents, "document"),
    }
    np.savez(
        target,
        **{
            f"{side}_{part}": getattr(encoded.vectors, part)
            for side, encoded in found.items()
            for part in ("indptr", "indices", "values", "vocab_size")
        },
    )


def similarities(one) -> tuple[np.ndarray, np.ndarray]:
    """float64 [queries, documents], and the sum of each query's weights."""
    from scipy.sparse import csr_array

    query, document = (
        csr_array(
            (
                one[f"{side}_values"].astype(np.float64),
                one[f"{side}_indices"],
                one[f"{side}_indptr"],
            ),
            shape=(len(one[f"{side}_indptr"]) - 1, int(one[f"{side}_vocab_size"])),
        )
        for side in ("q", "d")
    )
    return (query @ document.T).toarray(), query.sum(axis=1)


def largest_of_pairs(one, other, best: int = 100) -> float:
    """The largest change of the distance of two of a query's best documents, in units."""
    (mine, weights), (theirs, _) = similarities(one), similarities(other)
    found = 0.0
    for own, its, weight in zip(mine, theirs, weights, strict=True):
        top = np.argsort(-own)[:best]
        change, unit = own[top] - its[top], 2.0**-24 * (own[top] + weight)
        apart = np.abs(change[:, None] - change) / (unit[:, None] + unit)
        found = max(found, float(apart.max()))
    return found


@click.command(help=__doc__)
@click.option("--passages", type=int, help="400, or 4,000 with --scores.")
@click.option("--scores", is_flag=True, help="Scores of our own encoder and not logits.")
@click.option("--way", type=click.Choice(list(WAYS)), hidden=True)
@click.option("--target", type=click.Path(path_type=Path), hidden=True)
def main(passages, scores, way, target):
    passages = passages or (4000 if scores else 400)
    if way:
        (vectors if scores else logits)(target, passages, way)
        return
    print(f"{describe()}; {passages} passages\n")
    with tempfile.TemporaryDirectory() as place:
        computed = {}
        for name, (_, settings) in WAYS.items():
            if scores and name not in OURS:
                continue
            path = Path(place, f"{len(computed)}.npz")
            command = [sys.executable, "-m", "benchmarks.float32", "--passages", str(passages)]
            command += ["--scores"] * scores
            subprocess.run(
                [*command, "--way", name, "--target", str(path)],
                env=os.environ | settings,
                check=True,
            )
            computed[name] = dict(np.load(path))
    measured = largest_of_pairs if scores else largest
    rows = [
        {"way": one, "other": other, "units": f"{measured(computed[one], computed[other]):.2f}"}
        for one, other in itertools.combinations(computed, 2)
    ]
    print(table(sorted(rows, key=lambda row: -float(row["units"]))[:10]))


if __name__ == "__main__":
    main()
