"""Evaluation of one collection on one page: encode, search, score; it loads and writes nothing."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from harness.checkpoint.model_config import Similarity
from harness.checkpoint.modules import Role
from harness.collection import Collection, Query
from harness.collection.check import CheckedCollection
from harness.data.run import Run
from harness.data.vectors import SparseVectors, stack
from harness.encoder import Encoded
from harness.encoder.encoder import Encoder
from harness.encoder.steps import normalized
from harness.errors import InputError
from harness.experiment.sections import EvaluationSpec
from harness.measures import Policy, Scores, score
from harness.measures.hits import is_evaluated
from harness.measures.intervals import Float32Interval, sparsity_intervals
from harness.measures.near_ties import MARGIN, DeepRun, ranking_intervals
from harness.measures.sparsity import Activity, activity, sparsity
from harness.search import Top, search, tie_break_ranks
from harness.system.progress import Advance, Progress, no_progress


@dataclass(frozen=True)
class EncodingStats:
    """Encoding statistics of the queries or of the documents.

    Attributes:
        texts, tokens: how many.
        truncated: texts cut at the length limit.
        unknown: tokens that the tokenizer does not know. These three are None where another
            library encoded.
        empty: texts whose vector has no active dimension.
        activity: which dimensions are active how often.
    """

    texts: int
    tokens: int | None
    truncated: int | None
    unknown: int | None
    empty: int
    activity: Activity


@dataclass(frozen=True)
class Evaluation:
    """What was measured.

    Attributes:
        scores: every measure by the key that a card prints, at full precision.
        ranked: the scores of each query, and how many queries were answered.
        run: the rankings.
        queries, documents: encoding statistics.
        unmatched: evaluated queries that share no active dimension with any document.
        seconds: spent in each stage.
        intervals: within what another processor or batch may print a score; one that is not here
            has the same value everywhere, but for the last bits of a float64. None: not known,
            since another library encoded.
    """

    scores: Mapping[str, float]
    ranked: Scores
    run: Run
    queries: EncodingStats
    documents: EncodingStats
    unmatched: int
    seconds: Mapping[str, float]
    intervals: Mapping[str, Float32Interval] | None


class VectorSource(Protocol):
    """What gives the vectors of texts: the cache, or what stands in its place."""

    def encoded(self, encoder: Encoder, texts: Iterable[str], role: Role) -> Iterator[Encoded]:
        """The vectors of the texts, shard by shard, in order."""


def evaluate(
    checked: CheckedCollection,
    encoder: Encoder,
    evaluation: EvaluationSpec,
    *,
    store: VectorSource,
    threads: int = 1,
    watch: Progress = no_progress,
    similarity: Similarity = "dot",
) -> Evaluation:
    """Encode a collection, search it, and score the rankings.

    Args:
        checked: the collection and its document ids, as `check_collection` gives them; the corpus
            is read once more, to be encoded.
        encoder: what turns its texts into vectors.
        evaluation: how to rank and to score, an experiment's `[evaluation]`.
        store: where vectors are kept and found again.
        threads: of the search.
        watch: what shows the stages while they run.
        similarity: between a query's and a document's vector: the dot product, or that of the
            vectors divided by their norms.

    Raises:
        InputError: no query can be evaluated, or a vector is not finite.
        UnreachableError: the store cannot be written.
    """
    collection, ids = checked.collection, checked.doc_ids
    policy = evaluation.policy_at_level
    asked = evaluated_queries(collection, policy)
    compared = normalized if similarity == "cosine" else _as_they_are
    with watch("encode queries", len(asked), "queries") as advance:
        shards = store.encoded(encoder, (q.text for q in asked), "query")
        queries = _EncodedStream(shards, advance, encoder.of("query").recipe.max_active_dims)
        rows = stack(map(compared, queries))
    started = time.perf_counter()
    with watch("encode and search documents", len(ids), "documents") as advance:
        shards = store.encoded(encoder, (doc.text for doc in collection.corpus), "document")
        documents = _EncodedStream(shards, advance, encoder.recipe.max_active_dims)
        top = search(
            rows,
            map(compared, documents),
            tie_break=tie_break_ranks(ids, policy.convention.ties),
            depth=min(evaluation.depth + MARGIN, len(ids)),
            threads=threads,
            fill=policy.convention.ranks_unmatched,
        )
    searched = time.perf_counter()
    found = _run(top, [query.query_id for query in asked], ids, evaluation)
    deep = DeepRun(found, evaluation.depth, _sums(rows))
    run = deep.first()
    ranked = score(run, collection.qrels, evaluation.measures, policy, kernels="ranx")
    open_ = ranking_intervals(deep, collection.qrels, evaluation.measures, policy, ranked)
    measured = time.perf_counter()
    query_texts, document_texts = queries.texts(), documents.texts()
    return Evaluation(
        scores={f"{similarity}_{measure}": mean for measure, mean in ranked.means.items()}
        | sparsity(query_texts.activity, document_texts.activity),
        ranked=ranked,
        run=run,
        queries=query_texts,
        documents=document_texts,
        unmatched=int((top.scores[:, 0] <= 0).sum()),
        seconds={
            "encode queries": queries.seconds,
            "encode documents": documents.seconds,
            "search": searched - started - documents.seconds,
            "measure": measured - searched,
        },
        intervals={f"{similarity}_{measure}": interval for measure, interval in open_.items()}
        | sparsity_intervals(query_texts.activity, document_texts.activity)
        if queries.bounded and documents.bounded
        else None,
    )


class _EncodedStream:
    """The vectors of one side, passed on one shard at a time and counted on the way."""

    def __init__(self, shards: Iterator[Encoded], advance: Advance, most: int | None) -> None:
        self._shards = shards
        self._most = most
        self._advance = advance
        self._counts = np.zeros(5, np.int64)
        self.bounded = True  # whether the error of every vector is known
        self._activity: Activity | None = None
        self.seconds = 0.0

    def __iter__(self) -> Iterator[SparseVectors]:
        while True:
            started = time.perf_counter()
            shard = next(self._shards, None)
            self.seconds += time.perf_counter() - started
            if shard is None:
                return
            vectors = shard.vectors
            empty = int((vectors.active_dims == 0).sum())
            tokens = (shard.tokens, shard.truncated, shard.unknown)
            self._counts += (len(vectors), *(count or 0 for count in tokens), empty)
            self.bounded &= shard.near is not None
            seen = activity(vectors, shard.near, self._most)
            self._activity = seen if self._activity is None else self._activity + seen
            yield vectors
            self._advance(len(vectors))

    def texts(self) -> EncodingStats:
        """What has passed so far; there was at least one shard."""
        if self._activity is None:
            raise InputError("There is nothing to encode.")
        texts, tokens, truncated, unknown, empty = self._counts.tolist()
        if not self.bounded:
            return EncodingStats(texts, None, None, None, empty, self._activity)
        return EncodingStats(texts, tokens, truncated, unknown, empty, self._activity)


def evaluated_queries(collection: Collection, policy: Policy) -> tuple[Query, ...]:
    """The queries that the policy takes the mean over; the others need not be encoded.

    Raises:
        InputError: there are none.
    """
    asked = tuple(
        query
        for query in collection.queries
        if is_evaluated(collection.qrels, query.query_id, policy)
    )
    if not asked:
        raise InputError(
            f"{collection.id}: no query has a document judged {policy.level} or better, so there "
            "is nothing to measure."
        )
    return asked


def _as_they_are(vectors: SparseVectors) -> SparseVectors:
    return vectors


def _sums(rows: SparseVectors) -> npt.NDArray[np.float64]:
    """The sum of each row."""
    ends = np.concatenate(([0.0], np.cumsum(rows.values, dtype=np.float64)))
    return np.diff(ends[rows.indptr])


def _run(
    top: Top, query_ids: list[str], ids: npt.NDArray[np.bytes_], evaluation: EvaluationSpec
) -> Run:
    filled = np.arange(top.documents.shape[1]) < top.counts[:, None]
    if evaluation.ignore_identical_ids:
        own = np.array([query_id.encode() for query_id in query_ids])
        filled &= ids[top.documents] != own[:, None]
    known: dict[bytes, str] = {}
    found = ids[top.documents[filled]].tolist()
    return Run(
        "harness",
        tuple(query_ids),
        np.concatenate(([0], np.cumsum(filled.sum(1)))),
        # One string for each document, however many rankings it stands in.
        [known.setdefault(doc_id, doc_id.decode()) for doc_id in found],
        top.scores[filled].astype(np.float64),
    )
