"""The command line as its users meet it: outputs, files and exit codes."""

import errno
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import click
import pytest

import harness.cli
from harness.cli import COMMANDS, run
from harness.encoder.encoder import Encoder
from harness.errors import InputError, UnreachableError
from harness.experiment.parts import EvaluationInfo, ExampleOutcome
from harness.experiment.result import read_result, write_result
from harness.measures.names import CARD, SPARSITY
from harness.report.own_files import marked
from tests.support import FILES_0_1_0, ROOT, models
from tests.support.fakes import SCORES, result


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """No test touches the user's cache."""
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def cli(capsys):
    """Run one command line: (exit code, stdout, stderr)."""

    def call(*arguments):
        code = run(list(map(str, arguments)))
        return code, *capsys.readouterr()

    return call


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A BEIR folder: 40 documents of the sampler and six of its questions."""
    sampler = models.sampler()
    asked = sampler.queries[:6]
    relevant = {q.query_id: sampler.qrels.relevant(q.query_id) for q in asked}
    wanted = {doc_id for doc_ids in relevant.values() for doc_id in doc_ids}
    documents = [doc for doc in sampler.corpus if doc.doc_id in wanted]
    documents += [doc for doc in sampler.corpus if doc.doc_id not in wanted][: 40 - len(documents)]
    return models.save_beir(
        tmp_path_factory.mktemp("beir"),
        dict(documents),
        dict(asked),
        [(q, doc_id, 1) for q, doc_ids in relevant.items() for doc_id in doc_ids],
    )


@pytest.fixture
def evaluated(cli, tiny_bert, folder, tmp_path):
    """`harness eval` of the tiny model on the folder, with more arguments."""

    def call(*arguments):
        return cli(
            *("eval", "--model", tiny_bert, "--collection", folder, "--results", tmp_path / "out"),
            *("--device", "cpu", "--threads", "1", *arguments),
        )

    return call


# help


def test_help_names_every_command(cli):
    code, out, err = cli("--help")
    assert (code, err) == (0, "")
    for name in COMMANDS:
        assert f"\n  {name} " in out
    told = out.partition("Exit codes:")[2].split("\n")[1:-1]
    assert [line.split()[0] for line in told] == ["0", "1", "2", "3", "70", "130", "141"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(cli, name):
    code, out, _ = cli(name, "--help")
    assert code == 0
    assert f"Usage: harness {name}" in out
    assert f"    harness {name}" in out
    assert cli(name, "-h")[1] == out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_named_in_the_readme(name):
    assert f"harness {name}" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_is_for(name):
    command = harness.cli.group.get_command(click.Context(harness.cli.group), name)
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


HEAVY = (
    "datasets ir_datasets huggingface_hub llvmlite numba numpy pandas psutil pydantic ranx "
    "requests safetensors scipy tokenizers torch tqdm transformers yaml"
)


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["eval", "--help"], ["score", "-h"], ["evall"]]
)
def test_help_imports_nothing_heavy(arguments):
    program = (
        "import sys\nfrom harness.cli import run\n"
        f"run({arguments!r})\n"
        f"print(sorted(set(sys.modules) & set({HEAVY!r}.split())))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "harness", "nothing"],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 2
    assert "There is no command 'nothing'" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["evla"], "Did you mean 'eval'?"),
        (["xyz"], "There are list, fetch"),
        (["eval", "--polcy", "st"], "--policy"),
        (["eval", "--policy", "mteb"], "'st', 'trec'"),
        (["eval", "crowdrag-splade-tinny"], "Did you mean 'crowdrag-splade-tiny'?"),
        (["eval", "--model", "x"], "--model and --collection go together"),
        (["eval", "x", "--model", "x", "--collection", "y"], "not both"),
        (["eval", "--limit", "0"], "--limit"),
        (
            ["eval", "--depth", "5"],
            "depth 5 is too small to compute a measure at 100: make it 100 or more.",
        ),
        (["eval", "--measures", "recall@200", "--depth", "5"], "depth 5 is too small to compute"),
        (["eval", "--measures", "ncdg@10"], "'ncdg@10' is not a measure"),
        (["eval", "--measures", "avg_flops"], "'avg_flops' is a measure of the vectors"),
        (["eval", "--policy", "beir"], "'beir' is not one of 'st', 'trec', 'trec10'"),
        (["score", "--run", "x"], "--qrels"),
        (["cache", "prune"], "Name an encoder, or give --all"),
        (["cache", "prune", "x", "--all"], "Name an encoder, or give --all"),
    ],
)
def test_a_mistyped_command_line_is_told_what_was_meant(cli, arguments, said):
    code, out, err = cli(*arguments)
    assert (code, out) == (2, "")
    assert said in err


# eval


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
    assert list(found["model"]).index("configuration_sha256") == len(found["model"]) - 1
    del found["model"]["configuration_sha256"]  # what has come to it since
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


# an experiment with claims


def claims(tiny_bert, folder, values, more=""):
    lines = "\n".join(f'"{key}" = "{value}"' for key, value in values.items())
    return f"""
name = "mine"
[model]
id = "{tiny_bert}"
[collection]
id = "{folder}"
[published]
source = "a card"
[published.values]
{lines}
{more}
"""


@pytest.fixture
def experiment(tiny_bert, folder, tmp_path):
    """Write my.toml with claims, and give its path."""

    def write(values, more=""):
        path = tmp_path / "my.toml"
        path.write_text(claims(tiny_bert, folder, values, more))
        return path

    return write


EXAMPLE = """
[[examples]]
source = "a README"
queries = ["yeast"]
documents = ["yeast"]
similarity = [["{}"]]
"""


def test_eval_exits_0_when_it_holds_and_1_when_a_number_is_off(
    cli, evaluated, experiment, tmp_path
):
    scores = json.loads(evaluated("--format", "json")[1])["scores"]
    ndcg = scores["dot_ndcg@10"]
    where = ("--results", tmp_path / "mine", "--device", "cpu")
    path = experiment({"ndcg@10": f"{ndcg:.4f}"})
    assert cli("eval", path, *where)[0] == 0
    for by in (0.002, -0.002):
        code, out, _ = cli("eval", experiment({"ndcg@10": f"{ndcg + by:.4f}"}), *where)
        assert code == 1
        assert "it does NOT hold" in out
    close = '[[deviations]]\nmeasure = "ndcg@10"\ntolerance = 0.0021\nbecause = "ties"'
    code, out, _ = cli("eval", experiment({"ndcg@10": f"{ndcg + 0.002:.4f}"}, close), *where)
    assert code == 0
    assert "1 within a declared deviation" in out
    # The result is written either way: it is what was measured.
    assert read_result(tmp_path / "mine" / "mine.json").scores == scores


def test_a_usage_example_that_comes_out_differently_stops_before_the_collection(
    cli, experiment, tmp_path, monkeypatch
):
    path = experiment({"ndcg@10": "0.5"}, EXAMPLE.format("123.45"))
    where = ("--results", tmp_path / "mine", "--device", "cpu", "--format", "json")
    code, out, err = cli("eval", path, *where)
    assert (code, out) == (1, "")
    assert err.startswith("Error: The checkpoint is not the published one: of the usage example")
    assert "is measured where 123.45 is printed" in err
    assert not (tmp_path / "mine").exists()
    code, out, _ = cli("eval", path, *where, "--ignore-examples")
    assert code == 1
    assert json.loads(out)["holds"] is False
    assert read_result(tmp_path / "mine" / "mine.json").examples[0].holds is False


def test_a_usage_example_that_is_reproduced_is_told(cli, experiment, tiny_bert, tmp_path):
    from harness.checkpoint.open import open_checkpoint
    from harness.encoder import EncoderOptions
    from harness.encoder.build import build_encoder

    encoder = build_encoder(open_checkpoint(str(tiny_bert)), EncoderOptions(device="cpu"))
    values = encoder.encode(["yeast"], "query").vectors.values.astype(float)
    product = (values**2).sum()
    where = ("--results", tmp_path / "mine", "--device", "cpu")
    assert cli("eval", experiment({}, EXAMPLE.format(f"{product:.4f}")), *where)[0] == 0
    assert read_result(tmp_path / "mine" / "mine.json").examples[0].holds is True
    for by in (0.0001, -0.0001):  # one unit in the last printed place
        path = experiment({}, EXAMPLE.format(f"{product + by:.4f}"))
        assert cli("eval", path, *where)[0] == 1


def test_measuring_less_than_a_pattern_names_is_no_mistake(cli, experiment, tmp_path):
    deviation = '[[deviations]]\nmeasures = [{}]\ntolerance = 0.1\nbecause = "float32"'
    where = ("--results", tmp_path / "mine", "--device", "cpu")
    path = experiment({"ndcg@10": "0.5"}, deviation.format('"recal@*"'))
    code, out, err = cli("eval", path, *where)
    assert (code, out) == (2, "")
    assert "'recal@*' matches no published number and no measured score" in err
    assert cli("eval", experiment({}), *where)[0] == 0
    near = read_result(tmp_path / "mine" / "mine.json").scores["dot_ndcg@10"] - 0.05
    path = experiment(
        {"ndcg@10": f"{near:.4f}"}, deviation.format('"map@*", "*_active_dims", "ndcg@10"')
    )
    assert cli("eval", path, *where, "--measures", "ndcg@10")[0] == 0
    # The result keeps it measure by measure, as 0.1.0 reads it.
    kept = read_result(tmp_path / "mine" / "mine.json").claims.deviations
    assert [d.measure for d in kept] == ["ndcg@10", "query_active_dims", "corpus_active_dims"]


# check


@pytest.fixture
def alike(tiny_bert, folder):
    """What a result of `experiment` is of."""
    whole = result()
    return {
        "model": replace(whole.model, id=str(tiny_bert), revision=""),
        "collection": replace(whole.collection, id=str(folder)),
    }


@pytest.fixture
def checked(cli, experiment, tmp_path, alike):
    """`harness check` of a result with these scores against these claims."""

    def call(scores, values, *arguments, more="", **changed):
        changed = alike | changed
        write_result(result(name="mine", scores=scores, **changed), tmp_path / "mine.json")
        return cli("check", experiment(values, more), "--results", tmp_path, *arguments)

    return call


@pytest.mark.parametrize(
    ("by", "code"), [(0, 0), (0.00004, 0), (-0.00004, 0), (0.002, 1), (-0.002, 1)]
)
def test_check_is_two_sided(checked, by, code):
    found, out, err = checked({"dot_ndcg@10": 0.7457 + by}, {"ndcg@10": "0.7457"})
    assert (found, err) == (code, "")
    assert ("it holds" in out) is (code == 0)


def test_check_in_json(checked):
    code, out, _ = checked(SCORES, {"ndcg@10": "0.7457", "mrr@10": "0.9"}, "--format", "json")
    found = json.loads(out)
    assert code == 1
    assert found["verdicts"] == {"ndcg@10": "match", "mrr@10": "off"}
    assert found["holds"] is False
    assert found["scores"] == SCORES


def test_check_in_markdown(checked):
    code, out, _ = checked(SCORES, {"ndcg@10": "0.7457"}, "--format", "markdown")
    assert code == 0
    assert "| ndcg@10 " in out


def test_check_fails_on_what_was_not_measured_and_on_an_example(checked):
    assert checked(SCORES, {"map@100": "0.5"})[0] == 1
    broken = (ExampleOutcome("a README", False, "x"),)
    assert checked(SCORES, {"ndcg@10": "0.7457"}, examples=broken)[0] == 1


@pytest.mark.parametrize(
    ("pattern", "verdicts"),
    [("*@*", ["close", "close"]), ("mrr@*", ["off", "close"]), ("*_dims", ["off", "off"])],
)
def test_a_deviation_of_several_measures(checked, pattern, verdicts):
    excuse = f'[[deviations]]\nmeasures = ["{pattern}"]\ntolerance = 0.002\nbecause = "ties"'
    published = {"ndcg@10": "0.7467", "mrr@10": "0.6739"}
    code, out, _ = checked(SCORES, published, "--format", "json", more=excuse)
    assert list(json.loads(out)["verdicts"].values()) == verdicts
    assert code == int("off" in verdicts)


@pytest.mark.parametrize("by", [0.002, -0.002, 1e-6, -1e-6])
def test_check_against_an_earlier_result(checked, tmp_path, by):
    baseline = tmp_path / "earlier.json"
    write_result(result(), baseline)
    same = ("--baseline", baseline)
    assert checked(SCORES, {"ndcg@10": "0.7457"}, *same)[0] == 0
    moved = SCORES | {"dot_accuracy@1": SCORES["dot_accuracy@1"] + by}
    assert checked(moved, {"ndcg@10": "0.7457"}, *same)[0] == 1
    for named in ('measure = "accuracy@1"', 'measures = ["acc*@*"]'):
        excuse = f'[[deviations]]\n{named}\ntolerance = 0.003\nbecause = "ties"'
        assert checked(moved, {"ndcg@10": "0.7457"}, *same, more=excuse)[0] == 0


# score, report, encode, cache, list


@pytest.fixture
def ranked(tmp_path):
    run_path, qrels = tmp_path / "r.run", tmp_path / "q.txt"
    run_path.write_text("q1 Q0 d1 1 2.0 t\nq1 Q0 d2 2 1.0 t\nq3 Q0 d1 1 1.0 t\n")
    qrels.write_text("q1 0 d2 1\nq2 0 d1 2\n")
    return "--run", run_path, "--qrels", qrels


def test_score_by_hand(cli, ranked, tmp_path):
    code, out, _ = cli(
        *("score", *ranked, "--measures", "mrr@10,recall@1", "--format", "json"),
        *("--per-query", tmp_path / "each.csv", "--policy", "trec"),
    )
    found = json.loads(out)
    assert code == 0
    assert found["scores"] == {"mrr@10": 0.25, "recall@1": 0.0}
    assert (found["policy"], found["relevance_level"]) == ("trec", 1)
    assert found["counts"] == {
        "queries": 2,
        "unanswered": 1,
        "unjudged_queries": 1,
        "no_relevant": 0,
    }
    assert (
        tmp_path / "each.csv"
    ).read_text() == "query_id,mrr@10,recall@1\nq1,0.5,0.0\nq2,0.0,0.0\n"


def test_score_takes_every_spelling_and_the_ties_of_trec_eval_10(cli, tmp_path):
    run_path, qrels = tmp_path / "r.run", tmp_path / "q.txt"
    run_path.write_text("q1 Q0 d1 1 20.000000001 t\nq1 Q0 d2 2 20.0 t\n")
    qrels.write_text("q1 0 d1 1\nq1 0 d2 0\n")
    asked = "dot_mrr@10,R@1k,NDCG@10 (%),bpref,rbp.50,judged@5"
    for policy, mrr, bpref, rbp in (("trec", 0.5, 0, 0.25), ("trec10", 1, 1, 0.5)):
        code, out, _ = cli(
            *("score", "--run", run_path, "--qrels", qrels, "--policy", policy),
            *("--measures", asked, "--format", "json"),
        )
        scores = json.loads(out)["scores"]
        assert code == 0
        assert list(scores) == [
            *("mrr@10", "recall@1000", "ndcg@10", "bpref", "rbp(p=0.5)", "judged@5"),
        ]
        assert (scores["mrr@10"], scores["bpref"], scores["rbp(p=0.5)"]) == (mrr, bpref, rbp)
        assert (scores["recall@1000"], scores["judged@5"]) == (1, 1)


SLOW_TO_START = (
    "datasets email.mime huggingface_hub ir_datasets llvmlite matplotlib numba pandas pydantic "
    "ranx scipy seaborn tokenizers torch transformers harness.claims harness.experiment"
)


@pytest.mark.parametrize("style", ["table", "json", "markdown"])
def test_scoring_a_small_run_starts_quickly(ranked, tmp_path, style):
    """It imports no compiler, no plotting and no DataFrame, and finds no folder to compile into."""
    arguments = ["score", *map(str, ranked), "--per-query", str(tmp_path / "e.csv")]
    program = (
        "import sys\nfrom harness.cli import run\n"
        f"code = run({[*arguments, '--format', style]!r})\n"
        f"print(code, sorted(set(sys.modules) & set({SLOW_TO_START!r}.split())))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "numba")},
    )
    assert done.stdout.splitlines()[-1] == "0 []"
    assert not (tmp_path / "numba").exists()


def test_score_for_people(cli, ranked):
    code, out, err = cli("score", *ranked, "--measures", "mrr@10")
    assert (code, err) == (0, "")
    assert "mrr@10" in out
    assert "0.250000" in out
    assert "2 queries evaluated under policy st; 1 unanswered (each scores 0)" in out


def test_report_writes_the_overview(cli, tmp_path):
    write_result(result(), tmp_path / "an-experiment.json")
    code, out, _ = cli("report", "--results", tmp_path)
    assert (code, out) == (0, f"written {tmp_path / 'README.md'}\n")
    assert "an-experiment" in (tmp_path / "README.md").read_text()


def test_encode_leaves_nothing_for_eval_to_encode(cli, evaluated, tiny_bert, folder, monkeypatch):
    code, out, _ = cli(
        "encode", "--model", tiny_bert, "--collection", folder, "--device", "cpu", "--threads", "1"
    )
    assert code == 0
    assert out.startswith("6 queries and 40 documents lie in ")

    def refuse(*_):
        raise AssertionError("encoded again")

    monkeypatch.setattr(Encoder, "loaded", refuse)
    assert evaluated()[0] == 0


def test_the_cache_is_listed_and_emptied(cli, evaluated, tiny_bert):
    evaluated()
    code, out, _ = cli("cache", "list")
    assert code == 0
    row = out.splitlines()[2].split()
    assert row[1:3] == [str(tiny_bert), "2"]
    assert cli("cache", "prune", row[0])[:2] == (0, "removed 2 shards\n")
    assert cli("cache", "prune", row[0])[0] == 2
    assert cli("cache", "prune", "--all")[:2] == (0, "removed 0 shards\n")


def test_list_names_what_is_shipped_and_what_it_needs(cli):
    code, out, _ = cli("list")
    assert code == 0
    assert "crowdrag-splade-tiny" in out
    assert "20 numbers" in out
    assert "17 MB" in out


# what goes wrong


def failing(monkeypatch, error):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(harness.cli.group, "main", fail)


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (InputError("No."), 2, "Error: No.\n"),
        (UnreachableError("No."), 3, "Error: No.\n"),
        (KeyboardInterrupt(), 130, "Error: Interrupted; what was finished is kept"),
        (click.Abort(), 130, "Error: Interrupted"),
        (MemoryError(), 3, "Error: The memory does not suffice"),
        (OSError(errno.ENOSPC, "full", "/x"), 3, "Error: The disk is full (/x)."),
        (OSError(errno.EDQUOT, "quota"), 3, "Error: The disk is full"),
        (ZeroDivisionError("x"), 70, "Error: This is a defect of harness (ZeroDivisionError: x)"),
    ],
)
def test_every_failure_is_one_sentence_and_its_exit_code(cli, monkeypatch, error, code, said):
    failing(monkeypatch, error)
    found, out, err = cli("list")
    assert (found, out) == (code, "")
    assert err.startswith(said)
    assert err.count("\n") == 1


def test_a_defect_can_be_looked_at(monkeypatch):
    failing(monkeypatch, ZeroDivisionError("x"))
    monkeypatch.setenv("HARNESS_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run(["list"])


def test_a_reader_that_goes_away_is_told_by_the_exit_code_alone():
    with subprocess.Popen(
        [sys.executable, "-m", "harness", "--help"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_a_result_of_another_model_of_the_same_file_name_is_kept(
    cli, tiny_bert, folder, tmp_path, monkeypatch
):
    for name in ("a/b", "a-b"):
        shutil.copytree(tiny_bert, tmp_path / "models" / name)
    monkeypatch.chdir(tmp_path / "models")
    given = ("--collection", folder, "--results", tmp_path / "out", "--device", "cpu")
    assert cli("eval", "--model", "a/b", *given)[0] == 0
    (path,) = (tmp_path / "out").glob("*.json")
    before = path.read_bytes()
    code, _, err = cli("eval", "--model", "a-b", *given)
    assert code == 2
    assert f"{path} holds the result of a/b on {folder}: give another folder" in err
    assert path.read_bytes() == before
    assert cli("eval", "--model", "./a/b/", *given)[0] == 0


def test_a_part_of_the_queries_is_another_result(cli, tiny_bert, tmp_path):
    results = tmp_path / "results"
    given = ("--model", tiny_bert, "--collection", "sampler", "--results", results)
    code, out, _ = cli("eval", *given, "--limit", 5, "--format", "json")
    assert code == 0
    summary = json.loads(out)
    assert summary["name"].endswith("-first-5")
    assert summary["counts"]["queries"] == 5
    assert [path.name for path in results.glob("*.json")] == [f"{summary['name']}.json"]


# before the work, and after it


@pytest.fixture
def no_encoding(monkeypatch):
    """Encoding is a failure: what is refused must be refused before."""

    def refuse(*_):
        raise AssertionError("it was encoded")

    monkeypatch.setattr(Encoder, "encode_tokens", refuse)


def test_a_toml_of_another_model_replaces_no_result_of_its_name(
    cli, experiment, tmp_path, no_encoding
):
    path = tmp_path / "out" / "mine.json"
    path.parent.mkdir()
    write_result(result(name="mine"), path)
    before = path.read_bytes()
    code, out, err = cli("eval", experiment({}), "--results", path.parent, "--device", "cpu")
    assert (code, out) == (2, "")
    assert f"{path} holds the result of owner/model on pool" in err
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["mine.md", "mine.csv", "mine.json", "mine.run.gz"])
def test_a_stranger_s_file_stops_an_evaluation_before_it_encodes(
    cli, experiment, tmp_path, name, no_encoding
):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text('{"name": "a package"}')
    given = ("--results", tmp_path / "out", "--device", "cpu")
    code, out, err = cli("eval", experiment({}), *given)
    assert (code, out) == (2, "")
    assert f"{name} is there already and was not made by harness" in err
    assert [path.name for path in (tmp_path / "out").iterdir()] == [name]


def test_scores_are_printed_when_they_cannot_be_written(evaluated, monkeypatch):
    import harness.report.files

    def full(*_):
        raise UnreachableError("the disk is full.")

    monkeypatch.setattr(harness.report.files, "write_all", full)
    code, out, err = evaluated("--format", "json")
    assert code == 3
    assert len(json.loads(out)["scores"]) == 20
    assert err.splitlines()[-1] == "Error: the disk is full."
    code, out, _ = evaluated()
    assert code == 3
    assert "dot_ndcg@10" in out
    assert "NOT written to" in out


def test_a_result_that_differs_in_provenance_only_is_left_as_it_was(evaluated, tmp_path):
    assert evaluated()[0] == 0
    (path,) = (tmp_path / "out").glob("*.json")
    kept = read_result(path)
    elsewhere = replace(
        kept,
        model=replace(kept.model, head="screened-amx"),
        provenance=replace(kept.provenance, machine="another", threads=64),
    )
    write_result(elsewhere, path)
    before = {p.name: p.read_bytes() for p in path.parent.iterdir()}
    code, out, _ = evaluated()
    assert code == 0
    assert f"left as it was, as nothing but provenance differs: {path}" in out
    assert {p.name: p.read_bytes() for p in path.parent.iterdir()} == before
    # A file that is missing, or a score that moved, is written.
    path.with_suffix(".csv").unlink()
    assert "written to" in evaluated()[1]
    assert path.with_suffix(".csv").is_file()
    scores = {key: value + 1e-12 for key, value in kept.scores.items()}
    write_result(replace(kept, scores=scores), path)
    evaluated()
    assert read_result(path).scores == kept.scores


def test_ids_that_a_run_cannot_hold_are_evaluated_and_scored_again(cli, tiny_bert, tmp_path):
    documents = {"the bread": "yeast and bread", "100%": "a day on mercury", "c": "hiccups"}
    queries = {"what is it": "what does yeast do", "q 2": "how long is a day"}
    judged = [("what is it", "the bread", 1), ("q 2", "100%", 1)]
    collection = models.save_beir(tmp_path / "beir", documents, queries, judged)
    given = ("--model", tiny_bert, "--collection", collection, "--results", tmp_path / "out")
    code, out, err = cli("eval", *given, "--device", "cpu", "--format", "json")
    assert code == 0, err
    found = json.loads(out)["scores"]
    (run_file,) = (tmp_path / "out").glob("*.run.gz")
    qrels = collection / "qrels" / "test.tsv"
    code, out, err = cli("score", "--run", run_file, "--qrels", qrels, "--format", "json")
    assert (code, err) == (0, "")
    scored = json.loads(out)["scores"]
    assert scored["ndcg@10"] > 0
    assert scored == {m: found[f"dot_{m}"] for m in scored}
