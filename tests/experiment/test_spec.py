"""Experiments: the shipped ones are sound, and a mistake in one is named with its key."""

import re
import tomllib
from dataclasses import fields, replace

import pytest

from harness.claims.claims import Deviation
from harness.errors import InputError
from harness.experiment.evidence import DeviationSpec, Example, PublishedSpec
from harness.experiment.sections import CollectionSpec, EvaluationSpec, ModelSpec
from harness.experiment.spec import (
    DEFAULT,
    SHIPPED,
    Experiment,
    open_experiment,
    read_experiment,
    shipped,
)
from harness.measures import Policy
from harness.measures.names import CARD, SPARSITY, Measure
from tests.support import FILES_0_1_0

LEAST = """
name = "least"
[model]
id = "owner/model"
[collection]
id = "sampler"
"""

WHOLE = """
name = "whole-1.0"
title = "All keys"
[model]
id = "owner/model"
revision = "abc"
max_length = 256
[collection]
id = "beir/nfcorpus/test"
note = "unused"
[evaluation]
policy = "trec"
depth = 1000
relevance_level = 2
measures = ["ndcg@10", "recall@1000"]
drop_query_itself = true
[published]
source = "a card"
note = "A note."
[published.values]
"ndcg@10" = "0.3471"
"Recall@1k" = "57.3"
"corpus_active_dims" = "174.85202722777373"
[[examples]]
source = "the card"
queries = ["a"]
documents = ["b", "c"]
similarity = [["1.5", "2"]]
[[examples]]
source = "the card again"
text = "a"
top_terms = [["today", "2.5437"], ["now", "1.0"]]
[[deviations]]
measure = "ndcg@10"
tolerance = 0.002
because = "ties"
[budgets]
change = { "ndcg@10" = 0.002, avg_flops = 1 }
between = { corpus_active_dims = [150, 200.5], truncated_documents = [0, 0.01] }
documents_per_second = 0.9
[margin]
"ndcg@10" = 0.005
"""


def test_the_least_experiment():
    found = read_experiment(LEAST, "here")
    assert found == Experiment(
        name="least", model=ModelSpec("owner/model"), collection=CollectionSpec("sampler")
    )
    assert (found.model.revision, found.model.max_length) == ("main", None)
    assert found.evaluation == EvaluationSpec("st", 100, 1, CARD, False)
    assert found.evaluation.policy_at_level == Policy("st", 1)
    assert found.published.numbers == found.examples == found.deviations == ()


def test_every_key():
    found = read_experiment(WHOLE, "here")
    assert found.model == ModelSpec("owner/model", "abc", 256)
    assert found.collection == CollectionSpec("beir/nfcorpus/test", "unused")
    measures = (Measure("ndcg", 10), Measure("recall", 1000))
    assert found.evaluation == EvaluationSpec("trec", 1000, 2, measures, True)
    assert found.evaluation.policy_at_level == Policy("trec", 2)
    assert found.published.note == "A note."
    assert [(p.measure, p.text, p.unit, p.source) for p in found.published.numbers] == [
        ("ndcg@10", "0.3471", "fraction", "a card"),
        ("recall@1000", "57.3", "percent", "a card"),
        ("corpus_active_dims", "174.85202722777373", "count", "a card"),
    ]
    similar, terms = found.examples
    assert similar == Example(
        source="the card", queries=("a",), documents=("b", "c"), similarity=(("1.5", "2"),)
    )
    assert (similar.printed, similar.terms) == ((("1.5", "2"),), ())
    assert (terms.text, terms.printed) == ("a", (("2.5437", "1.0"),))
    assert terms.terms == ("today", "now")
    assert found.claims.deviations == (Deviation("ndcg@10", 0.002, "ties"),)
    assert found.budgets.change == {"ndcg@10": 0.002, "avg_flops": 1.0}
    assert found.budgets.between["corpus_active_dims"] == (150.0, 200.5)
    assert (found.budgets.documents_per_second, found.margin) == (0.9, {"ndcg@10": 0.005})


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ('[budgets]\nchanges = { "ndcg@10" = 1 }', "did you mean 'change'?"),
        ('[budgets.change]\n"ndcg@10" = -0.1', "budgets.change.ndcg@10' is -0.1"),
        ('[budgets.change]\n"ndcg@10" = nan', "ndcg@10"),
        ('[budgets.change]\n"ndgc@10" = 0.1', "'ndgc@10' in [budgets.change] is unknown"),
        ("[budgets.change]\nposting = 1", "did you mean 'postings'?"),
        ('[budgets.change]\n"nDCG@10" = 0.1', "did you mean 'ndcg@10'?"),
        ('[budgets.change]\n"ndcg@10" = "0.1"', "a number is needed"),
        ("[budgets.between]\navg_flops = [2, 1]", "the least and then the most"),
        ("[budgets.between]\navg_flops = [1]", "avg_flops"),
        ("[budgets]\ndocuments_per_second = -1", "0 or more"),
        ('[margin]\n"ndcg@10" = -0.005', "margin.ndcg@10' is -0.005"),
        ("[margin]\navg_flops = 1", "'avg_flops' in [margin] is unknown"),
        ("margin = 0.005", "margin"),
    ],
)
def test_a_budget_that_is_not_understood_is_a_sentence(tables, said):
    before, table = (tables, "") if tables.startswith("margin") else ("", tables)
    with pytest.raises(InputError, match=re.escape(said)):
        read_experiment(f"{before}\n{LEAST}\n{table}", "here")


def test_the_tables_are_those_of_the_file():
    """One to one: each key of a whole file is a field, and there is no other."""
    raw = tomllib.loads(WHOLE.replace("drop_query_itself", "ignore_identical_ids"))
    assert {f.name for f in fields(Experiment)} == set(raw)
    later = {"weights_sha256", "query_weights_sha256", "max_active_dims"}
    assert {f.name for f in fields(ModelSpec)} == {*raw["model"], *later}
    assert {f.name for f in fields(EvaluationSpec)} == set(raw["evaluation"])
    assert {f.name for f in fields(PublishedSpec)} == {*raw["published"], "exact"}
    assert {f.name for f in fields(Example)} == {key for one in raw["examples"] for key in one}
    assert {f.name for f in fields(DeviationSpec)} == {*raw["deviations"][0], "measures"}


# files of harness 0.1.0


def test_a_file_of_0_1_0_is_the_same_experiment_as_ever():
    path = FILES_0_1_0 / "insuranceqa-splade-tiny.toml"
    found = open_experiment(str(path))
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    assert (found.name, found.model.id) == (raw["name"], raw["model"]["id"])
    assert [n.text for n in found.published.numbers] == list(raw["published"]["values"].values())
    assert found.claims.deviations == tuple(
        Deviation(one["measure"], one["tolerance"], one["because"]) for one in raw["deviations"]
    )


def test_the_old_name_of_ignore_identical_ids_is_accepted_and_both_are_an_error():
    new = WHOLE.replace("drop_query_itself", "ignore_identical_ids")
    assert read_experiment(WHOLE, "here") == read_experiment(new, "here")
    with pytest.raises(InputError, match="the old name of ignore_identical_ids: give one of"):
        read_experiment(new.replace("depth =", "drop_query_itself = true\ndepth ="), "here")


def test_no_measures_are_the_fifteen_of_the_cards_as_they_were():
    text = LEAST + "[evaluation]\nmeasures = []\n"
    assert read_experiment(text, "here").evaluation.measures == CARD


# the rules hold in Python too


def test_a_ranking_too_shallow_for_a_measure_is_refused_wherever_it_is_asked_for():
    said = "depth 5 is too small to compute a measure at 20: make it 20 or more."
    with pytest.raises(InputError, match=said):
        EvaluationSpec(depth=5, measures=(Measure("recall", 20),))
    evaluation = replace(open_experiment(DEFAULT).evaluation, measures=("recall@20", "mrr@10"))
    with pytest.raises(InputError, match=said):
        replace(evaluation, depth=5)
    assert replace(evaluation, depth=20).depth == 20


def test_measures_may_be_texts_and_are_measures_afterwards():
    found = EvaluationSpec(measures=["NDCG@5", Measure("map", 7), "ndcg@5"])
    assert found.measures == (Measure("ndcg", 5), Measure("map", 7))
    assert found.names == ("ndcg@5", "map@7", *SPARSITY)
    with pytest.raises(InputError, match="'ngcd@5' is not a measure"):
        EvaluationSpec(measures=("ngcd@5",))


WOBBLE = DeviationSpec(measure="ndcg@10", tolerance=0.003, because="ties")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ModelSpec(""), "model.id is empty"),
        (lambda: ModelSpec("m", max_length=2), "max_length is 2"),
        (lambda: CollectionSpec(" "), "collection.id is empty"),
        (lambda: Experiment.of("m", ""), "collection.id is empty"),
        (lambda: EvaluationSpec("mteb"), "'mteb' is no policy"),
        (lambda: EvaluationSpec(relevance_level=0), "relevance level is 0"),
        (lambda: PublishedSpec("s", values={"ndcg@10": 0.5}), 'write ndcg@10 = "0.5" with quotes'),
        (lambda: PublishedSpec(values={"ndcg@10": "0.5"}), "'published.source' is missing"),
        (lambda: PublishedSpec("s", values={"ngcd@10": "0.5"}), "'ngcd@10' is not a measure"),
        (lambda: Example(source="s"), "queries, documents and similarity are needed"),
        (lambda: DeviationSpec(tolerance=1, because="x"), "either `measure` or `measures`"),
        (lambda: replace(WOBBLE, tolerance=float("inf")), "tolerance is inf"),
        (lambda: replace(WOBBLE, tolerance=True), "tolerance is True"),
        (lambda: replace(WOBBLE, because="\n"), "must say `because`"),
        (lambda: replace(open_experiment(DEFAULT), name="a/b"), "cannot be that of a file"),
    ],
)
def test_a_record_made_in_python_meets_the_rules_of_its_table(make, said):
    with pytest.raises(InputError, match=said):
        make()


def test_an_experiment_of_any_model_and_collection():
    found = Experiment.of("./my/Model_v2", "beir/NFCorpus", "abc")
    assert found.name == "beir-nfcorpus-my-model_v2"
    assert found.title == "./my/Model_v2 on beir/NFCorpus"
    assert found.model == ModelSpec("./my/Model_v2", "abc")
    assert found.collection == CollectionSpec("beir/NFCorpus")
    assert (found.evaluation, found.claims.published) == (EvaluationSpec(), ())
    long = Experiment.of("/m" * 300, "/c" * 300)
    assert long.first(1_000_000).name.endswith("00")


# deviations of several measures


def tolerated(*deviations, **changed):
    whole = replace(read_experiment(WHOLE, "here"), deviations=deviations, **changed)
    return {one.measure: one.tolerance for one in whole.claims.deviations}


def several(*patterns, tolerance=0.05):
    return DeviationSpec(measures=patterns, tolerance=tolerance, because="float32")


def test_a_pattern_tolerates_every_measure_that_it_names():
    ranked, dims = {"ndcg@10": 0.05, "recall@1000": 0.05}, {"corpus_active_dims": 0.05}
    assert tolerated(several("*@*")) == ranked
    assert tolerated(several("recall@*")) == {"recall@1000": 0.05}
    assert tolerated(several("dot_recall@*")) == {"recall@1000": 0.05}
    assert tolerated(several("ndcg@10", "corpus_active_*")) == {"ndcg@10": 0.05} | dims
    assert set(tolerated(several("*"))) == {"ndcg@10", "recall@1000", *SPARSITY}
    published_only = PublishedSpec("s", values={"dot_map@100": "0.5"})
    assert tolerated(several("map@*"), published=published_only) == {"map@100": 0.05}


def test_a_pattern_in_a_file():
    text = WHOLE.replace('measure = "ndcg@10"', 'measures = ["recall@*", "ndcg@10"]')
    found = read_experiment(text, "here").claims.deviations
    assert found == tuple(Deviation(m, 0.002, "ties") for m in ("ndcg@10", "recall@1000"))


def test_a_single_measure_goes_before_a_pattern_and_a_later_pattern_before_an_earlier():
    for both in ((WOBBLE, several("*@*")), (several("*@*"), WOBBLE)):
        assert tolerated(*both) == {"ndcg@10": 0.003, "recall@1000": 0.05}
    whole = replace(
        read_experiment(WHOLE, "here"),
        deviations=(several("*@*"), several("recall@*", tolerance=0.01)),
    )
    found = [(one.measure, one.tolerance) for one in whole.claims.deviations]
    assert found == [("ndcg@10", 0.05), ("recall@1000", 0.01)]


@pytest.mark.parametrize("pattern", ["ndgc@*", "mrr@10", "recall@10", "NDCG@10", ""])
def test_a_pattern_of_no_number_is_an_error(pattern):
    text = WHOLE.replace('measure = "ndcg@10"', f'measures = ["*@*", "{pattern}"]')
    said = f"here: deviations: {pattern!r} matches no published number"
    with pytest.raises(InputError, match=re.escape(said)):
        read_experiment(text, "here")


def test_measuring_less_leaves_out_the_deviations_of_what_is_measured_no_more():
    whole = read_experiment(WHOLE, "here")
    whole = replace(whole, deviations=(WOBBLE, several("recall@*", "*_dims"), several("recall@*")))
    evaluation = replace(whole.evaluation, measures=("mrr@10",))
    part = whole.evaluated(evaluation).first(5)
    assert (part.name, part.published.numbers) == (f"{whole.name}-first-5", ())
    assert part.deviations == (WOBBLE, several("*_dims"))
    # A number that is still claimed is still tolerated.
    assert whole.evaluated(evaluation).deviations == whole.deviations


def test_the_default_is_listed_first_and_all_shipped_ones_exist():
    assert shipped()[0] == DEFAULT
    assert sorted(shipped()) == sorted(path.stem for path in SHIPPED.glob("*.toml"))


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_experiment_is_sound(name):
    raw = tomllib.loads((SHIPPED / f"{name}.toml").read_text(encoding="utf-8"))
    found = open_experiment(name)
    assert found.name == name
    assert found.title
    values = raw.get("published", {}).get("values", {})
    numbers = found.published.numbers
    assert [number.text for number in numbers] == list(values.values())
    for claim in numbers:
        assert claim.source
        assert claim.value == pytest.approx(
            float(claim.text) / (100 if claim.unit == "percent" else 1)
        )
        assert claim.value <= 1 or claim.unit == "count"
    # A measure that is published and not computed could never hold.
    assert {claim.name for claim in numbers} <= set(found.evaluation.names)
    claimed = {claim.name for claim in numbers}
    for deviation in found.claims.deviations:
        assert deviation.because
        assert deviation.measure.removeprefix("dot_") in claimed


def test_the_default_experiment_says_what_was_measured_for_it():
    """Facts of the reference, in the digits that sentence-transformers 6.2.0 printed."""
    found = open_experiment(DEFAULT)
    printed = {claim.measure: claim.text for claim in found.published.numbers}
    assert len(printed) == 20
    assert printed["dot_ndcg@10"] == "0.5829665449228053"
    assert printed["corpus_active_dims"] == "284.6602848035844"
    assert len(found.examples) == 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name =", "nome =", "'nome' is unknown; did you mean 'name'"),
        ('name = "whole-1.0"\n', "", "'name' is missing"),
        ('"whole-1.0"', '"../../etc/x"', "cannot be that of a file"),
        ('"whole-1.0"', '""', "cannot be that of a file"),
        ('"whole-1.0"', '".hidden"', "cannot be that of a file"),
        ('"whole-1.0"', '"a b"', "cannot be that of a file"),
        ('"whole-1.0"', "3", "'name' is 3; text in quotes is needed"),
        ("[model]", "[modle]", "'modle' is unknown; did you mean 'model'"),
        ('revision = "abc"', 'revison = "abc"', "in \\[model\\] is unknown; did you mean"),
        ('id = "owner/model"\n', "", "'model.id' is missing"),
        (
            "max_length = 256",
            'max_length = "256"',
            "'model.max_length' is \"256\"; a whole number is needed",
        ),
        ("max_length = 256", "max_length = true", "is true; a whole number is needed"),
        ("max_length = 256", "max_length = 0", "max_length is 0"),
        ("max_length = 256", "max_length = -1", "max_length is -1"),
        ('policy = "trec"', 'policy = "mteb"', "'mteb' is no policy: choose one of st, trec"),
        ("relevance_level = 2", "relevance_level = 0", "relevance level is 0"),
        ("depth = 1000", "depth = 999", "depth 999 is too small to compute a measure at 1000"),
        ("depth = 1000", "depth = -1", "depth -1"),
        ("depth = 1000", "depth = 10.5", "'evaluation.depth' is 10.5; a whole number is needed"),
        ('"ndcg@10", "recall@1000"', '"ngcd@10"', "measures.0.: 'ngcd@10' is not a measure"),
        ('"ndcg@10", "recall@1000"', "10", "text in quotes"),
        (
            "drop_query_itself = true",
            "drop_query_itself = 1",
            "1; true or false is needed",
        ),
        ('= "0.3471"', "= 0.3471", 'write ndcg@10 = "0.3471" with quotes'),
        ('"0.3471"', '"0,3471"', "not a number"),
        ('"0.3471"', '"nan"', "not a number"),
        ('"57.3"', '"157.3"', "outside 0 to 100"),
        ('"Recall@1k"', '"Recall@1m"', "not a measure"),
        ('source = "a card"\n', "", "'published.source' is missing"),
        ('[["1.5", "2"]]', '[["1.5"]]', "a number for each document"),
        ('[["1.5", "2"]]', '[["1.5", "2"], ["1", "2"]]', "a row for each query"),
        ('[["1.5", "2"]]', "[[1.5, 2]]", "numbers in quotes"),
        ('[["1.5", "2"]]', '[["1.5", "two"]]', "'two' is not a number"),
        ('[["1.5", "2"]]', '[["1.5", "1e999"]]', "'1e999' is not a number"),
        ('["today", "2.5437"]', '["today", "-1e999"]', "'-1e999' is not a number"),
        ('[["1.5", "2"]]', '"1.5"', "'examples.0..similarity' is .*; a list is needed"),
        ('documents = ["b", "c"]\n', "", "queries, documents and similarity are needed"),
        ('queries = ["a"]', 'querys = ["a"]', "in .examples. is unknown; did you mean 'queries'"),
        ('[["today", "2.5437"], ["now", "1.0"]]', '[["today"]]', "pairs of a term and a weight"),
        ('[["today", "2.5437"], ["now", "1.0"]]', "[]", "pairs of a term and a weight"),
        ("[[deviations]]", "[deviations]", "each under ..deviations"),
        ('measure = "ndcg@10"', 'measure = "ndgc@10"', "not the key of a measure"),
        ('because = "ties"', 'because = " "', "must say `because`"),
        ('because = "ties"', "", "'deviations.0..because' is missing"),
        ("tolerance = 0.002", "tolerance = -0.002", "tolerance is -0.002"),
        ("tolerance = 0.002", "tolerance = nan", "tolerance' is NaN; a finite number is needed"),
        ("tolerance = 0.002", 'tolerance = "0.002"', 'tolerance\' is "0.002"; a number is needed'),
        ("tolerance = 0.002\n", "", "tolerance' is missing"),
        ("tolerance = 0.002", "tolerance = inf", "a finite number is needed"),
        ('measure = "ndcg@10"', 'measures = ["*"]\nmeasure = "ndcg@10"', "either `measure` or"),
        ('measure = "ndcg@10"', "measures = []", "either `measure` or `measures`"),
        ('text = "a"', 'text = "a"\nqueries = ["b"]', "an example of their own"),
        ('text = "a"\n', "", "the key 'text' is missing"),
        ('"2.5437"', "2.5437", "numbers in quotes"),
        ('id = "owner/model"', 'id = ""', "model.id is empty"),
        ('"beir/nfcorpus/test"', '" "', "collection.id is empty"),
        ('"whole-1.0"', "2026-11-25", "'name' is 2026-11-25, a date or time; put it in quotes"),
        ('"0.3471"', "07:32:00", r"'published.values.ndcg@10' is 07:32:00, a date"),
        ("[model]", "[[model]]", "a table of keys is needed"),
        ("depth = 1000", "depth = ", "not valid TOML"),
        ("depth = 1000", f"depth = {'9' * 5000}", "a number has too many digits"),
        ("depth = 1000", f"depth = {'[' * 2_000}", "nested too deeply"),
        ("depth = 1000", f"a{'.a' * 1_500} = 1", "a key of 100 parts or more"),
        ("depth = 1000", f"depth = {'{a=' * 2_000}", "nested too deeply"),
    ],
)
def test_a_mistake_is_named(old, new, said):
    assert WHOLE.count(old) >= 1
    with pytest.raises(InputError, match=said) as caught:
        read_experiment(WHOLE.replace(old, new, 1), "my.toml")
    assert str(caught.value).startswith("my.toml")


def test_a_list_where_tables_belong():
    with pytest.raises(InputError, match=r"'examples\[0\]' is 3; .*each under \[\[examples\]\]"):
        read_experiment("examples = [3]\n" + LEAST, "my.toml")


def test_an_experiment_is_opened_by_name_or_by_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(LEAST)
    assert open_experiment(str(path)).name == "least"
    with pytest.raises(InputError, match=f"Did you mean '{DEFAULT}'"):
        open_experiment(DEFAULT.replace("splade", "spalde"))
    with pytest.raises(InputError, match=f"We have {DEFAULT}"):
        open_experiment("zzz")
    with pytest.raises(InputError, match="There is no experiment"):
        open_experiment(str(tmp_path / "other.toml"))
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="is UTF-16 text"):
        open_experiment(str(path))


@pytest.mark.parametrize("name", ["", "../harness", "/etc/passwd", "..", "a\x00b"])
def test_odd_names_of_experiments(name):
    with pytest.raises(InputError, match="There is no experiment"):
        open_experiment(name)
