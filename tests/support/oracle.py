"""The retrieval measures once more, in plain Python and one query at a time.

Written from the definitions (Järvelin and Kekäläinen 2002 for nDCG; Manning, Raghavan and Schütze
2008, chapter 8, for the rest; Moffat and Zobel 2008 for rank-biased precision, Buckley and Voorhees
2004 with trec_eval's notes of 2005 for bpref; the readme of trec_eval and the documentation of
sentence-transformers' evaluator for where they part), to be read and not to be fast. Nothing here
knows harness, ranx or numpy.

Each function has the name of its measure and takes one ranking (doc ids, best first), the
judgements of its query as (doc id, grade) pairs, a cutoff (None: the whole ranking; for `rbp` the
persistence), and the policy's name and level.
"""

import struct
from math import copysign, inf, log2

Judgements = list[tuple[str, int]]


def order(ranking: list[tuple[str, float]], policy: str) -> list[str]:
    """Doc ids in the order of a policy."""
    by_id = sorted(ranking, key=lambda pair: pair[0].encode(), reverse=policy != "st")
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
    return total / (min(k, among) if policy == "st" else among) if found else 0.0


def f1(ranking, judgements, k, policy, level):
    p = precision(ranking, judgements, k, policy, level)
    r = recall(ranking, judgements, k, policy, level)
    return 2 / (1 / p + 1 / r) if p else 0.0


def r_precision(ranking, judgements, k, policy, level):
    among = len(relevant(judgements, level))
    return sum(hits(ranking, judgements, among, level)) / among if among else 0.0


def num_rel_ret(ranking, judgements, k, policy, level):
    return float(sum(hits(ranking, judgements, k, level)))


def rbp(ranking, judgements, p, policy, level):
    looked_at = enumerate(hits(ranking, judgements, None, level))
    return (1 - p) * sum(p**before for before, hit in looked_at if hit)


def bpref(ranking, judgements, k, policy, level):
    among = relevant(judgements, level)
    # A grade below 0 is a document of the pool that nobody judged.
    others = {doc for doc, grade in judgements if 0 <= grade < level} - set(among)
    passed, total = 0, 0.0
    for doc in ranking:
        passed += doc in others
        if doc in among:
            worst = min(len(among), len(others))
            total += 1 - min(passed, len(among)) / worst if passed else 1
    return total / len(among) if among else 0.0


def judged(ranking, judgements, k, policy, level):
    known = {doc for doc, _ in judgements}
    return sum(doc in known for doc in ranking[:k]) / len(ranking[:k]) if ranking else 0.0


def gains(ranking, judgements, policy, level):
    """The gain of each document of a ranking, and those of the ideal ranking."""
    if policy == "st":
        gain = dict.fromkeys(relevant(judgements, level), 1)
        return [gain.get(doc, 0) for doc in ranking], [1] * len(relevant(judgements, level))
    gain = {doc: grade for doc, grade in judgements if grade > 0}
    return [gain.get(doc, 0) for doc in ranking], sorted(gain.values(), reverse=True)


def discounted(gains):
    return sum(gain / log2(rank + 1) for rank, gain in enumerate(gains, 1))


def exponential(gains):
    return [2**gain - 1 for gain in gains]


def dcg(ranking, judgements, k, policy, level):
    return discounted(gains(ranking, judgements, policy, level)[0][:k])


def dcg_burges(ranking, judgements, k, policy, level):
    return discounted(exponential(gains(ranking, judgements, policy, level)[0][:k]))


def ndcg(ranking, judgements, k, policy, level):
    ours, ideal = gains(ranking, judgements, policy, level)
    return discounted(ours[:k]) / discounted(ideal[:k]) if ideal else 0.0


def ndcg_burges(ranking, judgements, k, policy, level):
    ours, ideal = (exponential(those) for those in gains(ranking, judgements, policy, level))
    return discounted(ours[:k]) / discounted(ideal[:k]) if ideal else 0.0


def is_evaluated(judgements: Judgements, policy: str, level: int) -> bool:
    return bool(relevant(judgements, level)) if policy == "st" else bool(judgements)
