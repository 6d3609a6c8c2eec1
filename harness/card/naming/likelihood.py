"""How likely a card's digits are under a number of queries and what is known of the judgements.

Every count is taken for equally likely: a measure that is a multiple of 1/(D N) has D N + 1 values,
so that one that fits has a likelihood of 1/(D N), or the width of its printed digits where that is
more, and one that does not fit has none. A set of more queries than need be is thus less likely
with every measure that did not need them.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from harness.card.audit import totals
from harness.card.audit.counts import U32, denominator, fits
from harness.card.audit.dims import is_float32
from harness.card.audit.intervals import Interval
from harness.card.audit.recall import MOST_RELEVANT
from harness.card.naming import Known

Vector = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

MISFIT = math.log(0.02)
"""Of digits that nothing shows to be sentence-transformers': they may be a mean over several sets,
or of another definition."""

ONE_RELEVANT = 0.3
"""How often every query of a set has one relevant document, where that is not known."""

SMOOTH = math.log(1e-12)
"""Of a full double of which nothing is known."""

_DEEPEST_RANK = 10

_DEFAULT_CHUNK = 50_000
"""sentence-transformers' corpus_chunk_size, which most authors leave as it is."""


class Judged(NamedTuple):
    """What is known of a set's judgements; None where it is not.

    Attributes:
        most: relevant documents of one query, at most.
        total: relevant documents of all queries, one for each number of queries weighed.
        one: whether every query has exactly one.
    """

    most: int | None = None
    total: Vector | None = None
    one: bool | None = None


def log_likelihood(
    printed: Mapping[str, Interval], queries: Numbers, judged: Judged, *, strict: bool
) -> Vector:
    """The logarithm of the likelihood of the digits, for each number of queries.

    Args:
        printed: the card's numbers.
        queries: the numbers of queries to weigh.
        judged: what is known of the judgements.
        strict: whether digits that do not fit rule a number out; otherwise they make it unlikely.
    """
    miss = -np.inf if strict else MISFIT
    rest = [p for p in printed.values() if p.name in {"precision", "recall"}]
    total = np.zeros(queries.size)
    for p in printed.values():
        if p.name == "accuracy" or (p.name == "mrr" and p.cutoff <= _DEEPEST_RANK):
            total += _count(p, denominator(p), queries, miss)
        elif p.measure == "query_active_dims" and p.full:
            total += _count(p, 1, queries, miss, blur=2 * U32)
    several = sum((_several(p, queries, judged, miss) for p in rest), start=np.zeros(queries.size))
    one = _one(printed, rest, miss)
    if judged.one is not None:
        return total + (one if judged.one else several)
    weights = (math.log(ONE_RELEVANT), math.log(1 - ONE_RELEVANT))
    return np.asarray(total + np.logaddexp(one + weights[0], several + weights[1]))


def _count(p: Interval, per_query: int, queries: Numbers, miss: float, blur: float = 0.0) -> Vector:
    width = max(2 * p.half, 2 * blur * p.value)
    likely = np.log(np.maximum(1 / (queries * float(per_query)), width))
    return np.where(fits(p, per_query, queries, blur), likely, likely + miss)


def _several(p: Interval, queries: Numbers, judged: Judged, miss: float) -> Vector:
    """Precision and recall where a query may have several relevant documents."""
    if p.name == "recall":
        return _recall(p, queries, judged, miss)
    likely = _count(p, p.cutoff, queries, miss)
    if judged.total is not None:
        # No more hits than there are judgements.
        hits = (p.value - p.half) * p.cutoff * queries
        likely = np.where(hits <= judged.total * (1 + 1e-9), likely, likely + miss)
    return likely


def _recall(p: Interval, queries: Numbers, judged: Judged, miss: float) -> Vector:
    """A mean of hits / R: a multiple of 1/(N lcm(1..m)) where R is at most m.

    How large R is where that is not known is weighed as 1/2, 1/4, 1/8, ...
    """
    if not p.full:
        return np.full(queries.size, math.log(2 * p.half))
    most = judged.most or MOST_RELEVANT + 1
    likely = np.full(queries.size, miss if most <= MOST_RELEVANT else SMOOTH)
    for m in range(1, min(most, MOST_RELEVANT) + 1):
        term = _count(p, math.lcm(*range(1, m + 1)), queries, -np.inf) - m * math.log(2)
        likely = np.logaddexp(likely, term)
    return np.asarray(likely)


def _one(printed: Mapping[str, Interval], rest: list[Interval], miss: float) -> float:
    """With one relevant document a query, recall is accuracy and precision@k is it over k."""
    likely = 0.0
    for p in rest:
        accuracy = printed.get(f"accuracy@{p.cutoff}")
        if accuracy is None:
            likely += SMOOTH if p.full else math.log(2 * p.half)
            continue
        share = p.cutoff if p.name == "precision" else 1
        off = abs(p.value * share - accuracy.value)
        same = off <= p.half * share + accuracy.half + 1e-12 * share
        likely += 0.0 if same else miss
    return likely


def log_documents(
    printed: Mapping[str, Interval], documents: int, known: Known, *, exact: bool = True
) -> float:
    """The logarithm of the likelihood of a number of documents.

    By the user's number, and by the corpus's total of active dims, which is whole.

    Args:
        printed: the card's numbers.
        documents: the number to weigh.
        known: what is known beside the digits.
        exact: whether it is exact, or an estimate within some two percent.
    """
    log = 0.0
    if known.documents is not None and not exact:
        off = (known.documents - documents) / (0.02 * documents)
        log = -off * off / 2 - math.log(0.05 * documents)
    elif known.documents not in {None, documents}:
        return -math.inf
    dims = printed.get("corpus_active_dims")
    if dims is None or not dims.full or known.other_tool or not exact:
        return log
    # A corpus of one chunk has a float32 mean, one of several seldom.
    single = 0.7 if documents <= _DEFAULT_CHUNK else 0.05
    chunks = math.log(2 * (single if is_float32(dims) else 1 - single))
    return log + chunks + totals.log_density(dims, documents, known.chunk_size)
