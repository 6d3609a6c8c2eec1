"""Can a card's digits be of the set that it names?

What does not fit is suspicious: a translation, a part and a cleaned copy bear the name as well.
"""

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from harness.card.audit import Facts, single_hits, totals
from harness.card.audit.counts import U32, denominator, fits
from harness.card.audit.intervals import Interval
from harness.card.audit.maker import Maker
from harness.card.audit.verdict import GRIM, Finding
from harness.card.audit.verdict import SPARSITY as SPARSITY_SOURCE
from harness.collection.known_sets import KnownSet, facts_of
from harness.collection.printed_names import collection_of

_TEST = "named set"


class Named(NamedTuple):
    """The one set that a card's name means, with its facts."""

    collection: str
    facts: KnownSet


def named_set(name: str, split: str, maker: Maker) -> Named | None:
    """The set of a name; None where it means none or several, or the tool is not known.

    Args:
        name: as the card prints it.
        split: likewise.
        maker: who made the numbers.
    """
    meant = collection_of(name, split)
    if maker.name == "unknown" or len(meant) != 1 or len(meant[0].ids) != 1:
        return None
    facts = facts_of(meant[0].ids[0])
    return None if facts is None else Named(meant[0].ids[0], facts)


def check(
    printed: Mapping[str, Interval], named: Named, maker: Maker, facts: Facts
) -> list[Finding]:
    """Hold the digits against the queries, the documents and the judgements of the set.

    Args:
        printed: the card's numbers.
        named: the set.
        maker: who made them.
        facts: what is known beside them.
    """
    findings = [*_queries(printed, named), *_judgements(printed, named, maker)]
    if maker.vectors:
        findings += _vectors(printed, named, facts.chunk_size)
        if facts.queries is None and not all(p.full for p in printed.values()):
            findings += single_hits.check(printed, named.facts.queries, certain=False)
    return findings


def _finding(named: Named, measures: tuple[str, ...], odd: str, fine: str, why: str) -> Finding:
    numbers = odd or fine
    return Finding(
        _TEST,
        measures,
        "suspicious" if odd else "consistent",
        f"{named.collection}: {numbers}",
        f"{why}; a part, a translation or a cleaned copy may bear the name too" if odd else why,
        GRIM if "queries" in why else SPARSITY_SOURCE,
    )


def _queries(printed: Mapping[str, Interval], named: Named) -> Iterator[Finding]:
    """Counts are whole at its number of queries."""
    n = named.facts.queries
    counted = [p for p in printed.values() if p.name in {"accuracy", "precision"}]
    counted += [p for p in printed.values() if p.name == "mrr" and p.cutoff <= 10]
    if not counted:
        return
    at = np.array([n])
    odd = [p.measure for p in counted if not fits(p, denominator(p), at)[0]]
    yield _finding(
        named,
        tuple(odd) or tuple(p.measure for p in counted),
        f"{', '.join(odd)} of {n:,} queries are no whole counts" if odd else "",
        f"{len(counted)} counts of its {n:,} queries are whole",
        "a mean over the queries of a set times their number is a whole count",
    )


def _judgements(printed: Mapping[str, Interval], named: Named, maker: Maker) -> Iterator[Finding]:
    """No more hits than judgements; with one a query, recall is accuracy."""
    facts, why = named.facts, "a query has as many hits as there are relevant documents, or fewer"
    if facts.relevant is not None:
        for p in printed.values():
            hits = (p.value - p.half) * p.cutoff * facts.queries
            if p.name == "precision" and hits > facts.relevant * (1 + 1e-9):
                odd = f"{p.measure} tells of {hits:,.0f} hits, {facts.relevant:,} are relevant"
                yield _finding(named, (p.measure,), odd, "", why)
    if facts.histogram != {1: facts.queries} or maker.name != "sentence-transformers":
        return
    for p in printed.values():
        accuracy = printed.get(f"accuracy@{p.cutoff}")
        if p.name == "recall" and accuracy is not None:
            off = abs(p.value - accuracy.value)
            if off > p.half + accuracy.half + 1e-12:
                odd = f"{p.measure} is {p.value!r} and {accuracy.measure} {accuracy.value!r}"
                one = "with one relevant document for each of the queries they are the same"
                yield _finding(named, (p.measure, accuracy.measure), odd, "", one)


def _vectors(
    printed: Mapping[str, Interval], named: Named, chunk_size: int | None
) -> Iterator[Finding]:
    """The totals of active dims over its queries and over its documents are whole."""
    facts, dims = named.facts, printed.get("query_active_dims")
    if dims is not None and dims.full:
        whole = fits(dims, 1, np.array([facts.queries]), blur=2 * U32)[0]
        total = f"{dims.value!r} x {facts.queries:,} queries = {dims.value * facts.queries:,.4f}"
        yield _finding(
            named,
            (dims.measure,),
            "" if whole else f"{total}, not whole",
            f"{total}: {round(dims.value * facts.queries):,} active dims in all",
            "a mean of counts times the number of queries is their total",
        )
    corpus = printed.get("corpus_active_dims")
    if corpus is None or not corpus.full:
        return
    fits_corpus = math.isfinite(totals.log_density(corpus, facts.documents, chunk_size))
    total = f"{corpus.value!r} x {facts.documents:,} documents"
    yield _finding(
        named,
        (corpus.measure,),
        "" if fits_corpus else f"{total} is not whole",
        f"{total} can be whole",
        "a mean of counts times the number of documents is their total, but for float32",
    )
