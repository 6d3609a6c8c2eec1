"""`harness card` and `harness audit`, as a user sees them."""

import json
import tomllib
from pathlib import Path

import pytest

from harness.cli import run
from tests.support import CARDS

WHOLE = str(CARDS / "lost-indentation.md")


@pytest.fixture
def call(capsys):
    def command(*arguments):
        code = run([*map(str, arguments)])
        out, err = capsys.readouterr()
        return code, out, err

    return command


def test_a_card_shows_every_number_in_full_and_its_example(call):
    code, out, err = call("card", WHOLE)
    assert (code, err) == (0, "")
    numbers = [line.split() for line in out.splitlines() if "front matter, model-index" in line]
    assert len(numbers) == 19
    shown = {cells[1]: cells[2] for cells in numbers}
    assert shown["dot_ndcg@10"] == "0.7457042059559617"
    assert shown["corpus_active_dims"] == "174.85202722777373"
    for line in (
        "  query: when does the ferry leave",
        "  printed: 22.4364, 22.7160, 21.7330",
        "  max seq length: 512",
        "  document weight: 0.12",
        "Recovered",
    ):
        assert line in out.splitlines(), line


def test_a_card_as_json_names_every_place(call):
    code, out, _ = call("card", WHOLE, "--format", "json")
    card = json.loads(out)
    assert code == 0
    full = [number for number in card["numbers"] if number["full_precision"]]
    rounded = [number for number in card["numbers"] if not number["full_precision"]]
    assert len(full) == 19
    assert "table" in rounded[0]["where"]
    assert card["usage"]["similarity"] == [["22.4364", "22.7160", "21.7330"]]
    assert card["architecture"]["output_dims"] == 30522


def test_an_experiment_out_of_a_card(call):
    code, out, _ = call("card", WHOLE, "--to-experiment")
    assert code == 0
    assert len(tomllib.loads(out)["published"]["values"]) == 19
    code, out, err = call("card", CARDS / "nanobeir.md", "--to-experiment")
    assert (code, out) == (2, "")
    assert "3 data sets; choose one" in err
    code, out, _ = call(
        "card", CARDS / "nanobeir.md", "--to-experiment", "--dataset", "NanoNFCorpus"
    )
    assert tomllib.loads(out)["collection"]["id"] == "nano-beir/nfcorpus"


def test_an_audit_says_how_many_queries_and_documents_fit(call):
    code, out, err = call("audit", WHOLE, "--documents", 49036, "--chunk-size", 2048)
    assert (code, err) == (0, "")
    text = " ".join(out.split())
    for said in (
        "the smallest number of queries is 5,000; so do its multiples fit",
        "112,925 active dims in all",
        "the corpus had several chunks",
        "174.85202722777373 x 49,036 = 8,574,044.007",
        "all 19 numbers are roundings of the front matter's",
    ):
        assert said in text, said
    assert out.endswith("Whole counts at 5,000 queries and multiples. Impossible: nothing.\n")
    assert "impossible:" not in out


def test_a_changed_digit_is_impossible(call, tmp_path):
    text = Path(WHOLE).read_text(encoding="utf-8")
    (tmp_path / "README.md").write_text(
        text.replace("0.2839333333333333", "0.2839433333333333"), encoding="utf-8"
    )
    code, out, _ = call("audit", tmp_path)
    assert (code, out.count("suspicious: GRIM outlier")) == (0, 1)  # 100,000 queries would fit
    code, out, _ = call("audit", tmp_path, "--queries", 5000)
    assert code == 1
    assert out.index("impossible: ") < out.index("consistent: ")
    code, out, _ = call("audit", tmp_path, "--queries", 5000, "--format", "json")
    told = json.loads(out)
    assert (code, told["impossible"]) == (1, True)
    broken = [f for f in told["audits"][0]["findings"] if f["verdict"] == "impossible"]
    assert "precision@3" in broken[0]["measures"]
    assert broken[0]["source"]


def test_each_data_set_and_each_model_is_audited_by_itself(call):
    _, out, _ = call("audit", CARDS / "nanobeir.md", "--format", "json")
    assert [a["dataset"] for a in json.loads(out)["audits"]][:2] == ["NanoMSMARCO", "NanoNFCorpus"]
    code, out, _ = call("audit", CARDS / "percent-table.md", "--format", "json")
    audits = json.loads(out)["audits"]
    assert code == 0  # 34.1 is a percentage and not a number above 1
    assert [a["model"] for a in audits] == ["BM25", "beacon-tiny", "beacon-mini", "beacon-none"]


@pytest.mark.parametrize("command", ["card", "audit"])
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "README.md: the model has no card."),
        (b"# A model\nwithout a number.\n", "has no number"),
        (b"\xff\x00", "no UTF-8"),
        (b"", "empty"),
    ],
    ids=["no file", "no number", "no text", "empty"],
)
def test_a_card_that_can_not_be_used_is_one_sentence(call, tmp_path, command, content, told):
    if content is not None:
        (tmp_path / "README.md").write_bytes(content)
    code, _, err = call(command, tmp_path)
    assert code == 2
    assert told in err
    assert err.startswith("Error: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("command", ["card", "audit"])
def test_a_source_that_is_nothing(call, command):
    for source in ("./no/where", "a/b/c", "nowhere.md"):
        code, out, err = call(command, source)
        assert (code, out) == (2, "")
        assert "is neither a file or folder here nor a hub id (owner/name)" in err


HOSTILE = """# \x1b[2Jclear <script>alert(1)</script>
## Evaluation
#### A | pipe ](http://x) <b>
| Metric | Value |
|:--|:--|
| ndcg@10 | 0.5 |
```python
queries = [
    "\\x1b[31m red <img>",
]
documents = ["x"]
query_embeddings = model.encode_query(queries)
document_embeddings = model.encode_document(documents)
similarities = model.similarity(query_embeddings, document_embeddings)
# tensor([[1.0]])
```
"""


@pytest.mark.parametrize("command", ["card", "audit"])
def test_hostile_markup_stays_text(call, tmp_path, command):
    (tmp_path / "README.md").write_text(HOSTILE, encoding="utf-8")
    code, out, _ = call(command, tmp_path)
    assert code == 0
    assert "\x1b" not in out
    code, out, _ = call(command, tmp_path, "--format", "markdown")
    assert code == 0
    assert "<script" not in out
    assert "<b>" not in out
    assert "<img" not in out
    assert "\x1b" not in out


TWICE = "".join(
    f"#### IR\n* Dataset: `NanoNQ`\n\n| Metric | Value |\n|--|--|\n| dot_ndcg@10 | {text} |\n\n"
    for text in ("0.3", "0.4")
)


def test_a_data_set_evaluated_twice_is_listed_and_one_is_chosen(call, tmp_path):
    path = tmp_path / "README.md"
    path.write_text("# toy\n" + TWICE, encoding="utf-8")
    code, out, _ = call("card", path)
    assert code == 0
    assert "  1: NanoNQ, dot (1 numbers)\n  2: NanoNQ, dot, evaluation 2 of that name (1" in out
    code, out, _ = call("card", path, "--format", "json")
    assert [one["measures"] for one in json.loads(out)["evaluations"]] == [
        {"dot_ndcg@10": "0.3"},
        {"dot_ndcg@10": "0.4"},
    ]
    code, out, err = call("card", path, "--to-experiment", "--dataset", "NanoNQ")
    assert code == 0
    assert err.startswith("Note: the card has 2 evaluations of that data set; this is the last")
    assert tomllib.loads(out)["published"]["values"] == {"dot_ndcg@10": "0.4"}
    code, out, err = call("card", path, "--to-experiment", "--evaluation", 1)
    assert (code, err) == (0, "")
    assert tomllib.loads(out)["published"]["values"] == {"dot_ndcg@10": "0.3"}
