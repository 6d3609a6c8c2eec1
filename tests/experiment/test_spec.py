"""Experiments: the shipped ones are sound, and a mistake in one is named with its key."""

import tomllib

import pytest

from harness.claims.claims import Deviation
from harness.errors import InputError
from harness.experiment.spec import (
    DEFAULT,
    SHIPPED,
    Example,
    open_experiment,
    read_experiment,
    shipped,
)
from harness.measures import Policy
from harness.measures.names import CARD, Measure

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
"""


def test_the_least_experiment():
    found = read_experiment(LEAST, "here")
    assert (found.name, found.model, found.revision, found.max_length) == (
        "least",
        "owner/model",
        "main",
        None,
    )
    assert (found.policy, found.depth, found.measures) == (Policy("st", 1), 100, CARD)
    assert not found.drop_query_itself
    assert found.published == found.examples == found.deviations == ()


def test_every_key():
    found = read_experiment(WHOLE, "here")
    assert (found.revision, found.max_length, found.policy) == ("abc", 256, Policy("trec", 2))
    assert (found.depth, found.drop_query_itself, found.note) == (1000, True, "A note.")
    assert found.measures == (Measure("ndcg", 10), Measure("recall", 1000))
    assert [(p.measure, p.text, p.unit, p.source) for p in found.published] == [
        ("ndcg@10", "0.3471", "fraction", "a card"),
        ("recall@1000", "57.3", "percent", "a card"),
        ("corpus_active_dims", "174.85202722777373", "count", "a card"),
    ]
    assert found.examples == (
        Example("the card", ("a",), ("b", "c"), (("1.5", "2"),)),
        Example("the card again", ("a",), (), (("2.5437", "1.0"),), ("today", "now")),
    )
    assert found.deviations == (Deviation("ndcg@10", 0.002, "ties"),)


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
    assert [claim.text for claim in found.published] == list(values.values())
    for claim in found.published:
        assert claim.source
        assert claim.value == pytest.approx(
            float(claim.text) / (100 if claim.unit == "percent" else 1)
        )
        assert claim.value <= 1 or claim.unit == "count"
    # A ranking measure that is published and not computed could never hold.
    computed = {str(measure) for measure in found.measures}
    assert {claim.name for claim in found.published if "@" in claim.name} <= computed
    claimed = {claim.name for claim in found.published}
    for deviation in found.deviations:
        assert deviation.because
        assert deviation.measure.removeprefix("dot_") in claimed


def test_the_default_experiment_says_what_was_measured_for_it():
    """Facts of the reference, in the digits that sentence-transformers 6.2.0 printed."""
    found = open_experiment(DEFAULT)
    printed = {claim.measure: claim.text for claim in found.published}
    assert len(printed) == 20
    assert printed["dot_ndcg@10"] == "0.5829665449228053"
    assert printed["corpus_active_dims"] == "284.6602848035844"
    assert len(found.examples) == 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name =", "nome =", "'nome' is unknown; did you mean 'name'"),
        ('name = "whole-1.0"\n', "", "'name' is missing"),
        ('"whole-1.0"', '"../../etc/x"', "can not be that of a file"),
        ('"whole-1.0"', '""', "can not be that of a file"),
        ('"whole-1.0"', '".hidden"', "can not be that of a file"),
        ('"whole-1.0"', '"a b"', "can not be that of a file"),
        ('"whole-1.0"', "3", "'name' is 3; str is needed"),
        ("[model]", "[modle]", "'modle' is unknown; did you mean 'model'"),
        ('revision = "abc"', 'revison = "abc"', "in \\[model\\] is unknown; did you mean"),
        ('id = "owner/model"\n', "", "'id' is missing"),
        ("max_length = 256", 'max_length = "256"', "'256'; int is needed"),
        ("max_length = 256", "max_length = true", "True; int is needed"),
        ("max_length = 256", "max_length = 0", "max_length is 0"),
        ("max_length = 256", "max_length = -1", "max_length is -1"),
        ('policy = "trec"', 'policy = "mteb"', "'mteb' is no policy"),
        ("relevance_level = 2", "relevance_level = 0", "relevance level is 0"),
        ("depth = 1000", "depth = 999", "depth 999 is too small to compute a measure at 1000"),
        ("depth = 1000", "depth = -1", "depth -1"),
        ("depth = 1000", "depth = 10.5", "10.5; int is needed"),
        ('"ndcg@10", "recall@1000"', '"ngcd@10"', "'ngcd@10' is not a measure"),
        ('"ndcg@10", "recall@1000"', "10", "texts in quotes"),
        ("drop_query_itself = true", "drop_query_itself = 1", "1; bool is needed"),
        ('= "0.3471"', "= 0.3471", 'write ndcg@10 = "0.3471" with quotes'),
        ('"0.3471"', '"0,3471"', "not a number"),
        ('"0.3471"', '"nan"', "not a number"),
        ('"57.3"', '"157.3"', "outside 0 to 100"),
        ('"Recall@1k"', '"Recall@1m"', "not a measure"),
        ('source = "a card"\n', "", "'source' is missing"),
        ('[["1.5", "2"]]', '[["1.5"]]', "a number for each document"),
        ('[["1.5", "2"]]', '[["1.5", "2"], ["1", "2"]]', "a row for each query"),
        ('[["1.5", "2"]]', "[[1.5, 2]]", "numbers in quotes"),
        ('[["1.5", "2"]]', '[["1.5", "two"]]', "'two' is not a number"),
        ('[["1.5", "2"]]', '"1.5"', "list is needed"),
        ('documents = ["b", "c"]\n', "", "'documents' is missing"),
        ('queries = ["a"]', 'querys = ["a"]', "did you mean 'queries'"),
        ('[["today", "2.5437"], ["now", "1.0"]]', '[["today"]]', "pairs of a term and a weight"),
        ('[["today", "2.5437"], ["now", "1.0"]]', "[]", "pairs of a term and a weight"),
        ("[[deviations]]", "[deviations]", "list is needed"),
        ('measure = "ndcg@10"', 'measure = "ndgc@10"', "not the key of a measure"),
        ('because = "ties"', 'because = " "', "must say `because`"),
        ('because = "ties"', "", "'because' is missing"),
        ("tolerance = 0.002", "tolerance = -0.002", "tolerance is -0.002"),
        ("tolerance = 0.002", "tolerance = nan", "tolerance is nan"),
        ("tolerance = 0.002", 'tolerance = "0.002"', "tolerance is '0.002'"),
        ("tolerance = 0.002\n", "", "tolerance is None"),
        ("depth = 1000", "depth = ", "not valid TOML"),
    ],
)
def test_a_mistake_is_named(old, new, said):
    assert WHOLE.count(old) >= 1
    with pytest.raises(InputError, match=said) as caught:
        read_experiment(WHOLE.replace(old, new, 1), "my.toml")
    assert str(caught.value).startswith("my.toml")


def test_a_list_where_tables_belong():
    with pytest.raises(InputError, match=r"each under \[\[examples\]\]"):
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
    with pytest.raises(InputError, match="can not be read"):
        open_experiment(str(path))


@pytest.mark.parametrize("name", ["", "../harness", "/etc/passwd", "..", "a\x00b"])
def test_odd_names_of_experiments(name):
    with pytest.raises(InputError, match="There is no experiment"):
        open_experiment(name)
