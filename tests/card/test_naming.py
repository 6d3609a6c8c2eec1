"""Naming the unnamed: against sets whose truth is known, drawn and published."""

import json
import random
from fractions import Fraction

import numpy as np
import pytest

from harness.card import PublishedEvaluation
from harness.card.naming import NONE
from harness.card.naming.candidates import POOL, candidates_of
from harness.claims.published import read
from tests.support import ROOT
from tests.support.card_numbers import CARD


def evaluation(numbers, name="", split=""):
    published = tuple(read(key, text, "a card") for key, text in numbers.items())
    return PublishedEvaluation(name, "a card", published, split=split)


def drawn(seed, queries, relevant, documents):
    """A card in full of a set with `relevant` documents for each query: plain fractions."""
    draw = random.Random(seed)
    ranks = []
    for _ in range(queries):
        found = [draw.choice((1, 1, 2, 3, 4, 6, 9, 40, 90)) for _ in range(relevant)]
        ranks.append(sorted(set(found)))
    card = {}
    for k in (1, 3, 5, 10):
        hits = [sum(rank <= k for rank in one) for one in ranks]
        card[f"dot_accuracy@{k}"] = repr(sum(h > 0 for h in hits) / queries)
        card[f"dot_precision@{k}"] = repr(float(Fraction(sum(hits), k * queries)))
        card[f"dot_recall@{k}"] = repr(float(Fraction(sum(hits), relevant * queries)))
    firsts = (Fraction(1, one[0]) if one[0] <= 10 else Fraction(0) for one in ranks)
    card["dot_mrr@10"] = repr(float(sum(firsts) / queries))
    card["query_active_dims"] = repr(
        float(np.float32(draw.randint(10 * queries, 30 * queries)) / np.float32(queries))
    )
    total = draw.randint(100 * documents, 200 * documents)
    card["corpus_active_dims"] = repr(float(np.float32(total) / np.float32(documents)))
    return card


def first(numbers, name="", **known):
    found = candidates_of(evaluation(numbers, name), **known)
    assert sum(one.probability for one in found) == pytest.approx(1)
    assert NONE in {one.name for one in found}
    return found[0]


def test_the_card_with_an_unknown_data_set_is_of_the_pool():
    likely = first(CARD, "Unknown")
    assert likely.ids[0] == POOL
    assert (likely.queries, likely.documents) == (5_000, 49_036)
    assert 0.5 < likely.probability < 0.99


def test_the_corpus_size_settles_it():
    assert first(CARD, documents=49_036).probability > 0.97
    other = first(CARD, documents=49_037)
    assert other.name == NONE


def test_the_reference_run_on_crowdrag_is_named():
    # By sentence-transformers' own evaluator: 301 queries, 6,011 documents.
    kept = json.loads((ROOT / "tests/support/files-intel/crowdrag-splade-tiny.json").read_text())
    numbers = {one["measure"]: one["text"] for one in kept["claims"]["published"]}
    assert first(numbers).ids == ("crowdrag-25",)


NFCORPUS = """
accuracy@1 0.48606811145510836 accuracy@3 0.6253869969040248 accuracy@5 0.6749226006191951
accuracy@10 0.7244582043343654 precision@1 0.48606811145510836 precision@3 0.3942208462332301
precision@5 0.3331269349845201 precision@10 0.2597523219814242 recall@1 0.06120204750345157
recall@3 0.11584917192338015 recall@5 0.1399127234497999 recall@10 0.17154778615671884
ndcg@10 0.35644428395117933 mrr@10 0.5660916998378298 map@100 0.18030807391577147
query_active_dims 25.634674072265625 corpus_active_dims 291.060546875
"""
"""splade-v3 on NFCorpus, as printed in github.com/huggingface/sentence-transformers/issues/3545."""


@pytest.mark.parametrize("name", ["", "mteb/nfcorpus", "toy"])
def test_published_digits_of_nfcorpus_are_named_without_their_name(name):
    words = NFCORPUS.split()
    pairs = zip(words[::2], words[1::2], strict=True)
    numbers = {f"dot_{key}" if "@" in key else key: text for key, text in pairs}
    likely = first(numbers, name)
    assert likely.ids[0] == "beir/nfcorpus/test"
    assert likely.probability > 0.8


@pytest.mark.parametrize(
    ("collection", "queries", "relevant", "documents"),
    [
        ("nano-beir/msmarco", 50, 1, 5_043),
        ("nano-beir/hotpotqa", 50, 2, 5_090),
        ("beir/arguana", 1_406, 1, 8_674),
    ],
)
def test_a_card_that_is_drawn_of_a_known_set_is_named(collection, queries, relevant, documents):
    # The nine sets of fifty queries cannot always be told apart: the true one is never left out.
    shares = []
    for seed in range(5):
        found = candidates_of(evaluation(drawn(seed, queries, relevant, documents)))
        shares += [one.probability for one in found if collection in one.ids]
    assert len(shares) == 5
    assert min(shares) > 0.05
    assert np.mean(shares) > 0.4


def test_a_set_of_no_known_size_is_none_that_we_know():
    for seed, queries in enumerate((1_237, 389, 12_007)):
        assert first(drawn(seed, queries, 2, 77_773)).name == NONE


def test_a_known_name_on_digits_that_cannot_be_of_it_does_not_name_the_set():
    # The name of a set of 50 queries on digits of 389: a translation, a part, another's data.
    likely = first(drawn(4, 389, 1, 5_043), "NanoMSMARCO")
    assert likely.name == NONE


def test_a_name_settles_between_sets_that_digits_cannot_tell():
    short = {"dot_ndcg@10": "0.53", "dot_mrr@10": "0.5"}
    assert first(short, "NanoMSMARCO").ids[0] == "nano-beir/msmarco"
    assert first(short, "MTEB FiQA2018").ids[0] == "beir/fiqa/test"
    assert first(short, "my own queries").name == NONE


def test_one_relevant_document_a_query_is_seen():
    # In NanoMSMARCO recall is accuracy; where it is not, the set is ruled out.
    numbers = drawn(1, 50, 2, 5_043)
    found = candidates_of(evaluation(numbers, "NanoMSMARCO"))
    assert "nano-beir/msmarco" not in {i for one in found for i in one.ids}


def test_a_mean_over_nanobeir_is_a_mean_of_its_sets():
    likely = first({"dot_ndcg@10": "0.5312"}, "NanoBEIR_mean")
    assert likely.mean
    assert len(likely.ids) == 13


def test_a_pool_of_another_size_is_told_by_the_number_of_queries():
    likely = candidates_of(evaluation(drawn(3, 3_001, 1, 29_500)), queries=3_001)
    assert f"{POOL}:3001" in {i for one in likely for i in one.ids}


def test_digits_of_another_tool_rule_nothing_out():
    # mteb's means over the twelve forums of CQADupStack have no one number of queries.
    numbers = {"ndcg_at_10": "0.41237", "precision_at_1": "0.33333", "mrr_at_10": "0.40021"}
    assert len(first(numbers, "CQADupstackRetrieval").ids) == 12
