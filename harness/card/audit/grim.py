"""GRIM: for which numbers of queries are all counted measures whole counts, and who is to blame?"""

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

import numpy as np

from harness.card.audit.counts import (
    LIMIT,
    Mask,
    Numbers,
    Search,
    denominator,
    enough,
    mask,
    multiples,
)
from harness.card.audit.intervals import Interval
from harness.card.audit.verdict import GRIM, METRICS, Finding

BEYOND = 10_000_000
"""More queries than any known set has."""

MOST_RANKS = 200
"""The largest cutoff of MRR whose counts are looked at. The counts are multiples of 1/lcm(1..k), so
that from rank 41 on (lcm above 2^53) any digits are whole, and from 700 on no double holds them."""

FEW = 10_000
"""Numbers of queries that are looked at where nothing is counted."""

MOST_TRIED = 100_000
"""Numbers of queries at which it is asked whose fault it is that none fits."""

# How many times more queries a single measure may ask for before that is odd. Eight counts share a
# factor of four with the number of queries once in 4^8 evaluations.
OUTLIER = 4
CHANCE = 1e-3


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
    if not counted:
        every = np.arange(1, min(limit, FEW) + 1) if queries is None else np.array([queries])
        return Search(every, full=False, findings=(), rest=0 if queries else limit - every.size)
    most = min(limit, enough(counted))
    tried = np.arange(1, most + 1) if queries is None else np.array([queries])
    rest = limit - most if queries is None else 0
    full = all(p.full for p in counted)
    if full and len(counted) > 3 and queries is None:
        # What fits all measures but two fits at least one of any three: only those are looked at.
        some = np.zeros(most + 1, bool)
        for p in counted[:3]:
            some[multiples(p, tried)] = True
        tried = np.flatnonzero(some)
    fitting = tried
    for p in sorted(counted, key=lambda p: (denominator(p) > 10**6, p.half * denominator(p))):
        fitting = fitting[mask(p, fitting)]
    if fitting.size:
        whole = _whole(counted, fitting, limit, queries, rest)
        odd = _outliers(counted, tried, fitting[0]) if full else []
        return Search(fitting, full, (whole, *odd), rest)
    if rest:
        return Search(np.array([most]), full, (), rest)
    return Search(fitting, full, (_none(counted, tried, limit, queries),))


def _none(counted: Sequence[Interval], tried: Numbers, limit: int, queries: int | None) -> Finding:
    """No number of queries fits: whose fault that is, and whether a larger one could."""
    names = tuple(p.measure for p in counted)
    some = tried[:MOST_TRIED]
    masks = np.stack([mask(p, some) for p in counted])
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
        larger = larger[mask(p, larger)]
    return bool(larger.size)


def _whole(
    counted: Sequence[Interval], fitting: Numbers, limit: int, queries: int | None, rest: int
) -> Finding:
    first = int(fitting[0])
    full = all(p.full for p in counted)
    if queries is not None:
        numbers = f"whole at the given {queries:,} queries"
    elif full:
        multiples = bool((fitting % first == 0).all())
        others = "its multiples" if multiples else f"{fitting.size - 1:,} larger numbers"
        numbers = f"the smallest number of queries is {first:,}; so do {others} fit"
    else:
        numbers = (
            f"{fitting.size + rest:,} of the numbers of queries up to {limit:,} fit digits this "
            f"short, the smallest being {first:,}"
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
    tried = tried[tried <= smallest]
    masks = np.stack([mask(p, tried) for p in telling])
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
    names: tuple[str, ...], masks: Mask, tried: Numbers
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
