"""Where the rankings of a result are from: cached vectors, searched again, or the kept run."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from harness.claims.published import bare
from harness.collection.check import CheckedCollection
from harness.data.run import Run
from harness.data.trec import read_run
from harness.errors import HarnessError, InputError
from harness.measures.names import Measure, deepest
from harness.measures.policy import Policy
from harness.pipeline.evaluate import evaluated_queries
from harness.pipeline.run_experiment import Settings
from harness.why import rules
from harness.why.grid import ConventionGrid, Predicted, all_aspects, grid_of
from harness.why.kept import kept_rankings
from harness.why.question import Question
from harness.why.rankings import Rankings
from harness.why.rules import Aspect
from harness.why.searched import searched_rankings
from harness.why.sources import OfVectors, checkpoint_of, vectors_of

_LEVELS = 10  # grades that are tried as the lowest relevant one
_ALIKE = 1e-9
"""Relative distance up to which a score made again is the result's own."""


def aspects_of(question: Question, rankings: Rankings) -> tuple[Aspect, ...]:
    """All aspects with the rules that can be tried on these rankings."""
    judgements = rankings.judgements
    grades = sorted({int(grade) for grade in np.unique(judgements.grade) if grade > 0})
    levels = sorted({*grades[:_LEVELS], question.result.evaluation.relevance_level})
    names = tuple(rankings.tables)
    ties = rules.ties(
        [int(name.split()[1]) for name in names if name.startswith("topk ")],
        corpus="corpus" in names,
    )
    whole = all_aspects(ties, rules.depth(rankings.depths), rules.level(levels))
    return tuple(rankings.limited(aspect) for aspect in whole)


def rankings_of(
    question: Question, run: Path | Run | None, checked: CheckedCollection, settings: Settings
) -> Rankings:
    """The rankings of a result: of cached vectors where they give its own scores, else as kept.

    Args:
        question: what is published of it.
        run: its rankings, if they were kept.
        checked: its collection.
        settings: where the vector cache is, and how the encoder that filled it was run.

    Raises:
        InputError: neither is known, or the run is another's.
    """
    result, reasons = question.result, []
    evaluation = result.evaluation
    policy = Policy(evaluation.policy, evaluation.relevance_level)
    cut = deepest(question.measures)
    try:
        checkpoint = checkpoint_of(result, settings)
        found = vectors_of(checkpoint, checked, policy, settings, encode=False)
        rankings = searched(question, found, checked)
        strange = _unlike(question, rankings)
        if not strange:
            return rankings
        reasons.append(f"the cached vectors give another {strange} than the result has")
    except HarnessError as error:
        reasons.append(str(error).rstrip("."))
    if run is None:
        raise InputError(
            f"'{result.name}' has no run beside it, and its vectors cannot be searched again "
            f"({reasons[0]}): evaluate again."
        )
    asked = [query.query_id for query in evaluated_queries(checked.collection, policy)]
    kept = kept_rankings(
        run if isinstance(run, Run) else read_run(run), checked.collection, asked, evaluation, cut
    )
    strange = _unlike(question, kept)
    if strange:
        raise InputError(
            f"The run beside '{result.name}' gives another {strange} than the result has: it is of "
            "another evaluation; evaluate again."
        )
    return replace(kept, notes=(*kept.notes, f"Vectors were not searched again: {reasons[0]}."))


def searched(question: Question, found: OfVectors, checked: CheckedCollection) -> Rankings:
    """Rankings of vectors, as deep as the published numbers want them."""
    return searched_rankings(
        found.vectors,
        checked.collection,
        question.own["ties"],
        question.result.evaluation.depth,
        deepest(question.measures),
    )


def _unlike(question: Question, rankings: Rankings) -> str:
    """The first measure whose score under the result's own convention is not the result's; ""."""
    scores = {bare(key): value for key, value in question.result.scores.items()}
    wanted = [m for m in question.measures if str(m) in scores]
    own = question.own
    whole = aspects_of(question, rankings)
    aspects = tuple(Aspect(a.name, a.about, (a[own[a.name]],)) for a in whole)
    orders = {own["ties"]: rankings.orders[own["ties"]]}
    grid = grid_of(aspects, orders, rankings.judgements, wanted)
    for measure in wanted:
        value = float(grid.predicted[measure].value.item())
        if not abs(value - scores[str(measure)]) <= _ALIKE * max(1.0, abs(value)):
            return str(measure)
    return ""


def with_intervals(grid: ConventionGrid, question: Question) -> ConventionGrid:
    """What float32 leaves open of the result's own scores, wherever a convention gives the same."""
    intervals = {bare(key): one for key, one in (question.result.intervals or {}).items()}
    scores = {bare(key): value for key, value in question.result.scores.items()}
    wider: dict[Measure, Predicted] = {}
    for measure, one in grid.predicted.items():
        interval = intervals.get(str(measure))
        if interval is None:
            wider[measure] = one
            continue
        same = np.isclose(one.value, scores[str(measure)], rtol=_ALIKE, atol=0)
        wider[measure] = Predicted(
            one.value,
            np.where(same, np.minimum(one.low, interval.low), one.low),
            np.where(same, np.maximum(one.high, interval.high), one.high),
        )
    return replace(grid, predicted=wider)
