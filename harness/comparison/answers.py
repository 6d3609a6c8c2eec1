"""The answers of a check and of a comparison as pipelines read them: budgets and margins."""

from collections.abc import Iterator, Sequence

from harness.claims.compare import Comparison
from harness.comparison.budgets import BudgetOutcome, BudgetVerdict
from harness.comparison.compare import SystemComparison
from harness.comparison.gate import Gate
from harness.comparison.moved import MovedQuery
from harness.comparison.sameness import Sameness
from harness.experiment.result import Result
from harness.report.answers import alarm_lines, result_answers, verdict_line
from harness.report.pipelines import LineState, PipelineLine, PipelineReport, states
from harness.significance.non_inferiority import Answer, NonInferiority

_MOVED = 5
_SHOWN = ("ndcg@10", "mrr@10", "recall@10")
_TEXT = 60  # characters of a query

_BUDGET = {
    BudgetVerdict.KEPT: LineState.HELD,
    BudgetVerdict.BROKEN: LineState.BROKEN,
    BudgetVerdict.NOT_JUDGED: LineState.OPEN,
}


def report_of(
    name: str,
    file: str,
    result: Result,
    rows: Sequence[Comparison],
    found: Gate,
    *,
    holds: bool,
) -> PipelineReport:
    """What a pipeline is told of a result and its baseline.

    Args:
        name: of the experiment.
        file: what an annotation points at.
        result: what was measured.
        rows: measured against published (and against a baseline without budgets).
        found: the budgets and margins.
        holds: the one verdict.
    """
    declared = tuple(_declared(name, found))
    lines = (
        verdict_line(name, result, rows, holds=holds),
        *_moved(found),
        *_matters(declared),
        *alarm_lines(result),
    )
    return PipelineReport((*result_answers(name, result, rows), *declared), lines, file, holds)


def report_of_comparison(found: SystemComparison) -> PipelineReport:
    """What a pipeline is told of two systems; an annotation points at the new one's file.

    Args:
        found: the two side by side.
    """
    declared = tuple(_declared(found.new, found))
    verdict = "holds" if found.holds else "does NOT hold"
    told = "" if declared else " No budget and no margin is declared."
    first = f"{found.new} against {found.base}: {verdict}.{told}"
    lines = (first, *_moved(found, found.primary), *_matters(declared))
    return PipelineReport(declared, lines, found.new, found.holds)


def _declared(name: str, found: Gate | SystemComparison) -> Iterator[PipelineLine]:
    for budget in found.budgets:
        yield PipelineLine(
            name, f"budget of {budget.name}", _BUDGET[budget.verdict], _budget(budget)
        )
    for margin in found.margins:
        state = _margin(margin, undecided_holds=found.undecided_holds)
        told = f"{margin.answer}: {margin.because}"
        yield PipelineLine(name, f"margin of {margin.measure}", state, told)


def _budget(budget: BudgetOutcome) -> str:
    if budget.verdict is BudgetVerdict.BROKEN:
        ends = [f"{end:.7g}" for end in (budget.low, budget.high) if end is not None]
        return f"{budget.measured:.7g} is measured, and {' to '.join(ends)} is allowed"
    return budget.because


def _margin(margin: NonInferiority, *, undecided_holds: bool) -> LineState:
    if margin.answer is Answer.UNDECIDED:
        return LineState.OPEN if undecided_holds else LineState.BROKEN
    return LineState.BROKEN if margin.answer is Answer.REGRESSED else LineState.HELD


def _moved(found: Gate | SystemComparison, primary: str = "") -> Iterator[str]:
    """What moved, and on which queries."""
    if found.same is None:
        return
    if found.same.answer is not Sameness.CHANGED:
        yield f"What moved? Nothing: {found.same.because}."
        return
    named = {primary, *_SHOWN}
    shown = [one for one in found.differences if one.measure in named] or found.differences[:3]
    parts = [f"{o.measure} {o.difference:+.4f} ({o.base:.4f} to {o.new:.4f})" for o in shown]
    changed = max((one.changed for one in found.differences), default=0)
    queries = max((one.queries for one in found.differences), default=0)
    yield f"What moved? {', '.join(parts)}; {changed:,} of {queries:,} queries changed."
    if found.moved:
        yield f"Which queries most? {', '.join(map(_query, found.moved[:_MOVED]))}."


def _query(one: MovedQuery) -> str:
    text = one.text if len(one.text) <= _TEXT else f"{one.text[: _TEXT - 1]}…"
    shown = f"{one.query_id} “{text}”" if text else one.query_id
    return f"{shown} ({one.difference:+.3f})"


def _matters(declared: Sequence[PipelineLine]) -> Iterator[str]:
    """Whether a declared budget or margin says that it matters."""
    if not declared:
        return
    wrong = [line for line in declared if line.state is not LineState.HELD]
    told = "; ".join(f"{line.name}: {line.sentence.rstrip('.')}" for line in wrong[:3])
    yield f"Does it matter? Of budgets and margins {states(declared)}{': ' if told else ''}{told}."
