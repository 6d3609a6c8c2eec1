"""The card audit: the received card's digits, and faults put into them one at a time."""

import numpy as np
import pytest

from harness.card.audit import Audit, audit
from harness.card.audit.card import audit_card
from harness.card.audit.convex_hull import possible
from harness.card.read import read_card
from harness.errors import InputError
from tests.support.card_numbers import CARD

KNOWN = {"vocab_size": 30_522, "documents": 49_036, "chunk_size": 2048}


def named(result: Audit, verdict: str) -> set[str]:
    return {finding.test for finding in result.findings if finding.verdict == verdict}


def numbers(result: Audit, test: str) -> str:
    return " ".join(finding.numbers for finding in result.findings if finding.test == test)


def test_the_received_card_stands_every_test():
    table = {key: str(round(float(text), 4)) for key, text in CARD.items()}
    result = audit(CARD, table=table, **KNOWN)
    assert {finding.verdict for finding in result.findings} == {"consistent"}
    assert not result.impossible
    assert result.queries == 5000
    grim = numbers(result, "GRIM")
    assert "smallest number of queries is 5,000; so do its multiples" in grim
    for count in ("2,509", "4,143", "4,597", "4,873", "4,259", "4,776", "5,128", "8,504,148"):
        assert count in grim
    assert "112,925 active dims in all" in numbers(result, "query total")
    assert "several chunks" in numbers(result, "chunks")
    assert "only a vocabulary of 30,522 fits" in numbers(result, "ratio = 1 - dims / vocabulary")
    total = numbers(result, "corpus total")
    assert "174.85202722777373 x 49,036 = 8,574,044.007" in total
    assert " 49,036," in total


def test_another_true_evaluation_stands_every_test():
    # rasyosef/splade-tiny on CrowdRAG-25 (301 questions, 6,011 passages, twelve relevant each),
    # evaluated by sentence-transformers 6.2.0 in chunks that no float32 mean could hide.
    card = {
        "accuracy@1": "0.6511627906976745",
        "accuracy@3": "0.9036544850498339",
        "accuracy@5": "0.9401993355481728",
        "accuracy@10": "0.973421926910299",
        "precision@1": "0.6511627906976745",
        "precision@3": "0.6112956810631229",
        "precision@5": "0.587375415282392",
        "precision@10": "0.535548172757475",
        "recall@1": "0.056745394959346385",
        "recall@3": "0.15863072239135517",
        "recall@5": "0.2512096354920327",
        "recall@10": "0.4506701698634163",
        "ndcg@10": "0.5829665449228053",
        "mrr@10": "0.7774244581553553",
        "map@100": "0.5482648048245433",
        "query_active_dims": "23.106311798095703",
        "query_sparsity_ratio": "0.9992429620667683",
        "corpus_active_dims": "284.6602848035844",
        "corpus_sparsity_ratio": "0.9906736031451548",
        "avg_flops": "4.304625988006592",
    }
    result = audit(card, vocab_size=30_522, documents=6011)
    assert {finding.verdict for finding in result.findings} == {"consistent"}
    assert result.queries == 301


def test_the_vocabulary_is_found_where_it_is_not_given():
    assert "only a vocabulary of 30,522 fits" in numbers(
        audit(CARD), "ratio = 1 - dims / vocabulary"
    )


@pytest.mark.parametrize(
    ("fault", "test"),
    [
        # One more right query of the 5,000 is whole as well, but precision@1 says otherwise.
        ({"dot_accuracy@1": "0.502"}, "P@1 = accuracy@1"),
        ({"dot_accuracy@3": "0.82861234"}, "GRIM"),
        ({"dot_precision@3": "0.2839333333433333"}, "GRIM"),
        ({"dot_accuracy@3": "0.9286"}, "from cutoff to cutoff"),
        ({"dot_accuracy@10": "0.9104"}, "from cutoff to cutoff"),
        ({"dot_precision@10": "0.08"}, "from cutoff to cutoff"),
        ({"dot_precision@5": "0.18"}, "at one cutoff"),
        ({"dot_recall@5": "0.9206166666666667"}, "at one cutoff"),
        ({"dot_recall@5": "0.8096166666666667"}, "from cutoff to cutoff"),
        ({"dot_mrr@10": "0.7149323809523842"}, "first-hit brackets"),
        ({"dot_mrr@10": "0.6149323809523842"}, "first-hit brackets"),
        ({"dot_ndcg@10": "0.6957042059559617"}, "ndcg bounds"),
        ({"dot_ndcg@10": "0.9457042059559617"}, "ndcg bounds"),
        ({"dot_ndcg@10": "0.7657042059559617"}, "convex hull"),
        ({"dot_map@100": "0.610785161566693"}, "map bounds"),
        ({"dot_map@100": "0.650785161566693"}, "convex hull"),
        ({"dot_map@100": "-0.670785161566693"}, "range"),
        ({"dot_map@100": "67.0785161566693"}, "range"),
        ({"dot_map@100": "nan"}, "range"),
        ({"dot_map@100": "n/a"}, "range"),
        ({"query_sparsity_ratio": "0.9992600419669692"}, "ratio = 1 - dims / vocabulary"),
        ({"corpus_active_dims": "174.85212722777373"}, "ratio = 1 - dims / vocabulary"),
        ({"query_active_dims": "40000.0"}, "dims within vocabulary"),
        ({"avg_flops": "23.0"}, "flops bound"),
    ],
)
def test_a_fault_is_called_impossible_by_its_test(fault, test):
    result = audit(CARD | fault, vocab_size=30_522)
    assert result.impossible
    assert test in named(result, "impossible")


def test_known_chunks_sharpen_the_vocabulary_test():
    changed = CARD | {"corpus_active_dims": "174.85202723777373"}
    assert not audit(changed, vocab_size=30_522).impossible
    result = audit(changed, **KNOWN)
    assert "ratio = 1 - dims / vocabulary" in named(result, "impossible")


def test_grim_names_the_culprit():
    finding = next(
        f
        for f in audit(CARD | {"dot_precision@3": "0.2839333333433333"}).findings
        if f.test == "GRIM"
    )
    assert finding.measures == ("precision@3",)
    assert "all but precision@3 fit 5,000 queries" in finding.numbers


def test_a_changed_count_is_possible_until_the_number_of_queries_is_known():
    changed = CARD | {"dot_accuracy@3": "0.82865"}
    assert audit(changed).queries == 20_000
    assert not audit(changed).impossible
    assert named(audit(changed), "suspicious") == {"GRIM outlier"}
    assert named(audit(changed, queries=5000), "impossible") == {"GRIM"}
    rank = audit(CARD | {"dot_mrr@10": "0.6749323819523842"})
    assert "all but mrr@10 fit 5,000 queries" in numbers(rank, "GRIM outlier")


def test_the_wrong_vocabulary_documents_and_queries_are_noticed():
    assert "ratio = 1 - dims / vocabulary" in named(audit(CARD, vocab_size=30_523), "impossible")
    wrong = audit(CARD, documents=49_035, chunk_size=2048)
    assert named(wrong, "suspicious") == {"corpus total"}
    # Even one odd last chunk cannot hold 0.07 of rounding: that takes 1.2M dims, in 3 documents.
    short = audit(CARD, documents=2048 * 23 + 3, chunk_size=2048, vocab_size=30_522)
    assert "corpus total" in named(short, "impossible")
    one = audit(CARD, documents=49_036, chunk_size=50_000)
    assert named(one, "impossible") == {"chunks"}
    assert "GRIM" in named(audit(CARD, queries=4999), "impossible")
    off = CARD | {"query_active_dims": "22.58449935913086"}
    assert "query total" in named(audit(off, queries=5000), "impossible")


def test_what_only_an_odd_evaluation_prints_is_suspicious():
    assert named(audit(CARD | {"query_active_dims": "22.584999"}), "suspicious") >= {"float32"}
    changed = audit(CARD | {"dot_recall@5": "0.9096166676666667"})
    assert named(changed, "suspicious") == {"recall denominators"}
    assert not changed.impossible


def test_a_table_rounds_its_front_matter_either_way():
    card = {"accuracy@1": "0.50125", "accuracy@10": "0.625", "mrr@10": "0.5434523809523809"}
    for tie in ("0.5012", "0.5013"):
        assert not audit(card, table={"accuracy@1": tie, "mrr@10": "0.5435"}).impossible
    wrong = audit(card, table={"accuracy@1": "0.5014", "mrr@10": "0.5435"})
    assert named(wrong, "suspicious") == {"table"}
    # The table of an earlier evaluation is no lie: only one and the same must round.
    assert not wrong.impossible
    # 0.6 rounds 0.625, but not next to numbers of four decimals.
    short = audit(card, table={"accuracy@10": "0.6", "mrr@10": "0.5435"})
    assert named(short, "suspicious") == {"table"}


def test_four_decimals_rule_out_less_and_say_so():
    rounded = {key: str(round(float(text), 4)) for key, text in CARD.items()}
    result = audit(rounded, **KNOWN, queries=5000)
    assert not result.impossible
    assert result.queries is None
    # 0.8286 of 11 queries is 9.11: no count rounds to it.
    assert "GRIM" in named(audit(rounded, queries=11), "impossible")


def test_possible_queries_hold_hand_computed_ones():
    measures = ("accuracy@1", "precision@5", "recall@10", "mrr@10", "ndcg@10", "map@100")
    rows = possible(measures)
    # Two relevant, found at ranks 2 and 4; then two relevant, the second found at rank 11.
    dcg = 1 / np.log2(3) + 1 / np.log2(5)
    expected = [0, 2 / 5, 1, 1 / 2, dcg / (1 + 1 / np.log2(3)), (1 / 2 + 2 / 4) / 2]
    assert np.abs(rows - expected).max(axis=1).min() < 1e-12
    late = [1, 1 / 5, 1 / 2, 1, 1 / (1 + 1 / np.log2(3)), (1 + 2 / 11) / 2]
    assert np.abs(rows - late).max(axis=1).min() < 1e-12


def test_two_cutoffs_of_map_may_differ_by_late_hits():
    # One query, ten relevant documents, at ranks 21 to 30.
    late = sum(j / (20 + j) for j in range(1, 11)) / 10
    card = {"accuracy@10": 0.0, "recall@10": 0.0, "map@20": 0.0, "map@100": late}
    result = audit({key: repr(value) for key, value in card.items()})
    assert not result.impossible


@pytest.mark.parametrize("cutoff", [1000, 1_000_000, 10**12])
def test_deep_cutoffs_are_audited_without_a_number_that_no_double_holds(cutoff):
    """Of MRR@1000 the counts are multiples of 1/lcm(1..1000), some 10^433."""
    card = {"accuracy@1": "0.25", "accuracy@10": "0.5", "recall@10": "0.4000"}
    deep = {f"{name}@{cutoff}": "0.4000" for name in ("mrr", "map", "ndcg")}
    assert named(audit(card | deep), "impossible") == set()
    wrong = audit(card | deep | {f"mrr@{cutoff}": "0.2000"})  # the top one alone gives 0.25
    assert named(wrong, "impossible") == {"first-hit brackets"}
    wrong = audit(card | deep | {f"map@{cutoff}": "0.0300"})  # recall@10 gives a tenth of itself
    assert named(wrong, "impossible") == {"map bounds"}


def test_an_mrr_of_no_query_is_never_ruled_out_by_its_depth():
    """At 700 ranks the product left float64: nothing fitted, so that it was called impossible."""
    for cutoff in (100, 200, 201, 700, 709, 710):
        assert not audit({f"mrr@{cutoff}": "0.5123"}).impossible


def test_measures_of_other_evaluators_are_passed_over():
    """Nobody knows how a card's bpref was computed, and DCG has no upper end."""
    others = {"bpref": "0.4", "dcg@10": "7.5", "f1@10": "0.2", "num_rel_ret": "31", "loss": "9"}
    assert audit(CARD | others).findings == audit(CARD).findings
    with pytest.raises(InputError, match="None of the 5 keys"):
        audit(others)


def test_unusable_mappings_are_refused():
    with pytest.raises(InputError, match="dot_ndcg@10"):
        audit({"loss": "0.1"})
    with pytest.raises(InputError, match=r"ndcg@10 twice \('cos_ndcg@10'"):
        audit({"dot_ndcg@10": "0.5", "cos_ndcg@10": "0.5"})


CSR = """# Harbour CSR

- **Output Dimensionality:** 4096 dimensions (trained with 256 maximum active dimensions)

```
SparseEncoder(
  (0): Transformer({{'max_seq_length': 512, 'do_lower_case': False, 'architecture': 'BertModel'}})
  (1): Pooling({{'word_embedding_dimension': 1024, 'pooling_mode_cls_token': True}})
  {module}
)
```

| Metric | Value |
|:--|:--|
| dot_accuracy@1 | 0.48 |
| query_active_dims | 256.0 |
| query_sparsity_ratio | {ratio} |
"""
AUTOENCODER = "(2): SparseAutoEncoder({'input_dim': 1024, 'hidden_dim': 4096, 'k': 256})"


@pytest.mark.parametrize("module", [AUTOENCODER, ""])
@pytest.mark.parametrize(("ratio", "odd"), [("0.9375", False), ("0.7500", True)])
def test_the_dense_pooling_before_an_autoencoder_is_not_the_size_of_its_vectors(module, ratio, odd):
    """1 - 256 / 4096 = 0.9375 was called impossible for a vocabulary of 1,024."""
    card = read_card(CSR.format(module=module, ratio=ratio), "README.md")
    assert card.architecture.output_dims == 4096
    (one,) = audit_card(card)
    assert not one.audit.impossible  # what the card says of its modules accuses nobody
    assert ("ratio = 1 - dims / vocabulary" in named(one.audit, "suspicious")) is odd
    (one,) = audit_card(card, vocab_size=4096)
    assert one.audit.impossible is odd


def test_each_score_function_is_audited_by_itself():
    """The card was refused, and told to name an option that does not exist."""
    table = (
        "| Metric | Value |\n|--|--|\n| dot_accuracy@1 | 0.48 |\n| dot_mrr@10 | 0.52 |\n"
        "| cosine_accuracy@1 | 0.50 |\n| cosine_mrr@10 | 0.4812 |\n| query_active_dims | 31.5 |\n"
    )
    dot, cosine = audit_card(read_card(f"# Harbour\n\n{table}", "README.md"))
    assert (dot.where, cosine.where) == (
        "README.md table 'Harbour', line 3 (dot)",
        "README.md table 'Harbour', line 3 (cosine)",
    )
    assert not dot.audit.impossible
    assert cosine.audit.impossible  # a first hit at rank 1 in half of the queries is 0.50 of MRR


def test_dust_of_a_multiplication_is_no_precision():
    """recall@5 0.51991 and precision@5 0.10398, rounded to five places: R >= 1 asks for no more."""
    rounded = {"recall@5": "51.991%", "precision@5": "10.397999999999998%"}
    table = "".join(f"| {key} | {text} |\n" for key, text in rounded.items())
    (one,) = audit_card(read_card(f"| Metric | Value |\n|--|--|\n{table}", "README.md"))
    assert not one.audit.impossible
    # In a table each number is rounded as its author liked, however full the others are.
    full = "".join(f"| dot_{key} | {text} |\n" for key, text in rounded.items())
    full += "| dot_mrr@10 | 41.276543219876543% |\n"
    (one,) = audit_card(read_card(f"| Metric | Value |\n|--|--|\n{full}", "README.md"))
    assert not one.audit.impossible
    # Front matter is a dump of doubles: 5 x 0.103979... is too little there.
    dump = {"dot_recall@5": "0.51991", "dot_precision@5": "0.10397999999999998"}
    result = audit(dump | {"dot_mrr@10": "0.41276543219876543"})
    assert "at one cutoff" in named(result, "impossible")


NFCORPUS = """
ndcg_at_1 0.39474 ndcg_at_3 0.36355 ndcg_at_5 0.34164 ndcg_at_10 0.31594 ndcg_at_20 0.29327
ndcg_at_100 0.29455 ndcg_at_1000 0.38283 map_at_1 0.04323 map_at_3 0.07722 map_at_5 0.09231
map_at_10 0.11048 map_at_20 0.12257 map_at_100 0.14244 map_at_1000 0.15684 recall_at_1 0.04323
recall_at_3 0.09053 recall_at_5 0.11959 recall_at_10 0.15499 recall_at_20 0.18891
recall_at_100 0.31151 recall_at_1000 0.63211 precision_at_1 0.41486 precision_at_3 0.34881
precision_at_5 0.30279 precision_at_10 0.24334 precision_at_20 0.17817 precision_at_100 0.07981
precision_at_1000 0.02096 mrr_at_1 0.42105263157894735 mrr_at_3 0.4840041279669763
mrr_at_5 0.5019607843137256 mrr_at_10 0.5076539387684899 mrr_at_20 0.5102132688432999
mrr_at_100 0.5132351043559762 mrr_at_1000 0.5137082739380899
"""
CLIMATE_FEVER = """
ndcg_at_1 0.21368 ndcg_at_3 0.18424 ndcg_at_5 0.18343 ndcg_at_10 0.2273 ndcg_at_20 0.26617
ndcg_at_100 0.33216 ndcg_at_1000 0.38438 map_at_1 0.05607 map_at_3 0.10247 map_at_5 0.12562
map_at_10 0.1504 map_at_20 0.16521 map_at_100 0.1794 map_at_1000 0.18304 recall_at_1 0.05607
recall_at_3 0.13024 recall_at_5 0.18484 recall_at_10 0.27878 recall_at_20 0.38471
recall_at_100 0.62575 recall_at_1000 0.90718 precision_at_1 0.22997 precision_at_3 0.17416
precision_at_5 0.1458 precision_at_10 0.10697 precision_at_20 0.07244 precision_at_100 0.02403
precision_at_1000 0.00353 mrr_at_1 0.22996742671009773 mrr_at_3 0.29391965255157404
mrr_at_5 0.3111834961997822 mrr_at_10 0.32628612791479217 mrr_at_20 0.3352755299726383
mrr_at_100 0.33967423313252554 mrr_at_1000 0.3401334410242214
"""
"""True evaluations by mteb, printed in github.com/suvansh/ChromaAdaptEmbed/issues/1 and in
github.com/embeddings-benchmark/mteb/pull/1873: graded gains, its own order of ties for MRR, some
numbers rounded to five places and some in full. NFCorpus has 323 queries, Climate-FEVER 1,535.
"""


def by_mteb(block, **changed):
    words = block.split()
    printed = dict(zip(words[::2], words[1::2], strict=True)) | changed
    rows = "".join(f"| {key} | {text} |\n" for key, text in printed.items())
    (one,) = audit_card(read_card(f"# Toy\n\n| Metric | Value |\n|--|--|\n{rows}", "README.md"))
    return one.audit


@pytest.mark.parametrize(("block", "queries"), [(NFCORPUS, "323"), (CLIMATE_FEVER, "1,535")])
def test_a_true_evaluation_by_mteb_is_not_called_impossible(block, queries):
    """NFCorpus was, twice; now its digits give away how many queries it has."""
    found = by_mteb(block)
    assert {finding.verdict for finding in found.findings} == {"consistent"}
    assert numbers(found, "GRIM").endswith(f"the smallest being {queries}")
    assert found.left_out.startswith("ndcg@1, ndcg@3, ")
    assert "mrr@1000 were not held against the other measures" in found.left_out


@pytest.mark.parametrize(
    ("changed", "test", "verdict"),
    [
        ({"precision_at_10": "0.15000"}, "from cutoff to cutoff", "impossible"),  # fewer than in 5
        ({"recall_at_10": "0.10000"}, "from cutoff to cutoff", "impossible"),
        ({"mrr_at_1": "0.42345678901234567"}, "GRIM", "suspicious"),
    ],
)
def test_what_no_tool_can_print_is_still_impossible(changed, test, verdict):
    """GRIM alone rules nothing out: a mean over several sets has no one number of queries."""
    found = by_mteb(NFCORPUS, **changed)
    assert test in named(found, verdict)
    assert found.impossible is (verdict == "impossible")


def test_the_same_digits_as_sentence_transformers_prints_them_are_impossible():
    """Its gains are 0 or 1 and its ranking is one: nDCG@1, MRR@1 and P@1 are the same there."""
    words = NFCORPUS.split()
    keys = (f"dot_{key}" for key in words[::2])
    assert audit(dict(zip(keys, words[1::2], strict=True))).impossible
