"""All published numbers under all rules: arrays of what each would be, an axis for each aspect."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt

from harness.measures.names import Measure
from harness.why.placed import Judgements, Placed
from harness.why.rules import (
    GAINS,
    MAP,
    MRR,
    OWN,
    PRECISION,
    QUERIES,
    RECALL,
    REPEATS,
    ZEROS,
    Aspect,
)
from harness.why.scoring import OWN_ASPECT, JudgedAtLevel, per_query, rules_of

SHARED: Final = ("own", "ties", "zeros", "depth", "level", "repeats", "queries")
"""Aspects that move every measure, in the order of their axes; those of single measures follow."""

SINGLE: Final = (GAINS, MAP, RECALL, MRR, PRECISION)

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Predicted:
    """What one measure is under all rules.

    Attributes:
        value: float64, an axis for each aspect, of length 1 where the aspect cannot move it; NaN
            where it cannot be known here.
        low, high: within what float32 leaves it, or an order of equal scores, likewise.
    """

    value: Values
    low: Values
    high: Values


@dataclass(frozen=True, eq=False)
class ConventionGrid:
    """Every published measure under every rule.

    Attributes:
        aspects: the axes.
        predicted: by measure.
    """

    aspects: tuple[Aspect, ...]
    predicted: Mapping[Measure, Predicted]

    def at(self, rules: Mapping[str, str]) -> tuple[int, ...]:
        """The place of a whole convention.

        Raises:
            ValueError: it has a rule that is not tried.
        """
        return tuple(aspect.index(rules[aspect.name]) for aspect in self.aspects)


@dataclass(frozen=True, eq=False)
class Order:
    """One order of equal scores, and the ends of what float32 leaves open of it."""

    as_is: Placed
    worst: Placed
    best: Placed


def all_aspects(ties: Aspect, depth: Aspect, level: Aspect) -> tuple[Aspect, ...]:
    """The axes of a grid, from those that the data decide."""
    return (OWN, ties, ZEROS, depth, level, REPEATS, QUERIES, *SINGLE)


def grid_of(
    aspects: Sequence[Aspect],
    orders: Mapping[str, Order],
    judgements: Judgements,
    measures: Sequence[Measure],
) -> ConventionGrid:
    """Score every measure under every rule.

    Args:
        aspects: as `all_aspects` gives them.
        orders: the placement of the judged documents under each rule of `ties`.
        judgements: of all queries.
        measures: what is published.
    """
    shape = tuple(len(aspect.rules) for aspect in aspects[: len(SHARED)])
    ends = [
        {measure: np.empty((*shape, len(rules_of(measure)))) for measure in measures}
        for _ in range(3)
    ]
    known: dict[tuple[bytes, str, str], dict[Measure, Values]] = {}
    for place, spots in _spots(aspects, orders, judgements):
        for end, spot in zip(ends, spots, strict=True):
            for lev, level in enumerate(aspects[4].rules):
                for rep, repeats in enumerate(aspects[5].rules):
                    key = (spot.key, level.name, repeats.name)
                    if key not in known:
                        known[key] = _means(judgements, spot, measures, *key[1:], aspects[6])
                    for measure, means in known[key].items():
                        end[measure][(*place, lev, rep)] = means
    singles = aspects[len(SHARED) :]
    return ConventionGrid(
        tuple(aspects),
        {m: _predicted([_spread(end[m], m, singles) for end in ends]) for m in measures},
    )


def _predicted(ends: Sequence[Values]) -> Predicted:
    """From the values of one order, of its worst end and of its best."""
    return Predicted(ends[0], np.minimum.reduce(ends), np.maximum.reduce(ends))


def _spots(
    aspects: Sequence[Aspect], orders: Mapping[str, Order], judgements: Judgements
) -> Iterator[tuple[tuple[int, ...], list[Placed]]]:
    """Every way to rank: its place on the first four axes, and the placements of its order."""
    for place in product(*(range(len(aspect.rules)) for aspect in aspects[:4])):
        own, tie, zero, deep = (a.rules[n] for a, n in zip(aspects[:4], place, strict=True))
        order = orders[tie.name]
        yield (
            place,
            [
                spot.under(
                    judgements,
                    leave_own=own.name == "left out",
                    drop_zeros=zero.name == "not ranked",
                    depth=int(deep.name),
                )
                for spot in (order.as_is, order.worst, order.best)
            ],
        )


def _means(
    judgements: Judgements,
    spot: Placed,
    measures: Sequence[Measure],
    level: str,
    repeats: str,
    queries: Aspect,
) -> dict[Measure, Values]:
    """float64 [sets of queries, own rules] for each measure."""
    graded = any(m.name in ("ndcg", "dcg") or m.name.endswith("_burges") for m in measures)
    found = JudgedAtLevel(judgements, spot, int(level), repeats=repeats == "counted", graded=graded)
    by_name = _queries(judgements, spot, found)
    sets = [by_name[rule.name] for rule in queries.rules]
    gaining = np.bincount(
        judgements.query[judgements.grade > 0], minlength=len(judgements.query_ids)
    )
    open_ = judgements.unknown & (gaining > 0)
    shares = np.stack([chosen / max(chosen.sum(), 1) for chosen in sets])
    lost = [not chosen.any() or bool((chosen & open_).any()) for chosen in sets]
    shares[np.array(lost, np.bool_)] = np.nan
    return {m: shares @ np.stack(per_query(m, found), axis=-1) for m in measures}


def _queries(
    judgements: Judgements, spot: Placed, found: JudgedAtLevel
) -> dict[str, npt.NDArray[np.bool_]]:
    """The queries of each rule of `QUERIES`."""
    relevant = found.binary.counts > 0
    judged = judgements.judged
    answered = (spot.lengths > 0) | judgements.unknown
    return {
        "relevant": relevant,
        "judged": judged,
        "answered": relevant & answered,
        "judged and answered": judged & answered,
        "asked": judgements.asked,
    }


def _spread(values: Values, measure: Measure, singles: Sequence[Aspect]) -> Values:
    """The same with an axis for each aspect: the last one goes to the measure's own aspect."""
    own = OWN_ASPECT.get(measure.name)
    axis = next((n for n, one in enumerate(singles) if own and one.name == own.name), None)
    tail = [1] * len(singles)
    if own is not None and axis is not None:
        kept = [own.index(rule.name) for rule in singles[axis].rules]
        values, tail[axis] = values[..., kept], len(kept)
    return values.reshape(*values.shape[:-1], *tail)
