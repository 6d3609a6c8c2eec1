"""Audit a model card: can an evaluation have printed these digits?

No model and no data are needed: means over N queries of counts obey arithmetic. Read in this
order: `verdict` (what is said), `maker` (who made the numbers, and what binds them), `intervals`
(digits as such), `counts` and `grim` (whole counts), `inequalities`, `convex_hull` (all of them at
once), `dims` and `totals` (active dims), `table`.

Most cards are those of sentence-transformers' SparseInformationRetrievalEvaluator; relevant lists
with duplicates, small corpora and means of several evaluations are allowed for wherever a finding
says "impossible".
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from harness.card.audit import convex_hull as hull
from harness.card.audit import dims, grim, single_hits, totals
from harness.card.audit import inequalities as order
from harness.card.audit import table as tables
from harness.card.audit.counts import Search
from harness.card.audit.intervals import Interval, Intervals, read
from harness.card.audit.maker import SENTENCE_TRANSFORMERS, Maker
from harness.card.audit.recall import recalls
from harness.card.audit.verdict import Audit, Finding

__all__ = ["Audit", "Facts", "Finding", "audit", "audit_intervals"]


_LEFT_OUT = (
    "{} were not held against the other measures: nothing shows that sentence-transformers printed "
    "them ({}), and other tools grade gains and break ties in other ways."
)


def audit(
    metadata: Mapping[str, str],
    *,
    table: Mapping[str, str] | None = None,
    vocab_size: int | None = None,
    documents: int | None = None,
    chunk_size: int | None = None,
    queries: int | None = None,
) -> Audit:
    """Test a card's digits against arithmetic.

    Args:
        metadata: the front matter's numbers: keys such as "dot_ndcg@10", digits exactly as printed.
        table: the same from the card's table, if it has one.
        vocab_size: the size of the model's vocabulary, if known.
        documents: the number of documents in the corpus, if known.
        chunk_size: the evaluator's corpus_chunk_size, if known.
        queries: the number of queries, if known; otherwise it is looked for.

    Raises:
        InputError: no key names a measure of the evaluator, or two name the same one.
    """
    return audit_intervals(
        read(metadata),
        Facts(vocab_size, None, documents, chunk_size, queries),
        table=None if table is None else read(table, rounded=True),
    )


class Facts(NamedTuple):
    """What is known beside the digits; None where it is not.

    Attributes:
        vocab_size: the size of the model's vocabulary.
        printed_size: the same as the card prints it. That may be of another part of the model, so
            that what contradicts it is suspicious and no more.
        documents: in the corpus.
        chunk_size: the evaluator's corpus_chunk_size.
        queries: how many.
    """

    vocab_size: int | None = None
    printed_size: int | None = None
    documents: int | None = None
    chunk_size: int | None = None
    queries: int | None = None


def audit_intervals(
    card: Intervals,
    facts: Facts,
    *,
    table: Intervals | None = None,
    maker: Maker = SENTENCE_TRANSFORMERS,
    aggregate: str = "",
    with_hull: bool = True,
) -> Audit:
    """Test digits that are read already.

    Args:
        card: the digits.
        facts: what is known beside them.
        table: those of the table that rounds them.
        maker: which definitions bind them (see `maker`).
        aggregate: why they are a mean over several sets, "" where they are not.
        with_hull: whether to hold all measures at once against what single queries can give.
    """
    printed = card.printed
    counted = () if aggregate else tuple(printed.values())
    found = grim.search(counted, facts.queries)
    smallest = int(found.queries[0]) if found.full and found.queries.size else None
    findings = [*card.findings, *_certain(found.findings, certain=maker.counts)]
    if smallest is not None:
        findings += recalls(tuple(printed.values()), smallest)
    findings += _certain(_laws(printed, maker, with_hull=with_hull), certain=maker.certain)
    if maker.vectors:
        findings += _vectors(printed, found, smallest, facts)
        if asked := facts.queries or smallest:
            findings += single_hits.check(printed, asked, certain=facts.queries is not None)
    findings += _vocabulary(printed, maker, facts)
    findings += _certain(dims.flops(printed), certain=maker.certain and maker.vectors)
    if table is not None:
        findings += [*table.findings, *tables.check(printed, table.printed)]
    loose = ", ".join(m for m, one in printed.items() if one.cutoff and one.name not in maker.laws)
    left_out = (
        _LEFT_OUT.format(loose, maker.why) if loose else "",
        aggregate and f"{aggregate}: it has no one number of queries.",
        "" if with_hull else "The convex hull was left out: the card has many evaluations.",
    )
    return Audit(tuple(findings), smallest, " ".join(filter(None, left_out)), maker.name, maker.why)


def _laws(printed: Mapping[str, Interval], maker: Maker, *, with_hull: bool) -> list[Finding]:
    """The inequalities and the hull, of measures whose definitions are known."""
    if maker.rounds:
        printed = {measure: one.wider(maker.rounds) for measure, one in printed.items()}
    broken = order.check({m: one for m, one in printed.items() if one.name in maker.laws})
    if not with_hull or any(finding.verdict == "impossible" for finding in broken):
        # A broken inequality is a plane already: the hull would only say it less plainly.
        return broken
    return broken + hull.check({m: one for m, one in printed.items() if one.name in maker.hull})


def _certain(findings: Iterable[Finding], *, certain: bool) -> list[Finding]:
    """What breaks a definition that need not be the tool's is suspicious."""
    why = "{}; unless the means are of several sets, or of another definition"
    return [
        replace(one, verdict="suspicious", why=why.format(one.why))
        if one.verdict == "impossible" and not certain
        else one
        for one in findings
    ]


def _vectors(
    printed: Mapping[str, Interval], found: Search, smallest: int | None, facts: Facts
) -> list[Finding]:
    """Totals over queries and corpus, and what is float32."""
    findings = []
    total = printed.get("query_active_dims")
    if total is not None and total.full and smallest is not None:
        findings.append(totals.queries(total, found))
    findings += dims.single_precision(printed)
    mean = printed.get("corpus_active_dims")
    if facts.documents is not None and mean is not None:
        findings += totals.corpus(mean, facts.documents, facts.chunk_size, facts.vocab_size)
    return findings


def _vocabulary(printed: Mapping[str, Interval], maker: Maker, facts: Facts) -> list[Finding]:
    """Dims and ratios, by the user's size of the vocabulary, else by the card's, else by any."""
    chunks = dims.MOST_CHUNKS
    if facts.documents and facts.chunk_size:
        chunks = math.ceil(facts.documents / facts.chunk_size)
    found = dims.vocabulary(printed, facts.vocab_size, chunks)
    broken = any(finding.verdict == "impossible" for finding in found)
    if facts.vocab_size is not None or facts.printed_size is None or broken:
        return _certain(found, certain=maker.name == "sentence-transformers")
    return _certain(dims.vocabulary(printed, facts.printed_size, chunks), certain=False)
