"""Where a run ranks the relevant documents: all that a retrieval measure has to know."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
import numpy.typing as npt

from harness.data.qrels import Judgement, Qrels
from harness.data.run import Run
from harness.errors import InputError
from harness.measures.policy import Policy
from harness.measures.relevant import Relevant


@dataclass(frozen=True, eq=False)
class RelevantRanks:
    """The evaluated queries and their relevant documents.

    Attributes:
        query_ids: the evaluated queries, in the order of the qrels.
        binary: documents relevant at the policy's level, each of gain 1, best ranked first.
        graded: documents with their gains, highest first: of a grade above 0 with it as gain where
            the policy has graded gains, else those of `binary`.
    """

    query_ids: tuple[str, ...]
    binary: Relevant
    graded: Relevant


def rank_relevant(run: Run, qrels: Qrels, policy: Policy, depth: int) -> RelevantRanks:
    """Find the relevant documents of every evaluated query in its ranking.

    Args:
        run: the rankings, in the policy's order of ties.
        qrels: the judgements.
        policy: the convention.
        depth: how far down the rankings are looked at.

    Raises:
        InputError: no query can be evaluated, or one document is judged twice where the policy
            refuses that.
    """
    convention = policy.convention
    depth = min(depth, int(np.diff(run.offsets).max(initial=0)))
    query_ids = tuple(query_id for query_id in qrels if is_evaluated(qrels, query_id, policy))
    if not query_ids:
        raise InputError(
            f"No query can be evaluated: the judgements of {len(qrels)} queries hold no document "
            f"of grade {policy.level} or more; check the qrels and the relevance level."
        )
    # Graded gains come from every grade above 0; a list that names a document twice, once below the
    # level, names it once among the relevant.
    lowest = 1 if convention.graded_gains else policy.level
    lengths: list[int] = []
    ranks: list[int] = []
    grades: list[int] = []
    for query_id in query_ids:
        judgements = qrels.by_query[query_id]
        if convention.refuses_repeats:
            _refuse_repeats(query_id, judgements)
        gaining = [judgement for judgement in judgements if judgement.grade >= lowest]
        lengths.append(len(gaining))
        grades += [judgement.grade for judgement in gaining]
        ranks += _ranks(run.docs(query_id)[:depth], [doc_id for doc_id, _ in gaining], depth)
    query = np.repeat(np.arange(len(query_ids)), lengths)
    place, grade = np.array(ranks, dtype=np.int64), np.array(grades, dtype=np.int64)
    best_ranked = np.lexsort((place, query))
    best_ranked = best_ranked[grade[best_ranked] >= policy.level]

    def relevant(order: npt.NDArray[np.int64], gain: npt.NDArray[np.int64]) -> Relevant:
        counts = np.bincount(query[order], minlength=len(query_ids))
        offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        return Relevant(offsets, place[order], gain[order], depth)

    binary = graded = relevant(best_ranked, np.ones_like(grade))
    if convention.graded_gains:
        graded = relevant(np.lexsort((place, -grade, query)), grade)
    return RelevantRanks(query_ids, binary, graded)


def is_evaluated(qrels: Qrels, query_id: str, policy: Policy) -> bool:
    """Whether the mean is taken over this query too, answered or not.

    A query of no judgement at all is not: no qrels file of trec_eval can name it.
    """
    if policy.convention.evaluates_all_judged:
        return bool(qrels.by_query[query_id])
    return bool(qrels.relevant(query_id, policy.level))


def _ranks(ranked: Sequence[str], wanted: list[str], depth: int) -> list[int]:
    """The place of each wanted document, or a number from `depth` on that no other one has.

    A document that is wanted twice is found once: its second mention is one more relevant document
    that no system can retrieve, as in sentence-transformers.
    """
    sought = set(wanted)
    found = {doc_id: place for place, doc_id in enumerate(ranked) if doc_id in sought}
    absent = count(depth)
    return [found.pop(doc_id) if doc_id in found else next(absent) for doc_id in wanted]


def _refuse_repeats(query_id: str, judgements: tuple[Judgement, ...]) -> None:
    doc_ids = [judgement.doc_id for judgement in judgements]
    if len(set(doc_ids)) < len(doc_ids):
        twice = next(doc_id for n, doc_id in enumerate(doc_ids) if doc_id in doc_ids[:n])
        raise InputError(
            f"Document '{twice}' is judged twice for query '{query_id}', which trec_eval refuses; "
            "keep one judgement, or score with the policy st, which counts it twice."
        )
