"""The audit beside known sets and other cards: single hits, the named set, equal digits."""

import json
import math
import random
from statistics import fmean

import numpy as np
import pytest

from harness.card import Card, PublishedEvaluation
from harness.card.audit import audit
from harness.card.audit.card import audit_card
from harness.card.audit.copies import other_cards
from harness.claims.published import read


def single(seed, queries, documents=5_043):
    """Numbers in full of queries with one relevant document each, at a drawn rank."""
    draw = random.Random(seed)
    ranks = [draw.choice((1, 1, 1, 2, 2, 3, 4, 6, 7, 9, 10, None)) for _ in range(queries)]
    card = {}
    for k in (1, 3, 5, 10):
        hits = [rank is not None and rank <= k for rank in ranks]
        card[f"dot_accuracy@{k}"] = card[f"dot_recall@{k}"] = fmean(hits)
        card[f"dot_precision@{k}"] = fmean(hit / k for hit in hits)
    card["dot_mrr@10"] = fmean(1 / rank if rank else 0.0 for rank in ranks)
    card["dot_ndcg@10"] = fmean(1 / math.log2(rank + 1) if rank else 0.0 for rank in ranks)
    dims = [draw.randint(10, 40) for _ in range(queries)]
    card["query_active_dims"] = float(np.float32(sum(dims)) / np.float32(queries))
    total = draw.randint(100 * documents, 200 * documents)
    card["corpus_active_dims"] = float(np.float32(total) / np.float32(documents))
    return card


def full(card):
    return {key: repr(value) for key, value in card.items()}


def rounded(card, places=4):
    return {key: f"{value:.{places}f}" for key, value in card.items()}


def place(numbers, dataset="", *, dump=True):
    published = tuple(read(key, text, "a card") for key, text in numbers.items())
    return PublishedEvaluation(dataset, "a card", published, full_precision=dump)


def findings(result, test):
    return [finding for finding in result.findings if finding.test == test]


def the_audit(numbers, dataset="", *, dump=True, **known):
    card = Card("toy", "README.md", (place(numbers, dataset, dump=dump),))
    (one,) = audit_card(card, **known)
    return one.audit


@pytest.mark.parametrize("queries", [1, 7, 20, 50])
def test_true_ranks_of_single_hits_are_found(queries):
    for seed in range(6):
        card = single(seed, queries)
        for numbers in (full(card), rounded(card), rounded(card, 5), rounded(card, 3)):
            result = audit(numbers, queries=queries)
            assert all(f.verdict == "consistent" for f in findings(result, "single hits"))
        assert findings(audit(full(card), queries=queries), "single hits")


@pytest.mark.parametrize("off", [1e-9, -1e-6, 3e-5, 2e-4])
def test_an_ndcg_that_no_ranks_give_is_impossible_once_the_queries_are_known(off):
    for seed in range(5):
        changed = single(seed, 50)
        changed["dot_ndcg@10"] += off
        (known,) = findings(audit(full(changed), queries=50), "single hits")
        assert known.verdict == "impossible"
        result = audit(full(changed))
        assert [f.verdict for f in findings(result, "single hits")] == ["suspicious"]


def test_with_several_relevant_documents_no_ranks_are_asked_for():
    card = single(3, 50)
    card["dot_recall@10"] *= 0.99  # some query has more than one
    assert not findings(audit(full(card), queries=50), "single hits")
    card = single(3, 50)
    card["dot_precision@10"] += 1 / 500
    assert not findings(audit(full(card), queries=50), "single hits")


def test_the_digits_of_a_named_set_fit_its_queries_documents_and_judgements():
    result = the_audit(full(single(1, 50)), "NanoMSMARCO")
    found = findings(result, "named set")
    assert {finding.verdict for finding in found} == {"consistent"}
    said = " ".join(finding.numbers for finding in found)
    assert "counts of its 50 queries are whole" in said
    assert "50 queries = " in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        # The same name, other data: 49 queries, another corpus, more relevant documents.
        (single(2, 49), "of 50 queries are no whole counts"),
        (single(2, 50, documents=5_111), "5,043 documents is not whole"),
        (single(2, 50) | {"query_active_dims": 25.510000228881836}, "queries = 1,275.5000, not"),
        (single(2, 50) | {"dot_recall@5": 0.61}, "recall@5 is 0.61"),
    ],
)
def test_digits_that_are_not_of_the_named_set_are_suspicious_and_no_more(change, said):
    result = the_audit(full(change), "NanoMSMARCO")
    odd = [f for f in findings(result, "named set") if f.verdict == "suspicious"]
    assert said in " ".join(finding.numbers for finding in odd)
    assert all("translation" in finding.why for finding in odd)
    assert "impossible" not in {f.verdict for f in findings(result, "named set")}
    # Under a name of its own nothing is held against it.
    assert not findings(the_audit(full(change), "my queries"), "named set")


def test_more_hits_than_the_named_set_has_judgements_are_noticed():
    numbers = {"dot_precision@10": "0.900000", "dot_accuracy@10": "1.0"}
    odd = findings(the_audit(numbers, "NanoFEVER"), "named set")  # 57 judgements
    assert "tells of 450 hits, 57 are relevant" in " ".join(finding.numbers for finding in odd)
    assert not [
        f for f in findings(the_audit(numbers, "NanoDBPedia"), "named set") if "hits" in f.numbers
    ]


def same(numbers, others, dataset="", other_name="", **known):
    card = Card("toy", "README.md", (place(numbers, dataset),))
    other = Card("other", "README.md", (place(others, other_name),))
    (one,) = audit_card(card, against=other_cards(other, "acme/other"), **known)
    return findings(one.audit, "same digits")


def test_numbers_of_another_card_are_told_and_accuse_nobody():
    mine = full(single(1, 50))
    (found,) = same(mine, mine, "NanoMSMARCO", "NanoMSMARCO")
    assert found.verdict == "suspicious"
    assert "numbers are those of acme/other (a card)" in found.numbers
    assert "one checkpoint" in found.why
    # One full double of a mean that is no count is enough, whatever the set is called.
    one = {"dot_ndcg@10": "0.6149421875830284"}
    (found,) = same(one, {"ndcg@10": "0.6149421875830284"}, "toy", "another")
    assert "on another," in found.numbers


def test_two_models_on_one_set_share_counts_by_accident():
    """Two models of the same skill on the same fifty queries: a tenth of their counts is equal."""
    told = 0
    for seed in range(20):
        mine, theirs = single(seed, 50), single(seed + 1_000, 50)
        told += bool(same(full(mine), full(theirs), queries=50))
        told += bool(same(rounded(mine), rounded(theirs), queries=50))
    assert told == 0


@pytest.mark.parametrize("numbers", [{"dot_accuracy@1": "1.0", "dot_ndcg@10": "1.0"}, {}])
def test_what_everybody_has_is_no_copy(numbers):
    few = {"dot_accuracy@1": "0.5", "dot_accuracy@10": "0.75"}
    assert not same(few | numbers, few | numbers, queries=4)


def test_the_command_tells_equal_numbers_and_candidates(cli, tmp_path):
    rows = "".join(f"| {key} | {text} |\n" for key, text in rounded(single(1, 50)).items())
    for name in ("mine", "theirs"):
        folder = tmp_path / name
        folder.mkdir()
        text = f"# {name}\n\n| Metric | Value |\n|--|--|\n{rows}"
        (folder / "README.md").write_text(text)
    mine, theirs = (str(tmp_path / name) for name in ("mine", "theirs"))
    code, out, _ = cli("audit", mine, "--against", theirs, "--queries", "50", "--format", "json")
    assert code == 0
    (one,) = json.loads(out)["audits"]
    assert "same digits" in {finding["test"] for finding in one["findings"]}
    assert one["maker"]["name"] == "sentence-transformers"
    assert sum(c["probability"] for c in one["candidates"]) == pytest.approx(1)
    assert {"name", "ids", "queries", "documents", "why", "mean"} <= one["candidates"][0].keys()
    _, text, _ = cli("audit", mine, "--queries", "50")
    assert "Which data set?" in text
    assert "same digits" not in text


def test_a_hostile_name_of_a_set_stays_text(cli, tmp_path):
    rows = "".join(f"| {key} | {text} |\n" for key, text in rounded(single(1, 50)).items())
    name = "NanoBEIR_mean \x1b[31m\u202e[x](http://evil.example)"
    text = f"# toy\n\n* Dataset: `{name}`\n\n| Metric | Value |\n|--|--|\n{rows}"
    (tmp_path / "README.md").write_text(text)
    for style in ("table", "markdown", "json"):
        _, out, _ = cli("audit", tmp_path, "--against", tmp_path, "--format", style)
        assert "mean over several sets" in " ".join(out.split())
        assert "\x1b" not in out
        assert "\u202e" not in out
        if style == "markdown":
            assert "[x](" not in out
