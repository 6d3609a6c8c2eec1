"""The verdict of one evaluation, from what was claimed and what was measured.

A number that is off accuses somebody, so it does only where nothing else explains it: the very data
set is named by the source, its content is the one that the source says, and it has a number of
queries at which the claimed digits can be means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from harness.claims.compare import Comparison, Verdict, compare
from harness.errors import InputError, NotReproducedError
from harness.experiment.mean import mean_result
from harness.experiment.result import Result
from harness.measures.intervals import sparsity_intervals
from harness.measures.sparsity import sparsity
from harness.pipeline.outcome import Outcome
from harness.pipeline.run_experiment import Settings
from harness.reproduction import JudgedEvaluation, PlannedEvaluation, ReproductionVerdict

LARGEST_BY_TYPE: Final = 0.03
"""Relative; by how much a number may move where another type computes it. Half precision moves a
score by some 1e-3; a ranking measure of 50 queries by 0.02 where one relevant document moves."""

_CANNOT = InputError.exit_code
_OPEN = ReproductionVerdict.NOT_JUDGED
_CODES = {
    ReproductionVerdict.REPRODUCED: 0,
    ReproductionVerdict.NOT_REPRODUCED: NotReproducedError.exit_code,
    _OPEN: _CANNOT,
}


def judged(
    planned: PlannedEvaluation,
    result: Result,
    comparisons: tuple[Comparison, ...],
    limit: int | None = None,
) -> JudgedEvaluation:
    """The verdict of an evaluation that was run.

    Args:
        planned: what was claimed.
        result: what was measured.
        comparisons: the two side by side.
        limit: only so many queries were asked; None: all.
    """
    verdict, because = _verdict(planned, result, comparisons, limit)
    code = {ReproductionVerdict.REPRODUCED: 0, ReproductionVerdict.NOT_REPRODUCED: 1}.get(
        verdict, _CANNOT
    )
    return JudgedEvaluation(planned, verdict, because, comparisons, code, result)


def _verdict(
    planned: PlannedEvaluation,
    result: Result,
    comparisons: tuple[Comparison, ...],
    limit: int | None,
) -> tuple[ReproductionVerdict, str]:
    if limit is not None:
        told = f"only the first {limit:,} queries were evaluated, of which no claim speaks"
        return _OPEN, told
    off = _named(comparisons, Verdict.OFF)
    lacking = _named(comparisons, Verdict.UNMEASURED)
    if off:
        told = f"{_count(off, len(planned.numbers))} off"
        doubt = _doubt(planned, result) or _of_half_precision(result, comparisons)
        return (
            (_OPEN, f"{told}, but {doubt}") if doubt else (ReproductionVerdict.NOT_REPRODUCED, told)
        )
    if lacking:
        told = f"{_count(lacking, len(planned.numbers))} not measured here; no other is off"
        return _OPEN, told
    return ReproductionVerdict.REPRODUCED, ""


def _doubt(planned: PlannedEvaluation, result: Result) -> str:
    """Why numbers that are off may be of something else than what was measured; "": they are not.

    Content comes first: it is known, where a number of queries only follows from digits.
    """
    content, asked = result.collection.sha256, result.counts.queries
    if planned.content_sha256 not in (None, content):
        return (
            f"the content of {planned.collection} is {content[:12]} here and was "
            f"{str(planned.content_sha256)[:12]}"
        )
    if planned.guessed:
        return (
            f"the source does not name its data set: {planned.collection} is our guess, which "
            "these numbers speak against"
        )
    if planned.queries and asked % planned.queries:
        return (
            f"the digits are means over {planned.queries:,} queries or a multiple of that, and "
            f"{planned.collection} has {asked:,}: it is another set than theirs"
        )
    return ""


def _of_half_precision(result: Result, comparisons: Sequence[Comparison]) -> str:
    """Where weights are stored in half precision, small differences are the libraries' own.

    sentence-transformers 6 on transformers 5 computes in the stored type, 5 on transformers 4 and
    harness in float32 (transformers' `dtype="auto"` default of version 5).
    """
    stored = [result.model.stored_dtype]
    stored += [result.model.queries.stored_dtype] if result.model.queries else []
    kinds = sorted(filter(None, stored))
    off = [row for row in comparisons if row.verdict is Verdict.OFF]
    largest = max((_relative(row) for row in off), default=0.0)
    if not kinds or largest > LARGEST_BY_TYPE:
        return ""
    return (
        f"by no more than {largest:.2g} of their value, and the weights are stored in {kinds[0]}: "
        "some versions of the libraries compute in that type, harness in float32"
    )


def _relative(row: Comparison) -> float:
    value = abs(row.published.value) if row.published else 0.0
    return abs(row.delta or 0.0) / value if value else float("inf")


def judged_mean(
    planned: PlannedEvaluation, outcomes: Mapping[str, Outcome], settings: Settings
) -> JudgedEvaluation:
    """The verdict of a mean over several evaluations, from what they gave.

    As sentence-transformers' NanoBEIR evaluators take it; avg_flops, which no results give, comes
    of the activities of all texts together (`SparseNanoBEIREvaluator.__call__`).
    """
    lacking = [label for label in planned.parts if label not in outcomes]
    if lacking or settings.queries is not None:
        why = (
            f"it is the mean of {len(planned.parts)} evaluations, of which {len(lacking)} were not "
            f"run (first: {lacking[0]})"
            if lacking
            else "only a part of the queries was evaluated, of which no claim speaks"
        )
        code = _CANNOT
        return JudgedEvaluation(planned, _OPEN, why, exit_code=code)
    parts = [outcomes[label] for label in planned.parts]
    try:
        result = _mean(parts)
    except InputError as error:
        return JudgedEvaluation(planned, _OPEN, str(error), exit_code=_CANNOT)
    rows = compare(result.scores, planned.numbers, (), result.intervals or {})
    return judged(planned, result, rows)


def _mean(parts: Sequence[Outcome]) -> Result:
    result = mean_result("mean", [part.result for part in parts])
    queries, documents = (
        [getattr(part.evaluation, side).activity for part in parts]
        for side in ("queries", "documents")
    )
    asked, corpus = (sum(rest, first) for first, *rest in (queries, documents))
    key = "avg_flops"
    intervals = result.intervals
    if intervals is not None:
        intervals = {**intervals, key: sparsity_intervals(asked, corpus)[key]}
    scores = {**result.scores, key: sparsity(asked, corpus)[key]}
    return replace(result, scores=scores, intervals=intervals)


def _named(comparisons: Sequence[Comparison], verdict: Verdict) -> tuple[str, ...]:
    return tuple(row.measure for row in comparisons if row.verdict is verdict)


def _count(names: Sequence[str], total: int) -> str:
    """`2 of 20 numbers (dot_ndcg@10, dot_mrr@10) are`."""
    shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
    return f"{len(names)} of {total} numbers ({shown}) {'is' if len(names) == 1 else 'are'}"
