"""One encoding, many prunings: quality against active dims, FLOPS, postings and search time.

Each point is an evaluation like any other, of the cached vectors after they were pruned: it has the
numbers that an encoder would have which keeps so many dimensions.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.checkpoint.modules import Role
from harness.collection.check import CheckedCollection, check_collection
from harness.encoder import Encoded
from harness.encoder.encoder import Encoder
from harness.encoder.shards import read_shard
from harness.errors import InputError
from harness.experiment.sections import EvaluationSpec
from harness.inspection.cached_vectors import CachedVectors
from harness.inspection.curves import Curve, Point, curve
from harness.inspection.pruning import Pruning
from harness.inspection.terms import cached_shards
from harness.measures.names import SPARSITY, Measure, deepest
from harness.pipeline.evaluate import evaluate
from harness.system.cores import usable_cores
from harness.system.progress import Progress, no_progress


@dataclass(frozen=True)
class Sweep:
    """Quality against cost.

    Attributes:
        measure: what quality is.
        whole: the vectors as they were encoded.
        curves: one for each side and rule.
        queries, documents: how many.
        threads: of the search.
    """

    measure: str
    whole: Point
    curves: tuple[Curve, ...]
    queries: int
    documents: int
    threads: int


def sweep(
    vectors: CachedVectors,
    prunings: Sequence[Pruning],
    measure: Measure,
    watch: Progress = no_progress,
) -> Sweep:
    """Evaluate a result's cached vectors under many prunings.

    Args:
        vectors: of the result, all of which must be in the cache.
        prunings: what to try.
        measure: what quality is.
        watch: shows how far it has come.

    Raises:
        InputError: the collection is another one now.
        UnreachableError: vectors are not in the cache.
    """
    task = _Task.of(vectors, measure)
    task.point(None)  # which compiles the search, so that no point is timed with that
    with watch("evaluate prunings", len(prunings) + 1, "points") as advance:
        points = []
        for pruning in (None, *prunings):
            points.append(task.point(pruning))
            advance(1)
    whole, *pruned = points
    families: dict[tuple[str, str], list[Point]] = {}
    for point in pruned:
        if point.pruning is not None:
            families.setdefault((point.pruning.where, point.pruning.rule), []).append(point)
    return Sweep(
        measure=str(measure),
        whole=whole,
        curves=tuple(curve(family, whole) for family in families.values()),
        queries=len(vectors.opened.asked),
        documents=task.checked.fingerprint.documents,
        threads=task.threads,
    )


@dataclass(frozen=True)
class _Task:
    """What every point has in common."""

    vectors: CachedVectors
    checked: CheckedCollection
    evaluation: EvaluationSpec
    shards: Mapping[Role, Sequence[tuple[Path, int]]]
    measure: Measure
    threads: int

    @classmethod
    def of(cls, vectors: CachedVectors, measure: Measure) -> "_Task":
        opened = vectors.opened
        checked = check_collection(opened.collection, allow_missing_docs=True)
        if checked.fingerprint.sha256 != opened.result.collection.sha256:
            raise InputError(
                f"{opened.result.collection.id} is not what it was when '{opened.result.name}' was "
                "evaluated (its texts, ids or judgements have changed): evaluate again."
            )
        shards: dict[Role, Sequence[tuple[Path, int]]] = {
            "query": list(_located(vectors, "query")),
            "document": list(_located(vectors, "document")),
        }
        evaluation = _evaluation(vectors, measure)
        return cls(vectors, checked, evaluation, shards, measure, usable_cores())

    def point(self, pruning: Pruning | None) -> Point:
        found = evaluate(
            self.checked,
            self.vectors.opened.encoders[0],
            self.evaluation,
            store=_Pruned(self, pruning),
            threads=self.threads,
            similarity="cosine" if self.vectors.opened.cosine else "dot",
        )
        similarity = "cosine" if self.vectors.opened.cosine else "dot"
        return Point(
            pruning,
            dict(found.scores),
            found.scores[f"{similarity}_{self.measure}"],
            found.documents.activity.active,
            found.seconds["search"],
        )


@dataclass(frozen=True)
class _Pruned:
    """The cached vectors after a pruning, in the place of the cache."""

    task: _Task
    pruning: Pruning | None

    def encoded(self, encoder: Encoder, texts: Iterable[str], role: Role) -> Iterator[Encoded]:
        """The shards of a role; the texts were looked up before, and are not read again."""
        del texts
        for path, count in self.task.shards[role]:
            shard = read_shard(path, encoder.vocab_size, count)
            if shard is None:
                raise self.task.vectors.missing(role, path.name)
            rows = shard.vectors
            if self.pruning is not None and self.pruning.of(role):
                rows = self.pruning(rows)
            yield Encoded(rows, None, None, None, None)


def _located(vectors: CachedVectors, role: Role) -> Iterator[tuple[Path, int]]:
    """Where the shards of a side lie, and how many texts each holds."""
    for texts, first in cached_shards(vectors, role):
        path = vectors.place(texts, role)
        if path is None:
            raise vectors.missing(role, first)
        yield path, len(texts)


def _evaluation(vectors: CachedVectors, measure: Measure) -> EvaluationSpec:
    """As the result was evaluated, and the measure that is asked for."""
    result = vectors.opened.result
    named = [Measure.parse(key) for key in result.scores if key not in SPARSITY]
    measures = tuple(dict.fromkeys((*named, measure)))
    return EvaluationSpec(
        policy=result.evaluation.policy,
        depth=max(result.evaluation.depth, deepest(measures)),
        relevance_level=result.evaluation.relevance_level,
        measures=measures,
        ignore_identical_ids=bool(result.evaluation.ignore_identical_ids),
    )
