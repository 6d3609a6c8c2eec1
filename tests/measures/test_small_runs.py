"""The kernels in numpy: the numbers of ranx to the last bit, chosen by size, without a compiler."""

import math

import numpy as np
import pytest
import ranx
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.data.qrels import Judgement, Qrels
from harness.data.run import Run
from harness.measures import Policy, score, small_runs
from harness.measures.definitions import TABLE
from harness.measures.names import CARD, Measure
from harness.measures.policy import NAMES
from tests.measures.test_measures import MEASURES

PERSISTENCES = [Measure("rbp", p=p) for p in (1e-4, 0.3, 0.8, 0.99, 0.99999)]


def test_every_kernel_of_ranx_that_a_measure_names_has_a_twin():
    named = {row.kernel for row in TABLE.values() if row.documents != "judged"}
    assert set(small_runs.KERNELS) == named
    assert named <= set(ranx.metrics.__all__)


def drawn(seed, most_docs, most_queries=30):
    """Rankings with ties and judgements of every grade; some queries have neither."""
    rng = np.random.default_rng(seed)
    docs = [f"d{number}" for number in range(int(rng.integers(1, most_docs)))]

    def some():
        return rng.permutation(docs)[: rng.integers(0, len(docs) + 1)].tolist()

    queries = [f"q{number}" for number in range(int(rng.integers(1, most_queries)))]
    rankings = {q: [(doc, round(rng.uniform(0, 30), 1)) for doc in some()] for q in queries}
    highest = int(rng.choice([1, 3, 20, 900]))
    judged = {
        q: tuple(Judgement(doc, int(rng.integers(-1, highest + 1))) for doc in some())
        for q in [*queries, "unanswered"]
    }
    judged["sure"] = (Judgement(docs[0], 1),)
    return Run.from_rankings("t", {**rankings, "sure": [(docs[0], 1.0)]}), Qrels(judged)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32), st.sampled_from(NAMES), st.integers(1, 2))
def test_numpy_is_ranx_to_the_last_bit(seed, policy, level):
    """As a campaign of 803 runs, 2,958,986 scores were the same."""
    run, qrels = drawn(seed, 400)
    asked = [*MEASURES, *PERSISTENCES, Measure("ndcg", 137), Measure("dcg_burges", 10**12)]
    level = level if policy != "st" else 1
    ours, theirs = (
        score(run, qrels, asked, Policy(policy, level), kernels=kernels)
        for kernels in ("numpy", "ranx")
    )
    for measure in asked:
        one, other = ours.per_query[measure], theirs.per_query[measure]
        assert one.dtype == other.dtype == np.float64
        assert one.tobytes() == other.tobytes(), measure
        assert ours.means[measure] == theirs.means[measure]


def test_a_ranking_deeper_than_numbas_repeated_squaring_is_ranx_to_the_last_bit():
    depth = 0x10000 + 500
    run = Run.from_rankings("t", {"q": [(f"d{n}", -float(n)) for n in range(depth)]})
    qrels = Qrels({"q": tuple(Judgement(f"d{n}", 1) for n in (3, 0x10000, 0x10001, depth - 1))})
    asked = [Measure("rbp", p=0.9999999), Measure("dcg", depth)]
    ours, theirs = (score(run, qrels, asked, Policy(), kernels=k) for k in ("numpy", "ranx"))
    assert dict(ours.means) == dict(theirs.means)
    assert ours.means["rbp(p=0.9999999)"] == pytest.approx(
        1e-7 * sum(0.9999999**n for n in (3, 0x10000, 0x10001, depth - 1)), rel=1e-9
    )


def test_a_sum_runs_from_the_first_rank_to_the_last():
    """Pairwise, as np.sum has it, ten thousand terms come out differently in the last places."""
    count = 10_000
    run = Run.from_rankings("t", {"q": [(f"d{n}", -float(n)) for n in range(count)]})
    qrels = Qrels({"q": tuple(Judgement(f"d{n}", 1) for n in range(count))})
    (found,) = score(run, qrels, [Measure("dcg", count)], Policy(), kernels="numpy").means.values()
    terms = [1 / math.log2(rank + 2) for rank in range(count)]
    assert found == sum_in_order(terms)
    assert found != np.sum(terms)


def sum_in_order(terms):
    total = 0.0
    for term in terms:
        total += term
    return total


ONE = Run.from_rankings("t", {"q": [("a", 2.0), ("b", 1.0)]}), Qrels({"q": (Judgement("a", 1),)})


def test_the_size_of_the_run_decides_unless_it_is_said(monkeypatch):
    assert score(*ONE, CARD, Policy()).kernels == "numpy"
    assert score(*ONE, CARD, Policy(), kernels="ranx").kernels == "ranx"
    monkeypatch.setattr(small_runs, "LARGEST", 2)
    assert score(*ONE, CARD, Policy()).kernels == "numpy"
    monkeypatch.setattr(small_runs, "LARGEST", 1)
    assert score(*ONE, CARD, Policy()).kernels == "ranx"
    assert score(*ONE, CARD, Policy(), kernels="numpy").kernels == "numpy"
