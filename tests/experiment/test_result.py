"""A result on disk: the same when read, and refused with its key when it is not whole."""

import json
from dataclasses import replace

import pytest

from harness.claims.claims import Claims, Deviation
from harness.claims.compare import baseline, compare, holds
from harness.claims.published import read
from harness.errors import InputError, UnreachableError
from harness.experiment.parts import (
    CollectionInfo,
    EvaluationInfo,
    ExampleOutcome,
    RecipeInfo,
    ResultCounts,
)
from harness.experiment.result import SCHEMA, as_json, read_result, to_json, write_result
from harness.measures.intervals import Float32Interval
from tests.support import FILES_0_1_0, INTEL, ROOT
from tests.support.fakes import SCORES, result

CLAIMS = Claims(
    "Model on pool",
    "Pool, not full ranking.",
    (read("mrr@10", "67.6", "the card"), read("dot_ndcg@10", "0.75", "§ ü", exact=True)),
    (Deviation("ndcg@10", 0.002, "ties"),),
)

OLD = FILES_0_1_0 / "insuranceqa-splade-tiny.json"


def test_what_is_read_is_what_was_written(tmp_path):
    given = result(
        claims=CLAIMS,
        examples=(ExampleOutcome("a README", False, "0.1 is not 0.2"),),
        alarms=("Dead model: ü",),
        scores=SCORES | {"dot_map@100": 0.1 + 0.2, "avg_flops": 1e-300},
    )
    write_result(given, tmp_path / "r.json")
    assert read_result(tmp_path / "r.json") == given


def test_the_file_is_for_people_and_for_diffs():
    text = to_json(result(alarms=("ü",)))
    assert text.startswith(f'{{\n  "schema": {SCHEMA},\n  "name": "an-experiment",\n')
    assert '    "dot_ndcg@10": 0.7457042059559617,\n' in text
    assert '"ü"' in text
    assert text.endswith("}\n")
    assert list(json.loads(text)) == [
        "schema",
        "name",
        "scores",
        "counts",
        "model",
        "collection",
        "evaluation",
        "claims",
        "examples",
        "alarms",
        "provenance",
    ]


# files of harness 0.1.0


@pytest.mark.parametrize("path", [OLD, *sorted((ROOT / "results").glob("*.json"))], ids=str)
def test_a_file_of_0_1_0_is_read_and_written_again_to_the_byte(path):
    assert to_json(read_result(path)) == path.read_text(encoding="utf-8")


def test_what_a_file_of_0_1_0_says():
    found, raw = read_result(OLD), json.loads(OLD.read_text(encoding="utf-8"))
    assert found.scores == raw["scores"]
    assert found.counts.truncated_documents == raw["counts"]["truncated_documents"] > 0
    assert found.model.recipe == RecipeInfo(max_length=512, pooling="max")
    assert found.collection.notice == raw["collection"]["notice"]
    assert found.evaluation == EvaluationInfo(
        policy="st", relevance_level=1, depth=100, ignore_identical_ids=False, similarity="dot"
    )
    assert [number.text for number in found.claims.published] == [
        number["text"] for number in raw["claims"]["published"]
    ]
    assert found.examples[0] == ExampleOutcome(raw["examples"][0]["source"], True, "")
    assert found.provenance.packages["torch"] == raw["provenance"]["packages"]["torch"]


NEEDED = {
    "counts": {"queries"},
    "model": {"id", "revision", "weights_sha256", "recipe", "precision"},
    "collection": {"id", "documents", "sha256"},
    "evaluation": {"policy", "relevance_level", "depth"},
    "provenance": {"when", "machine", "seconds", "peak_memory_gb"},
}
"""What harness 0.1.0 demanded of each table; a report cannot do without it."""


@pytest.mark.parametrize("part", NEEDED)
def test_what_0_1_0_did_not_demand_may_be_absent_and_stays_so(tmp_path, part):
    content = json.loads(OLD.read_text(encoding="utf-8"))
    content[part] = {key: value for key, value in content[part].items() if key in NEEDED[part]}
    path = tmp_path / "r.json"
    path.write_text(json.dumps(content))
    found = as_json(read_result(path))
    # An absent list of facts is an empty one.
    assert {key: value for key, value in found[part].items() if key != "facts"} == content[part]


@pytest.mark.parametrize(
    ("part", "key"), [(part, key) for part, keys in NEEDED.items() for key in sorted(keys)]
)
def test_what_a_report_needs_must_be_there(tmp_path, part, key):
    path = changed(tmp_path / "r.json", remove(part, key))
    with pytest.raises(InputError, match=f"the key '{part}.{key}' is missing"):
        read_result(path)


# the verdict


def test_the_one_verdict():
    own = Claims("", "", (read("ndcg@10", "0.7457", "a card"),), ())
    good, bad = ExampleOutcome("a README", True, ""), ExampleOutcome("a README", False, "x")
    assert result().holds
    assert result(claims=own, examples=(good,)).holds
    assert not result(claims=own, examples=(good, bad)).holds
    off = replace(own, published=(read("ndcg@10", "0.7447", "a card"),))
    assert not result(claims=off, examples=(good,)).holds
    excused = replace(off, deviations=(Deviation("ndcg@10", 0.002, "ties"),))
    assert result(claims=excused).holds
    unmeasured = replace(own, published=(read("map@100", "0.5", "a card"),))
    assert not result(claims=unmeasured).holds
    assert not result(examples=(bad,)).holds


def test_the_verdict_by_other_claims():
    found = result(claims=CLAIMS)
    assert found.comparisons == compare(SCORES, CLAIMS.published, CLAIMS.deviations)
    assert not found.holds
    assert found.holds_by(compare(SCORES, [read("ndcg@10", "0.7457", "a card")]))


# what is refused


def changed(path, change):
    content = as_json(result(claims=CLAIMS, examples=(ExampleOutcome("a", True, ""),)))
    content = json.loads(json.dumps(content))
    change(content)
    path.write_text(json.dumps(content))
    return path


def remove(*keys):
    def change(content):
        for key in keys[:-1]:
            content = content[key]
        del content[keys[-1]]

    return change


def put(value, *keys):
    def change(content):
        for key in keys[:-1]:
            content = content[key]
        content[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "3", "null", '{"schema": 1}', "\x00", "{}", "[" * 100_000, "9" * 5_000],
    ids=lambda content: content[:9],
)
def test_what_is_no_result_is_refused(tmp_path, content):
    path = tmp_path / "r.json"
    path.write_text(content)
    with pytest.raises(InputError, match=f"^{path} is not .*evaluate again"):
        read_result(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put(0, "schema"), "this version"),
        (put(1, "schema"), "this version"),
        (remove("scores"), "'scores' is missing"),
        (remove("alarms"), "'alarms' is missing"),
        (put([], "scores"), "'scores' is []; a table of keys is needed"),
        (put("0.7", "scores", "dot_ndcg@10"), "'scores.dot_ndcg@10' is \"0.7\"; a number"),
        (put(True, "scores", "dot_ndcg@10"), "'scores.dot_ndcg@10' is true; a number is needed"),
        (put(float("nan"), "scores", "dot_ndcg@10"), "'scores.dot_ndcg@10' is NaN; a finite"),
        (put(float("inf"), "scores", "avg_flops"), "'scores.avg_flops' is Infinity; a finite"),
        (put(float("-inf"), "provenance", "seconds", "search"), "seconds.search' is -Infinity"),
        (put(None, "counts", "queries"), "'counts.queries' is null; a whole number is needed"),
        (put(True, "counts", "queries"), "'counts.queries' is true; a whole number is needed"),
        (put(2.0, "counts", "queries"), "'counts.queries' is 2.0; a whole number is needed"),
        (put(-1, "counts", "queries"), "'counts.queries' is -1; 0 or more is needed"),
        (put(-1, "counts", "empty_documents"), "'counts.empty_documents' is -1; 0 or more"),
        (put(-5, "collection", "documents"), "'collection.documents' is -5; 0 or more"),
        (put(3, "counts", "querys"), "'querys' in [counts] is unknown; did you mean 'queries'?"),
        (remove("model"), "'model' is missing"),
        (put(3, "model"), "'model' is 3; a table of keys is needed"),
        (remove("model", "recipe", "pooling"), "'model.recipe.pooling' is missing"),
        (put("a\ud800", "model", "id"), "half a surrogate pair"),
        (put(1, "evaluation", "drop_query_itself"), "'evaluation.drop_query_itself' is 1; true"),
        (put("none", "alarms"), "'alarms' is \"none\"; a list is needed"),
        (put([3], "alarms"), "'alarms[0]' is 3; text in quotes is needed"),
        (remove("claims"), "'claims' is missing"),
        (remove("claims", "published"), "'claims.published' is missing"),
        (remove("claims", "published", 1, "unit"), "'claims.published[1].unit' is missing"),
        (put("about 1", "claims", "published", 0, "text"), "claims.published[0]: the card: mrr@10"),
        (put("miles", "claims", "published", 0, "unit"), "unit' is \"miles\"; one of 'fraction',"),
        (put(["0.5"], "claims", "published", 0, "text"), 'text\' is ["0.5"]; text in quotes'),
        (put("false", "claims", "published", 0, "exact"), 'exact\' is "false"; true or false'),
        (put(3, "claims", "published", 0, "units"), "in [claims.published] is unknown; did you"),
        (put(None, "claims", "title"), "'claims.title' is null; text in quotes is needed"),
        (put("wide", "claims", "deviations", 0, "tolerance"), 'tolerance\' is "wide"; a number'),
        (put(-1, "claims", "deviations", 0, "tolerance"), "tolerance is -1.0; a finite number of"),
        (put(float("inf"), "claims", "deviations", 0, "tolerance"), "is Infinity; a finite number"),
        (put([{"source": "x"}], "examples"), "'examples[0].holds' is missing"),
        (put("yes", "examples", 0, "holds"), "'examples[0].holds' is \"yes\"; true or false"),
        (put(3, "name"), "'name' is 3; text in quotes is needed"),
        (put(1, "surprise"), "'surprise' is unknown; known are name, scores"),
    ],
)
def test_a_result_that_is_not_whole_is_refused_with_its_key(tmp_path, change, said):
    path = changed(tmp_path / "r.json", change)
    with pytest.raises(InputError) as caught:
        read_result(path)
    sentence = str(caught.value)
    assert said in sentence
    assert sentence.startswith(f"{path} is not ")
    assert sentence.endswith("evaluate again.")
    assert "\n" not in sentence


def test_a_whole_one_passes_the_same_way(tmp_path):
    whole = result(claims=CLAIMS, examples=(ExampleOutcome("a", True, ""),))
    assert read_result(changed(tmp_path / "r.json", lambda _: None)) == whole


def test_a_record_made_in_python_is_refused_as_well():
    with pytest.raises(InputError, match=r"'scores.a' is nan"):
        result(scores={"a": float("nan")})
    with pytest.raises(InputError, match=r"'counts.queries' is -1"):
        ResultCounts(queries=-1)
    with pytest.raises(InputError, match=r"'collection.queries' is -1"):
        CollectionInfo(id="x", documents=1, queries=-1, sha256="")


def test_no_file(tmp_path):
    with pytest.raises(InputError, match=r"There is no result .*make it with `harness eval`"):
        read_result(tmp_path / "r.json")
    with pytest.raises(InputError, match="it is a folder"):
        read_result(tmp_path)


def test_a_result_that_can_not_be_written(tmp_path):
    with pytest.raises(UnreachableError):
        write_result(result(), tmp_path / "nowhere" / "r.json")


AROUND = {"dot_ndcg@10": Float32Interval(0.745, 0.746, "near-ties of query q (documents ä, b)")}


def test_intervals_stand_beside_the_scores_and_make_a_number_close(tmp_path):
    claims = Claims("", "", (read("ndcg@10", "0.74512", "a card"),), ())
    given = result(claims=claims, intervals=AROUND)
    write_result(given, tmp_path / "r.json")
    again = read_result(tmp_path / "r.json")
    assert again == given
    assert list(json.loads(to_json(given)))[2:4] == ["scores", "intervals"]
    assert [str(c.verdict) for c in again.comparisons if c.published] == ["close"]
    assert again.holds
    assert not replace(again, intervals=None).holds


@pytest.mark.parametrize(
    "wrong", [{"dot_ndcg@10": Float32Interval(0.1, 0.2)}, {"nothing": Float32Interval(0.1, 0.2)}]
)
def test_an_interval_that_is_not_around_its_score_is_refused(wrong):
    with pytest.raises(InputError, match="is not around a score of that name"):
        result(intervals=wrong)


@pytest.mark.parametrize("name", ["crowdrag-splade-tiny", "insuranceqa-splade-tiny"])
def test_what_another_processor_measured_lies_within_the_committed_intervals(name):
    """The committed results are an AMD EPYC's without AMX."""
    committed, intel = (
        read_result(ROOT / "results" / f"{name}.json"),
        read_result(INTEL / f"{name}.json"),
    )
    assert "AMD" in committed.provenance.machine
    assert "Intel" in intel.provenance.machine
    assert intel.intervals is None
    assert committed.model.weights_sha256 == intel.model.weights_sha256
    assert committed.collection.sha256 == intel.collection.sha256
    compared = compare(
        committed.scores, baseline(intel.scores, "Intel"), (), committed.intervals or {}
    )
    assert holds(compared)
    # Where nothing is said to be open, the two are one number.
    for one in compared:
        if one.interval is None:
            assert one.measured == pytest.approx(one.published.value, rel=1e-12)
