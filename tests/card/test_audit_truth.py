"""True evaluations, computed by sentence-transformers itself, are never called impossible.

`benchmarks/audit_power.py` runs a thousand of these; here are enough to notice a broken bound.
"""

import math
from typing import NamedTuple

import numpy as np
import pytest
import torch

from harness.card.audit import audit
from harness.card.audit.card import audit_card

st = pytest.importorskip("sentence_transformers.sparse_encoder.evaluation")


class Truth(NamedTuple):
    """What an evaluator printed, and what it evaluated."""

    metadata: dict[str, str]
    queries: int
    documents: int
    chunk_size: int
    vocab_size: int


def simulate(seed: int, most_queries: int = 8000) -> Truth:
    rng = np.random.default_rng(seed)
    queries = int(math.exp(rng.uniform(0, math.log(most_queries + 0.9))))
    documents = int(math.exp(rng.uniform(0, math.log(120_000))))
    chunk_size = int(rng.choice([32, 100, 1000, 2048, 5000, 50_000, rng.integers(32, 50_001)]))
    vocab_size = int(rng.choice([1000, 30_522, 50_265, 105_879]))
    scores = ranking(rng, queries, depth=min(100, documents))
    scores |= sparsity(rng, queries, documents, chunk_size, vocab_size)
    prefix = str(rng.choice(["dot_", "", "some_name_dot_"]))
    metadata = {prefix + key: repr(float(value)) for key, value in scores.items()}
    return Truth(metadata, queries, documents, chunk_size, vocab_size)


def ranking(rng, queries: int, depth: int) -> dict[str, float]:
    """The fifteen measures, by the evaluator's own compute_metrics."""
    skill = rng.choice([0.0, 0.3, 0.7, 0.95, 1.0])
    many = rng.choice([1, 2, 5, 30, 160])
    sharp = rng.choice([0.02, 0.2, 0.6, 1.0])
    duplicates = rng.random() < 0.3
    relevant, rankings = {}, []
    for query in range(queries):
        size = int(rng.integers(1, many + 1))
        found = rng.geometric(sharp, size=int(rng.binomial(size, skill)))
        ranks = np.unique(found[found <= depth])
        mine = [f"d{rank}" for rank in ranks]
        mine += [f"x{i}" for i in range(size - len(mine))]
        relevant[str(query)] = (
            [*mine, *rng.choice(mine, size=rng.integers(0, 3))] if duplicates else set(mine)
        )
    hits = [{"corpus_id": f"d{rank}", "score": -float(rank)} for rank in range(1, depth + 1)]
    rankings = [hits] * queries
    names = dict.fromkeys(relevant, "text")
    evaluator = st.SparseInformationRetrievalEvaluator(names, {"d1": "text"}, relevant)
    computed = evaluator.compute_metrics(rankings)
    return {
        name.replace("@k", f"@{k}"): value
        for name, values in computed.items()
        for k, value in values.items()
    }


def sparsity(rng, queries: int, documents: int, chunk_size: int, vocab: int) -> dict[str, float]:
    """The numbers of the vectors, by the operations of SparseEncoder.sparsity and the evaluator."""

    def counts(size: int) -> torch.Tensor:
        drawn = rng.lognormal(rng.uniform(0, 6), rng.uniform(0, 1.5), size=size)
        return torch.from_numpy(np.minimum(drawn, vocab).astype(np.int64))

    def stats(rows: torch.Tensor) -> tuple[float, float]:
        mean = torch.mean(rows.float()).item()
        return mean, 1.0 - (mean / vocab)

    query, corpus = counts(queries), counts(documents)
    chunks = list(torch.split(corpus, chunk_size))
    values, lengths = [stats(chunk) for chunk in chunks], [len(chunk) for chunk in chunks]
    scores = dict(zip(("query_active_dims", "query_sparsity_ratio"), stats(query), strict=True))
    for i, name in enumerate(("corpus_active_dims", "corpus_sparsity_ratio")):
        pairs = zip((value[i] for value in values), lengths, strict=True)
        scores[name] = sum(val * length for val, length in pairs) / sum(lengths)

    def shares(rows: torch.Tensor) -> torch.Tensor:
        drawn = rng.multinomial(int(rows.sum()), rng.dirichlet(np.full(vocab, 0.1)))
        return torch.from_numpy(np.minimum(drawn, len(rows)).astype(np.int32)) / len(rows)

    scores["avg_flops"] = float(torch.dot(shares(query), shares(corpus)))
    return scores


def printings(truth: Truth) -> list[tuple[str, dict[str, str], dict]]:
    """What an author may have printed and an auditor may know: name, card, what is known."""
    rounded = {key: str(round(float(text), 4)) for key, text in truth.metadata.items()}
    known = {
        "vocab_size": truth.vocab_size,
        "documents": truth.documents,
        "chunk_size": truth.chunk_size,
        "queries": truth.queries,
    }
    return [
        ("all known", truth.metadata, {"table": rounded, **known}),
        ("nothing known", truth.metadata, {}),
        ("no chunk size", truth.metadata, {"documents": truth.documents}),
        ("rounded", rounded, known),
        ("rounded, nothing known", rounded, {}),
    ]


@pytest.mark.parametrize("seed", range(15))
def test_a_true_evaluation_is_never_called_impossible(seed):
    truth = simulate(seed, most_queries=300)
    name, card, known = printings(truth)[seed % 5]
    result = audit(card, **known)
    wrong = [f for f in result.findings if f.verdict == "impossible"]
    assert not wrong, (name, truth, wrong)
    assert result.queries is None or truth.queries % result.queries == 0


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_a_true_card_of_any_tool_is_never_called_impossible(first):
    """`benchmarks.audit_truth` audits two thousand of these."""
    from tests.support.true_cards import true_card

    for seed in range(first, first + 20):
        true = true_card(seed, most_queries=120)
        for one in audit_card(true.card, **true.known):
            wrong = [f for f in one.audit.findings if f.verdict == "impossible"]
            assert not wrong, (seed, true.what, wrong)


def test_chunk_sums_beyond_the_whole_numbers_of_float32_are_allowed_for():
    # 2048 rows of 20,000 active dims sum to more than 2^24: torch rounds that, to a whole number.
    rng = np.random.default_rng(11)
    rows = torch.from_numpy(rng.integers(10_001, 30_000, size=3 * 2048))
    means = [torch.mean(chunk.float()).item() for chunk in torch.split(rows, 2048)]
    dims = sum(mean * 2048 for mean in means) / len(rows)
    assert dims * len(rows) != rows.sum().item()
    result = audit({"corpus_active_dims": repr(dims)}, documents=len(rows), chunk_size=2048)
    assert not result.impossible


@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support")
def test_the_copied_operations_are_those_of_sentence_transformers():
    from sentence_transformers import SparseEncoder

    rng = np.random.default_rng(5)
    rows = torch.from_numpy((rng.random((777, 90)) < 0.3).astype(np.float32))
    expected = SparseEncoder.sparsity(rows.to_sparse())
    mean = torch.mean((rows != 0).sum(dim=1).float()).item()
    assert expected == {"active_dims": mean, "sparsity_ratio": 1.0 - mean / 90}
