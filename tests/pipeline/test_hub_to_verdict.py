"""From a card on a hub to a verdict, with the real clients, and what the shipped experiments say.

A tiny checkpoint and a small data set in the shape of rasyosef/msmarco are served on the loopback;
the card's 19 numbers are made by sentence-transformers' evaluator in the cell of the author's
notebook. Everything after that runs through the command line, in one process of its own because
the hub's client reads its settings when it is imported.
"""

import json
import re
import socket
import time

import pytest

from harness.collection.msmarco_pool import DOCUMENTS, FIRST
from harness.experiment.spec import open_experiment, shipped
from tests.support.author import ASKED, MODEL, harness, publish
from tests.support.hub_server import Repository, serving
from tests.support.pool_data import save_data_set, save_qna

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("card")


@pytest.fixture(scope="module")
def author(folder):
    """The author's side: a checkpoint on disk, and the numbers that its card prints."""
    return publish(folder)


@pytest.fixture(scope="module")
def told(author, folder):
    """What the command lines give on the way from the card to verdicts, and what the hub got."""
    data_set = save_data_set(folder / "data set")
    save_qna(folder / "irds/msmarco-qna/dev_v2.1.json.gz")
    repositories = {MODEL: Repository(folder / "model")}, {"rasyosef/msmarco": Repository(data_set)}
    names = ("hub", "qna", "wrong")
    with serving(*repositories) as hub:
        read = harness(
            [["card", MODEL, "--format", "json"], ["card", MODEL, "--to-experiment"],
             ["audit", MODEL, "--format", "json"]],
            folder,
            HF_ENDPOINT=hub.url,
        )  # fmt: skip
        for name, text in zip(names, experiments(read[1]["out"], author), strict=True):
            (folder / f"{name}.toml").write_text(text, encoding="utf-8")
        evaluate = [["eval", f"{name}.toml", "--format", "json"] for name in names]
        commands = [*evaluate, ["list"]]
        read += harness(commands, folder, HF_ENDPOINT=hub.url)
    return dict(zip(("card", "toml", "audit", *names, "list"), read, strict=True)) | {"served": hub}


def experiments(text, scores):
    """The card's experiment on both reconstructions, and with one digit of ndcg changed."""
    assert 'id = "unknown"' in text
    on_hub = text.replace('id = "unknown"', 'id = "msmarco-pool/hub:36"')
    on_qna = text.replace('id = "unknown"', 'id = "msmarco-pool/qna:36"')
    digits = repr(scores["dot_ndcg@10"])
    wrong = digits[:8] + str((int(digits[8]) + 1) % 10) + digits[9:]
    assert digits in on_hub
    named = [f'name = "{name}"' for name in ("on-hub", "on-qna", "wrong")]
    texts = (on_hub, on_qna, on_hub.replace(digits, wrong))
    return [re.sub("^name = .*", name, t) for name, t in zip(named, texts, strict=True)]


def result(folder, name):
    return json.loads((folder / "results" / f"{name}.json").read_text(encoding="utf-8"))


def test_the_card_gives_back_what_the_evaluator_measured(author, told):
    assert told["card"]["code"] == 0, told["card"]["err"]
    card = json.loads(told["card"]["out"])
    full = {n["measure"]: n["published"] for n in card["numbers"] if n["full_precision"]}
    assert full == {key: repr(value) for key, value in author.items()}
    assert len(full) == 19
    assert card["usage"]["queries"] == [ASKED[0]]
    assert re.fullmatch("[0-9a-f]{40}", card["revision"])


def test_an_honest_card_is_not_called_impossible(told):
    assert told["audit"]["code"] == 0, told["audit"]["out"]
    (audited,) = json.loads(told["audit"]["out"])["audits"]
    assert 36 % audited["queries"] == 0


@pytest.mark.parametrize("name", ["hub", "qna"])
def test_all_19_numbers_hold_on_either_reconstruction(told, folder, name):
    assert told[name]["code"] == 0, told[name]
    summary = json.loads(told[name]["out"])
    assert list(summary["verdicts"].values()) == ["match"] * 19
    found = result(folder, f"on-{name}")
    assert found["examples"][0]["holds"]
    assert found["model"]["revision"] == json.loads(told["card"]["out"])["revision"]
    assert found["collection"]["id"] == f"msmarco-pool/{name}:36"


def test_both_reconstructions_are_one_collection(told, folder):
    one, other = (result(folder, name)["collection"] for name in ("on-hub", "on-qna"))
    assert one["sha256"] == other["sha256"]
    assert one["queries"] == other["queries"] == 36
    assert result(folder, "on-hub")["scores"] == result(folder, "on-qna")["scores"]


def test_one_wrong_digit_is_found(told):
    assert told["wrong"]["code"] == 1
    verdicts = json.loads(told["wrong"]["out"])["verdicts"]
    assert [key for key, verdict in verdicts.items() if verdict != "match"] == ["dot_ndcg@10"]


def test_neither_pickles_nor_the_other_split_are_fetched(told):
    assert "model.safetensors" in told["served"].fetched
    assert not {f for f in told["served"].fetched if f.endswith((".bin", ".pt")) or "train" in f}


def test_the_list_says_what_is_here(told):
    """The data set is cached by then, under its own name; the card's model is not."""
    lines = told["list"]["out"].splitlines()
    start = next(n for n, x in enumerate(lines) if x.startswith("splade-bert-mini-bs256-distil "))
    assert lines[start].split()[-1] == "no"
    assert "rasyosef/msmarco" in lines[start + 1]
    assert lines[start + 1].split()[-1] == "yes"


def test_without_a_hub_there_is_one_sentence_and_exit_code_3(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    started = time.monotonic()
    (gone,) = harness([["eval", "splade-bert-mini-bs256-distil"]], tmp_path, HF_ENDPOINT=url)
    assert gone["code"] == 3
    assert gone["out"] == ""
    assert gone["err"].startswith("Error: The model 'yosefw/SPLADE-BERT-Mini-BS256-distil' at")
    assert gone["err"].count("\n") == 1
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_experiment_is_whole(name):
    experiment = open_experiment(name)
    assert experiment.name == name
    assert experiment.title
    assert experiment.published.numbers
    measured = set(experiment.evaluation.names)
    for number in experiment.published.numbers:
        assert number.source
        assert number.name in measured
    claimed = {number.name for number in experiment.published.numbers}
    for deviation in experiment.deviations:
        assert deviation.measure.removeprefix("dot_") in claimed
        assert len(deviation.because) > 20


def test_the_cards_experiment_claims_what_the_digits_say():
    """Whole counts at 5,000 queries, a whole total over 49,036 documents."""
    card = open_experiment("splade-bert-mini-bs256-distil")
    numbers = {n.name: n.value for n in card.published.numbers}
    assert len(numbers) == 19
    counts = [numbers[f"accuracy@{k}"] * FIRST for k in (1, 3, 5, 10)]
    assert counts == pytest.approx([2509, 4143, 4597, 4873], abs=1e-9)
    assert numbers["query_active_dims"] * FIRST == pytest.approx(112_925, abs=0.01)
    assert numbers["corpus_active_dims"] * DOCUMENTS == pytest.approx(8_574_044, abs=0.01)
