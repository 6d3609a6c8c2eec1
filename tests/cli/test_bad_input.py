"""Whatever is wrong with what is given: one sentence, the right exit code, and nothing written."""

import json
import os
import shutil
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertModel

from harness.cli import run
from tests.support import ROOT, models

DOCUMENTS = {"d1": "yeast and bread", "d2": "a day on mercury", "d3": "hiccups"}
QUERIES = {"q1": "what does yeast do", "q2": "how long is a day"}
QRELS = [("q1", "d1", 1), ("q2", "d2", 1)]


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def model(tiny_bert, tmp_path):
    return shutil.copytree(tiny_bert, tmp_path / "model")


@pytest.fixture
def collection(tmp_path):
    return models.save_beir(tmp_path / "beir", DOCUMENTS, QUERIES, QRELS)


@pytest.fixture
def refused(capsys, tmp_path):
    """Run a command line that must fail with this exit code; gives its one sentence."""

    def call(code, *arguments):
        results = tmp_path / "results"
        before = sorted(results.rglob("*"))
        found = run(list(map(str, arguments)))
        out, err = capsys.readouterr()
        assert (found, out) == (code, ""), err
        assert err.startswith("Error: ")
        assert err.count("\n") == 1, err
        assert err.endswith((".\n", "?\n", ")\n")), err
        assert "Traceback" not in err
        assert "defect of harness" not in err
        assert sorted(results.rglob("*")) == before
        return err

    return call


def config(**values):
    def change(folder):
        path = folder / "config.json"
        content = json.loads(path.read_text()) | values
        path.write_text(json.dumps(content))

    return change


def file(name, content):
    def change(folder):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))

    return change


def gone(*names):
    def change(folder):
        for name in names:
            (folder / name).unlink()

    return change


def no_masked_lm(folder):
    tokenizer = models.word_pieces()
    BertModel(models.bert(tokenizer).config).save_pretrained(folder)


def weights(change):
    def rewrite(folder):
        path = folder / "model.safetensors"
        tensors = load_file(path)
        change(tensors)
        save_file(tensors, path, metadata={"format": "pt"})

    return rewrite


def without(part):
    return weights(lambda w: [w.pop(name) for name in list(w) if part in name])


def spoil(tensors):
    tensors["bert.encoder.layer.0.output.dense.weight"][0, 0] = torch.nan


def only_a_pickle(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def modules(*types):
    kinds = [
        {"idx": n, "path": "", "type": f"sentence_transformers.{kind}"}
        for n, kind in enumerate(types)
    ]

    def change(folder):
        file("modules.json", kinds)(folder)
        file("config_sentence_transformers.json", {"model_type": "SparseEncoder"})(folder)

    return change


def longer_tokenizer(folder):
    tokenizer = models.word_pieces()
    tokenizer.add_tokens(["onemoreword"])
    tokenizer.save_pretrained(folder)


MODELS = {
    "an empty folder": (lambda f: [p.unlink() for p in f.iterdir()], "config.json is missing"),
    "no config": (gone("config.json"), "config.json is missing"),
    "a config that is no JSON": (file("config.json", "{"), "not readable JSON"),
    "a config that is no object": (file("config.json", []), "expected an object"),
    "a config of an unknown kind": (config(model_type="nothing"), "cannot be loaded"),
    "a config with nonsense": (config(num_hidden_layers="two"), "num_hidden_layers is 'two'"),
    "heads that do not divide": (config(num_attention_heads=5), "cannot be loaded"),
    "no masked language model": (no_masked_lm, "BertModel, which is not a masked language model"),
    "code of its own": (config(auto_map={"AutoModel": "x.Y"}), "never run"),
    "no weights": (gone("model.safetensors"), "no weights"),
    "only a pickle": (
        only_a_pickle,
        "a pickle, which is loaded only where it is asked for: --weights pytorch_model.bin",
    ),
    "weights without the head": (without("cls.predictions"), "the weights lack cls.predictions"),
    "weights without a layer": (without("layer.1."), "the weights lack bert.encoder.layer.1"),
    "weights of another size": (config(intermediate_size=65), "another shape than config.json"),
    "weights cut off": (file("model.safetensors", b"\x08\0\0\0\0\0\0\0{}"), "cannot be loaded"),
    "empty weights": (file("model.safetensors", b""), "cannot be loaded"),
    "weights with NaN": (weights(spoil), "NaN"),
    "a router": (modules("Router"), "the Router has no route for a query"),
    "a CSR autoencoder": (modules("Transformer", "Pooling", "CSRSparsity"), "CSRSparsity are not"),
    "modules that are no JSON": (file("modules.json", "["), "not readable JSON"),
    "no tokenizer": (gone("tokenizer.json", "tokenizer_config.json"), "there is no tokenizer"),
    "a damaged tokenizer": (file("tokenizer.json", "{}"), "tokenizer"),
    "a tokenizer of another model": (longer_tokenizer, "do not belong together"),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_that_can_not_be_evaluated(refused, model, collection, tmp_path, name):
    change, said = MODELS[name]
    change(model)
    sentence = refused(
        *(2, "eval", "--model", model, "--collection", collection),
        *("--results", tmp_path / "results", "--device", "cpu"),
    )
    assert said in sentence
    assert str(model) in sentence


def lines(*records):
    return "".join(json.dumps(record) + "\n" for record in records)


A = {"_id": "d1", "text": "yeast"}
HEADER = "query-id\tcorpus-id\tscore\n"

COLLECTIONS = {
    "no corpus": (gone("corpus.jsonl"), "has no corpus.jsonl"),
    "no queries": (gone("queries.jsonl"), "has no queries.jsonl"),
    "no judgements": (gone("qrels/test.tsv"), "has no judgements"),
    "an empty corpus": (file("corpus.jsonl", ""), "corpus.jsonl is empty"),
    "a bad line": (file("corpus.jsonl", lines(A) + "{\n"), "corpus.jsonl, line 2 is not JSON"),
    "no UTF-8": (file("corpus.jsonl", b'{"_id": "\xff"}\n'), "corpus.jsonl, line 1"),
    "half a surrogate": (
        file("corpus.jsonl", '{"_id": "d1", "text": "\\ud800"}\n{"_id": "d2", "text": "a"}\n'),
        "half a surrogate pair",
    ),
    "no id": (file("corpus.jsonl", lines(A, {"text": "a"})), "line 2 has no '_id'"),
    "a number for an id": (file("corpus.jsonl", lines({"_id": 1, "text": "a"})), "'_id' is 1"),
    "no text": (file("corpus.jsonl", lines({"_id": "d1"})), "line 1 has no 'text'"),
    "no text anywhere": (
        file("corpus.jsonl", lines({"_id": "d1", "text": ""}, {"_id": "d2", "text": " "})),
        "not one document has a text",
    ),
    "an id twice": (
        file("corpus.jsonl", lines(A, {"_id": "d2", "text": "a"}, A)),
        "two documents with the id 'd1'",
    ),
    "a query twice": (
        file("queries.jsonl", lines({"_id": "q1", "text": "a"}, {"_id": "q1", "text": "b"})),
        "2 queries with the id 'q1'",
    ),
    "no judged query": (
        file("queries.jsonl", lines({"_id": "q9", "text": "a"})),
        "has no queries (or its judgements are of none of them)",
    ),
    "a judged document that is not there": (
        file("qrels/test.tsv", HEADER + "q1\td9\t1\nq2\td2\t1\n"),
        "relevant documents are not in the corpus (first: d9)",
    ),
    "a judged query that is not there": (
        file("qrels/test.tsv", HEADER + "q1\td1\t1\nq9\td2\t1\n"),
        "are not among the queries (first: q9)",
    ),
    "a line of qrels too short": (
        file("qrels/test.tsv", HEADER + "q1\td1\t1\nq2\td2\n"),
        "test.tsv, line 3: 2 columns",
    ),
    "a grade that is no number": (
        file("qrels/test.tsv", HEADER + "q1\td1\tgood\n"),
        "the grade 'good'",
    ),
    "a pair judged twice": (
        file("qrels/test.tsv", HEADER + "q1\td1\t1\nq1\td1\t0\n"),
        "judged twice",
    ),
    "nothing relevant": (
        file("qrels/test.tsv", HEADER + "q1\td1\t0\nq2\td2\t0\n"),
        "no query has a document judged 1 or better",
    ),
    "qrels with a header only": (file("qrels/test.tsv", HEADER), "a header and no judgement"),
}


@pytest.mark.parametrize("name", COLLECTIONS)
def test_a_collection_that_can_not_be_evaluated(refused, tiny_bert, collection, tmp_path, name):
    change, said = COLLECTIONS[name]
    change(collection)
    sentence = refused(
        *(2, "eval", "--model", tiny_bert, "--collection", collection),
        *("--results", tmp_path / "results", "--device", "cpu"),
    )
    assert said in sentence
    assert str(collection) in sentence


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["eval", "--model", "./nowhere", "--collection", "sampler"], "'./nowhere' is neither"),
        (["eval", "--model", "{model}", "--collection", "./nowhere"], "no folder ./nowhere"),
        (["eval", "--model", "{model}", "--collection", "{beir}:dev"], "has no split 'dev'"),
        (["eval", "--model", "{model}", "--collection", "smapler"], "did you mean sampler"),
        (["eval", "--model", "asset:x", "--collection", "sampler"], "There is no asset 'x'"),
        (["eval", "nothing-like-it"], "There is no experiment 'nothing-like-it'"),
        (["eval", "nowhere.toml"], "There is no experiment 'nowhere.toml'"),
        (
            ["eval", "--model", "{model}", "--collection", "{beir}", "--device", "mars"],
            "The device 'mars' cannot be used here",
        ),
        (
            ["eval", "--model", "{model}", "--collection", "{beir}", "--measures", "err@10"],
            "'err@10' is not a measure",
        ),
        (
            ["eval", "--model", "{model}", "--collection", "{beir}", "--relevance-level", "5"],
            "judged 5 or better",
        ),
        (["check", "--results", "{tmp}/nowhere"], "There is no result"),
        (["check", "zzz"], "There is no experiment 'zzz'"),
        (["report", "--results", "{tmp}/nowhere"], "There are no results in"),
        (["fetch", "zzz"], "There is no experiment 'zzz'"),
        (["score", "--run", "{tmp}/r", "--qrels", "{tmp}/q"], "is no file that can be read"),
        (["encode", "--model", "{model}", "--collection", "./nowhere"], "no folder"),
        (["cache", "prune", "abc"], "No vectors of an encoder 'abc'"),
    ],
)
def test_a_name_of_nothing(refused, tiny_bert, collection, tmp_path, arguments, said):
    filled = [a.format(model=tiny_bert, beir=collection, tmp=tmp_path) for a in arguments]
    if filled[0] == "eval":
        filled += ["--results", str(tmp_path / "results")]
    assert said in refused(2, *filled)


RUNS = {
    "empty": ("", "is empty"),
    "five columns": ("q1 Q0 d1 1 2.0\n", "line 1: 5 columns"),
    "comments only": ("# a\n\n", "comments or blank lines"),
    "a score that is no number": ("q1 Q0 d1 1 high t\n", "the score 'high'"),
    "NaN": ("q1 Q0 d1 1 nan t\n", "the score 'nan'"),
    "a document twice": ("q1 Q0 d1 1 2.0 t\nq1 Q0 d1 2 1.0 t\n", "line 2"),
    "other queries": ("z1 Q0 d1 1 2.0 t\n", "answers none of the judged queries"),
    "binary": (b"\x00\x01\x02\xff\n", "line 1"),
    "damaged gzip": (b"\x1f\x8b\x08\x00rubbish", "gzip"),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_run_that_can_not_be_scored(refused, tmp_path, name):
    content, said = RUNS[name]
    file("r.run", content)(tmp_path)
    (tmp_path / "q.txt").write_text("q1 0 d1 1\n")
    sentence = refused(2, "score", "--run", tmp_path / "r.run", "--qrels", tmp_path / "q.txt")
    assert said in sentence


def test_qrels_that_can_not_be_used(refused, tmp_path):
    (tmp_path / "r.run").write_text("q1 Q0 d1 1 2.0 t\n")
    (tmp_path / "q.txt").write_text("q1 0 d1 1\nq1 d2\n")
    sentence = refused(2, "score", "--run", tmp_path / "r.run", "--qrels", tmp_path / "q.txt")
    assert "q.txt, line 2: 2 columns" in sentence


@pytest.mark.parametrize("command", ["check", "report"])
def test_a_damaged_result(refused, tmp_path, command):
    results = tmp_path / "results"
    results.mkdir()
    (results / "crowdrag-splade-tiny.json").write_text('{"schema": 1, "scores": ')
    assert "crowdrag-splade-tiny.json" in refused(2, command, "--results", results)


def test_a_damaged_baseline(refused, tmp_path):
    results = tmp_path / "results"
    results.mkdir()
    shutil.copy(ROOT / "results" / "crowdrag-splade-tiny.json", results)
    other = tmp_path / "earlier.json"
    other.write_text("[]")
    sentence = refused(2, "check", "--results", results, "--baseline", other)
    assert "earlier.json" in sentence


def test_an_experiment_file_with_a_mistake(refused, tmp_path):
    path = tmp_path / "my.toml"
    path.write_text('name = "x"\n[modle]\nid = "a/b"\n')
    sentence = refused(2, "eval", path, "--results", tmp_path / "results")
    assert "my.toml: the key 'modle' is unknown; did you mean 'model'" in sentence


@pytest.mark.parametrize(
    "arguments",
    [
        ("eval", ""),
        ("eval", " "),
        ("check", ""),
        ("fetch", ""),
        ("encode", ""),
        ("eval", "--model", "", "--collection", "sampler"),
        ("eval", "--model", "x", "--collection="),
        ("eval", "--measures", ""),
        ("eval", "-m", ""),
        ("eval", "--revision", ""),
        ("eval", "--results", ""),
        ("eval", "-o", ""),
        ("check", "--baseline="),
        ("mean", "", "a.json", "b.json"),
        ("mean", "x", "a.json", ""),
        ("score", "--run", "", "--qrels", "q"),
        ("card", ""),
        ("card", "x", "--dataset", ""),
        ("audit", "x", "--revision="),
        ("cache", "prune", ""),
        ("report", "--results", ""),
    ],
    ids=" ".join,
)
def test_an_empty_argument_is_no_default(capsys, arguments):
    assert run(list(arguments)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "is empty; is a variable not set?" in err


@pytest.mark.parametrize("name", ["d1\0", "d\x001"])
def test_an_id_with_a_nul(refused, tiny_bert, tmp_path, name):
    collection = tmp_path / "nul"
    models.save_beir(collection, DOCUMENTS | {name: "bread"}, QUERIES, [*QRELS, ("q1", name, 1)])
    sentence = refused(
        *(2, "eval", "--model", tiny_bert, "--collection", collection, "--device", "cpu"),
        *("--results", tmp_path / "results"),
    )
    assert "holds a NUL character" in sentence


# what cannot be reached or written: exit code 3


def test_results_that_can_not_be_written(refused, tiny_bert, collection, tmp_path):
    (tmp_path / "file").write_text("in the way")
    sentence = refused(
        *(3, "eval", "--model", tiny_bert, "--collection", collection, "--device", "cpu"),
        *("--results", tmp_path / "file" / "results"),
    )
    assert "cannot be made" in sentence
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_cache_that_can_not_be_written(refused, tiny_bert, collection, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "file"))
    sentence = refused(
        *(3, "eval", "--model", tiny_bert, "--collection", collection, "--device", "cpu"),
        *("--results", tmp_path / "results"),
    )
    assert "HARNESS_CACHE" in sentence


def test_a_per_query_file_that_can_not_be_written(refused, tmp_path):
    (tmp_path / "r.run").write_text("q1 Q0 d1 1 2.0 t\n")
    (tmp_path / "q.txt").write_text("q1 0 d1 1\n")
    sentence = refused(
        *(3, "score", "--run", tmp_path / "r.run", "--qrels", tmp_path / "q.txt"),
        *("--per-query", tmp_path / "nowhere" / "each.csv"),
    )
    assert "each.csv cannot be written" in sentence


def test_a_hub_model_without_a_network(collection, tmp_path):
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hub")}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "harness", "eval", "--model", "owner/model"),
            *("--collection", str(collection), "--results", str(tmp_path / "results")),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment,
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("Error: The model 'owner/model'")
    assert "HF_HUB_OFFLINE" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("digits", ["9" * 400, "1" + "0" * 20, "0", "-1", "1e3", "²"])
@pytest.mark.parametrize("option", ["--documents", "--queries"])
def test_an_audit_of_more_texts_than_there_are_is_refused(cli, option, digits):
    card = ROOT / "tests" / "support" / "cards" / "nanobeir.md"
    code, out, err = cli("audit", card, option, digits)
    assert (code, out) == (2, "")
    assert option in err


EVERYWHERE = {
    "--results of mean": ["mean", "x", "a.json", "b.json", "--results", "{path}"],
    "--results of eval": ["eval", "--model", "m", "--collection", "c", "--results", "{path}"],
    "--results of check": ["check", "--results", "{path}"],
    "--results of report": ["report", "--results={path}"],
    "--baseline": ["check", "--baseline", "{path}"],
    "a part of a mean": ["mean", "x", "{path}", "b.json"],
    "--run": ["score", "--run", "{path}", "--qrels", "q"],
    "--qrels": ["score", "--run", "r", "--qrels", "{path}"],
    "--per-query": ["score", "--run", "r", "--qrels", "q", "--per-query", "{path}"],
    "an experiment": ["eval", "{path}.toml"],
    "a card": ["card", "{path}"],
}


@pytest.mark.parametrize("place", EVERYWHERE)
def test_the_home_of_nobody_is_refused_and_no_folder_of_that_name_is_made(
    refused, tmp_path, monkeypatch, place
):
    monkeypatch.chdir(tmp_path)
    arguments = [argument.format(path="~nosuchuser/x") for argument in EVERYWHERE[place]]
    assert "begins with a home folder that is not here" in refused(2, *arguments)
    assert list(tmp_path.iterdir()) == []


def test_a_home_is_found_in_every_option(cli, tmp_path, monkeypatch):
    """As in `--results=~/x`, which a shell leaves as it is."""
    home = tmp_path / "home"
    (home / "out").mkdir(parents=True)
    shutil.copy(ROOT / "results" / "crowdrag-splade-tiny.json", home / "out")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    assert cli("check", "--results=~/out")[0] == 0
    (home / "r.run").write_text("q1 Q0 d1 1 2.0 t\n")
    (home / "q.txt").write_text("q1 0 d1 1\n")
    places = ("--run=~/r.run", "--qrels=~/q.txt", "--per-query=~/out/each.csv")
    assert cli("score", *places)[0] == 0
    assert (home / "out" / "each.csv").exists()
