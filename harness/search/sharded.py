"""Streaming exact search: index one shard, score all queries on it, discard it.

Memory is one shard with its index, the queries, queries x depth ranking keys of 8 bytes, and a few
integers for each document. Nothing is ever queries x documents.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from harness.data.vectors import SparseVectors
from harness.errors import InputError
from harness.search.top_k import Top, top_of

if TYPE_CHECKING:
    from harness.search.kernels import Block, Queries

BLOCK = 4_096
"""Documents of one index block: a block's scores (16 KB) stay in the first-level cache and its
postings (some 4 MB of a SPLADE corpus) near, while all queries of a batch pass. Measured against
1,024 and 2,048: a fifth and a tenth less time."""

MOST_DOCUMENTS = 2**32 - 1
"""A preference is 32 bits of a ranking key."""

BATCH = 512
"""Queries of one task: enough that a block is read from cache by most of them, few enough that the
threads end together."""


def search(
    queries: SparseVectors,
    shards: Iterable[SparseVectors],
    *,
    tie_break: npt.NDArray[np.int64],
    depth: int,
    threads: int,
    fill: bool,
) -> Top:
    """The `depth` documents of highest dot product for each query, exactly.

    A document's score is the float32 sum, in ascending order of the query's terms, of the float32
    products of the two weights: the bits of scipy's CSR product. Documents are ranked by score
    descending, then by `tie_break`. Neither scores nor ranking depend on how the corpus is cut
    into shards, nor on `threads`.

    Args:
        queries: one row for each query.
        shards: the documents, each shard read once; a document's position is the number of
            documents before it.
        tie_break: int64 [documents]; the place of each document in the order that decides ties
            (see `tie_break_ranks`), a permutation of 0 .. documents - 1.
        depth: how many documents to rank, at most.
        threads: how many threads index and score.
        fill: rank documents of score 0 too, after all others, where a query matches fewer than
            `depth`: sentence-transformers does, as it scores densely; an inverted index does not.

    Raises:
        InputError: there are no documents, or not as many as preferences; the vectors are damaged
            or of different vocabularies; an option is out of range.
    """
    from harness.search.kernels import Queries

    _check(queries, tie_break, depth, threads)
    by_tie_break = _inverse(tie_break)
    small_tie_break = tie_break.astype(np.uint32)
    keys = np.zeros((len(queries), min(depth, len(tie_break))), np.uint64)
    rows = Queries(*_arrays(queries))
    batches = _batches(len(queries), threads)
    seen = 0
    with ThreadPoolExecutor(threads, "search") as pool:
        for shard in _checked(shards, queries.vocab_size):
            start, seen = seen, seen + len(shard)
            if seen > len(tie_break):
                break
            _rank_shard(shard, small_tie_break[start:seen], rows, keys, pool, batches)
    if seen != len(tie_break):
        more = "or more " if seen > len(tie_break) else ""
        raise InputError(
            f"The shards hold {seen} {more}documents and the corpus has {len(tie_break)} ids; "
            "encode this corpus again."
        )
    return top_of(keys, by_tie_break, depth, fill=fill)


def _rank_shard(
    shard: SparseVectors,
    tie_break: npt.NDArray[np.uint32],
    queries: "Queries",
    keys: npt.NDArray[np.uint64],
    pool: ThreadPoolExecutor,
    batches: list[tuple[int, int]],
) -> None:
    """Let the shard's documents into every query's largest ranking keys.

    A query's keys are touched by one thread at a time, and are the same set in any order.
    """
    from harness.search.kernels import rank_block

    blocks = list(_index(shard, pool))

    def rank(batch: tuple[int, int]) -> None:
        for at, block in blocks:
            rank_block(block, queries, *batch, tie_break[at : at + BLOCK], keys)

    list(pool.map(rank, batches))


def _index(shard: SparseVectors, pool: ThreadPoolExecutor) -> Iterator[tuple[int, "Block"]]:
    """The shard's blocks, each with the position of its first document in the shard."""
    from harness.search.kernels import DENSE_SHARE, index_block

    indptr, indices, values = _arrays(shard)

    def index(at: int) -> "Block":
        rows = indptr[at : at + BLOCK + 1]
        return index_block(rows, indices, values, shard.vocab_size, DENSE_SHARE)

    starts = range(0, len(shard), BLOCK)
    return zip(starts, pool.map(index, starts), strict=True)


def _arrays(
    vectors: SparseVectors,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """The three arrays as the compiled loops want them; copied only where they are not so yet."""
    return (
        np.require(vectors.indptr, np.int64, ["C", "A"]),
        np.require(vectors.indices, np.int32, ["C", "A"]),
        np.require(vectors.values, np.float32, ["C", "A"]),
    )


def _batches(queries: int, threads: int) -> list[tuple[int, int]]:
    """Ranges of queries, one for each task, such that no thread stays idle."""
    size = min(BATCH, max(1, -(-queries // threads)))
    return [(at, min(at + size, queries)) for at in range(0, queries, size)]


def _checked(shards: Iterable[SparseVectors], vocab_size: int) -> Iterator[SparseVectors]:
    """The shards, each proven sound: the compiled loops do not look where they write."""
    for number, shard in enumerate(shards):
        what = f"document shard {number}"
        if shard.vocab_size != vocab_size:
            raise InputError(
                f"{what} has {shard.vocab_size} dimensions and the queries have {vocab_size}; "
                "encode both with the same checkpoint."
            )
        yield _sound(shard, what)


def _sound(vectors: SparseVectors, what: str) -> SparseVectors:
    """Give the vectors back when their arrays fit together and hold what they should."""
    indptr, stored = vectors.indptr, len(vectors.indices)
    rows_fit = len(indptr) and indptr[0] == 0 and indptr[-1] == stored == len(vectors.values)
    if not rows_fit or (vectors.active_dims < 0).any():
        raise InputError(f"{what}: the row bounds do not fit the stored weights; encode it again.")
    return vectors.check(what)


def _check(
    queries: SparseVectors, tie_break: npt.NDArray[np.int64], depth: int, threads: int
) -> None:
    """Refuse options out of range and damaged queries."""
    if depth < 1:
        raise InputError(f"The depth of a ranking is 1 or more, not {depth}.")
    if threads < 1:
        raise InputError(f"The number of threads is 1 or more, not {threads}.")
    if not len(tie_break):
        raise InputError("There are no documents to search; check the collection's corpus.")
    if len(tie_break) > MOST_DOCUMENTS:
        raise InputError(
            f"{len(tie_break)} documents are more than one search ranks ({MOST_DOCUMENTS}); "
            "split the corpus."
        )
    if queries.vocab_size * BLOCK >= 2**31:
        raise InputError(
            f"{queries.vocab_size} dimensions are more than search indexes ({2**31 // BLOCK - 1}); "
            "check that the vectors are a SPLADE model's."
        )
    _sound(queries, "queries")


def _inverse(tie_break: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The document of each preference; this also proves that preferences are a permutation."""
    documents = len(tie_break)
    if int(tie_break.min()) >= 0 and int(tie_break.max()) < documents:
        by_tie_break = np.full(documents, -1, np.int64)
        by_tie_break[tie_break] = np.arange(documents)
        if int(by_tie_break.min()) >= 0:
            return by_tie_break
    raise InputError(f"Preferences are not each of 0 to {documents - 1} once; use tie_break_ranks.")
