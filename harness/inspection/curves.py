"""A curve of quality against cost, and its knee.

The *knee* of a curve is the point where quality, scaled to 0..1 over the curve, is furthest above
cost, scaled likewise: the largest y - x, which is the largest distance to the chord from (0, 0) to
(1, 1). That is the difference curve of Kneedle (Satopaa, Albrecht, Irwin and Raghavan, "Finding a
'Kneedle' in a Haystack", ICDCS Workshops 2011) without its smoothing. Cost is avg_flops.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from harness.inspection.pruning import Pruning

KEPT: Final = 0.99
"""Of the quality of all weights: the cheapest point that keeps it is named beside the knee."""


@dataclass(frozen=True)
class Point:
    """One pruning and what it gives.

    Attributes:
        pruning: what was done; None: nothing.
        scores: every measure by its key, as a result has them.
        quality: the measure that the sweep looks at.
        postings: entries of the inverted index, all documents together.
        search_seconds: of indexing and searching, with all queries.
    """

    pruning: Pruning | None
    scores: Mapping[str, float]
    quality: float
    postings: int
    search_seconds: float

    @property
    def flops(self) -> float:
        """What a query and a document cost: avg_flops."""
        return self.scores["avg_flops"]


@dataclass(frozen=True)
class Curve:
    """The prunings of one side by one rule.

    Attributes:
        points: the cheapest first; the last is the whole vectors.
        knee: of them; None: the curve has none.
        kept: the cheapest that keeps 99 % of the quality of the whole vectors.
    """

    points: tuple[Point, ...]
    knee: Point | None
    kept: Point


def curve(points: Iterable[Point], whole: Point) -> Curve:
    """A curve of points, with its knee.

    Args:
        points: of one side and rule.
        whole: the vectors without pruning.
    """
    ordered = (*sorted(points, key=lambda point: point.flops), whole)
    good = [point for point in ordered if point.quality >= KEPT * whole.quality]
    return Curve(ordered, knee(ordered), min(good, key=lambda point: point.flops))


def knee(points: Sequence[Point]) -> Point | None:
    """The point whose scaled quality is furthest above its scaled cost; None: there is none.

    There is none of fewer than three points, where all cost or all give the same, or where no
    point lies above the chord.
    """
    costs, qualities = ([getattr(p, name) for p in points] for name in ("flops", "quality"))
    wide, high = max(costs) - min(costs), max(qualities) - min(qualities)
    if len(points) < 3 or not wide or not high:
        return None
    above = [
        (q - min(qualities)) / high - (c - min(costs)) / wide
        for c, q in zip(costs, qualities, strict=True)
    ]
    best = max(range(len(points)), key=above.__getitem__)
    return points[best] if above[best] > 0 else None
