"""True cards of any tool: rankings and judgements are drawn, the tools compute, an author prints.

sentence-transformers' numbers are computed by its own evaluator, those of mteb and trec_eval by
pytrec_eval (and by plain Python where mteb has code of its own), means over sets by numpy.mean.
Nothing here knows harness's definitions.
"""

from typing import Any, NamedTuple

import numpy as np
import pytrec_eval

from harness.card import Card, PublishedEvaluation
from harness.claims.published import PublishedNumber
from tests.card.test_audit_truth import ranking, simulate, sparsity

MTEB_CUTOFFS = (1, 3, 5, 10, 20, 100, 1000)
TREC_CUTOFFS = (5, 10, 15, 20, 30, 100, 200)
DEPTH = 60


class TrueCard(NamedTuple):
    """A card, what an auditor may know beside it, and what was drawn."""

    card: Card
    known: dict[str, Any]
    what: str
    queries: int


def true_card(seed: int, most_queries: int = 400) -> TrueCard:
    """One card of one tool, printed in one way."""
    rng = np.random.default_rng([seed, 7])
    tool = rng.choice(["st", "st", "st any", "st mean", "mteb", "mteb", "mteb mean", "trec", "own"])
    maker = {
        "st": _st,
        "st any": _st_any,
        "st mean": _st_mean,
        "mteb": _mteb,
        "mteb mean": _mteb_mean,
        "trec": _trec,
        "own": _own,
    }[tool]
    numbers, name, queries, known = maker(rng, seed, most_queries)
    place, how = _printed(rng, numbers, name, tool)
    known = {key: value for key, value in known.items() if rng.random() < 0.5}
    return TrueCard(Card("toy", "README.md", place), known, f"{tool}, {how}", queries)


def _st(rng, seed, most):
    truth = simulate(seed, most_queries=most)
    numbers = {key: float(text) for key, text in truth.metadata.items()}
    if not any("dot_" in key for key in numbers):
        numbers = {f"dot_{key}" if "@" in key else key: v for key, v in numbers.items()}
    numbers = {key.removeprefix("some_name_"): value for key, value in numbers.items()}
    known = {
        "documents": truth.documents,
        "chunk_size": truth.chunk_size,
        "vocab_size": truth.vocab_size,
        "queries": truth.queries,
    }
    name = str(rng.choice(["", "Unknown", "toy", "my mean set", "NQ"]))
    return numbers, name, truth.queries, known


def _st_any(rng, seed, most):
    """Any cutoffs, few queries, few measures."""
    from sentence_transformers.sparse_encoder.evaluation import (
        SparseInformationRetrievalEvaluator as Evaluator,
    )

    queries = int(rng.integers(1, 60))
    relevant = {
        str(q): {f"d{i}" for i in rng.choice(40, int(rng.integers(1, 9)), replace=False)}
        for q in range(queries)
    }

    def cutoffs():
        return sorted({int(k) for k in rng.choice([1, 2, 4, 7, 10, 15, 50, 100, 300, 1000], 3)})

    evaluator = Evaluator(
        dict.fromkeys(relevant, "q"),
        {"d1": "text"},
        relevant,
        mrr_at_k=cutoffs(),
        ndcg_at_k=cutoffs(),
        accuracy_at_k=cutoffs(),
        precision_recall_at_k=cutoffs(),
        map_at_k=cutoffs(),
    )
    rankings = [
        [{"corpus_id": f"d{i}", "score": -float(r)} for r, i in enumerate(rng.permutation(40))]
        for _ in range(queries)
    ]
    function = rng.choice(["dot", "cosine", "manhattan"])
    numbers = {
        f"{function}_{name.replace('@k', f'@{k}')}": float(value)
        for name, values in evaluator.compute_metrics(rankings).items()
        for k, value in values.items()
    }
    if rng.random() < 0.5:
        numbers = {key: v for key, v in numbers.items() if rng.random() < 0.6} or numbers
    return numbers, str(rng.choice(["", "toy"])), queries, {"queries": queries}


def _st_mean(rng, seed, most):
    """NanoBEIREvaluator's: a mean of means, dims weighted by the numbers of texts."""
    sizes = [int(rng.choice([50, 49, rng.integers(2, 80)])) for _ in range(rng.integers(2, 14))]
    sets = [ranking(rng, size, depth=100) for size in sizes]
    numbers = {f"dot_{key}": float(np.mean([one[key] for one in sets])) for key in sets[0]}
    stats = [sparsity(rng, size, int(rng.integers(50, 500)), 50_000, 30_522) for size in sizes]
    for key in stats[0]:
        weighted = sum(one[key] * size for one, size in zip(stats, sizes, strict=True))
        numbers[key] = float(weighted / sum(sizes))
    name = str(rng.choice(["NanoBEIR_mean", "NanoBEIR_mean_64", "NanoBEIR mean", "Average"]))
    return numbers, name, sum(sizes), {"vocab_size": 30_522}


def _drawn(rng, most):
    """Graded judgements and runs with ties, as pytrec_eval takes them."""
    queries = int(np.exp(rng.uniform(0, np.log(most))))
    graded, many = rng.random() < 0.7, int(rng.choice([1, 3, 15]))
    qrels, run = {}, {}
    for q in range(queries):
        docs = rng.choice(3 * DEPTH, int(rng.integers(1, many + 1)), replace=False)
        grades = rng.integers(0, 4, len(docs)) if graded else np.ones(len(docs), int)
        grades[0] = max(1, grades[0])
        qrels[str(q)] = {f"d{d}": int(g) for d, g in zip(docs, grades, strict=True)}
        found = rng.choice(3 * DEPTH, DEPTH, replace=False)
        scores = np.round(rng.random(DEPTH), int(rng.integers(1, 6)))
        scores += [0.3 * rng.random() * (f"d{d}" in qrels[str(q)]) for d in found]
        run[str(q)] = {f"d{d}": float(s) for d, s in zip(found, scores, strict=True)}
    return qrels, run


def _by_pytrec_eval(qrels, run, cutoffs, more=()):
    cuts = ",".join(map(str, cutoffs))
    asked = {f"{name}.{cuts}" for name in ("ndcg_cut", "map_cut", "recall", "P")} | {*more}
    found = list(pytrec_eval.RelevanceEvaluator(qrels, asked).evaluate(run).values())
    names = {"ndcg_cut": "ndcg", "map_cut": "map", "recall": "recall", "P": "precision"}
    numbers = {
        f"{ours}@{k}": float(np.mean([one[f"{theirs}_{k}"] for one in found]))
        for theirs, ours in names.items()
        for k in cutoffs
    }
    return numbers, found


def _reciprocal(qrels, run, k):
    """mteb's MRR: in the order in which equal scores stand in the run."""
    ranks = []
    for query, docs in run.items():
        ordered = sorted(docs, key=lambda doc: -docs[doc])[:k]
        hits = [i for i, doc in enumerate(ordered, 1) if qrels[query].get(doc, 0) > 0]
        ranks.append(1 / hits[0] if hits else 0.0)
    return sum(ranks) / len(ranks)


def _mteb_numbers(rng, most):
    qrels, run = _drawn(rng, most)
    numbers, _ = _by_pytrec_eval(qrels, run, MTEB_CUTOFFS)
    numbers = {key: round(value, 5) for key, value in numbers.items()}
    rounds = rng.random() < 0.5
    for k in MTEB_CUTOFFS:
        value = _reciprocal(qrels, run, k)
        numbers[f"mrr@{k}"] = round(value, 5) if rounds else value
    return numbers, len(qrels)


def _mteb(rng, seed, most):
    numbers, queries = _mteb_numbers(rng, most)
    name = str(rng.choice(["MTEB NFCorpus", "NFCorpus", "mteb/scifact", ""]))
    return numbers, name, queries, {"queries": queries}


def _mteb_mean(rng, seed, most):
    sets = [_mteb_numbers(rng, 40)[0] for _ in range(rng.integers(2, 6))]
    numbers = {key: round(float(np.mean([one[key] for one in sets])), 5) for key in sets[0]}
    return numbers, str(rng.choice(["MTEB CQADupstackRetrieval", "MTEB MIRACL"])), 0, {}


def _trec(rng, seed, most):
    qrels, run = _drawn(rng, most)
    numbers, found = _by_pytrec_eval(qrels, run, TREC_CUTOFFS, ("recip_rank",))
    numbers["mrr@1000"] = float(np.mean([one["recip_rank"] for one in found]))
    return numbers, str(rng.choice(["robust04", "TREC DL 19", ""])), len(qrels), {}


def _own(rng, seed, most):
    """An author's own script: capped recall, hits, a mean of what fits no one definition."""
    qrels, run = _drawn(rng, most)
    numbers, _ = _by_pytrec_eval(qrels, run, (1, 5, 10, 100))
    for k in (1, 5, 10, 100):
        capped = []
        for query, docs in run.items():
            good = {doc for doc, grade in qrels[query].items() if grade > 0}
            top = sorted(docs, key=lambda doc: (-docs[doc], doc))[:k]
            capped.append(len(good & {*top}) / min(k, len(good)))
        numbers[f"recall@{k}"] = float(np.mean(capped))
        numbers[f"mrr@{k}"] = _reciprocal(qrels, run, k)
        numbers[f"accuracy@{k}"] = float(np.mean([value > 0 for value in capped]))
    kept = {key: v for key, v in numbers.items() if rng.random() < 0.5}
    return kept or numbers, str(rng.choice(["", "NQ", "BEIR avg"])), len(qrels), {}


def _printed(rng, numbers, name, tool):
    """How an author puts numbers on a card: the places, and how in words."""
    ways = [
        "full",
        "full and table",
        "3",
        "4",
        "5",
        "twice",
        "percent 1",
        "percent 2",
        "percent dirt",
    ]
    how = str(rng.choice(ways if tool.startswith("st") else [*ways, "percent", "percent"]))
    full = {key: repr(value) for key, value in numbers.items()}
    if how.startswith("full"):
        places = [_place(full, name, full=True)]
        if how == "full and table":
            rounded = {key: str(round(value, 4)) for key, value in numbers.items()}
            places.append(_place(rounded, name))
        return tuple(places), how
    if how == "percent":
        texts = {
            key: repr(value * 100) if "@" in key else full[key] for key, value in numbers.items()
        }
        return (_place(texts, name, full=True, unit="percent"),), how
    if how == "twice":
        # A table of four places, rounded again to three.
        texts = {key: f"{float(f'{value:.4f}'):.3f}" for key, value in numbers.items()}
        return (_place(texts, name),), how
    if how.startswith("percent"):
        places = {"percent 1": 3, "percent 2": 4, "percent dirt": 5}[how]
        texts = {
            key: repr(round(value, places) * 100)
            if how.endswith("dirt")
            else f"{value * 100:.{places - 2}f}"
            for key, value in numbers.items()
            if "@" in key
        }
        return (_place(texts, name, full=how.endswith("dirt"), unit="percent"),), how
    texts = {key: f"{value:.{int(how)}f}" for key, value in numbers.items()}
    if rng.random() < 0.5:
        texts = {key: text.rstrip("0").rstrip(".") for key, text in texts.items()}
    return (_place(texts, name),), f"{how} decimals"


def _place(texts, name, *, full=False, unit="fraction"):
    published = tuple(
        PublishedNumber(key, text, "README.md", unit if "@" in key else _own_unit(key))
        for key, text in texts.items()
        if "e-" not in text
    )
    return PublishedEvaluation(name, "README.md", published, full_precision=full)


def _own_unit(key):
    return "fraction" if key.endswith("ratio") else "count"
