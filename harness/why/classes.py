"""Which conventions print the published digits, and which of them are not to be told apart.

Conventions under which every published number has the same value are one already (an aspect whose
rules all are changes nothing on this data). Those left that print the same digits are one class;
it is told as few *boxes*, each a set of rules for each aspect, of which every combination is in it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt

from harness.claims.published import PublishedNumber
from harness.measures.names import Measure
from harness.why.grid import ConventionGrid, Predicted
from harness.why.rules import ANY

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Fits:
    """When a published number is what is predicted: by its digits, by float32, or as tolerated.

    Attributes:
        tolerated: how far they may lie apart, by the measure without its similarity.
        exactly: by its digits alone.
    """

    tolerated: Mapping[str, float]
    exactly: bool = False

    def __call__(self, number: PublishedNumber, value: float, low: float, high: float) -> bool:
        """Whether a number may be a value, given the ends within which that lies."""
        if self.exactly:
            return number.holds(value)
        tolerance = self.tolerated.get(number.name)
        return (
            number.holds(value)
            or number.holds_between(low, high)
            or (tolerance is not None and number.within(value, tolerance))
        )

    def room(self, number: PublishedNumber) -> float:
        """No value whose ends lie further away fits."""
        printed = float(number.number.tolerance(number.slack))
        return 1e-9 + 1.001 * max(printed, self.tolerated.get(number.name, 0.0))


@dataclass(frozen=True)
class Alike:
    """Rules of one aspect that give every published number the same value here.

    Attributes:
        aspect: the aspect's name.
        groups: the names of its rules, those together that change nothing against each other.
    """

    aspect: str
    groups: tuple[tuple[str, ...], ...]

    @property
    def inert(self) -> bool:
        """Whether the aspect changes nothing here."""
        return len(self.groups) == 1


@dataclass(frozen=True)
class Box:
    """Conventions that are not to be told apart: any of these rules of each aspect.

    Attributes:
        rules: the names of rules by aspect, of the aspects that change something here.
    """

    rules: Mapping[str, tuple[str, ...]]

    def deviates(self, own: Mapping[str, str]) -> tuple[str, ...]:
        """The aspects in which no convention of the box is the result's own."""
        return tuple(aspect for aspect, names in self.rules.items() if own[aspect] not in names)

    def meets(self, decided: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether some convention of the box takes one of these rules of each aspect."""
        return all(set(names) & set(decided.get(a, names)) for a, names in self.rules.items())


@dataclass(frozen=True, eq=False)
class Collapsed:
    """A grid of the aspects that change something, one place for rules that are alike.

    Attributes:
        alike: for each aspect of the grid.
        predicted: by measure, with an axis for each aspect.
    """

    alike: tuple[Alike, ...]
    predicted: Mapping[Measure, Predicted]

    @property
    def shape(self) -> tuple[int, ...]:
        """How many rules of each aspect are unlike."""
        return tuple(len(one.groups) for one in self.alike)

    def at(self, rules: Mapping[str, str]) -> tuple[int, ...]:
        """The place of a convention."""
        return tuple(
            next(n for n, group in enumerate(one.groups) if rules[one.aspect] in group)
            for one in self.alike
        )

    def boxes(self, mask: Mask) -> tuple[Box, ...]:
        """The places of a mask as disjoint boxes, as few as merging axis by axis gives."""
        axes = range(mask.ndim)
        sizes = mask.shape
        free = [axis for axis in axes if (mask.any(axis) == mask.all(axis)).all()]
        for axis in free:  # most aspects are open as a whole, which needs no merging
            mask = mask.take([0], axis)
        places = [
            tuple(
                frozenset(range(sizes[axis]) if axis in free else [n])
                for axis, n in enumerate(place)
            )
            for place in np.argwhere(mask).tolist()
        ]
        merged = min((_merged(places, order) for order in (axes, reversed(axes))), key=len)
        return tuple(
            Box(
                {
                    one.aspect: tuple(name for n in sorted(chosen) for name in one.groups[n])
                    for one, chosen in zip(self.alike, box, strict=True)
                    if not one.inert or one.groups == ((ANY.name,),)
                }
            )
            for box in merged
        )


def collapsed(grid: ConventionGrid) -> Collapsed:
    """Put rules together that change nothing against each other, whatever the other aspects are."""
    predicted, alike = dict(grid.predicted), []
    for axis, aspect in enumerate(grid.aspects):
        groups: list[list[int]] = []
        for n in range(len(aspect.rules)):
            same = next((g for g in groups if _same(predicted.values(), axis, g[0], n)), None)
            if same is None:
                groups.append([n])
            else:
                same.append(n)
        kept = [group[0] for group in groups]
        predicted = {m: _taken(one, axis, kept) for m, one in predicted.items()}
        alike.append(
            Alike(aspect.name, tuple(tuple(aspect.rules[n].name for n in g) for g in groups))
        )
    return Collapsed(tuple(alike), predicted)


def _same(predicted: Iterable[Predicted], axis: int, one: int, other: int) -> bool:
    return all(
        table.shape[axis] == 1
        or np.array_equal(table.take(one, axis), table.take(other, axis), equal_nan=True)
        for each in predicted
        for table in (each.value, each.low, each.high)
    )


def _taken(one: Predicted, axis: int, kept: Sequence[int]) -> Predicted:
    if one.value.shape[axis] == 1:
        return one
    return Predicted(*(table.take(kept, axis) for table in (one.value, one.low, one.high)))


def fitting(one: Predicted, number: PublishedNumber, fits: Fits) -> Mask:
    """Where a published number may be what is predicted: bool, in the shape of the prediction."""
    room = fits.room(number)
    ends = (one.value, one.value) if fits.exactly else (one.low, one.high)
    near = (ends[0] - room <= number.value) & (number.value <= ends[1] + room)
    held: Mask = np.zeros(one.value.shape, np.bool_)
    places = np.flatnonzero(near)  # NaN is near nothing
    if len(places):
        rows = np.stack([t.ravel()[places] for t in (one.value, one.low, one.high)], axis=-1)
        unique, inverse = np.unique(rows, axis=0, return_inverse=True)
        each = np.zeros(len(unique), np.bool_)
        for n, row in enumerate(unique.tolist()):
            each[n] = fits(number, *row)
        held.ravel()[places] = each[inverse.reshape(-1)]
    return held


def everywhere(masks: Sequence[Mask], shape: tuple[int, ...]) -> Mask:
    """Where all masks hold, in the shape of the grid."""
    return np.broadcast_to(reduce(np.logical_and, masks, np.ones((1,) * len(shape), bool)), shape)


def _merged(
    places: Sequence[tuple[frozenset[int], ...]], order: Iterable[int]
) -> list[tuple[frozenset[int], ...]]:
    boxes = list(places)
    for axis in order:
        found: dict[tuple[frozenset[int], ...], frozenset[int]] = {}
        for box in boxes:
            rest = (*box[:axis], frozenset[int](), *box[axis + 1 :])
            found[rest] = found.get(rest, frozenset()) | box[axis]
        boxes = [(*rest[:axis], chosen, *rest[axis + 1 :]) for rest, chosen in found.items()]
    return boxes
