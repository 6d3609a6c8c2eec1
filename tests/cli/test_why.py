"""`harness why`: exit codes, and what it says; the conventions are held in tests/why."""

import json

import pytest

from harness.experiment.result import read_result


@pytest.fixture
def measured(evaluated, tmp_path):
    """A result of the tiny model in a folder, and its scores by measure."""
    code, _, err = evaluated()
    assert code == 0, err
    (path,) = (tmp_path / "out").glob("*.json")
    return path, {k.removeprefix("dot_"): v for k, v in read_result(path).scores.items()}


def published(values):
    return [part for key, text in values.items() for part in ("--published", f"{key}={text}")]


def test_what_holds_is_nothing_off(cli, measured):
    path, scores = measured
    code, out, err = cli("why", path, *published({"ndcg@10": f"{scores['ndcg@10']:.4f}"}))
    assert (code, err) == (0, "")
    assert "Nothing is off" in out
    assert cli("why", path.stem, "--results", path.parent, *published({"mrr@10": "150"}))[0] == 2


def test_another_recall_is_named_and_nonsense_is_not(cli, measured, folder):
    path, scores = measured
    printed = {key: repr(scores[key]) for key in ("ndcg@10", "mrr@10", "accuracy@10", "map@100")}
    any_found = {f"recall@{k}": repr(scores[f"accuracy@{k}"]) for k in (1, 3, 5, 10)}
    code, out, _ = cli("why", path, *published(printed | any_found), "--format", "json")
    found = json.loads(out)
    assert code == (0 if found["explained"] else 1)
    assert found["answer"] in ("explained", "nothing off")
    assert found["rankings"] in ("the cached vectors, searched again", "")
    if found["answer"] == "explained":
        assert all("any" in one["rules"]["recall"] for one in found["classes"])
    code, out, _ = cli("why", path, *published(printed | {"recall@3": "0.123456"}))
    assert code == 1
    assert "none of the conventions" in out
    code, out, _ = cli(
        "why", path, *published(printed | {"mrr@10": "0.123456"}), "--format", "markdown"
    )
    assert code == 1


def test_without_cached_vectors_the_run_is_scored(cli, measured, monkeypatch, tmp_path):
    path, _ = measured
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "none"))
    code, out, _ = cli("why", path, *published({"recall@10": "0.123456"}), "--format", "json")
    found = json.loads(out)
    assert (code, found["answer"]) == (1, "none")
    assert found["rankings"] == "the kept run"
    assert "harness encode" in found["notes"][-1]
    (path.parent / f"{path.stem}.run.gz").unlink()
    code, _, err = cli("why", path, *published({"recall@10": "0.123456"}))
    assert code == 2
    assert "no run beside it" in err


def test_a_collection_that_has_changed_is_refused(cli, measured, monkeypatch):
    path, _ = measured
    content = json.loads(path.read_text())
    content["collection"]["sha256"] = "0" * 64
    path.write_text(json.dumps(content))
    code, _, err = cli("why", path, *published({"recall@10": "0.123456"}))
    assert code == 2
    assert "is not the one" in err


def test_what_is_asked_is_said_in_one_sentence(cli, measured):
    path, _ = measured
    for arguments, words in (
        ([path], "publishes nothing"),
        (["nowhere"], "no result"),
        ([path, "--published", "ndcg@10"], "MEASURE=DIGITS"),
        ([path, "--published", "nonsense=0.5"], "not a measure"),
        ([path, "--published", "ndcg@10=a"], "not a number"),
        ([path, *published({"ndcg@10": "0.5"}), "--published", "ndcg@10=0.4"], "twice"),
        ([path, "--experiment", "x.toml", "--published", "ndcg@10=0.5"], "not both"),
        ([path, "--experiment", "crowdrag-splade-tiny"], "is not one of the experiment"),
        ([path, "--max-active-dims", "8"], "--encode"),
    ):
        code, out, err = cli("why", *arguments)
        assert (code, out) == (2, ""), arguments
        assert words in err
        assert err.count("\n") == 1


def test_numbers_of_shorter_texts_are_explained_by_encoding(cli, tiny_bert, folder, tmp_path):
    short = tmp_path / "short.toml"
    short.write_text(
        f'name = "short"\n[model]\nid = "{tiny_bert}"\nmax_length = 128\n'
        f'[collection]\nid = "{folder}"\n'
    )
    where = ("--results", tmp_path / "out", "--device", "cpu", "--threads", "1")
    assert cli("eval", short, *where)[0] == 0
    assert cli("eval", "--model", tiny_bert, "--collection", folder, *where)[0] == 0
    scores = read_result(tmp_path / "out" / "short.json").scores
    (whole,) = (p for p in (tmp_path / "out").glob("*.json") if p.stem != "short")
    if read_result(whole).scores == scores:
        pytest.skip("no text is longer than 128 tokens")
    digits = published({key: repr(value) for key, value in scores.items()})
    code, out, _ = cli("why", whole, *digits, "--format", "json")
    assert code == 1
    code, out, err = cli("why", whole, *digits, "--encode", "--format", "json")
    encoded = {one["variant"]: one for one in json.loads(out)["encoded"] if isinstance(one, dict)}
    assert encoded["128 tokens of a text"]["answer"] == "nothing off"
    assert code == 0
    assert "float16 or bfloat16: not tried" in err


@pytest.mark.parametrize("style", ["table", "markdown", "json"])
def test_foreign_text_is_inert(cli, measured, style):
    path, _ = measured
    content = json.loads(path.read_text())
    content["name"] = "a \x1b[31m\u202e name\nforged"
    path.write_text(json.dumps(content))
    for key, text in (("recall@10", "0.123456"), ("cosine_ndcg@10", "0.5")):
        code, out, _ = cli("why", path, *published({key: text}), "--format", style)
        assert code == 1
        assert not {"\x1b", "\u202e"} & set(out)
        assert "name\nforged" not in out
