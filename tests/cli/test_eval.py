"""`harness eval` of a model on a collection: outputs, options, what is recorded."""

import json
import shutil
from pathlib import Path

import pytest

from harness.experiment.parts import EvaluationInfo
from harness.experiment.result import read_result
from harness.measures.names import CARD, SPARSITY
from harness.report.own_files import marked
from tests.support import FILES_0_1_0, models
from tests.support.fakes import EXAMPLE


def test_json_is_exactly_one_object_on_stdout(evaluated, tmp_path):
    code, out, _ = evaluated("--format", "json")
    assert code == 0
    found = json.loads(out)
    assert out.count("\n") == 1
    assert list(found["scores"]) == [*(f"dot_{measure}" for measure in CARD), *SPARSITY]
    assert (found["holds"], found["verdicts"]) == (True, {})
    assert found["counts"]["queries"] == 6
    kept = read_result(Path(found["result"]))
    assert (kept.name, kept.scores) == (found["name"], found["scores"])
    assert Path(found["result"]).parent == tmp_path / "out"


def test_a_table_for_people(evaluated, tmp_path):
    code, out, err = evaluated()
    assert (code, err) == (0, "")
    assert "Collection" in out
    assert "40 documents, 6 queries evaluated" in out
    assert "20 measures; nothing is published to compare them with." in out
    assert f"written to {tmp_path / 'out'}" in out


def test_markdown_is_the_page(evaluated, tmp_path):
    code, out, _ = evaluated("--format", "markdown")
    assert code == 0
    (page,) = (tmp_path / "out").glob("*.md")
    assert page.read_text() == marked(out)


def test_what_is_measured_does_not_depend_on_when_and_how_it_runs(evaluated, tmp_path):
    def everything():
        files = {}
        for path in (tmp_path / "out").iterdir():
            content = path.read_bytes()
            if path.suffix == ".json":
                whole = json.loads(content)
                del whole["provenance"]
                content = json.dumps(whole).encode()
            files[path.name] = content
        return files

    evaluated()
    first = everything()
    assert len(first) == 5
    evaluated("--threads", "2", "--format", "json")
    assert everything() == first


def test_the_result_tells_what_it_was_measured_on(evaluated, folder, tiny_bert):
    found = read_result(Path(json.loads(evaluated("--format", "json")[1])["result"]))
    assert (found.model.id, found.collection.id) == (str(tiny_bert), str(folder))
    assert (found.collection.documents, found.collection.queries) == (40, 6)
    assert found.model.recipe.max_length == models.POSITIONS
    assert len(found.model.weights_sha256) == len(found.collection.sha256) == 64
    assert found.evaluation == EvaluationInfo(
        policy="st",
        relevance_level=1,
        depth=100,
        ignore_identical_ids=False,
        similarity="dot",
    )
    assert {"torch", "transformers", "numpy"} <= set(found.provenance.packages)
    assert found.provenance.device == "cpu"
    assert found.provenance.peak_memory_gb > 0.1


def test_options_change_what_is_measured_and_are_recorded(evaluated):
    code, out, _ = evaluated(
        *("--policy", "trec", "--measures", "ndcg@5,recall@20", "--depth", "30"),
        *("--limit", "3", "--ignore-identical-ids", "--format", "json"),
    )
    found = json.loads(out)
    kept = read_result(Path(found["result"]))
    assert code == 0
    assert list(found["scores"]) == ["dot_ndcg@5", "dot_recall@20", *SPARSITY]
    assert found["counts"]["queries"] == 3
    assert (kept.evaluation.policy, kept.evaluation.depth) == ("trec", 30)
    assert kept.evaluation.ignore_identical_ids
    assert any("Only the first 3 of 6 queries" in fact for fact in kept.collection.facts)


def test_the_products_asked_for_are_those_of_the_result(evaluated):
    code, out, _ = evaluated("--products", "torch", "--device", "cpu", "--format", "json")
    assert code == 0
    assert read_result(Path(json.loads(out)["result"])).model.products == "torch"
    code, _, err = evaluated("--products", "onednn", "--device", "meta", "--format", "json")
    assert (code, "meta" in err) == (2, True)


def keys(content):
    """The keys of nested objects, in their order."""
    if isinstance(content, dict):
        return [(key, keys(value)) for key, value in content.items() if key != "scores"]
    return [keys(one) for one in content[:1]] if isinstance(content, list) else None


def test_the_result_has_the_keys_of_0_1_0_in_their_order(cli, experiment, tiny_bert, tmp_path):
    example = EXAMPLE.format("0.0")
    deviation = '[[deviations]]\nmeasure = "ndcg@10"\ntolerance = 0.1\nbecause = "ties"'
    path = experiment({"ndcg@10": "0.5"}, example + deviation)
    where = ("--results", tmp_path / "mine", "--device", "cpu")
    assert cli("eval", path, *where, "--ignore-examples")[0] == 1
    found = json.loads((tmp_path / "mine" / "mine.json").read_text())
    old = json.loads((FILES_0_1_0 / "insuranceqa-splade-tiny.json").read_text(encoding="utf-8"))
    found["collection"]["facts"] = old["collection"]["facts"]
    assert list(found["model"])[-2:] == ["configuration_sha256", "products"]
    assert list(found)[2:4] == ["scores", "intervals"]
    del found["model"]["configuration_sha256"], found["model"]["products"]  # what has come to it
    del found["intervals"]
    assert keys(found) == keys(old)


@pytest.mark.parametrize(
    ("old", "new", "commands"),
    [
        ("--drop-query-itself", "--ignore-identical-ids", ["eval"]),
        ("--despite-examples", "--ignore-examples", ["eval"]),
        ("--allow-dangling", "--allow-missing-docs", ["eval", "encode"]),
    ],
)
def test_the_options_of_0_1_0_are_accepted_and_hidden(cli, old, new, commands):
    for command in commands:
        for name in (old, new):
            code, _, err = cli(command, "no-such-experiment", name)
            assert (code, "There is no experiment" in err) == (2, True)
        told = cli(command, "--help")[1]
        assert (old in told, new in told) == (False, True)
    assert cli("score", old)[0] == 2


def test_an_option_of_0_1_0_does_what_it_did(evaluated):
    found = json.loads(evaluated("--drop-query-itself", "--format", "json")[1])
    assert read_result(Path(found["result"])).evaluation.ignore_identical_ids
    raw = json.loads(Path(found["result"]).read_text())
    assert raw["evaluation"]["drop_query_itself"] is True


def test_names_are_shown_as_they_are(cli, tiny_bert, folder, tmp_path, monkeypatch):
    shutil.copytree(tiny_bert, tmp_path / "R&D")
    shutil.copytree(folder, tmp_path / r"C:\beir<v1>")
    monkeypatch.chdir(tmp_path)
    given = ("--model", "R&D", "--collection", r"./C:\beir<v1>", "--device", "cpu")
    code, out, _ = cli("eval", *given)
    assert code == 0
    assert out.startswith("Model R&D (weights ")
    assert "\nCollection ./C:\\beir<v1>: 40 documents" in out
    (page,) = (path.read_text() for path in (tmp_path / "results").glob("*.md"))
    assert "\nModel R&amp;D (weights " in page
    assert "\nCollection ./C:\\\\beir&lt;v1&gt;: 40 documents" in page


def test_score_finds_the_same_in_the_run_that_eval_wrote(cli, evaluated, folder, tmp_path):
    evaluated()
    found = json.loads(evaluated("--format", "json")[1])
    (path,) = (tmp_path / "out").glob("*.run.gz")
    qrels = folder / "qrels" / "test.tsv"
    code, out, _ = cli("score", "--run", path, "--qrels", qrels, "--format", "json")
    scored = json.loads(out)
    assert code == 0
    for measure in CARD:
        assert scored["scores"][str(measure)] == found["scores"][f"dot_{measure}"]
