"""The mean over several collections, as sentence-transformers' NanoBEIR evaluators take it.

Source: sentence-transformers 6.2, `NanoBEIREvaluator.__call__` and `SparseNanoBEIREvaluator`. A
measure of the rankings is the plain mean over the data sets, however many queries each has; active
dims and sparsity ratios are means over all texts together. The mean of `avg_flops` cannot be had
from results (it is not linear in them) and is left out.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from harness.claims.claims import Claims
from harness.errors import InputError
from harness.experiment.identity import MEAN_OF, identity, unlike
from harness.experiment.parts import CollectionInfo, ResultCounts
from harness.experiment.result import Result
from harness.measures.intervals import Interval, mean_interval
from harness.measures.names import SPARSITY
from harness.system.provenance import Provenance


def mean_result(name: str, results: Sequence[Result]) -> Result:
    """One result that stands for several of one model under one policy.

    Args:
        name: of the new result.
        results: of one evaluation each.

    Raises:
        InputError: fewer than two, of unlike models, settings or policies, without a common
            score, two of the same collection, or one that does not count its texts.
    """
    if len(results) < 2:
        raise InputError("A mean needs the results of two collections or more.")
    first, *others = results
    unsure = tuple(dict.fromkeys(one for other in others for one in _require_same(first, other)))
    ids = [result.collection.id for result in results]
    contents = {result.collection.sha256 for result in results}
    if min(len(set(ids)), len(contents)) < len(ids):
        raise InputError(f"One collection is given twice: {', '.join(ids)}.")
    keys = [key for key in first.scores if all(key in other.scores for other in others)]
    keys = [key for key in keys if key != "avg_flops"]
    scores = {key: _mean(key, results) for key in keys}
    if not scores:
        raise InputError(f"The results of {', '.join(ids)} have no score in common.")
    return Result(
        name=name,
        scores=scores,
        intervals=_intervals(keys, results),
        counts=ResultCounts(**_sums([result.counts for result in results])),
        model=first.model,
        collection=_collection(results),
        evaluation=first.evaluation,
        claims=Claims("", "", (), ()),
        examples=first.examples,
        alarms=(
            *(f"{i}: {alarm}" for i, r in zip(ids, results, strict=True) for alarm in r.alarms),
            *unsure,
        ),
        provenance=_provenance(results),
    )


def _require_same(first: Result, other: Result) -> tuple[str, ...]:
    """Refuse parts that are not of one model, scored alike; sentences on what nobody can know."""
    mine, theirs = identity(first), identity(other)
    unknown: list[str] = []
    for part in ("model", "evaluation"):
        found = unlike(getattr(mine, part), getattr(theirs, part))
        if found.differences:
            raise InputError(
                f"'{first.name}' and '{other.name}' differ in {part} {found.differences[0]}; only "
                "equals have a mean."
            )
        unknown += [f"{part} {name}" for name in found.unknown]
    if not unknown:
        return ()
    return (
        f"Whether '{first.name}' and '{other.name}' are equal in {', '.join(unknown)} is unknown: "
        "a file does not say.",
    )


def _intervals(keys: Sequence[str], results: Sequence[Result]) -> dict[str, Interval] | None:
    """The intervals of the means that float32 leaves open; None where a part does not say."""
    known = [result.intervals for result in results if result.intervals is not None]
    if len(known) < len(results):
        return None
    found = {}
    for key in keys:
        if not any(key in one for one in known):
            continue
        points = [result.scores[key] for result in results]
        parts = [one.get(key) or Interval(x, x) for one, x in zip(known, points, strict=True)]
        weights = [float(_texts(key, r)) if key in SPARSITY else 1.0 for r in results]
        found[key] = mean_interval(parts, weights)
    return found


def _mean(key: str, results: Sequence[Result]) -> float:
    if key not in SPARSITY:
        return math.fsum(result.scores[key] for result in results) / len(results)
    texts = [_texts(key, result) for result in results]
    total = math.fsum(n * one.scores[key] for n, one in zip(texts, results, strict=True))
    return total / sum(texts)


def _texts(key: str, result: Result) -> int:
    """How many texts a measure of the vectors was taken over."""
    side = "queries" if key.startswith("query") else "documents"
    count: int | None = getattr(result.counts, f"encoded_{side}")
    if not count:
        raise InputError(
            f"'{result.name}' counts no encoded_{side}, over which {key} is averaged: evaluate "
            "it again."
        )
    return count


def _sums(records: Sequence[ResultCounts] | Sequence[CollectionInfo]) -> dict[str, Any]:
    """The sum of each count; None for one that some record lacks."""
    names = [field.name for field in fields(records[0]) if field.type in (int, int | None)]
    values = {name: [getattr(one, name) for one in records] for name in names}
    return {name: None if None in found else sum(found) for name, found in values.items()}


def _collection(results: Sequence[Result]) -> CollectionInfo:
    parts = [result.collection for result in results]
    return CollectionInfo(
        id=f"{MEAN_OF}{', '.join(part.id for part in parts)}",
        **_sums(parts),
        sha256=hashlib.sha256("".join(part.sha256 for part in parts).encode()).hexdigest(),
        facts=tuple(f"{part.id}: {fact}" for part in parts for fact in part.facts),
    )


def _provenance(results: Sequence[Result]) -> Provenance:
    """That of the latest result, with the seconds of all and the highest peak."""
    made = [result.provenance for result in results]
    seconds: Counter[str] = Counter()
    for one in made:
        seconds.update(one.seconds)
    return replace(
        max(made, key=lambda one: one.when),
        seconds=dict(seconds),
        peak_memory_gb=max(one.peak_memory_gb for one in made),
    )
