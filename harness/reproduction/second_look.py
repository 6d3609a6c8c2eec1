"""Numbers that are off under our convention: did their source score by another one?

A card says which data set, seldom how it was scored. Where its digits come out, all of them, under
the convention of an evaluator that its author may have used (`harness.why`), they are reproduced,
and the convention is named. Where a source states its convention nothing else is tried.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.claims.compare import Comparison, Verdict
from harness.errors import HarnessError
from harness.pipeline.outcome import Outcome
from harness.pipeline.run_experiment import Settings
from harness.reproduction import JudgedEvaluation, ReproductionVerdict

if TYPE_CHECKING:
    from harness.why.explain import Explanation


def second_look(judged: JudgedEvaluation, outcome: Outcome, settings: Settings) -> JudgedEvaluation:
    """The evaluation with what other conventions say of its numbers that are off.

    Args:
        judged: not reproduced, or not judged because numbers are off.
        outcome: what was measured.
        settings: how this machine runs it, and where its vectors are.
    """
    maker = judged.planned.maker
    if not judged.off or not maker:
        return judged
    # Only now: it brings torch along.
    from harness.why.explain import explain
    from harness.why.verdict import WhyAnswer

    try:
        found = explain(outcome.result, outcome.evaluation.run, settings=settings)
    except HarnessError as error:
        return replace(judged, because=f"{judged.because} (other conventions: {error})")
    tools = [tool for tool in found.tools if maker == "unknown" or maker in tool]
    if found.answer is WhyAnswer.EXPLAINED and found.explained and tools:
        return _as_scored_by(judged, found, tools)
    return replace(judged, because=f"{judged.because}; {_told(found)}")


def _as_scored_by(
    judged: JudgedEvaluation, found: "Explanation", tools: list[str]
) -> JudgedEvaluation:
    """Every digit comes out under a tool's convention as a whole."""
    from harness.why.verdict import WEAK

    told = f"as {' or '.join(tools)} scores: {', '.join(found.answered.off)} come out so"
    if found.answered.chance >= WEAK:  # no verdict rests on a fit that chance may give
        return replace(
            judged, because=f"{judged.because}; {told}, which these few digits may by chance"
        )
    return replace(
        judged,
        verdict=ReproductionVerdict.REPRODUCED,
        because=told,
        exit_code=0,
        comparisons=tuple(_explained(row, told) for row in judged.comparisons),
    )


def _explained(row: Comparison, told: str) -> Comparison:
    if row.verdict is not Verdict.OFF:
        return row
    return replace(row, verdict=Verdict.CLOSE, because=told, declared=True)


def _told(found: "Explanation") -> str:
    from harness.why.verdict import WhyAnswer

    if found.answer is WhyAnswer.EXPLAINED:
        return "a convention that no tool has as a whole prints them (harness why says which)"
    if found.answer is WhyAnswer.PARTLY:
        return "other conventions print some of them and none prints all (harness why says which)"
    return "no other convention in use prints them"
