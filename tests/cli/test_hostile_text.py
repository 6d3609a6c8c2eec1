"""What others name reaches neither the terminal nor a file raw, through whichever edge it comes."""

import ast
import csv
import gzip
import io
import json
import logging
import re
import tomllib
import unicodedata
from pathlib import Path

import pytest

from harness.cli import run
from harness.cli.say import InertFormatter
from harness.system import inert
from tests.cli.conftest import claims
from tests.support import ROOT, models
from tests.support.fakes import result

HOSTILE = "\x1b[31m\x9bA\u202eB\u200bC\u2066|`<b>[x](y)"
"""A colour, a C1 control, a bidi override, a zero width space, an isolate, and markup."""

FORGED = f"dot_ndcg@10\nrecall@10   0.5   0.5   0   match {HOSTILE}"


def raw(content):
    """Controls and unseen characters in bytes that somebody's terminal or editor will show."""
    text = content.decode("utf-8")
    return {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs"} and c != "\n"}


@pytest.fixture
def shown(capfdbinary, tmp_path, monkeypatch):
    """Run a command line; nothing raw is on stdout, on stderr or in a file that it wrote."""
    monkeypatch.setenv("COLUMNS", "80")

    def call(*arguments, code=None):
        before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        found = run([str(one) for one in arguments])
        out, err = capfdbinary.readouterr()
        assert raw(out) == set()
        assert raw(err) == set()
        for path in tmp_path.rglob("*"):
            if path.is_file() and path.read_bytes() != before.get(path):
                content = path.read_bytes()
                if path.suffix in {".md", ".csv", ".json", ".toml"}:
                    assert raw(content) == set(), path
        assert code is None or found == code, (out, err)
        return found, out.decode(), err.decode()

    return call


def one_sentence(err):
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    assert len(err) < inert.MOST + 20


# errors and usage errors


@pytest.mark.parametrize(
    "arguments",
    [
        [HOSTILE],
        ["eval", f"--{HOSTILE}"],
        ["eval", f"--hea={HOSTILE}"],
        ["eval", "--head", HOSTILE],
        ["eval", HOSTILE],
        ["eval", "--model", HOSTILE, "--collection", HOSTILE],
        ["eval", "--depth", HOSTILE],
        ["eval", "--measures", HOSTILE],
        ["eval", "--device", HOSTILE],
        ["eval", "one", HOSTILE],
        ["score", "--run", HOSTILE, "--qrels", HOSTILE],
        ["score", "--run", "r"],
        ["check", HOSTILE],
        ["check", "--baseline", HOSTILE],
        ["check", "--results", HOSTILE],
        ["why", HOSTILE],
        ["why", "x", "--published", HOSTILE],
        ["mean", HOSTILE, HOSTILE],
        ["mean"],
        ["report", "--results", HOSTILE],
        ["card", HOSTILE],
        ["card", "--dataset", HOSTILE, HOSTILE],
        ["audit", HOSTILE],
        ["audit", "--documents", HOSTILE, "x"],
        ["encode", HOSTILE],
        ["fetch", HOSTILE],
        ["cache", HOSTILE],
        ["cache", "prune", HOSTILE],
        ["cache", "prune"],
        ["eval", "x" * 5_000_000],
        ["eval", f"--{'x' * 5_000_000}"],
        ["eval", "a\nError: forged\nb"],
    ],
    ids=lambda arguments: " ".join(arguments)[:24].encode("ascii", "replace").decode(),
)
def test_an_argument_is_refused_in_one_line(shown, monkeypatch, tmp_path, arguments):
    monkeypatch.chdir(tmp_path)
    _, out, err = shown(*arguments, code=2)
    assert out == ""
    one_sentence(err)


def test_a_usage_error_says_where_help_is(shown):
    _, _, err = shown("eval", "--nosuch", "1", code=2)
    assert err == "Error: No such option '--nosuch'. See 'harness eval --help'.\n"
    _, _, err = shown("encode", "--head", "x", code=2)
    assert err == (
        "Error: Invalid value for '--head': 'x' is not one of 'auto', 'screened', 'float32'. "
        "See 'harness encode --help'.\n"
    )


def test_a_group_without_its_command_shows_its_help(shown):
    _, out, err = shown("cache", code=2)
    assert out == ""
    assert err.startswith("Usage: harness cache [OPTIONS] COMMAND")


# runs, judgements, scores of each query


@pytest.mark.parametrize("style", ["table", "markdown", "json"])
def test_ids_and_tags_of_a_run(shown, tmp_path, style):
    asked, found = f"=1+1{HOSTILE}", f"@d{HOSTILE}"
    (tmp_path / "r.run").write_text(f"{asked} Q0 {found} 1 2.0 {HOSTILE}\n", "utf-8", newline="")
    (tmp_path / "q.txt").write_text(f"{asked} 0 {found} 1\n", "utf-8", newline="")
    each = tmp_path / "each.csv"
    shown(
        *("score", "--run", tmp_path / "r.run", "--qrels", tmp_path / "q.txt"),
        *("--per-query", each, "--format", style),
        code=0,
    )
    head, row = csv.reader(io.StringIO(each.read_text("utf-8")))
    assert head[0] == "query_id"
    assert row[0].startswith("'=1+1")
    assert inert.csv_text(row[0]) == asked


@pytest.mark.parametrize(
    ("run_text", "qrels_text"),
    [
        (f"q1 Q0 d1 1 {HOSTILE} t\n", "q1 0 d1 1\n"),
        (f"q1 Q0 {HOSTILE}\n", "q1 0 d1 1\n"),
        (f"{HOSTILE} Q0 d1 1 2.0 t\n{HOSTILE} Q0 d1 2 1.0 t\n", "q1 0 d1 1\n"),
        ("q1 Q0 d1 1 2.0 t\n", f"q1 0 d1 {HOSTILE}\n"),
        ("q1 Q0 d1 1 2.0 t\n", f"{HOSTILE} 0 d 1\n{HOSTILE} 0 d 2\n"),
        ("q1 Q0 d1 1 2.0 t\n", "x" * 6_000_000),
    ],
    ids=["score", "columns", "twice", "grade", "judged twice", "6 MB"],
)
def test_a_file_is_refused_in_one_line(shown, tmp_path, run_text, qrels_text):
    (tmp_path / "r.run").write_text(run_text, "utf-8", newline="")
    (tmp_path / "q.txt").write_text(qrels_text, "utf-8", newline="")
    _, out, err = shown("score", "--run", tmp_path / "r.run", "--qrels", tmp_path / "q.txt", code=2)
    assert out == ""
    one_sentence(err)


# results


@pytest.fixture
def results(tmp_path):
    """Write a result whose texts are all somebody else's, and give its folder."""

    def write(name="mine", **changed):
        folder = tmp_path / "results"
        folder.mkdir(exist_ok=True)
        from harness.experiment.result import as_json

        content = as_json(result(**changed))
        content["name"] = name
        path = folder / f"{name}.json"
        path.write_text(json.dumps(content), "utf-8")
        return folder, content, path

    return write


def texts_replaced(content, keep=()):
    """Every text of a result that no grammar holds, replaced by a hostile one, in turn."""
    if isinstance(content, dict):
        for key, value in content.items():
            if isinstance(value, str) and key not in keep:
                yield content, key
            else:
                yield from texts_replaced(value, keep)
    elif isinstance(content, list | tuple):
        for place, value in enumerate(content):
            if isinstance(value, str):
                yield content, place
            else:
                yield from texts_replaced(value, keep)


def test_every_text_and_key_of_a_result(shown, results):
    """One at a time: a result that is read is shown, one that is not is refused in one line."""
    folder, content, path = results()
    content["alarms"], content["collection"]["facts"] = ["an alarm"], ["a fact"]
    places = list(texts_replaced(content))
    assert len(places) > 15
    read = 0
    for holder, key in places:
        before, holder[key] = holder[key], f"{holder[key]}\nx match {HOSTILE}"
        path.write_text(json.dumps(content), "utf-8")
        for arguments in (
            ("report", "--results", folder),
            ("mean", "m", path, "--results", folder),
        ):
            code, _, err = shown(*arguments)
            assert code in (0, 2)
            if code:
                one_sentence(err)
            read += not code
            (folder / "m.json").unlink(missing_ok=True)
        holder[key] = before
    assert read > 10
    for scores in ("scores", "counts", "provenance"):
        changed = json.loads(json.dumps(content))
        changed[scores][FORGED] = 0.5
        path.write_text(json.dumps(changed), "utf-8")
        code, out, err = shown("mean", "m", path, "--results", folder)
        (folder / "m.json").unlink(missing_ok=True)
        assert not re.search(r"^recall@10 +0\.5 +0\.5 +0 +match", out + err, re.MULTILINE)


def test_the_name_of_a_result_s_file(shown, results):
    folder, _, path = results()
    named = folder / f"a{HOSTILE.replace('/', '')}\n- forged.json"
    path.rename(named)
    shown("report", "--results", folder, code=0)
    page = (folder / "README.md").read_text("utf-8")
    assert "\n- forged" not in page
    links = re.findall(r"\]\(([^)]*)\)", page)
    assert links
    for link in links:
        assert re.fullmatch(r"[A-Za-z0-9/._~+%-]+", link)


# a whole evaluation of a collection and experiment that somebody else made


@pytest.fixture
def hostile_folder(tmp_path):
    asked, found = f"=1+1 {HOSTILE}", f"@d {HOSTILE}"
    texts = {found: "A storm over the sea", "d2": f"A text {HOSTILE}"}
    return models.save_beir(
        tmp_path / f"beir {HOSTILE.replace('/', '')}",
        texts,
        {asked: f"storm {HOSTILE}"},
        [(asked, found, 1)],
    )


@pytest.mark.parametrize("style", ["table", "markdown", "json"])
def test_a_whole_evaluation(shown, tiny_bert, hostile_folder, tmp_path, style):
    text = claims(tiny_bert, "sampler", {"ndcg@10": "0.5"})
    (tmp_path / "my.toml").write_text(
        text.replace('"sampler"', inert.toml(str(hostile_folder))).replace(
            '"a card"', inert.toml(f"a card\n| {HOSTILE}")
        ),
        "utf-8",
    )
    out = tmp_path / f"out {HOSTILE.replace('/', '')}"
    where = ("--results", out, "--format", style)
    _, told, _ = shown("-v", "eval", tmp_path / "my.toml", *where, "--device", "cpu")
    assert ("&lt;b&gt;" in told) == (style == "markdown")  # and as it is on a terminal
    assert ("<b>" in told) == (style != "markdown")
    assert {path.suffix for path in out.iterdir()} == {".gz", ".csv", ".md", ".json"}
    with (out / "mine.per-query.csv").open(encoding="utf-8", newline="") as file:
        _, row = csv.reader(file)
    assert inert.csv_text(row[0]) == f"=1+1 {HOSTILE}"
    shown("check", tmp_path / "my.toml", *where)
    shown("report", "--results", out)
    with gzip.open(out / "mine.run.gz", "rt", encoding="utf-8") as run_file:
        assert all(len(line.split(" ")) == 6 for line in run_file)


@pytest.mark.parametrize("key", ["", "model.", "published.values.", "published.deviations."])
def test_a_key_of_an_experiment(shown, tmp_path, key):
    toml = f'{key}{inert.toml(FORGED)} = "0.5"\n[model]\nid = "a/b"\n[collection]\nid = "sampler"\n'
    if key:
        toml = f'{key}{inert.toml(FORGED)} = "0.5"\ncollection.id = "sampler"\n'
    tomllib.loads(toml)
    (tmp_path / "my.toml").write_text(toml, "utf-8")
    _, _, err = shown("eval", tmp_path / "my.toml", code=2)
    one_sentence(err)


# cards


@pytest.mark.parametrize("command", ["card", "audit"])
@pytest.mark.parametrize("style", ["table", "markdown", "json"])
def test_a_card(shown, tmp_path, command, style):
    card = (ROOT / "tests/support/cards/nanobeir.md").read_text("utf-8")
    hostile = card.replace("NanoMSMARCO", f"Nano & {HOSTILE.replace('|', '')}")
    assert hostile != card
    (tmp_path / "README.md").write_text(hostile, "utf-8", newline="")
    _, out, _ = shown(command, tmp_path / "README.md", "--format", style)
    assert "Nano" in out
    assert ("&amp;" in out) == (style == "markdown")


def test_a_log_record_is_one_line():
    record = logging.LogRecord("x", logging.INFO, "p", 1, "got %s", (f"{HOSTILE}\n\nb",), None)
    told = InertFormatter("%(message)s").format(record)
    assert raw(told.encode()) == set()
    assert "\n" not in told
    assert told.startswith("got ")
    assert told.endswith("(y) b")


# and nothing goes round


def test_one_module_prints():
    """Whoever prints by click, print or a stream does not make inert what it prints."""
    streams = {f"sys.{name}.write" for name in ("stdout", "stderr")}
    found = set()
    for path in (ROOT / "harness").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called in {"print", "click.echo", "click.secho", *streams}:
                found.add(path.relative_to(ROOT / "harness").as_posix())
    assert found == {"cli/say.py", "system/progress.py"}


def test_one_module_knows_how_text_is_made_inert():
    """`html.escape` and readable JSON are asked of `harness.system.inert`.

    The other two read JSON: one shows a value within an error, one looks for half a surrogate.
    """
    found = set()
    for path in Path(ROOT / "harness").rglob("*.py"):
        text = path.read_text("utf-8")
        if "ensure_ascii=False" in text or "html.escape" in text or 'replace("|"' in text:
            found.add(path.relative_to(ROOT / "harness").as_posix())
    assert found == {"system/inert.py", "system/json_files.py", "system/records.py"}
