"""What is to be explained: the published numbers of a result, by what can be said of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.claims.claims import Claims
from harness.claims.compare import Verdict, compare
from harness.claims.published import PublishedNumber, bare, similarity
from harness.errors import InputError
from harness.experiment.result import Result
from harness.measures.intervals import Float32Interval
from harness.measures.names import SPARSITY, Measure
from harness.why.classes import Fits
from harness.why.conventions import own_rules


@dataclass(frozen=True, eq=False)
class Question:
    """What is to be explained.

    Attributes:
        result: whose scores differ.
        claims: the published numbers and what is tolerated of them.
        ranked: the published numbers of rankings, with their measures.
        others: the published numbers of vectors.
        unjudged: the others, each with the reason.
    """

    result: Result
    claims: Claims
    ranked: tuple[tuple[PublishedNumber, Measure], ...]
    others: tuple[PublishedNumber, ...]
    unjudged: tuple[str, ...]

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Of the published numbers of rankings, each once."""
        return tuple(dict.fromkeys(measure for _, measure in self.ranked))

    @property
    def own(self) -> Mapping[str, str]:
        """The result's own convention."""
        return own_rules(self.result.evaluation)

    def fits(self) -> Fits:
        """When a number is what is predicted: by its digits, by float32, or as it is tolerated."""
        return Fits({bare(one.measure): one.tolerance for one in self.claims.deviations})

    def others_off(
        self, scores: Mapping[str, float], intervals: Mapping[str, Float32Interval]
    ) -> tuple[str, ...]:
        """The published numbers of vectors that do not hold."""
        rows = compare(scores, self.others, self.claims.deviations, intervals)
        return tuple(
            row.measure
            for row in rows
            if row.published is not None and row.verdict in (Verdict.OFF, Verdict.UNMEASURED)
        )


def question_of(result: Result, claims: Claims) -> Question:
    """The published numbers by what can be said of them.

    Raises:
        InputError: there is none.
    """
    if not claims.published:
        raise InputError(
            f"'{result.name}' publishes nothing to explain: give --experiment with [published], or "
            "--published measure=digits."
        )
    ours = result.evaluation.similarity or "dot"
    ranked, others, unjudged = [], [], []
    for number in claims.published:
        if number.name in SPARSITY:
            others.append(number)
        elif (similarity(number.measure) or ours) != ours:
            unjudged.append(f"{number.measure}: this result compares vectors by {ours}")
        else:
            ranked.append((number, Measure.parse(number.name)))
    return Question(result, claims, tuple(ranked), tuple(others), tuple(unjudged))
