"""The default experiment as users run it: ours against sentence-transformers' evaluator.

    python -m benchmarks.whole [--turns 1] [--documents 6011] [--batch 64]

Ours runs cold (no vectors in the cache) and then again (all of them). The evaluator of
sentence-transformers runs as cards are made with it: batch 64, chunks of 2,048. All of it takes it
a quarter of an hour; fewer documents give a first idea (the judgements of the others are dropped).
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from benchmarks.machine import describe, ratios, table, turn


def evaluator(documents: int, batch: int) -> dict[str, float]:
    """Run sentence-transformers' evaluator over the first documents of the collection."""
    from sentence_transformers import SparseEncoder
    from sentence_transformers.sparse_encoder.evaluation import (
        SparseInformationRetrievalEvaluator,
    )

    from harness.assets import fetch
    from harness.collection.open import open_collection

    collection = open_collection("crowdrag-25")
    corpus = dict(list(collection.corpus)[:documents])
    relevant = {q: set(collection.qrels.relevant(q)) & set(corpus) for q in collection.qrels}
    measure = SparseInformationRetrievalEvaluator(
        queries={q.query_id: q.text for q in collection.queries},
        corpus=corpus,
        relevant_docs=relevant,
        batch_size=batch,
        corpus_chunk_size=2048,
        write_csv=False,
    )
    encoder = SparseEncoder(str(fetch("splade-tiny")), device="cpu")
    return measure(encoder)


def harness(documents: int, folder: Path) -> None:
    """Run ours over the same, as a command line."""
    command = [sys.executable, "-m", "harness", "eval", "--results", str(folder / "results")]
    if documents < 6011:
        command += ["--model", "asset:splade-tiny", "--collection", str(_part(documents, folder))]
    subprocess.run(
        command,
        env={**os.environ, "HARNESS_CACHE": str(folder)},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _part(documents: int, folder: Path) -> Path:
    """The same documents and judgements as a BEIR folder."""
    from harness.collection.open import open_collection

    target = folder / "part"
    if target.is_dir():
        return target
    (target / "qrels").mkdir(parents=True)
    collection = open_collection("crowdrag-25")
    corpus = dict(list(collection.corpus)[:documents])
    rows = [{"_id": key, "text": text} for key, text in corpus.items()]
    asked = [{"_id": q.query_id, "text": q.text} for q in collection.queries]
    for name, lines in (("corpus", rows), ("queries", asked)):
        (target / f"{name}.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))
    judged = [
        f"{query}\t{judgement.doc_id}\t{judgement.grade}\n"
        for query, judgements in collection.qrels.by_query.items()
        for judgement in judgements
        if judgement.doc_id in corpus
    ]
    (target / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(judged))
    return target


def worker(name: str, documents: int, batch: int, folder: Path) -> None:
    """Be one contestant for one turn, and report evaluations an hour."""
    import resource

    started = time.perf_counter()
    who = resource.RUSAGE_SELF
    if name.startswith("harness"):
        harness(documents, folder)
        who = resource.RUSAGE_CHILDREN
    else:
        evaluator(documents, batch)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(who).ru_maxrss * 1024 / 1e9
    print(json.dumps({"rate": 3600 / seconds, "peak_gb": peak}))


@click.command(help=__doc__)
@click.option("--turns", default=1, show_default=True)
@click.option("--documents", default=6011, show_default=True)
@click.option("--batch", default=64, show_default=True)
@click.option("--worker", "name", hidden=True)
@click.option("--folder", type=Path, hidden=True)
def main(turns, documents, batch, name, folder):
    if name:
        worker(name, documents, batch, folder)
        return
    from harness.assets import fetch

    print(f"{describe()}; {documents} documents, {turns} turns\n")
    assets = [fetch(asset) for asset in ("splade-tiny", "crowdrag-25")]
    taken = {"harness, cold": [], "harness, again": [], f"sentence-transformers, batch {batch}": []}
    for _ in range(turns):
        with tempfile.TemporaryDirectory() as work:
            shutil.copytree(assets[0].parent, Path(work) / "assets")
            for one, turns_of in taken.items():
                given = ["--worker", one, "--folder", work, "--documents", str(documents)]
                turns_of.append(turn("benchmarks.whole", [*given, "--batch", str(batch)]))
    better = ratios(taken, "harness, cold")
    rows = [
        {
            "evaluation": one,
            "seconds": f"{statistics.median(3600 / t.rate for t in turns_of):,.0f}",
            "ours, cold, is faster by": f"{better[one]:.1f}",
            "peak GB": f"{max(t.peak_gb for t in turns_of):.1f}",
        }
        for one, turns_of in taken.items()
    ]
    print(table(rows))


if __name__ == "__main__":
    main()
