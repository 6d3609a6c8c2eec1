"""From predictions to a verdict: does one class of conventions print all published digits?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from harness.claims.published import PublishedNumber
from harness.measures.names import Measure
from harness.why.chance import expected_by_chance
from harness.why.classes import Alike, Box, Collapsed, Fits, Mask, everywhere, fitting

WEAK = 0.05
"""Expected number of chance fits from which evidence is called weak."""

NOTHING = 0.5
"""And from which a fit says nothing."""

_PARTIAL = 5  # classes shown that explain a part


class WhyAnswer(StrEnum):
    """What comes out of trying every convention."""

    NOTHING_OFF = "nothing off"
    """Every published number comes out under the result's own convention."""

    EXPLAINED = "explained"
    """One class of conventions prints all published digits."""

    PARTLY = "partly"
    """Some conventions print some of the numbers that are off, and none prints all."""

    NONE = "none"
    """No convention prints any of the numbers that are off."""


@dataclass(frozen=True)
class Partial:
    """Conventions that print some of the published numbers: weak evidence.

    Attributes:
        fits: the measures that come out, in their source's order.
        explains: of them those that are off under the result's own convention.
        boxes: the conventions.
    """

    fits: tuple[str, ...]
    explains: tuple[str, ...]
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Answered:
    """The answer with what it rests on.

    Attributes:
        answer: in a word.
        off: the published numbers that do not come out under the result's own convention.
        boxes: the conventions that print all published digits, not to be told apart.
        exact: of them those that print them to the last digit; the others do within what float32,
            or a declared deviation, leaves open.
        partials: where there are none, those that print some.
        alike: of each aspect the rules that change nothing here against each other.
        chance: how many such fits one would expect if the published numbers had nothing to do with
            any of the conventions; above `WEAK` the evidence is weak.
    """

    answer: WhyAnswer
    off: tuple[str, ...]
    boxes: tuple[Box, ...] = ()
    exact: tuple[Box, ...] = ()
    partials: tuple[Partial, ...] = ()
    alike: tuple[Alike, ...] = ()
    chance: float = 0.0


def answer_of(
    grid: Collapsed,
    numbers: Sequence[tuple[PublishedNumber, Measure]],
    own: Mapping[str, str],
    fits: Fits,
    others_off: Sequence[str] = (),
    queries: int = 0,
) -> Answered:
    """Try every convention on every published number.

    Args:
        grid: the predictions.
        numbers: what is published of rankings, each with its measure.
        own: the result's own convention.
        fits: when a number is what is predicted.
        others_off: published numbers that no convention moves, and that do not hold.
        queries: that are evaluated; 0: not known.
    """
    masks = [fitting(grid.predicted[measure], number, fits) for number, measure in numbers]
    here = grid.at(own)
    off = [
        number.measure
        for (number, _), mask in zip(numbers, masks, strict=True)
        if not _at(mask, here)
    ]
    everything = everywhere(masks, grid.shape)
    found = Answered(WhyAnswer.NONE, (*off, *others_off), alike=grid.alike)
    if everything.any() and not others_off:
        strict = Fits({}, exactly=True)
        exact = [fitting(grid.predicted[measure], number, strict) for number, measure in numbers]
        return replace(
            found,
            answer=WhyAnswer.EXPLAINED if off else WhyAnswer.NOTHING_OFF,
            boxes=_sorted(grid.boxes(everything), own),
            exact=_sorted(grid.boxes(everywhere(exact, grid.shape)), own),
            chance=expected_by_chance(grid, numbers, masks, off, queries) if off else 0.0,
        )
    partials = _partials(grid, numbers, masks, here, own) if off else ()
    return replace(
        found, answer=WhyAnswer.PARTLY if partials else WhyAnswer.NONE, partials=partials
    )


def in_any_order(
    answered: Answered,
    grid: Collapsed,
    numbers: Sequence[tuple[PublishedNumber, Measure]],
    own: Mapping[str, str],
    fits: Fits,
    queries: int = 0,
) -> Answered:
    """The same where no rule for equal scores fits, and some order of them may.

    Args:
        answered: what the rules say.
        grid: predictions whose ends are those of all orders of equal scores.
        numbers: as for `answer_of`.
        own: likewise.
        fits: likewise.
        queries: likewise.
    """
    masks = [fitting(grid.predicted[measure], number, fits) for number, measure in numbers]
    everything = everywhere(masks, grid.shape)
    if not everything.any():
        return answered
    return replace(
        answered,
        answer=WhyAnswer.EXPLAINED,
        boxes=_sorted(grid.boxes(everything), own),
        partials=(),
        alike=grid.alike,
        chance=expected_by_chance(grid, numbers, masks, answered.off, queries),
    )


def _at(mask: Mask, place: tuple[int, ...]) -> bool:
    return bool(mask[tuple(min(n, size - 1) for n, size in zip(place, mask.shape, strict=True))])


def _sorted(boxes: Sequence[Box], own: Mapping[str, str]) -> tuple[Box, ...]:
    """Those first that are nearest to the result's own convention."""
    return tuple(sorted(boxes, key=lambda box: len(box.deviates(own))))


def _partials(
    grid: Collapsed,
    numbers: Sequence[tuple[PublishedNumber, Measure]],
    masks: Sequence[Mask],
    here: tuple[int, ...],
    own: Mapping[str, str],
) -> tuple[Partial, ...]:
    """The largest sets of numbers that some convention prints, with one that is off in each."""
    whole = np.stack([np.broadcast_to(mask, grid.shape).ravel() for mask in masks], axis=1)
    packed = np.packbits(whole, axis=1)
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).reshape(-1)  # one for each convention
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    patterns = whole[first]
    which = which.reshape(grid.shape)
    base = np.array([_at(mask, here) for mask in masks])
    useful = [n for n, row in enumerate(patterns) if (row & ~base).any()]
    largest = [
        n for n in useful if not any(m != n and (patterns[n] <= patterns[m]).all() for m in useful)
    ]
    largest.sort(key=lambda n: -int(patterns[n].sum()))
    return tuple(
        Partial(
            _named(numbers, patterns[n]),
            _named(numbers, patterns[n] & ~base),
            _sorted(grid.boxes(which == n), own),
        )
        for n in largest[:_PARTIAL]
    )


def _named(numbers: Sequence[tuple[PublishedNumber, Measure]], chosen: Mask) -> tuple[str, ...]:
    return tuple(number.measure for (number, _), yes in zip(numbers, chosen, strict=True) if yes)
