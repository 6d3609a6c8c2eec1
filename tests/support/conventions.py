"""Evaluators of every convention that `harness why` tries, once more in plain Python.

Written from the manuals of the tools that `docs/why.md` names, to be read and not to be fast.
Nothing here knows harness or numpy. A convention is a rule for each aspect, by their names.
"""

import heapq
from math import log2

SINGLE = {
    "own": "kept",
    "ties": "st",
    "zeros": "ranked",
    "depth": "100",
    "level": "1",
    "repeats": "counted",
    "queries": "relevant",
    "gains": "binary",
    "map": "min(k, R)",
    "recall": "R",
    "mrr": "k",
    "precision": "k",
}
"""What sentence-transformers does."""


def old_heap(pairs, chunk, depth=100):
    """Documents as sentence-transformers ranked them before 2026-07-31; pairs in corpus order."""
    import torch

    heap = []
    for start in range(0, len(pairs), chunk):
        part = pairs[start : start + chunk]
        values = torch.tensor([[score for _, score in part]])
        top = torch.topk(values, min(depth, len(part)), dim=1, largest=True, sorted=False)
        for value, index in zip(top.values[0].tolist(), top.indices[0].tolist(), strict=True):
            add = heapq.heappush if len(heap) < depth else heapq.heappushpop
            add(heap, (value, part[index][0]))
    return sorted(heap, key=lambda pair: pair[0], reverse=True)


def ranking(query, scores, rules):
    """(doc, score) pairs of a query, best first; `scores` are those of all documents in order."""
    pairs = list(scores.items())
    ties = rules["ties"]
    if ties.startswith("topk"):
        ranked = [(doc, score) for score, doc in old_heap(pairs, int(ties.split()[1]))]
    else:
        if ties == "st":
            pairs.sort(key=lambda pair: pair[0])
        elif ties in ("trec", "trec10"):
            pairs.sort(key=lambda pair: pair[0], reverse=True)
        elif ties == "corpus reversed":
            pairs.reverse()
        ranked = sorted(pairs, key=lambda pair: -pair[1])
    if rules["own"] == "left out":
        ranked = [pair for pair in ranked if pair[0] != query]
    if rules["zeros"] == "not ranked":
        ranked = [pair for pair in ranked if pair[1] > 0]
    return [doc for doc, _ in ranked[: int(rules["depth"])]]


def numbers(scores, qrels, asked, rules, measures):
    """The mean of each measure.

    Args:
        scores: of every document, in the order of the corpus, by query.
        qrels: (doc, grade) pairs by query, in their order.
        asked: all queries of the collection.
        rules: the convention.
        measures: (name, cutoff) pairs.
    """
    level = int(rules["level"])
    listed = {}
    for query in dict.fromkeys([*qrels, *asked]):
        pairs = list(qrels.get(query, []))
        if rules["repeats"] == "once":
            best = {}
            for doc, grade in pairs:
                best[doc] = max(grade, best.get(doc, grade))
            pairs = list(best.items())
        listed[query] = pairs
    ranked = {query: ranking(query, scores[query], rules) for query in scores}
    relevant = {q: [doc for doc, grade in pairs if grade >= level] for q, pairs in listed.items()}
    chosen = {
        "relevant": [q for q in listed if relevant[q]],
        "judged": [q for q in listed if listed[q]],
        "answered": [q for q in listed if relevant[q] and ranked.get(q)],
        "judged and answered": [q for q in listed if listed[q] and ranked.get(q)],
        "asked": list(asked),
    }[rules["queries"]]
    return {
        f"{name}@{k}": sum(
            one(name, k, ranked.get(q, []), listed[q], relevant[q], rules) for q in chosen
        )
        / len(chosen)
        for name, k in measures
    }


def one(name, k, ranked, listed, relevant, rules):
    """One measure of one query."""
    hits = [doc in relevant for doc in ranked]
    found = sum(hits[:k])
    among = {"R": len(relevant), "min(k, R)": min(k, len(relevant)), "found": found}
    value = 0.0
    if name == "ndcg":
        value = ndcg(k, ranked, listed, relevant, rules["gains"])
    elif name == "accuracy" or (name == "recall" and rules["recall"] == "any"):
        value = float(found > 0)
    elif name == "precision":
        value = found / (k if rules["precision"] == "k" else max(1, min(k, len(ranked))))
    elif name == "recall" and found:
        value = found / among[rules["recall"]]
    elif name == "mrr":
        looked = hits[:k] if rules["mrr"] == "k" else hits
        value = 1 / (looked.index(True) + 1) if True in looked else 0.0
    elif name == "map" and found:
        total = sum(sum(hits[: n + 1]) / (n + 1) for n in range(min(k, len(hits))) if hits[n])
        value = total / among[rules["map"]]
    return value


def ndcg(k, ranked, listed, relevant, gains):
    """Ideal gains are those of the list, a document listed twice twice."""
    if gains == "binary":
        gain, ideal = dict.fromkeys(relevant, 1), [1] * len(relevant)
    else:
        worth = (lambda g: g) if gains == "grades" else (lambda g: 2**g - 1)
        gain = {}
        for doc, grade in listed:
            if grade > 0:
                gain[doc] = max(worth(grade), gain.get(doc, 0))
        ideal = sorted((worth(grade) for _, grade in listed if grade > 0), reverse=True)
    best = sum(g / log2(n + 2) for n, g in enumerate(ideal[:k]))
    got = sum(gain.get(doc, 0) / log2(n + 2) for n, doc in enumerate(ranked[:k]))
    return got / best if best else 0.0
