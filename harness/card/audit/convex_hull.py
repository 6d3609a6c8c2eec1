"""Can any mixture of queries give these means at all?

The card's numbers are the mean over queries of one vector of measures each, so they lie in the
convex hull of the vectors that a single query can have. We look for a plane that separates them:
weights w such that w . x <= c for every possible query x, but w . card > c. Whatever way the
weights were found, checking that inequality on every possible query is the proof, so that a flaw
of the search can only make the test miss something.

A possible query is a set of hits among the top ten and a number R of relevant documents, at least
the hits. Measures at cutoffs up to ten follow from these; of MAP@k beyond ten only the range does:
the hits of ranks 11 to k may be none, or as many and as early as R allows. With R unbounded, recall
tends to 0 while all else stays as at R = k, and is linear in 1/R between: the two ends are enough.
"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from harness.card.audit.inequalities import SLACK
from harness.card.audit.intervals import Interval
from harness.card.audit.verdict import METRICS, Finding
from harness.measures.names import Measure

TOP = 10
ROUNDS = 300
FEW = 7
# The measures of the hull's vectors are computed in float64 from at most a hundred terms.
TYPE_ERROR = 1e-12

Matrix = npt.NDArray[np.float64]
Vector = npt.NDArray[np.float64]


def check(card: Mapping[str, Interval]) -> list[Finding]:
    """Test that some mixture of possible queries has the card's means."""
    measures = _usable(card)
    if len(measures) < 2:
        return []
    printed = [card[m] for m in measures]
    mean = np.array([p.value for p in printed])
    room = np.array([p.half + p.value * SLACK for p in printed]) + TYPE_ERROR
    queries = possible(measures)
    points = queries - mean
    weights = separate(points, room)
    why = "the card's numbers are a mean over queries, so that no weighing of measures may exceed "
    why += "the most that one query can give"
    test = "convex hull"
    if weights is None:
        numbers = f"no weighing of the {len(measures)} measures rules their values out"
        return [Finding(test, measures, "consistent", numbers, why, METRICS)]
    weights = _short(points, room, weights)
    used = [i for i in np.argsort(-np.abs(weights)) if weights[i]]
    terms = " ".join(f"{weights[i]:+.3g} {measures[i]}" for i in used)
    most, got = float((queries @ weights).max()), float(mean @ weights)
    numbers = f"{terms} is at most {most:.6f} for any one query, {got:.6f} on the card"
    return [Finding(test, tuple(measures[i] for i in used), "impossible", numbers, why, METRICS)]


def separates(points: Matrix, room: Vector, weights: Vector) -> bool:
    """Whether weights . x is below 0, and by more than `room` allows, for every point.

    Args:
        points: every possible query less the card's means, one per row (`float64`).
        room: how far each of the means may be off.
        weights: one per measure.
    """
    return float((points @ weights).max()) < -float(np.abs(weights) @ room)


def separate(points: Matrix, room: Vector) -> Vector | None:
    """Find weights that separate the points from 0: away from the nearest point of their hull.

    The nearest point by Wolfe's algorithm ("Finding the nearest point in a polytope", 1976): a
    corral of affinely independent vertices, to which the vertex furthest along is added, and from
    which those with no weight fall out.

    Returns:
        Weights that `separates` accepts, or None where none were found.
    """
    corral = [int((points**2).sum(axis=1).argmin())]
    shares = np.ones(1)
    # Every seventh point first: inside the hull of some is inside the hull of all.
    stride = FEW
    looked_at = np.ascontiguousarray(points[::stride])
    for _ in range(ROUNDS):
        nearest = shares @ points[corral]
        if np.abs(nearest).max() < TYPE_ERROR:
            return None
        along = np.einsum("ij,j->i", looked_at, nearest)  # no threads, which cost more than it
        best = int(along.argmin())
        separated = along[best] > np.abs(nearest) @ room
        # As near as floating point gets.
        settled = along[best] > nearest @ nearest * (1 - 1e-9) or best * stride in corral
        if stride == 1 and (separated or settled):
            return np.asarray(-nearest) if separated else None
        if settled and not separated:
            return None
        if separated or settled:
            stride, looked_at = 1, points
            continue
        corral, shares = _shrink(points, [*corral, best * stride], np.append(shares, 0.0))
    return None


def _shrink(points: Matrix, corral: list[int], shares: Vector) -> tuple[list[int], Vector]:
    """Move towards the nearest point of the corral's affine hull, dropping vertices on the way."""
    while True:
        wanted = _affine(points[corral])
        if (wanted > 0).all():
            return corral, wanted
        falling = wanted <= 0
        step = (shares[falling] / np.maximum(shares[falling] - wanted[falling], 1e-300)).min()
        shares = shares + min(step, 1.0) * (wanted - shares)
        shares[np.flatnonzero(falling)[shares[falling].argmin()]] = 0.0
        keep = shares > 0
        corral = [vertex for vertex, kept in zip(corral, keep, strict=True) if kept]
        shares = shares[keep] / shares[keep].sum()


def _affine(vertices: Matrix) -> Vector:
    """The weights, summing to 1, of the point nearest to 0 in the affine hull of the vertices."""
    moves = (vertices[1:] - vertices[0]).T
    others = np.linalg.lstsq(moves, -vertices[0], rcond=None)[0]
    return np.concatenate([[1 - others.sum()], others])


def _short(points: Matrix, room: Vector, weights: Vector) -> Vector:
    """The same weights with as few digits, and as few measures, as still separate."""
    weights = weights / np.abs(weights).max()
    for i in np.argsort(np.abs(weights)):
        fewer = weights.copy()
        fewer[i] = 0.0
        weights = fewer if fewer.any() and separates(points, room, fewer) else weights
    for decimals in (1, 2, 3):
        rounded = np.round(weights / np.abs(weights).max(), decimals)
        if separates(points, room, rounded):
            return np.asarray(rounded)
    return weights


def _usable(card: Mapping[str, Interval]) -> tuple[str, ...]:
    """The measures at cutoffs up to ten, and one MAP.

    Two cutoffs of MAP beyond ten would move apart from each other, and not only from least to
    greatest: the deepest stands for all.
    """
    top = [p.measure for p in card.values() if p.name != "map" and 0 < p.cutoff <= TOP]
    maps = [p.cutoff for p in card.values() if p.name == "map" and TOP <= p.cutoff <= 100]
    return (*top, *(str(Measure("map", cutoff)) for cutoff in sorted(maps)[-1:]))


@lru_cache(maxsize=2)
def possible(measures: tuple[str, ...]) -> Matrix:
    """Every vector of measures that one query can have, one per row (`float64`)."""
    parsed = [Measure.parse(name) for name in measures]
    depth = max([TOP, *(m.cutoff or 0 for m in parsed if m.name == "map")])
    hits = (np.arange(2**TOP)[:, None] >> np.arange(TOP)) & 1
    # From R = 10 on, recall and the least AP (hits over R) are linear in 1/R and nothing else
    # moves: the ends R = 10, depth and infinity are enough. The greatest AP takes every R.
    least = [*range(1, TOP + 1), depth, np.inf]
    greatest = [*range(2, depth + 1), np.inf] if depth > TOP else []
    return np.concatenate(
        [
            np.stack([_measure(m, mine, relevant, early=early) for m in parsed], axis=1)
            for numbers, early in ((least, False), (greatest, True))
            for relevant in numbers
            for mine in [hits[hits.sum(axis=1) <= relevant]]
        ]
    )


def _measure(
    measure: Measure, hits: npt.NDArray[np.int64], relevant: float, *, early: bool
) -> Vector:
    """One measure for every pattern of hits (patterns x 10), with R = `relevant`."""
    name, k = measure.name, measure.cutoff or 0
    top = hits[:, :k].astype(np.float64)
    rank = np.arange(1, top.shape[1] + 1)
    found = top.sum(axis=1)
    if name == "accuracy":
        return np.asarray((found > 0).astype(np.float64))
    if name == "precision":
        return np.asarray(found / k)
    if name == "recall":
        return np.asarray(found / relevant)
    if name == "mrr":
        return np.asarray((top / rank).max(axis=1))
    if name == "ndcg":
        discount = 1 / np.log2(rank + 1)
        return np.asarray(top @ discount / discount[: int(min(k, relevant))].sum())
    precisions = (top.cumsum(axis=1) * top / rank).sum(axis=1)
    if early:
        # j more hits at ranks 11, 12, ...: (found + j) / (10 + j) each.
        j = np.arange(1, k - TOP + 1)
        more = (found[:, None] + j) / (TOP + j) * (j <= relevant - found[:, None])
        precisions = precisions + more.sum(axis=1)
    return np.asarray(precisions / min(k, relevant))
