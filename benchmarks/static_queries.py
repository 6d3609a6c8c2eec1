"""An inference-free model: its twenty numbers on CrowdRAG-25, and how fast questions are encoded.

python -m benchmarks.static_queries [--turns 7] [--numbers]

Documents by splade-tiny, queries by inverse document frequencies (Robertson and Sparck Jones with
one half added) of its own vocabulary over the passages. `--numbers` runs sentence-transformers' own
evaluator on it beside ours, which takes a quarter of an hour and 10 GB.
"""

import json
import statistics
import tarfile
import tempfile
import time
from pathlib import Path

import click
import numpy as np

from benchmarks.machine import describe, table


def frequencies(tokenizer, texts) -> np.ndarray:
    """log(1 + (N - n + 1/2) / (n + 1/2)) of each entry, n texts of N have it; float32."""
    counts = np.zeros(tokenizer.get_vocab_size(), np.int64)
    for encoding in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False):
        counts[np.unique(encoding.ids)] += 1
    return np.log1p((len(texts) - counts + 0.5) / (counts + 0.5)).astype(np.float32)


def build(folder: Path, passages) -> Path:
    """The model as sentence-transformers itself saves it."""
    import torch
    from sentence_transformers import SparseEncoder
    from sentence_transformers.sparse_encoder.modules import (
        Router,
        SparseStaticEmbedding,
        SpladePooling,
        Transformer,
    )

    from harness.assets import fetch

    body = Transformer(str(fetch("splade-tiny")), transformer_task="fill-mask", max_seq_length=512)
    weights = frequencies(body.tokenizer.backend_tokenizer, passages)
    static = SparseStaticEmbedding(tokenizer=body.tokenizer, weight=torch.from_numpy(weights))
    router = Router.for_query_document([static], [body, SpladePooling("max")])
    made = SparseEncoder(modules=[router], similarity_fn_name="dot", device="cpu")
    made.save_pretrained(str(folder), create_model_card=False)
    return folder


def questions() -> list[str]:
    """The 12,889 training questions of InsuranceQA, from the archive that has the test set."""
    import gzip

    from harness.assets.cache import find_asset
    from harness.assets.download import download

    with tempfile.TemporaryDirectory() as work:
        archive = download(find_asset("insuranceqa"), Path(work))
        with tarfile.open(archive) as content:
            name = next(n for n in content.getnames() if n.endswith("/train.json.gz"))
            records = json.loads(gzip.decompress(content.extractfile(name).read()))
    return [record["en"] for record in records.values()]


def rates(folder: Path, texts: list[str], turns: int) -> None:
    """Pairs in one process: the tokenizer alone, and the whole way to vectors."""
    from tokenizers import Tokenizer

    from harness.checkpoint.open import open_checkpoint
    from harness.encoder import EncoderOptions
    from harness.encoder.open import open_encoder

    encoder = open_encoder(open_checkpoint(str(folder)), EncoderOptions(device="cpu"))
    (path,) = folder.glob("query_0_*/tokenizer.json")
    plain = Tokenizer.from_file(str(path))
    plain.no_padding()

    def timed(run) -> float:
        started = time.perf_counter()
        run()
        return len(texts) / (time.perf_counter() - started)

    ways = {
        "tokenizer, ids as numpy": lambda: [
            np.array(one.ids) for one in plain.encode_batch_fast(texts, add_special_tokens=False)
        ],
        "tokenizer alone": lambda: plain.encode_batch_fast(texts, add_special_tokens=False),
        "harness, to vectors": lambda: encoder.encode(texts, "query"),
    }
    for run in ways.values():
        run()
    taken = {name: [] for name in ways}
    for _ in range(turns):
        for name, run in ways.items():
            taken[name].append(timed(run))
    share = statistics.median(
        ours / theirs
        for ours, theirs in zip(taken["harness, to vectors"], taken["tokenizer alone"], strict=True)
    )
    rows = [{"way": n, "texts/s": f"{statistics.median(r):,.0f}"} for n, r in taken.items()]
    print(table(rows))
    print(f"\n{len(texts):,} questions; {share:.0%} of the tokenizer's own rate (median of pairs)")


def numbers(folder: Path, collection) -> None:
    """Our twenty numbers, and theirs."""
    from sentence_transformers import SparseEncoder
    from sentence_transformers.sparse_encoder.evaluation import (
        SparseInformationRetrievalEvaluator,
    )

    import harness
    from harness.claims.compare import compare
    from harness.experiment.evidence import PublishedSpec

    found = harness.evaluate(str(folder), collection, device="cpu")
    evaluator = SparseInformationRetrievalEvaluator(
        queries={query.query_id: query.text for query in collection.queries},
        corpus={doc.doc_id: doc.text for doc in collection.corpus},
        relevant_docs={q: set(collection.qrels.relevant(q)) for q in collection.qrels},
        batch_size=8,
    )
    expected = evaluator(SparseEncoder(str(folder), device="cpu"))
    values = {key: repr(float(expected[key])) for key in found.result.scores}
    claims = PublishedSpec(source="their evaluator", exact=True, values=values)
    intervals = found.result.intervals
    judged = compare(found.result.scores, claims.numbers, (), intervals)
    print(table([
        {
            "measure": one.measure,
            "harness": f"{one.measured:.10f}",
            "sentence-transformers": f"{float(one.published.text):.10f}",
            "verdict": str(one.verdict),
        }
        for one in judged
    ]))  # fmt: skip


@click.command(help=__doc__)
@click.option("--turns", default=7, show_default=True)
@click.option("--numbers", "wanted", is_flag=True)
def main(turns, wanted):
    from harness.collection.open import open_collection

    print(f"{describe()}; {turns} turns\n")
    collection = open_collection("crowdrag-25")
    with tempfile.TemporaryDirectory() as work:
        folder = build(Path(work) / "model", [doc.text for doc in collection.corpus])
        rates(folder, questions(), turns)
        if wanted:
            print()
            numbers(folder, collection)


if __name__ == "__main__":
    main()
