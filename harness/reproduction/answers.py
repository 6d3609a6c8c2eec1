"""The answers of `harness reproduce` as pipelines read them."""

from collections.abc import Iterator

from harness.report.answers import published_answers
from harness.report.pipelines import LineState, PipelineLine, PipelineReport
from harness.reproduction import JudgedEvaluation, Reproduction, ReproductionVerdict
from harness.reproduction.page import verdict_sentence

_MOST_LINES = 4


def report_of(found: Reproduction) -> PipelineReport:
    """What a pipeline is told of a reproduction.

    Args:
        found: what became of a plan.
    """
    answers = tuple(line for one in found.evaluations for line in _answers(one))
    if not answers:
        answers = (
            PipelineLine(found.plan.source, "claims", LineState.OPEN, verdict_sentence(found)),
        )
    open_ = [one for one in found.evaluations if one.because]
    told = [f"{one.planned.label or '(unnamed)'}: {one.because}" for one in open_[:_MOST_LINES]]
    holds = found.verdict is ReproductionVerdict.REPRODUCED
    return PipelineReport(answers, (verdict_sentence(found), *told), found.plan.source, holds)


def _answers(one: JudgedEvaluation) -> Iterator[PipelineLine]:
    """Number by number where they decide; one answer where the evaluation as a whole does."""
    group = one.planned.label or "(unnamed)"
    if one.verdict is ReproductionVerdict.NOT_JUDGED:
        yield PipelineLine(group, "the evaluation", LineState.OPEN, one.because)
    elif not one.comparisons:
        yield PipelineLine(group, "the checkpoint", LineState.BROKEN, one.because)
    else:
        yield from published_answers(group, one.comparisons, unmeasured=LineState.OPEN)
