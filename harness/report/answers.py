"""The answers of one result as pipelines read them: its published numbers and usage examples."""

from collections import Counter
from collections.abc import Iterator, Sequence

from harness.claims.compare import Comparison, Verdict
from harness.errors import NotReproducedError
from harness.experiment.result import Result
from harness.report.files import counts_sentence
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


def report_of_refusal(name: str, file: str, error: NotReproducedError) -> PipelineReport:
    """What a pipeline is told of a usage example that forbids to go on.

    Args:
        name: of the experiment.
        file: what an annotation points at.
        error: that said so.
    """
    answer = PipelineLine(name, "usage example", LineState.BROKEN, str(error))
    return PipelineReport((answer,), (f"{name}: does NOT hold. {error}",), file, holds=False)


def verdict_line(name: str, result: Result, rows: Sequence[Comparison], *, holds: bool) -> str:
    """The first line of a step summary."""
    verdict = "holds" if holds else "does NOT hold"
    return f"{name}: {verdict}. {counts_sentence(tuple(rows), result)}."


def alarm_lines(result: Result) -> Iterator[str]:
    """A line on the alarms, where there are any."""
    if result.alarms:
        count = len(result.alarms)
        yield f"{count} alarm{'' if count == 1 else 's'}: {'; '.join(result.alarms[:2])}"


def result_answers(name: str, result: Result, rows: Sequence[Comparison]) -> Iterator[PipelineLine]:
    """An answer for each published number and each usage example.

    A published number without a measured one is broken, as it is for the verdict.
    """
    yield from published_answers(name, rows, unmeasured=LineState.BROKEN)
    for example in result.examples:
        state = LineState.HELD if example.holds else LineState.BROKEN
        yield PipelineLine(name, f"usage example, {example.source}", state, example.differs)


def published_answers(
    group: str, rows: Sequence[Comparison], *, unmeasured: LineState
) -> Iterator[PipelineLine]:
    """An answer for each published number.

    Args:
        group: of the answers.
        rows: measured against published.
        unmeasured: what becomes of a number that was not measured.
    """
    claimed = Counter(row.measure for row in rows if row.published is not None)
    for row in rows:
        if row.published is None:
            continue
        text, source = row.published.text, row.published.source
        state, told = LineState.HELD, ""
        if row.verdict is Verdict.OFF:
            state, told = LineState.BROKEN, f"{row.measured!r} is measured, and {text} is published"
        elif row.verdict is Verdict.UNMEASURED:
            state, told = unmeasured, f"{text} is published, and it was not measured"
        told += f" ({source})" if told and source else ""
        # A card and a baseline may both have a number of one measure.
        name = f"{row.measure}, {source}" if claimed[row.measure] > 1 else row.measure
        yield PipelineLine(group, name, state, told)
