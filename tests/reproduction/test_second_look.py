"""Numbers that are off under our convention, and whose convention prints them."""

import pytest

import harness
from harness.reproduction import ReproductionVerdict
from tests.support.zoo.made import splade

KEYS = ("ndcg@10", "map@100", "mrr@10", "recall@10", "precision@10", "accuracy@1", "ndcg@100")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("second")


@pytest.fixture(scope="module")
def model(folder):
    return str(splade()(folder))


@pytest.fixture(scope="module")
def graded(folder, model):
    """Scores as trec_eval has them: nDCG by grades."""
    return harness.evaluate(
        model, "sampler", KEYS, "trec", cache=folder / "cache", device="cpu"
    ).scores


def reproduce(folder, model, numbers):
    rows = "".join(f"| {key} | {text} |\n" for key, text in numbers.items())
    path = folder / "README.md"
    path.write_text(f"# t\n* Dataset: `sampler`\n\n| Metric | Value |\n|:--|:--|\n{rows}", "utf-8")
    return harness.reproduce_card(path, model=model, cache=folder / "cache")


def test_a_card_by_another_tool_is_reproduced_as_that_tool_scores(folder, model, graded):
    found = reproduce(folder, model, {key: f"{graded[key]:.5f}" for key in KEYS})
    (one,) = found.evaluations
    assert found.exit_code == 0, one.because
    assert "trec_eval" in one.because
    assert "ndcg@10" in one.because


def test_keys_of_sentence_transformers_are_held_to_its_own_definitions(folder, model, graded):
    found = reproduce(folder, model, {f"dot_{key}": f"{graded[key]:.5f}" for key in KEYS})
    (one,) = found.evaluations
    assert found.exit_code == 1, one.because
    assert {row.measure for row in one.off} == {"dot_ndcg@10", "dot_ndcg@100"}


def test_what_no_convention_prints_is_not_reproduced(folder, model, graded):
    numbers = {key: f"{graded[key]:.5f}" for key in KEYS}
    numbers["recall@10"] = f"{graded['recall@10'] + 0.0123:.5f}"
    (one,) = reproduce(folder, model, numbers).evaluations
    assert one.verdict is ReproductionVerdict.NOT_REPRODUCED
    assert "none prints all" in one.because or "no other convention" in one.because
