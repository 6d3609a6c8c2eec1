"""From a result to an explanation: which convention prints the published digits?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.claims.claims import Claims
from harness.claims.compare import Verdict, compare
from harness.collection.check import CheckedCollection
from harness.data.run import Run
from harness.experiment.result import Result
from harness.pipeline.run_experiment import Settings
from harness.why.classes import collapsed
from harness.why.conventions import tools
from harness.why.grid import grid_of
from harness.why.origin import aspects_of, rankings_of, with_intervals
from harness.why.question import Question, question_of
from harness.why.rankings import Rankings
from harness.why.rules import ANY, Aspect
from harness.why.sources import collection_of
from harness.why.verdict import NOTHING, Answered, WhyAnswer, answer_of, in_any_order


@dataclass(frozen=True)
class Explanation:
    """What trying every convention says of a result and its published numbers.

    Attributes:
        name: of the result.
        answered: the answer and the conventions.
        own: the result's own convention.
        aspects: all that was tried, with the texts of the rules; empty where nothing was.
        source: where the rankings are from; "" where none were needed.
        judged: the measures of the published numbers that were tried.
        unjudged: those that could not be, each with the reason.
        tools: evaluators whose convention as a whole is among those that fit.
        notes: what could not be tried, and what else a reader must know.
        variant: what was encoded anew for it; "" for the result's own vectors.
    """

    name: str
    answered: Answered
    own: Mapping[str, str]
    aspects: tuple[Aspect, ...] = ()
    source: str = ""
    judged: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    variant: str = ""

    @property
    def answer(self) -> WhyAnswer:
        """The answer in a word."""
        return self.answered.answer

    @property
    def explained(self) -> bool:
        """Whether one class of conventions prints every published number, or nothing is off.

        A fit that is as good as expected by chance explains nothing.
        """
        fits = self.answer in (WhyAnswer.EXPLAINED, WhyAnswer.NOTHING_OFF)
        return fits and not self.unjudged and self.answered.chance < NOTHING


def explain(
    result: Result,
    run: Path | Run | None,
    *,
    claims: Claims | None = None,
    settings: Settings | None = None,
    collection: CheckedCollection | None = None,
) -> Explanation:
    """Find the conventions under which the published numbers of a result come out.

    Nothing is encoded: rankings are the kept run's, or those of cached vectors, searched again.

    Args:
        result: what was measured.
        run: its rankings, a TREC file or a `Run`; None: only cached vectors are looked for.
        claims: the published numbers; None: the result's own.
        settings: where the vector cache is, and how the encoder that filled it was run;
            None: as usual on this machine.
        collection: what the result was measured on; None: it is opened by its id.

    Raises:
        InputError: nothing is published, the run or the collection is not the result's, or neither
            rankings nor vectors are known.
        UnreachableError: the collection would have to be fetched and cannot be.
    """
    question = question_of(result, claims or result.claims)
    if _matches(question):
        return Explanation(
            result.name,
            Answered(WhyAnswer.NOTHING_OFF, ()),
            question.own,
            judged=_named(question),
            unjudged=question.unjudged,
        )
    checked = collection or collection_of(result)
    off = question.others_off(result.scores, result.intervals or {})
    if not question.ranked:
        return _told(question, Answered(WhyAnswer.NONE, off), (), "", ())
    rankings = rankings_of(question, run, checked, settings or Settings())
    return explained_by(question, rankings, off)


def explained_by(
    question: Question, rankings: Rankings, others_off: Sequence[str], variant: str = ""
) -> Explanation:
    """The explanation from rankings.

    Args:
        question: what is published.
        rankings: in every order of equal scores.
        others_off: published numbers of vectors that do not hold.
        variant: what was encoded anew for it.
    """
    own, fits, queries = question.own, question.fits(), question.result.counts.queries
    aspects = aspects_of(question, rankings)
    grid = grid_of(aspects, rankings.orders, rankings.judgements, question.measures)
    if rankings.weights is None:
        grid = with_intervals(grid, question)
    found = collapsed(grid)
    answered = answer_of(found, question.ranked, own, fits, others_off, queries)
    if answered.answer in (WhyAnswer.PARTLY, WhyAnswer.NONE) and not others_off:
        any_order = Aspect("ties", aspects[1].about, (ANY,))
        wide = (aspects[0], any_order, *aspects[2:])
        orders = {ANY.name: rankings.any_order(own["ties"])}
        wider = collapsed(grid_of(wide, orders, rankings.judgements, question.measures))
        before = answered
        answered = in_any_order(answered, wider, question.ranked, own, fits, queries)
        aspects = wide if answered is not before else aspects
    return _told(question, answered, aspects, rankings.source, rankings.notes, variant)


def _matches(question: Question) -> bool:
    """Whether every published number comes out to its last digit, or as it is tolerated."""
    result, claims = question.result, question.claims
    rows = compare(result.scores, claims.published, claims.deviations, result.intervals or {})
    vectors = {number.measure for number in question.others}
    return all(
        row.verdict in (Verdict.MATCH, Verdict.UNPUBLISHED)
        or (row.verdict is Verdict.CLOSE and (row.declared or row.measure in vectors))
        for row in rows
    )


def _named(question: Question) -> tuple[str, ...]:
    return (
        *(number.measure for number, _ in question.ranked),
        *(number.measure for number in question.others),
    )


def _told(
    question: Question,
    answered: Answered,
    aspects: tuple[Aspect, ...],
    source: str,
    notes: tuple[str, ...],
    variant: str = "",
) -> Explanation:
    return Explanation(
        question.result.name,
        answered,
        question.own,
        aspects,
        source,
        _named(question),
        question.unjudged,
        _tools(answered),
        notes,
        variant,
    )


def _tools(answered: Answered) -> tuple[str, ...]:
    """Evaluators that can have printed the digits, whatever depth and level they were told."""
    return tuple(
        tool
        for tool, decided in tools().items()
        if any(box.meets(decided) for box in answered.boxes)
    )
