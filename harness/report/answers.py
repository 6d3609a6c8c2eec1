"""The answers of one result as pipelines read them: its published numbers and usage examples."""

from collections.abc import Iterator, Sequence

from harness.claims.compare import Comparison, Verdict
from harness.experiment.result import Result
from harness.report.files import verdict_sentence
from harness.report.pipelines import LineState, PipelineLine, PipelineReport


def report_of_result(
    name: str, file: str, result: Result, rows: Sequence[Comparison], *, holds: bool
) -> PipelineReport:
    """What a pipeline is told of a result by itself.

    Args:
        name: of the experiment.
        file: what an annotation points at.
        result: what was measured.
        rows: measured against published.
        holds: the one verdict.
    """
    lines = (verdict_line(name, result, rows, holds=holds), *alarm_lines(result))
    return PipelineReport(tuple(result_answers(name, result, rows)), lines, file, holds)


def verdict_line(name: str, result: Result, rows: Sequence[Comparison], *, holds: bool) -> str:
    """The first line of a step summary."""
    verdict = "holds" if holds else "does NOT hold"
    return f"{name}: {verdict}. {verdict_sentence(tuple(rows), result)}"


def alarm_lines(result: Result) -> Iterator[str]:
    """A line on the alarms, where there are any."""
    if result.alarms:
        count = len(result.alarms)
        yield f"{count} alarm{'' if count == 1 else 's'}: {'; '.join(result.alarms[:2])}"


def result_answers(name: str, result: Result, rows: Sequence[Comparison]) -> Iterator[PipelineLine]:
    """An answer for each published number and each usage example."""
    yield from published_answers(name, rows)
    for example in result.examples:
        state = LineState.HELD if example.holds else LineState.BROKEN
        yield PipelineLine(name, f"usage example, {example.source}", state, example.differs)


def published_answers(group: str, rows: Sequence[Comparison]) -> Iterator[PipelineLine]:
    """An answer for each published number."""
    for row in rows:
        if row.published is None:
            continue
        state, told = LineState.HELD, ""
        if row.verdict is Verdict.OFF:
            state = LineState.BROKEN
            told = (
                f"{row.measured!r} is measured where {row.published.text} is published "
                f"({row.published.source})"
            )
        elif row.verdict is Verdict.UNMEASURED:
            state, told = LineState.OPEN, f"{row.published.text} is published and was not measured"
        yield PipelineLine(group, row.measure, state, told)
