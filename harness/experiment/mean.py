"""The mean over several collections, as sentence-transformers' NanoBEIR evaluators take it.

Source: sentence-transformers 6.2, `NanoBEIREvaluator.__call__` and `SparseNanoBEIREvaluator`. A
measure of the rankings is the plain mean over the data sets, however many queries each has; active
dims and sparsity ratios are means over all texts together. The mean of `avg_flops` can not be had
from results (it is not linear in them) and is left out.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.errors import InputError
from harness.experiment.result import Result
from harness.measures.names import SPARSITY


def mean_result(name: str, results: Sequence[Result]) -> Result:
    """One result that stands for several of one model under one policy.

    Args:
        name: of the new result.
        results: of one evaluation each.

    Raises:
        InputError: fewer than two, of unlike models or policies, without a common score, or two
            of the same collection.
    """
    if len(results) < 2:
        raise InputError("A mean needs the results of two collections or more.")
    first, *others = results
    for other in others:
        for part in ("model", "evaluation"):
            _same(part, first, other)
    ids = [result.collection["id"] for result in results]
    if len(set(ids)) < len(ids):
        raise InputError(f"One collection is given twice: {', '.join(ids)}.")
    keys = [key for key in first.scores if all(key in other.scores for other in others)]
    scores = {key: _mean(key, results) for key in keys if key != "avg_flops"}
    if not scores:
        raise InputError(f"The results of {', '.join(ids)} have no score in common.")
    return Result(
        name=name,
        scores=scores,
        counts=_sums(result.counts for result in results),
        model=first.model,
        collection=_collection(results),
        evaluation=first.evaluation,
        examples=first.examples,
        alarms=tuple(
            f"{i}: {alarm}" for i, r in zip(ids, results, strict=True) for alarm in r.alarms
        ),
        provenance=_provenance(results),
    )


def _same(part: str, first: Result, other: Result) -> None:
    one, two = getattr(first, part), getattr(other, part)
    unlike = [key for key in one if one[key] != two.get(key)]
    if unlike:
        raise InputError(
            f"'{first.name}' and '{other.name}' differ in {part} {unlike[0]}: "
            f"{one[unlike[0]]} and {two.get(unlike[0])}; only equals have a mean."
        )


def _mean(key: str, results: Sequence[Result]) -> float:
    if key not in SPARSITY:
        return math.fsum(result.scores[key] for result in results) / len(results)
    side = "encoded_queries" if key.startswith("query") else "encoded_documents"
    texts = sum(result.counts[side] for result in results)
    return math.fsum(result.counts[side] * result.scores[key] for result in results) / texts


def _sums(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    listed = list(counts)
    return {key: sum(one.get(key, 0) for one in listed) for key in listed[0]}


def _collection(results: Sequence[Result]) -> dict[str, Any]:
    parts = [result.collection for result in results]
    digest = hashlib.sha256("".join(part["sha256"] for part in parts).encode())
    counted = ("documents", "queries", "judgements", "relevant")
    return {
        "id": f"mean of {', '.join(part['id'] for part in parts)}",
        **{key: sum(part.get(key, 0) for part in parts) for key in counted},
        "sha256": digest.hexdigest(),
        "facts": [f"{part['id']}: {fact}" for part in parts for fact in part.get("facts", ())],
    }


def _provenance(results: Sequence[Result]) -> dict[str, Any]:
    """That of the latest result, with the seconds of all and the highest peak."""
    latest = max((result.provenance for result in results), key=lambda p: str(p["when"]))
    return {
        **latest,
        "seconds": _sums(result.provenance["seconds"] for result in results),
        "peak_memory_gb": max(result.provenance["peak_memory_gb"] for result in results),
    }
