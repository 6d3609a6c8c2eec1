"""Audit a model card: can an evaluation have printed these digits?

No model and no data are needed: means over N queries of counts obey arithmetic. Read in this
order: `verdict` (what is said), `intervals` (digits as such), `counts` (GRIM), `inequalities`,
`convex_hull` (all inequalities at once), `dims` and `totals` (active dims), `table`.

The cards are those of sentence-transformers' SparseInformationRetrievalEvaluator; relevant lists
with duplicates, small corpora and means of several evaluations are allowed for wherever a finding
says "impossible".
"""

import math
from collections.abc import Mapping
from dataclasses import replace

from harness.card.audit import convex_hull as hull
from harness.card.audit import counts, dims, totals
from harness.card.audit import inequalities as order
from harness.card.audit import table as tables
from harness.card.audit.intervals import Interval, Intervals, read
from harness.card.audit.verdict import Audit, Finding

__all__ = ["Audit", "Finding", "audit", "audit_intervals"]


_LOOSE = ("ndcg", "mrr")
"""What other tools compute in other ways: graded gains; ties in another order than precision's."""

_LEFT_OUT = (
    "{} were not held against the other measures: nothing shows that sentence-transformers printed "
    "them, and other tools grade gains and break ties in other ways."
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
        table=None if table is None else read(table, rounded=True),
        vocab_size=vocab_size,
        documents=documents,
        chunk_size=chunk_size,
        queries=queries,
    )


def audit_intervals(
    card: Intervals,
    *,
    table: Intervals | None = None,
    vocab_size: int | None = None,
    documents: int | None = None,
    chunk_size: int | None = None,
    queries: int | None = None,
    other_tool: bool = False,
) -> Audit:
    """Test digits that are read already; arguments as for `audit`, and whose digits they are.

    With `other_tool` they were not printed by sentence-transformers' evaluator, as far as one sees:
    nDCG may have graded gains, MRR another order of ties than precision has, and a mean may be one
    over several sets, so that nothing that follows from its definitions is called impossible.
    """
    findings = [*card.findings]
    found = counts.search(tuple(card.printed.values()), queries)
    findings += [_of_other_tool(one) if other_tool else one for one in found.findings]
    smallest = int(found.queries[0]) if found.full and found.queries.size else None
    if smallest is not None:
        findings += counts.recalls(tuple(card.printed.values()), smallest)
    held = {m: one for m, one in card.printed.items() if not (other_tool and one.name in _LOOSE)}
    broken = order.check(held)
    findings += broken
    if not any(finding.verdict == "impossible" for finding in broken):
        # A broken inequality is a plane already: the hull would only say it less plainly.
        findings += hull.check(held)
    findings += _vectors(card.printed, found, smallest)
    chunks = math.ceil(documents / chunk_size) if documents and chunk_size else dims.MOST_CHUNKS
    findings += dims.vocabulary(card.printed, vocab_size, chunks)
    if documents is not None and "corpus_active_dims" in card.printed:
        mean = card.printed["corpus_active_dims"]
        findings += totals.corpus(mean, documents, chunk_size, vocab_size)
    if table is not None:
        findings += [*table.findings, *tables.check(card.printed, table.printed)]
    loose = ", ".join(measure for measure in card.printed if measure not in held)
    return Audit(tuple(findings), smallest, _LEFT_OUT.format(loose) if loose else "")


def _of_other_tool(finding: Finding) -> Finding:
    """GRIM's: a mean over several sets has no one number of queries, and is no lie."""
    if finding.verdict != "impossible":
        return finding
    why = f"{finding.why}; unless the means are of several sets, or of another definition"
    return replace(finding, verdict="suspicious", why=why)


def _vectors(
    card: Mapping[str, Interval], found: counts.Search, smallest: int | None
) -> list[Finding]:
    total = card.get("query_active_dims")
    findings = []
    if total is not None and total.full and smallest is not None:
        findings.append(totals.queries(total, found))
    return [*findings, *dims.single_precision(card), *dims.flops(card)]
