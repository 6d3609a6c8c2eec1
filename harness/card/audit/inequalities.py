"""Inequalities between measures that hold for every query, and so for every mean over queries.

For one query let h_k be its hits in the top k, R >= max(1, h_k) the length of its list of relevant
documents (duplicates counted, which only makes R larger), a_k = [h_k > 0], P_k = h_k / k,
r_k = h_k / R, and d(i) = 1 / log2(i + 1). Each law below is linear, so that a law for one query is
a law for the mean, whatever the number of queries.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from harness.card.audit.counts import LIMIT, U64
from harness.card.audit.intervals import Interval
from harness.card.audit.verdict import METRICS, Finding

LARGEST = 100_000
"""The deepest cutoff for which the best that a query can give is computed; beyond, it is taken for
1, which it tends to."""

# The means themselves carry the rounding of a sum over the queries; the laws must bear as much.
SLACK = (LIMIT + 32) * U64


class Law(NamedTuple):
    """The claim: the sum of coefficient x measure is at most `bound`."""

    test: str
    terms: dict[str, float]
    bound: float
    why: str
    slack: float = SLACK


def check(card: Mapping[str, Interval]) -> list[Finding]:
    """Test every law whose measures the card gives: a finding for each broken one.

    Tests without a broken law give one "consistent" finding each.
    """
    laws = [law for law in _laws(card) if law.terms.keys() <= card.keys()]
    broken = [law for law in laws if excess(law, card) > 0]
    findings = [
        Finding(law.test, tuple(law.terms), "impossible", _show(law, card), law.why, METRICS)
        for law in broken
    ]
    tests = dict.fromkeys(law.test for law in laws)
    for test in (test for test in tests if all(law.test != test for law in broken)):
        mine = [law for law in laws if law.test == test]
        measures = tuple(dict.fromkeys(name for law in mine for name in law.terms))
        findings.append(
            Finding(
                test,
                measures,
                "consistent",
                f"{len(mine)} inequalities hold, such as {_show(mine[-1], card)}",
                mine[-1].why,
                METRICS,
            )
        )
    return findings


def excess(law: Law, card: Mapping[str, Interval]) -> float:
    """By how much a law is broken beyond all rounding; 0 or less where it holds."""
    total = sum(c * card[m].value for m, c in law.terms.items())
    room = sum(abs(c) * (card[m].half + card[m].value * law.slack) for m, c in law.terms.items())
    return total - law.bound - room - 4 * U64 * abs(law.bound)


def _show(law: Law, card: Mapping[str, Interval]) -> str:
    """The law as read by people: measures with a minus stand on the right."""
    left = [f"{_times(c)}{m} ({card[m].value!r})" for m, c in law.terms.items() if c > 0]
    right = [f"{_times(-c)}{m} ({card[m].value!r})" for m, c in law.terms.items() if c < 0]
    if law.bound or not right:
        right.append(f"{law.bound:.6g}")
    return f"{' + '.join(left) or '0'} <= {' + '.join(right)}"


def _times(coefficient: float) -> str:
    return "" if coefficient == 1 else f"{coefficient:.4g} x "


def _laws(card: Mapping[str, Interval]) -> Iterator[Law]:
    cuts = {
        name: sorted(p.cutoff for p in card.values() if p.name == name)
        for name in ("accuracy", "precision", "recall", "mrr", "ndcg", "map")
    }
    yield from _same_cutoff(sorted({k for ks in cuts.values() for k in ks}))
    for name in ("accuracy", "recall", "precision"):
        for a, b in pairwise(cuts[name]):
            yield from _next_cutoff(name, a, b)
    for k in cuts["mrr"]:
        yield from _reciprocal_rank(k, [c for c in cuts["accuracy"] if c <= k])
    for name in ("ndcg", "map"):
        for k in cuts[name]:
            yield from _graded(name, k, cuts)


def _same_cutoff(cutoffs: list[int]) -> Iterator[Law]:
    # P_1 = h_1 = a_1: sums of ones and zeros are exact, so that even the doubles are the same.
    same = "the top one holds one hit or none: precision@1 and accuracy@1 are the same number"
    terms = {"accuracy@1": 1.0, "precision@1": -1.0}
    yield Law("P@1 = accuracy@1", terms, 0, same, 32 * U64)
    yield Law("P@1 = accuracy@1", {m: -c for m, c in terms.items()}, 0, same, 32 * U64)
    for k in cutoffs:
        a, p, r = f"accuracy@{k}", f"precision@{k}", f"recall@{k}"
        test = "at one cutoff"
        if k > 1:
            yield Law(test, {p: 1.0, a: -1.0}, 0, "hits / k > 0 only where there is a hit")
            yield Law(test, {a: 1.0, p: -float(k)}, 0, "a query with a hit has at least one hit")
        yield Law(test, {r: 1.0, a: -1.0}, 0, "hits / R > 0 only where there is a hit")
        yield Law(test, {r: 1.0, p: -float(k)}, 0, "R >= 1, so that hits / R <= hits")


def _next_cutoff(name: str, a: int, b: int) -> Iterator[Law]:
    """Laws from cutoff a to the next b: a longer list only adds, and at most b - a hits."""
    test = "from cutoff to cutoff"
    hits = {f"precision@{b}": float(b), f"precision@{a}": -float(a)}
    if name == "precision":
        yield Law(test, {m: -c for m, c in hits.items()}, 0, "hits only grow with the cutoff")
        why = f"at most {b - a} hits come between ranks {a} and {b}, and only where there is a hit"
        yield Law(test, hits, b - a, why)
        yield Law(test, {**hits, f"accuracy@{b}": -float(b - a)}, 0, why)
        # h_b <= a + (b - a) where a_a = 1, h_b <= b - a where only a_b = 1.
        first = {f"accuracy@{a}": -float(a), f"accuracy@{b}": -float(b - a)}
        why = f"a query without a hit by rank {a} has at most {b - a} by rank {b}"
        yield Law(test, {f"precision@{b}": float(b), **first}, 0, why)
        return
    more = {f"{name}@{a}": 1.0, f"{name}@{b}": -1.0}
    yield Law(test, more, 0, f"{name} only grows with the cutoff")
    # accuracy: a query that becomes right gained a hit; recall: R >= 1.
    gain = {f"{name}@{b}": 1.0, f"{name}@{a}": -1.0}
    gain |= {m: -c for m, c in hits.items()}
    yield Law(test, gain, 0, f"{name} grows by at most the hits gained")


def _reciprocal_rank(k: int, cutoffs: list[int]) -> Iterator[Law]:
    """MRR@k between the worst and the best rank of each bracket of first hits (a, b]."""
    test, mrr = "first-hit brackets", f"mrr@{k}"
    worst = _brackets("accuracy", cutoffs, lambda _, b: 1 / b)
    why = "a first hit within ranks (a, b] counts at least 1/b"
    yield Law(test, {**worst, mrr: -1.0}, 0, why)
    why = "a first hit within ranks (a, b] counts at most 1/(a+1)"
    yield _at_most(test, mrr, k, cutoffs, {a: 1 / (a + 1) for a in [0, *cutoffs]}, why)


def _graded(name: str, k: int, cuts: Mapping[str, list[int]]) -> Iterator[Law]:
    test, measure = f"{name} bounds", f"{name}@{k}"
    recall = [c for c in cuts["recall"] if c <= k]
    accuracy = [c for c in cuts["accuracy"] if c <= k]
    if name == "ndcg":
        # A hit at rank i <= b gives d(i) / IDCG(min(k, R)) >= d(b) / R, as IDCG(m) <= m <= R.
        worst = _brackets("recall", recall, lambda _, b: float(1 / np.log2(b + 1)))
        why = "a hit within ranks (a, b] gives at least 1/log2(b+1) of its share of recall"
    else:
        # A hit at rank i <= b has precision >= 1/b, and is divided by min(k, R) <= R.
        worst = _brackets("recall", recall, lambda _, b: 1 / b)
        why = "a hit within ranks (a, b] has a precision of at least 1/b"
    yield Law(test, {**worst, measure: -1.0}, 0, why)
    best = {a: _best(name, a + 1, k) for a in [0, *accuracy]}
    why = "a query whose first hit is at rank i gives at most what hits at i, i+1, ... would"
    yield _at_most(test, measure, k, accuracy, best, why)


def _best(name: str, rank: int, k: int) -> float:
    """The most one query can give whose first hit is at `rank` or below.

    With h hits the best ranks are rank, rank + 1, ...; R >= h, and both IDCG(min(k, R)) and
    min(k, R) grow with R, so that R = h is best; then the best h is taken.
    """
    if rank > k:
        return 0.0
    if k > LARGEST:
        return 1.0
    h = np.arange(1, k - rank + 2)
    if name == "ndcg":
        discount = 1 / np.log2(np.arange(2, k + 2))
        ideal = discount.cumsum()[: h.size]
        return float((discount[rank - 1 :].cumsum() / ideal).max())
    return float(((h / (h + rank - 1)).cumsum() / h).max())


def _brackets(
    name: str, cutoffs: list[int], weight: Callable[[int, int], float]
) -> dict[str, float]:
    """The terms of the sum over brackets (a, b] of weight(a, b) x (name@b - name@a)."""
    terms: dict[str, float] = {}
    for a, b in pairwise([0, *cutoffs]):
        terms[f"{name}@{b}"] = terms.get(f"{name}@{b}", 0.0) + weight(a, b)
        if a:
            terms[f"{name}@{a}"] -= weight(a, b)
    return terms


def _at_most(
    test: str, measure: str, k: int, cutoffs: list[int], best: Mapping[int, float], why: str
) -> Law:
    """Measure <= sum over brackets of best(a) x mass, the rest (no hit yet) at best(last)."""
    terms = {m: -c for m, c in _brackets("accuracy", cutoffs, lambda a, _: best[a]).items()}
    last = cutoffs[-1] if cutoffs else 0
    rest = best[last] if last < k else 0.0
    if cutoffs:
        terms[f"accuracy@{last}"] += rest
    return Law(test, {measure: 1.0, **terms}, rest, why)
