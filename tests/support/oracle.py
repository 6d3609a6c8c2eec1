"""The retrieval measures once more, in plain Python and one query at a time.

Written from the definitions (Järvelin and Kekäläinen 2002 for nDCG; Manning, Raghavan and Schütze
2008, chapter 8, for the rest; the readme of trec_eval and the documentation of
sentence-transformers' evaluator for where they part), to be read and not to be fast. Nothing here
knows harness, ranx or numpy.

Each function has the name of its measure and takes one ranking (doc ids, best first), the
judgements of its query as (doc id, grade) pairs, a cutoff, and the policy's name and level.
"""

import struct
from math import copysign, inf, log2

Judgements = list[tuple[str, int]]


def order(ranking: list[tuple[str, float]], policy: str) -> list[str]:
    """Doc ids in the order of a policy."""
    by_id = sorted(ranking, key=lambda pair: pair[0].encode(), reverse=policy == "trec")
    score = as_float32 if policy == "trec" else float
    return [doc for doc, _ in sorted(by_id, key=lambda pair: -score(pair[1]))]


def as_float32(score: float) -> float:
    try:
        return struct.unpack("f", struct.pack("f", score))[0]
    except OverflowError:
        return copysign(inf, score)


def relevant(judgements: Judgements, level: int) -> list[str]:
    return [doc for doc, grade in judgements if grade >= level]


def hits(ranking: list[str], judgements: Judgements, k: int, level: int) -> list[bool]:
    return [doc in relevant(judgements, level) for doc in ranking[:k]]


def accuracy(ranking, judgements, k, policy, level):
    return 1.0 if any(hits(ranking, judgements, k, level)) else 0.0


def precision(ranking, judgements, k, policy, level):
    return sum(hits(ranking, judgements, k, level)) / k


def recall(ranking, judgements, k, policy, level):
    found = sum(hits(ranking, judgements, k, level))
    return found / len(relevant(judgements, level)) if found else 0.0


def mrr(ranking, judgements, k, policy, level):
    for rank, hit in enumerate(hits(ranking, judgements, k, level), 1):
        if hit:
            return 1 / rank
    return 0.0


def map(ranking, judgements, k, policy, level):  # noqa: A001 - the name of the measure
    found, total = 0, 0.0
    for rank, hit in enumerate(hits(ranking, judgements, k, level), 1):
        if hit:
            found += 1
            total += found / rank
    among = len(relevant(judgements, level))
    return total / (among if policy == "trec" else min(k, among)) if found else 0.0


def ndcg(ranking, judgements, k, policy, level):
    if policy == "trec":
        gain = {doc: grade for doc, grade in judgements if grade > 0}
        ideal = sorted(gain.values(), reverse=True)
    else:
        gain = dict.fromkeys(relevant(judgements, level), 1)
        ideal = [1] * len(relevant(judgements, level))
    best = dcg(ideal[:k])
    return dcg([gain.get(doc, 0) for doc in ranking[:k]]) / best if best else 0.0


def dcg(gains: list[int]) -> float:
    return sum(gain / log2(rank + 1) for rank, gain in enumerate(gains, 1))


def is_evaluated(judgements: Judgements, policy: str, level: int) -> bool:
    return bool(judgements) if policy == "trec" else bool(relevant(judgements, level))
