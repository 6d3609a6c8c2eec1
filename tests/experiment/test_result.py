"""A result on disk: the same when read, and refused when it is not whole."""

import json
from dataclasses import asdict

import pytest

from harness.claims.claims import Claims, Deviation
from harness.claims.published import read
from harness.errors import InputError, UnreachableError
from harness.experiment.result import SCHEMA, read_result, to_json, write_result
from tests.support.fakes import SCORES, result

CLAIMS = Claims(
    "Model on pool",
    "Pool, not full ranking.",
    (read("mrr@10", "67.6", "the card"), read("dot_ndcg@10", "0.75", "§ ü", exact=True)),
    (Deviation("ndcg@10", 0.002, "ties"),),
)


def test_what_is_read_is_what_was_written(tmp_path):
    given = result(
        claims=CLAIMS,
        examples=({"source": "a README", "holds": False, "differs": "0.1 is not 0.2"},),
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


def changed(path, change):
    content = {"schema": SCHEMA} | json.loads(json.dumps(asdict(result(claims=CLAIMS))))
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


@pytest.mark.parametrize("content", ["", "{", "[]", "3", "null", '{"schema": 1}', "\x00", "{}"])
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
        (remove("scores"), "scores"),
        (put([], "scores"), "scores is no dict"),
        (put("0.7", "scores", "dot_ndcg@10"), "dot_ndcg@10 is no number"),
        (put(True, "scores", "dot_ndcg@10"), "dot_ndcg@10 is no number"),
        (put(None, "counts", "queries"), "queries is no number"),
        (remove("counts", "queries"), "counts lacks queries"),
        (remove("model"), "model"),
        (remove("model", "revision"), "model lacks revision"),
        (remove("collection", "sha256"), "collection lacks sha256"),
        (remove("provenance", "seconds"), "provenance lacks seconds"),
        (put("none", "alarms"), "alarms is no list"),
        (remove("claims"), "claims"),
        (remove("claims", "published"), "published"),
        (put([{"measure": "ndcg@10"}], "claims", "published"), "unit"),
        (put("about 1", "claims", "published", 0, "text"), "not a number"),
        (put("miles", "claims", "published", 0, "unit"), "no unit"),
        (put(["0.5"], "claims", "published", 0, "text"), "no text"),
        (put(None, "claims", "published", 0, "source"), "no text"),
        (put("false", "claims", "published", 0, "exact"), "neither true nor false"),
        (put(None, "claims", "title"), "no text"),
        (put("wide", "claims", "deviations", 0, "tolerance"), "no number of 0 or more"),
        (put(-1, "claims", "deviations", 0, "tolerance"), "no number of 0 or more"),
        (put([{"source": "x"}], "examples"), "an example is not whole"),
        (put(3, "name"), "name is no str"),
        (put(1, "surprise"), "surprise"),
    ],
)
def test_a_result_that_is_not_whole_is_refused_with_what_it_lacks(tmp_path, change, said):
    path = changed(tmp_path / "r.json", change)
    with pytest.raises(InputError, match=said):
        read_result(path)


def test_a_whole_one_passes_the_same_way(tmp_path):
    assert read_result(changed(tmp_path / "r.json", lambda _: None)) == result(claims=CLAIMS)


def test_no_file(tmp_path):
    with pytest.raises(InputError, match=r"There is no result .*make it with `harness eval`"):
        read_result(tmp_path / "r.json")
    with pytest.raises(InputError, match="not a readable result"):
        read_result(tmp_path)


def test_a_result_that_can_not_be_written(tmp_path):
    with pytest.raises(UnreachableError):
        write_result(result(), tmp_path / "nowhere" / "r.json")
