"""How fast exact search is, beside other exact engines, and how it grows with the corpus.

    python -m benchmarks.search                 # the card's shape: 5,000 queries, 49,036 documents
    python -m benchmarks.search --queries 500 --documents 5000 --repeats 3

Every engine gets the same seeded synthetic vectors as CSR and gives the top 100 of each query;
building its index is part of its time, and shown where the index could be kept. Engines take turns,
and a ratio is taken within each turn, since this kind of machine is rarely quiet. Recall is the
share of our top 100 that an engine finds. Peak memory is that of a fresh process for each size.
Peers that are not installed are left out of the table: `pip install splade-index bmp
pyseismic-lsr`.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
import numpy.typing as npt
import scipy.sparse

from benchmarks.synthetic import VOCAB, shards, vectors
from harness.data.vectors import SparseVectors, stack
from harness.search import search
from harness.system.cores import usable_cores
from harness.system.memory import peak_memory_gb

DEPTH = 100


class Found(NamedTuple):
    """What an engine gives.

    Attributes:
        documents, scores: [queries, DEPTH]: the best of each query, best first.
        indexing: seconds that went into an index that could be kept; 0 where none is.
    """

    documents: npt.NDArray
    scores: npt.NDArray
    indexing: float = 0.0


Engine = Callable[[SparseVectors, list[SparseVectors], int], Found]


def csr(rows: SparseVectors) -> scipy.sparse.csr_matrix:
    """The same arrays as scipy holds them."""
    return scipy.sparse.csr_matrix(
        (rows.values, rows.indices, rows.indptr), (len(rows), rows.vocab_size)
    )


def ours(queries: SparseVectors, corpus: list[SparseVectors], threads: int) -> Found:
    """harness.search."""
    tie_break = np.arange(sum(map(len, corpus)))
    top = search(queries, corpus, tie_break=tie_break, depth=DEPTH, threads=threads, fill=False)
    return Found(top.documents, top.scores)


def scipy_product(queries: SparseVectors, corpus: list[SparseVectors], _: int) -> Found:
    """CSR product in batches of queries, argpartition, sort; one thread is all scipy has."""
    left, right = csr(queries), csr(stack(corpus)).T.tocsr()
    documents = np.empty((len(queries), DEPTH), np.int64)
    scores = np.empty((len(queries), DEPTH), np.float32)
    for at in range(0, len(queries), 64):
        product = (left[at : at + 64] @ right).toarray()
        best = np.argpartition(-product, DEPTH - 1, axis=1)[:, :DEPTH]
        best_scores = np.take_along_axis(product, best, axis=1)
        order = np.argsort(-best_scores, axis=1)
        documents[at : at + 64] = np.take_along_axis(best, order, axis=1)
        scores[at : at + 64] = np.take_along_axis(best_scores, order, axis=1)
    return Found(documents, scores)


def splade_index(queries: SparseVectors, corpus: list[SparseVectors], threads: int) -> Found:
    """splade-index (PyPI), numba backend; only its entry that takes vectors and no model."""
    from splade_index.numba.retrieve_utils import _retrieve_numba_functional

    columns = csr(stack(corpus)).tocsc()
    index = {
        "data": columns.data,
        "indices": columns.indices.astype(np.int32),
        "indptr": columns.indptr.astype(np.int32),
        "num_docs": columns.shape[0],
    }
    terms, weights = zip(*queries.rows(), strict=True)
    return Found(*_retrieve_numba_functional(
        list(terms), list(weights), index, k=DEPTH, sorted=True, return_as="tuple",
        show_progress=False, n_threads=threads, backend_selection="numba",
        dtype="float32", int_dtype="int32",
    )[:2])  # fmt: skip


def bmp(queries: SparseVectors, corpus: list[SparseVectors], _: int) -> Found:
    """Block-max pruning, bmp (PyPI), safe, one thread; weights are integers up to 255 in it."""
    from bmp import Indexer, Searcher

    rows, start = stack(corpus), time.perf_counter()
    whole = np.rint(rows.values * (255 / rows.values.max())).astype(np.uint32)
    with tempfile.TemporaryDirectory() as work:
        indexer = Indexer(f"{work}/index", bsize=32, compress_range=False)
        for number, (first, last) in enumerate(pairwise(rows.indptr)):
            terms = map(str, rows.indices[first:last].tolist())
            document = dict(zip(terms, whole[first:last].tolist(), strict=True))
            indexer.add_document(str(number), document)
        indexer.finish()
        searcher = Searcher(f"{work}/index")
        indexing = time.perf_counter() - start
        found = []
        for terms, weights in queries.rows():
            asked = dict(zip(map(str, terms.tolist()), weights.tolist(), strict=True))
            found.append(searcher.search(asked, k=DEPTH, alpha=1.0, beta=1.0))
    documents = np.array([[int(name) for name in names] for names, _ in found])
    return Found(documents, np.array([scores for _, scores in found]), indexing)


def seismic(queries: SparseVectors, corpus: list[SparseVectors], threads: int) -> Found:
    """pyseismic-lsr (PyPI), approximate: the index at its defaults, the search of its example."""
    from seismic import SeismicDataset, SeismicIndex, get_seismic_string

    rows, start = stack(corpus), time.perf_counter()
    dataset = SeismicDataset()
    dataset.add_documents_by_id(
        [str(number) for number in range(len(rows))],
        rows.indices.astype(np.int64), rows.values, rows.indptr,
    )  # fmt: skip
    index = SeismicIndex.build_from_dataset(dataset, num_threads=threads)
    indexing = time.perf_counter() - start
    word = get_seismic_string()
    found = index.batch_search(
        queries_ids=np.arange(len(queries)).astype(word),
        query_components=[terms.astype(word) for terms, _ in queries.rows()],
        query_values=[weights for _, weights in queries.rows()],
        k=DEPTH, query_cut=20, heap_factor=0.8, num_threads=threads,
    )  # fmt: skip
    documents = np.full((len(queries), DEPTH), -1)
    scores = np.zeros((len(queries), DEPTH), np.float32)
    for one in found:
        for place, (query, score, document) in enumerate(one):
            documents[int(query), place], scores[int(query), place] = int(document), score
    return Found(documents, scores, indexing)


PEERS: dict[str, tuple[str, Engine]] = {
    "splade-index": ("splade_index", splade_index),
    "bmp": ("bmp", bmp),
    "pyseismic-lsr": ("seismic", seismic),
}
"""By the name on PyPI: the module that shows whether it is installed, and the engine."""


def recall(found: Found, best: Found) -> float:
    """The mean share of the best documents that were found."""
    pairs = zip(found.documents, best.documents, strict=True)
    return float(np.mean([np.isin(ours, theirs).mean() for theirs, ours in pairs]))


def machine() -> str:
    """The processor's name and how many cores this process may use."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores"


def describe(queries: SparseVectors, corpus: list[SparseVectors]) -> str:
    """The sizes that decide the time: rows, active dims, terms that a pair shares."""
    documents = sum(map(len, corpus))
    active = np.concatenate([shard.indices for shard in corpus])
    postings = int(np.bincount(active, minlength=VOCAB)[queries.indices].sum())
    return (
        f"{len(queries):,} queries x {documents:,} documents, "
        f"{len(queries.indices) / len(queries):.1f} and {len(active) / documents:.1f} active dims, "
        f"{postings / len(queries) / documents:.2f} shared terms a pair"
    )


def compare(queries: int, documents: int, shard: int, threads: int, repeats: int) -> None:
    """Print one row for each engine: seconds, and the median of its ratios to ours."""
    asked = vectors(queries, 22.6, (2, 0), queries=True)
    corpus = list(shards(documents, shard))
    engines: dict[str, Engine] = {"harness": ours, "scipy CSR": scipy_product}
    engines |= {name: engine for name, (module, engine) in PEERS.items() if find_spec(module)}
    few = asked.take(np.arange(min(256, queries)))  # compiles, and shows how far they agree
    found = {name: run(few, corpus, threads) for name, run in engines.items()}
    taken: dict[str, list[float]] = {name: [] for name in engines}
    built: dict[str, list[float]] = {name: [] for name in engines}
    for turn in range(repeats):
        for name in list(engines)[:: 1 if turn % 2 else -1]:
            start = time.perf_counter()
            made = engines[name](asked, corpus, threads)
            taken[name].append(time.perf_counter() - start)
            built[name].append(made.indexing)
    click.echo(
        f"{describe(asked, corpus)}, shards of {shard:,}, top {DEPTH}, "
        f"{threads} threads, median of {repeats}.\n"
    )
    click.echo("| engine | seconds | of which index | times ours | recall@100 | same scores |")
    click.echo("|---|---|---|---|---|---|")
    for name, seconds in taken.items():
        median = statistics.median(seconds)
        ratio = statistics.median(a / b for a, b in zip(seconds, taken["harness"], strict=True))
        same = np.array_equal(found[name].scores, found["harness"].scores)
        click.echo(
            f"| {name} | {median:.2f} | {statistics.median(built[name]):.1f} | {ratio:.1f} "
            f"| {recall(found[name], found['harness']):.4f} | {'to the bit' if same else 'no'} |"
        )


def grow(queries: int, documents: int, shard: int, threads: int) -> None:
    """Print one growth row; the time that it takes to make the shards is not counted."""
    asked = vectors(queries, 22.6, (2, 0), queries=True)
    ours(asked.take(np.arange(1)), [vectors(1, 174.9, 1, queries=False)], threads)
    making = 0.0

    def stream() -> Iterator[SparseVectors]:
        nonlocal making
        start = time.perf_counter()
        for made in shards(documents, shard):
            making += time.perf_counter() - start
            yield made
            start = time.perf_counter()

    start = time.perf_counter()
    options = {"tie_break": np.arange(documents), "depth": DEPTH, "threads": threads}
    search(asked, stream(), **options, fill=False)
    seconds = time.perf_counter() - start - making
    took = f"{seconds:.2f} | {seconds / documents * 1e6:.1f}"
    click.echo(f"| {documents:,} | {took} | {peak_memory_gb():.2f} |")


@click.command()
@click.option("--queries", default=5_000, show_default=True)
@click.option("--documents", default=49_036, show_default=True)
@click.option("--shard", default=4_096, show_default=True, help="Documents in a shard.")
@click.option("--threads", default=usable_cores(), show_default=True)
@click.option("--repeats", default=5, show_default=True)
@click.option("--growth/--no-growth", default=True, help="Also documents x4 and x16.")
@click.option("--only-row", is_flag=True, hidden=True)
def main(
    queries: int, documents: int, shard: int, threads: int, repeats: int, *, growth: bool,
    only_row: bool,
) -> None:  # fmt: skip
    """Print the two tables as markdown."""
    if only_row:
        grow(queries, documents, shard, threads)
        return
    click.echo(f"{machine()}; Python {platform.python_version()}, numpy {np.__version__}.\n")
    compare(queries, documents, shard, threads, repeats)
    if growth:
        click.echo("\n| documents | seconds | microseconds a document | peak GB |")
        click.echo("|---|---|---|---|", nl=True)
        for times in (1, 4, 16):
            size = ["--queries", queries, "--documents", documents * times, "--shard", shard]
            row = [
                sys.executable,
                "-m",
                "benchmarks.search",
                "--only-row",
                *size,
                "--threads",
                threads,
            ]
            subprocess.run([str(part) for part in row], check=True)


if __name__ == "__main__":
    main()
