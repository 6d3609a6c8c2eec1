"""Which nDCG can a set print whose queries have one relevant document each?

Where precision@k x k and recall@k are accuracy@k, every query with a hit has just one, at a rank r,
which gives 1/log2(r + 1) to nDCG@k and 1/r to MRR@k. The accuracies say how many hits lie between
two cutoffs. With fifty queries (NanoMSMARCO, NanoArguAna) so few sums remain that most printed
digits are none of them. With two relevant documents a query, or a thousand queries, the sums lie
closer than any printed digits (`python -m benchmarks.audit_power reachable`): nothing is tried.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from harness.card.audit.intervals import Interval
from harness.card.audit.verdict import METRICS, Finding, FindingVerdict

Vector = npt.NDArray[np.float64]
Sums = tuple[Vector, Vector]
"""What the hits of some ranks give to MRR and to nDCG, for each way to place them."""

MOST = 200_000
"""Ways to place the hits of one half of the ranks that are enumerated."""

MOST_PAIRS = 30_000_000

_EXACT = 1e-12
"""Relative error of a printed double, by far."""


def check(printed: Mapping[str, Interval], queries: int, *, certain: bool) -> list[Finding]:
    """Test that some ranks of the hits give the printed nDCG, for each cutoff where it can be.

    Args:
        printed: numbers that sentence-transformers made.
        queries: how many there are.
        certain: whether that is known, or only follows from the digits or from a name.
    """
    return [
        finding
        for p in printed.values()
        if p.name == "ndcg" and _single(printed, p.cutoff, queries)
        for finding in _of(p, printed, queries, certain=certain)
    ]


def _single(printed: Mapping[str, Interval], k: int, queries: int) -> bool:
    """Whether each query with a hit in the top k has one relevant document.

    Else recall would be less than accuracy by 1/(k + 1) for one query at least, or k x precision
    more by 1.
    """
    names = (f"accuracy@{k}", f"precision@{k}", f"recall@{k}")
    if not all(name in printed for name in names):
        return False
    accuracy, precision, recall = (printed[name] for name in names)
    room = queries * (accuracy.half + recall.half + _EXACT)
    less = queries * abs(accuracy.value - recall.value)
    room_hits = queries * (accuracy.half + k * precision.half + _EXACT)
    more = queries * abs(k * precision.value - accuracy.value)
    return less <= room < 0.5 / (k + 1) and more <= room_hits < 0.5 and accuracy.value > 0


def _of(
    p: Interval, printed: Mapping[str, Interval], queries: int, *, certain: bool
) -> Iterator[Finding]:
    hits = _hits(printed, p.cutoff, queries)
    halves = _halves(hits) if hits else None
    if hits is None or halves is None:
        return
    mrr = printed.get(f"mrr@{p.cutoff}")
    fits = _reachable(halves, p, mrr, queries)
    verdict: FindingVerdict = "impossible" if certain else "suspicious"
    shown = ", ".join(f"{n} in ranks {a + 1} to {b}" for (a, b), n in hits.items() if n)
    given = f" and {mrr.measure} {mrr.value!r}" if mrr else ""
    yield Finding(
        "single hits",
        (p.measure, *([mrr.measure] if mrr else [])),
        "consistent" if fits else verdict,
        f"{'some' if fits else 'no'} ranks of the hits of {queries:,} queries ({shown}) give "
        f"{p.measure} {p.value!r}{given}",
        "every query with a hit has one relevant document, which gives 1/log2(rank + 1)",
        METRICS,
    )


def _hits(
    printed: Mapping[str, Interval], k: int, queries: int
) -> dict[tuple[int, int], int] | None:
    """The number of hits between neighbouring cutoffs; None where the digits leave it open."""
    found, last, before = {}, 0, 0
    for cutoff in sorted(p.cutoff for p in printed.values() if p.name == "accuracy"):
        p = printed[f"accuracy@{cutoff}"]
        count = round(p.value * queries)
        room = queries * (p.half + _EXACT)
        if cutoff > k:
            break
        if room >= 0.5 or abs(count - p.value * queries) > room or count < before:
            return None
        found[last, cutoff], last, before = count - before, cutoff, count
    return found


def _halves(hits: Mapping[tuple[int, int], int]) -> tuple[Sums, Sums] | None:
    """All sums of half the brackets each, as even as can be; None where they are too many."""
    halves: list[Sums] = [(np.zeros(1), np.zeros(1)), (np.zeros(1), np.zeros(1))]
    for (a, b), number in sorted(
        hits.items(), key=lambda pair: -pair[1] * (pair[0][1] - pair[0][0])
    ):
        placed = _placed(a, b, number)
        if placed is None:
            return None
        i = int(halves[1][0].size < halves[0][0].size)
        if halves[i][0].size * placed[0].size > MOST:
            return None
        halves[i] = _plus(halves[i], placed)
    if halves[0][0].size * halves[1][0].size > MOST_PAIRS:
        return None
    return halves[0], halves[1]


def _placed(a: int, b: int, number: int) -> Sums | None:
    """The sums of `number` hits in ranks a + 1 to b, for every way to place them."""
    mrr, ndcg, left = np.zeros(1), np.zeros(1), np.full(1, number)
    for rank in range(a + 1, b):
        each = left + 1
        if each.sum() > MOST:
            return None
        places = np.repeat(np.arange(each.size), each)
        here = np.arange(each.sum()) - np.repeat(each.cumsum() - each, each)
        mrr = mrr[places] + here / rank
        ndcg = ndcg[places] + here / np.log2(rank + 1)
        left = left[places] - here
    return mrr + left / b, ndcg + left / np.log2(b + 1)


def _plus(one: Sums, other: Sums) -> Sums:
    return (np.add.outer(one[0], other[0]).ravel(), np.add.outer(one[1], other[1]).ravel())


def _reachable(halves: tuple[Sums, Sums], p: Interval, mrr: Interval | None, queries: int) -> bool:
    """Whether a sum of the one half and one of the other give what is printed."""
    (mrr_one, ndcg_one), (mrr_two, ndcg_two) = halves
    order = ndcg_two.argsort()
    mrr_two, ndcg_two = mrr_two[order], ndcg_two[order]
    room = queries * (p.half + _EXACT)
    low = np.searchsorted(ndcg_two, p.value * queries - room - ndcg_one)
    high = np.searchsorted(ndcg_two, p.value * queries + room - ndcg_one, side="right")
    some = np.flatnonzero(high > low)
    if mrr is None or not some.size:
        return bool(some.size)
    each = (high - low)[some]
    if each.sum() > MOST_PAIRS:
        return True
    rows = np.repeat(some, each)
    columns = (
        np.arange(each.sum()) - np.repeat(each.cumsum() - each, each) + np.repeat(low[some], each)
    )
    off = np.abs(mrr_one[rows] + mrr_two[columns] - mrr.value * queries)
    return bool((off <= queries * (mrr.half + _EXACT)).any())
