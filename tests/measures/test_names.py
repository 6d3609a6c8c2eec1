"""One grammar of measure names, for claims, for options and experiments, and for the card audit."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.card.audit.intervals import read as read_intervals
from harness.claims.published import measure_key, read
from harness.errors import InputError
from harness.measures.by_measure import ByMeasure
from harness.measures.definitions import TABLE
from harness.measures.names import (
    CARD,
    LEAST_PERSISTENCE,
    RETRIEVAL,
    SIMILARITIES,
    SPARSITY,
    Measure,
    ParsedName,
    deepest,
    explain,
    parse_measures,
    parse_name,
)

NDCG, MRR = Measure("ndcg", 10), Measure("mrr", 10)

cutoffs = st.integers(1, 10**12)
persistences = st.floats(LEAST_PERSISTENCE, 1, exclude_max=True)


@st.composite
def measures(draw):
    name = draw(st.sampled_from(RETRIEVAL))
    row = TABLE[name]
    cutoff = draw(cutoffs) if row.cutoff == "needed" else None
    cutoff = draw(st.none() | cutoffs) if row.cutoff == "possible" else cutoff
    return Measure(name, cutoff, draw(persistences) if row.persistence else None)


@given(measures())
def test_a_printed_measure_is_read_as_itself(measure):
    assert Measure.parse(str(measure)) == measure
    assert measure_key(str(measure)) == str(measure)


@given(measures(), st.sampled_from(SIMILARITIES))
def test_a_key_with_its_similarity_is_read_as_both(measure, similarity):
    found = parse_name(f"{similarity}_{measure}")
    assert found == ParsedName(similarity, measure, None)
    assert parse_name(found.key) == found


@given(st.text(max_size=12) | st.from_regex(r"[a-z_@(=.]{1,12}[0-9k]{0,6}", fullmatch=True))
def test_any_text_is_a_measure_whose_key_is_stable_or_none(text):
    found = parse_name(text)
    if found is not None:
        assert parse_name(found.key) == found._replace(unit=None)
    elif text not in SPARSITY:
        with pytest.raises(InputError, match=r"\."):
            Measure.parse(text)


SPELLINGS = [
    # What only [published.values] took.
    ("R@1000", "recall@1000"),
    ("recall@1k", "recall@1000"),
    ("dot_ndcg@10", "ndcg@10"),
    ("Dot Ndcg@10", "ndcg@10"),
    ("ndcg_at_10", "ndcg@10"),
    ("nDCG @ 10", "ndcg@10"),
    ("**dot_ndcg@10**", "ndcg@10"),
    ("success@5", "accuracy@5"),
    ("Hit Rate@3", "accuracy@3"),
    ("p@5", "precision@5"),
    # What only the audit took.
    ("cos_ndcg@10", "ndcg@10"),
    ("euclidean_map@100", "map@100"),
    # What only --measures and the card reader took.
    ("map@1000000", "map@1000000"),
    (" NDCG@10 ", "ndcg@10"),
    ("precision@999999999", "precision@999999999"),
    # What none took.
    ("NDCG@10 (%)", "ndcg@10"),
    ("ndcg@10 %", "ndcg@10"),
    ("ndcg@10 [%]", "ndcg@10"),
    ("ndcg@10 in percent", "ndcg@10"),
    ("**MRR@10 (%)**", "mrr@10"),
    ("ndcg at 10", "ndcg@10"),
]


@pytest.mark.parametrize(("text", "printed"), SPELLINGS)
def test_every_spelling_is_one_measure_to_claims_options_and_audit(text, printed):
    """Fault 5 of the reading: three grammars of one name."""
    assert str(Measure.parse(text)) == printed
    assert parse_measures(f"accuracy@1,{text}")[-1] == Measure.parse(printed)
    assert read(text, "0.5", "here").name == printed
    assert list(read_intervals({text: "0.5"}).printed) == [printed]


@pytest.mark.parametrize("name", SPARSITY)
def test_sparsity_is_a_measure_to_claims_and_audit_and_refused_as_an_option(name):
    assert read(name.replace("_", " ").title(), "0.5", "here").measure == name
    assert list(read_intervals({name: "0.5"}).printed) == [name]
    with pytest.raises(InputError, match=rf"'{name}' is a measure of the vectors, .*leave it out"):
        parse_measures(f"ndcg@10,{name}")


def test_the_name_of_a_data_set_is_understood_by_the_audit_only():
    assert list(read_intervals({"NanoMSMARCO_dot_ndcg@10": "0.5"}).printed) == ["ndcg@10"]
    assert list(read_intervals({"a_b_query_active_dims": "5"}).printed) == ["query_active_dims"]
    assert measure_key("NanoMSMARCO_dot_ndcg@10") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("NDCG@10 (%)", ParsedName("", NDCG, "percent")),
        ("Dot MRR@10 [ % ]", ParsedName("dot", MRR, "percent")),
        ("cos_mrr@10", ParsedName("cosine", MRR, None)),
        ("Query Sparsity Ratio (%)", ParsedName("", "query_sparsity_ratio", "percent")),
        ("rbp.95", ParsedName("", Measure("rbp", p=0.95), None)),
        ("RBP (p = 0.8)", ParsedName("", Measure("rbp", p=0.8), None)),
        ("Rprec", ParsedName("", Measure("r_precision"), None)),
        ("R-Precision", ParsedName("", Measure("r_precision"), None)),
        ("num_rel_ret@5", ParsedName("", Measure("num_rel_ret", 5), None)),
        ("hits@5", ParsedName("", Measure("accuracy", 5), None)),  # on cards a hit is a query's
    ],
)
def test_a_spelling_says_similarity_measure_and_unit(text, found):
    assert parse_name(text) == found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ncdg@10", "'ncdg@10' is not a measure. Did you mean 'ndcg@10'?"),
        ("dgc_burges@5", "Did you mean 'dcg_burges@5'?"),
        ("ndcg", "write its cutoff, such as ndcg@10."),
        ("hits", "write its cutoff, such as accuracy@10."),
        ("bpref@10", "bpref takes no cutoff."),
        ("rbp@95", "write its persistence, such as rbp(p=0.8)."),
        ("rbp", "write its persistence, such as rbp(p=0.8)."),
        ("dcg@10 (%)", "dcg is a sum and no share, so it has no percentage."),
        ("corpus_active_dims (%)", "corpus_active_dims is a count, so it has no percentage."),
        ("ndcg@0", "write one of accuracy, precision, recall, ndcg, mrr, map, f1"),
        ("spearman", "or r_precision, rbp(p=0.8), bpref."),
        ("x" * 500, f"'{'x' * 80}...' is not a measure"),
    ],
)
def test_what_is_no_measure_is_refused_with_what_was_meant(text, says):
    assert parse_name(text) is None
    with pytest.raises(InputError, match=re.escape(says)):
        Measure.parse(text)
    assert says in explain(text)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("err", 10), "'err' is not a measure"),
        (("ndcg",), "'ndcg' needs a cutoff"),
        (("bpref", 10), "'bpref' takes no cutoff"),
        (("ndcg", 0), "cutoff of ndcg is 0"),
        (("ndcg", 10**12 + 1), "it is 1 to 1,000,000,000,000"),
        (("rbp",), "'rbp' needs a persistence"),
        (("ndcg", 10, 0.8), "'ndcg' takes no persistence"),
        (("rbp", None, 1.0), "persistence of rbp is 1.0"),
        (("rbp", None, 0.0), "persistence of rbp is 0.0"),
    ],
)
def test_a_measure_that_does_not_exist_can_not_be_made(arguments, says):
    with pytest.raises(InputError, match=re.escape(says)):
        Measure(*arguments)


def test_the_fifteen_of_the_cards_are_printed_as_cards_print_them():
    assert list(map(str, CARD))[:5] == [
        *("accuracy@1", "accuracy@3", "accuracy@5", "accuracy@10"),
        "precision@1",
    ]
    assert list(map(str, CARD))[-3:] == ["ndcg@10", "mrr@10", "map@100"]
    assert len(CARD) == 15
    assert deepest(CARD) == 100
    assert deepest([Measure("bpref")]) == 0


def test_spellings_lead_to_one_measure_each():
    every = [spelling for name, row in TABLE.items() for spelling in (name, *row.spellings)]
    assert len(set(every)) == len(every)
    assert not set(every) & set(SPARSITY)


MEANS = ByMeasure({NDCG: 0.5, Measure("recall", 1000): 0.9, Measure("bpref"): 0.25})


def test_scores_answer_to_every_spelling_and_stand_in_the_order_that_was_asked_for():
    assert list(MEANS) == ["ndcg@10", "recall@1000", "bpref"]
    assert dict(MEANS) == {"ndcg@10": 0.5, "recall@1000": 0.9, "bpref": 0.25}
    for name in (NDCG, "ndcg@10", "nDCG@10", "NDCG @ 10", "dot_ndcg@10"):
        assert MEANS[name] == 0.5
        assert name in MEANS
    assert MEANS["R@1k"] == MEANS["R@1000"] == 0.9
    assert MEANS.get("mrr@10") is None
    assert "nonsense" not in MEANS
    assert 7 not in MEANS
    assert len(MEANS) == 3
    assert repr(MEANS) == "{'ndcg@10': 0.5, 'recall@1000': 0.9, 'bpref': 0.25}"


@pytest.mark.parametrize("name", ["mrr@10", MRR, "nonsense", "ndcg@5"])
def test_a_score_that_is_not_there_is_refused_with_what_is(name):
    with pytest.raises(KeyError, match=rf"no {name} here; there is ndcg@10, recall@1000, bpref"):
        MEANS[name]
