"""GRIM: for which numbers of queries are all counted measures whole counts?

A mean over N queries of quantities that are multiples of 1/D is a multiple of 1/(D N). So
accuracy@k N, precision@k k N, MRR@k lcm(1..k) N and query_active_dims N are whole, and a digit that
was mistyped, rounded or made up seldom leaves all of them whole at the same N (Brown and Heathers,
"The GRIM test", 2017, doi:10.1177/1948550616673876).
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from harness.card.audit.intervals import Interval
from harness.card.audit.verdict import GRIM, METRICS, Finding

LIMIT = 1_000_000
"""The largest number of queries tried."""

BEYOND = 10_000_000
"""More queries than any known set has."""

MOST_RANKS = 200
"""The largest cutoff of MRR whose counts are looked at. The counts are multiples of 1/lcm(1..k), so
that from rank 41 on (lcm above 2^53) any digits are whole, and from 700 on no double holds them."""

# How many times more queries a single measure may ask for before that is odd. Eight counts share a
# factor of four with the number of queries once in 4^8 evaluations.
OUTLIER = 4
CHANCE = 1e-3

# The unit roundoffs of double and single precision.
U64 = 2.0**-53
U32 = 2.0**-24

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]


class Search(NamedTuple):
    """The numbers of queries that fit, ascending, and the findings about them."""

    queries: npt.NDArray[np.int64]
    full: bool
    findings: tuple[Finding, ...]


def search(printed: Sequence[Interval], queries: int | None, limit: int = LIMIT) -> Search:
    """Find every number of queries up to `limit` at which all counted measures are whole.

    Args:
        printed: the card's numbers.
        queries: the number of queries where it is known: then only that one is tried.
        limit: the largest number tried otherwise.
    """
    counted = [
        p
        for p in printed
        if p.name in {"accuracy", "precision"} or (p.name == "mrr" and p.cutoff <= MOST_RANKS)
    ]
    tried = np.arange(1, limit + 1) if queries is None else np.array([queries])
    if not counted:
        return Search(tried, full=False, findings=())
    full = all(p.full for p in counted)
    if full and len(counted) > 3:
        # What fits all measures but two fits at least one of any three: only those are looked at.
        some = [fits(p, denominator(p), tried) for p in counted[:3]]
        tried = tried[np.any(some, axis=0)]
    fitting = tried
    for p in sorted(counted, key=lambda p: (p.half, denominator(p))):
        fitting = fitting[fits(p, denominator(p), fitting)]
    if fitting.size:
        whole = _whole(counted, fitting, limit, queries, full)
        odd = _outliers(counted, tried, fitting[0]) if full else []
        return Search(fitting, full, (whole, *odd))
    return Search(fitting, full, (_none(counted, tried, limit, queries),))


def _none(counted: Sequence[Interval], tried: Numbers, limit: int, queries: int | None) -> Finding:
    """No number of queries fits: whose fault that is, and whether a larger one could."""
    names = tuple(p.measure for p in counted)
    some = tried[: 2 * 10**7 // len(counted)]
    masks = np.stack([fits(p, denominator(p), some) for p in counted])
    culprits = _culprits(names, masks, some)
    scope = f"up to {limit:,}" if queries is None else f"= {queries:,}"
    larger = queries is None and _beyond(counted, limit)
    return Finding(
        "GRIM",
        tuple(sorted({name for group, _ in culprits for name in group})) or names,
        "suspicious" if larger else "impossible",
        f"no number of queries {scope} makes {', '.join(names)} whole counts at once"
        + "".join(f"; all but {' and '.join(g)} fit {n:,} queries" for g, n in culprits)
        + ("; a larger one does" if larger else ""),
        "each is a mean over the same queries of multiples of 1, 1/k or 1/lcm(1..k)",
        GRIM,
    )


def _beyond(counted: Sequence[Interval], limit: int, most: int = BEYOND) -> bool:
    """Whether a number of queries above `limit`, and up to `most`, may fit.

    An accuracy is one division of whole numbers, rounded once: the fraction of a denominator up to
    2^26 behind a double is one and no other, and N is a multiple of its denominator.
    """
    if any(not p.full and 2 * p.half * limit * denominator(p) < 1 for p in counted):
        return True  # digits between short ones and full doubles are not looked into
    exact = [p for p in counted if p.name == "accuracy" and p.full and p.number.unit != "percent"]
    step = 1
    for p in exact:
        fraction = Fraction(p.value).limit_denominator(most)
        if float(fraction) != p.value:
            return False
        step = math.lcm(step, fraction.denominator)
    if step > most:
        return False
    if most // step > LIMIT * 2:
        return True  # too many to be tried
    larger = np.arange(limit // step + 1, most // step + 1) * step
    for p in counted:
        larger = larger[fits(p, denominator(p), larger)]
    return bool(larger.size)


def denominator(p: Interval) -> int:
    """The D such that the measure is a multiple of 1/D for every single query."""
    if p.name == "mrr":
        return math.lcm(*range(1, p.cutoff + 1))
    return p.cutoff if p.name == "precision" else 1


def fits(p: Interval, per_query: int, queries: npt.NDArray[np.int64], blur: float = 0.0) -> Mask:
    """Whether value x per_query x queries can be whole, for every number of queries.

    The printed mean is off by its printed rounding, by `blur` (relative; float32 means) and by
    `_roundings` of float64, to which four are added for our own product.
    """
    scale = np.asarray(queries, dtype=np.float64) * float(per_query)
    whole = p.value * scale
    allowed = scale * p.half + whole * (blur + (_roundings(p, queries) + 4) * U64)
    return np.asarray(np.abs(whole - np.rint(whole)) <= allowed)


def _roundings(p: Interval, queries: npt.NDArray[np.int64]) -> npt.NDArray[np.float64] | float:
    """By how many U64, relative, the evaluator's own float64 arithmetic can be off.

    accuracy: one division of whole numbers. MRR: a sum in a loop, at most N - 1 (and no fewer to be
    safe: a thousand times 1/3 errs the same way each time), plus a term's own and the division.
    precision, recall: np.mean, which sums in blocks of 128 by eight accumulators and then
    pairwise, at most 15 + 3 + log2(N / 128); 8 sqrt(N) more is what another order of summation
    typically needs. 32 leaves room for a mean of such means (NanoBEIR's), whose N is then a
    common denominator and not a number of queries.
    """
    if p.name == "mrr":
        return np.asarray(queries + 32.0, dtype=np.float64)
    return 32.0 if p.name == "accuracy" else np.asarray(64.0 + 8 * np.sqrt(queries))


def _whole(
    counted: Sequence[Interval],
    fitting: npt.NDArray[np.int64],
    limit: int,
    queries: int | None,
    full: bool,
) -> Finding:
    first = int(fitting[0])
    if queries is not None:
        numbers = f"whole at the given {queries:,} queries"
    elif full:
        multiples = bool((fitting % first == 0).all())
        others = "its multiples" if multiples else f"{fitting.size - 1:,} larger numbers"
        numbers = f"the smallest number of queries is {first:,}; so do {others} fit"
    else:
        numbers = (
            f"{fitting.size:,} of the numbers of queries up to {limit:,} fit digits this short, "
            f"the smallest being {first:,}"
        )
    counts = ", ".join(f"{p.measure} {p.value * first * denominator(p):,.0f}" for p in counted)
    return Finding(
        "GRIM",
        tuple(p.measure for p in counted),
        "consistent",
        f"{numbers} (counts at {first:,}: {counts})" if full else numbers,
        "accuracy@k N, precision@k k N and MRR@k lcm(1..k) N are whole counts",
        f"{GRIM}; {METRICS}",
    )


def _outliers(counted: Sequence[Interval], tried: Numbers, smallest: int) -> list[Finding]:
    """The measures that alone ask for many more queries than all others: possible, but unlikely.

    Over a million candidates some large number fits almost any digits. How unlikely: each of the
    others that is neither 0 nor 1 shares the factor with the number of queries by chance.
    """
    telling = [p for p in counted if 0 < p.value < 1]
    if len(counted) < 4 or not telling:
        return []
    masks = np.stack([fits(p, denominator(p), tried) for p in telling])
    findings = []
    for i, odd in enumerate(telling):
        others = [p for p in telling if p is not odd]
        first = int(tried[np.delete(masks, i, axis=0).all(axis=0).argmax()])
        # precision@1 is accuracy@1: no chance of its own.
        shared = len({(denominator(p), p.value) for p in others})
        if smallest >= OUTLIER * first and (first / smallest) ** shared < CHANCE:
            findings.append(
                Finding(
                    "GRIM outlier",
                    (odd.measure,),
                    "suspicious",
                    f"all but {odd.measure} fit {first:,} queries; with it, it takes {smallest:,}",
                    "counts seldom share a factor with the number of queries by chance",
                    GRIM,
                )
            )
    return findings


def _culprits(
    names: tuple[str, ...], masks: Mask, tried: npt.NDArray[np.int64]
) -> list[tuple[tuple[str, ...], int]]:
    """The smallest sets of measures (one or two) without which some number of queries fits."""
    for size in (1, 2):
        found = []
        for group in combinations(range(len(names)), size):
            rest = np.delete(masks, group, axis=0).all(axis=0)
            if len(names) > size and rest.any():
                found.append((tuple(names[i] for i in group), int(tried[rest.argmax()])))
        if found:
            return found
    return []
