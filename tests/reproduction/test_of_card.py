"""What a card's evaluations are taken to be made on, and what is left open in the open."""

import pytest

from harness.card.read import read_card
from harness.errors import InputError
from harness.reproduction.of_card import of_card
from harness.reproduction.plans import Chosen, make_plan
from tests.support.card_numbers import CARD

DOT = "# toy\n- **Similarity Function:** Dot Product\n"
POOL = "\n".join(f"| {key} | {value} |" for key, value in CARD.items())


def plan_of(text, model="a/toy"):
    return of_card(read_card(text, "README.md"), model, "main", "README.md")


def table(dataset, *rows, given=""):
    named = f"* Dataset: `{dataset}`\n" if dataset else ""
    block = f"* Evaluated with these parameters:\n  ```json\n  {given}\n  ```\n" if given else ""
    body = "\n".join(f"| {key} | {value} |" for key, value in rows)
    head = f"\n### Sparse Information Retrieval\n{named}{block}\n"
    return f"{head}| Metric | Value |\n|:--|:--|\n{body}\n"


def nano(*names, **more):
    return "# toy\n" + "".join(table(name, ("dot_ndcg@10", "0.41"), **more) for name in names)


def test_named_sets_and_their_mean():
    plan = plan_of(nano("NanoMSMARCO", "NanoNQ", "NanoBEIR_mean"))
    *parts, mean = plan.evaluations
    assert [one.collection for one in parts] == ["nano-beir/msmarco", "nano-beir/nq"]
    assert [one.documents for one in parts] == [5_043, 5_035]
    assert mean.parts == tuple(one.label for one in parts)
    assert not any(one.guessed or one.obstacle for one in plan.evaluations)


def test_a_mean_alone_is_over_all_of_nano_beir_which_is_a_guess():
    plan = plan_of(nano("NanoBEIR_mean"))
    *parts, mean = plan.evaluations
    assert len(parts) == len(mean.parts) == 13
    assert not any(one.numbers for one in parts)
    assert mean.guessed
    assert {one.experiment.evaluation for one in parts} == {mean.experiment.evaluation}


@pytest.mark.parametrize("name", ["NanoNQ", "nano-beir/nq"])
def test_a_set_that_stands_beside_the_mean_of_all_keeps_its_numbers(name):
    """Called by its id, it had the label of the part that was added, and was lost behind it."""
    plan = plan_of(nano(name, "NanoBEIR_mean"))
    labels = [one.label for one in plan.evaluations]
    assert len(set(labels)) == len(labels) == 14
    (mine,) = [one for one in plan.evaluations if one.label == name]
    assert [number.text for number in mine.numbers] == ["0.41"]
    assert set(plan.evaluations[-1].parts) == set(labels[:-1])


def test_of_one_set_evaluated_twice_the_last_is_judged_and_the_other_told():
    first = table("NanoNQ", ("dot_ndcg@10", "0.31"), ("dot_mrr@10", "0.3"))
    last = table("NanoNQ", ("dot_ndcg@10", "0.41"), ("dot_mrr@10", "0.4"))
    plan = plan_of("# toy\n" + first + last)
    (one,) = plan.evaluations
    assert [number.text for number in one.numbers] == ["0.41", "0.4"]
    assert any("evaluated 2 times; the last is judged" in sentence for sentence in plan.unused)


def test_several_limits_of_one_set_are_several_evaluations():
    text = nano("NanoNQ", given='{"max_active_dims": 16}') + nano(
        "NanoNQ", given='{"max_active_dims": 64}'
    ).removeprefix("# toy\n")
    plan = plan_of(text)
    assert [one.experiment.model.max_active_dims for one in plan.evaluations] == [16, 64]
    assert [one.label for one in plan.evaluations] == [
        "NanoNQ (max_active_dims 16)",
        "NanoNQ (max_active_dims 64)",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (nano("NanoNQ", given='{"dataset_id": "x/NanoBEIR-de"}'), "other data under the same"),
        (nano("my own set"), "'my own set' is no data set that we know"),
        (nano("NanoNQ", given='{"truncate_dim": 8}'), "truncate_dim"),
        (DOT + table("NanoNQ", ("cosine_ndcg@10", "0.4")), "cosine"),
        ("# toy\n" + table("NanoNQ", *CARD.items()), "means over 5,000 queries"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_an_obstacle_and_never_a_number(text, told):
    (one,) = plan_of(text).evaluations
    assert told in one.obstacle
    assert one.exit_code == 2
    assert one.collection == ""


def test_the_first_card_is_told_by_its_digits():
    """facts: N = 5,000 and 49,036 passages follow from the digits alone."""
    (one,) = plan_of(f"# toy\n\n| Metric | Value |\n|:--|:--|\n{POOL}\n").evaluations
    assert one.collection == "msmarco-pool/hub"
    assert (one.queries, one.documents) == (5_000, 49_036)
    assert one.guessed
    assert any("does not name its data set" in sentence for sentence in one.assumed)
    assert any("none that we know" in sentence for sentence in one.assumed)


def test_a_name_with_several_meanings_is_a_guess():
    (one,) = plan_of("# toy\n" + table("MSMARCO", ("mrr@10", "0.341"))).evaluations
    assert one.collection == "msmarco-passage/dev/small"
    assert one.guessed
    assert "msmarco-passage/dev/judged" in " ".join(one.assumed)


def test_a_card_without_numbers_is_refused():
    with pytest.raises(InputError, match="publishes no number of a/toy"):
        plan_of("# toy\nNo numbers.\n")


def test_numbers_of_other_models_are_named_and_not_judged():
    rows = "| toy | 0.41 |\n| naver/splade-v3 | 0.5 |\n"
    plan = plan_of(f"# toy\n\n| Model | NanoNQ nDCG@10 |\n|:--|:--|\n{rows}")
    assert [n.text for one in plan.evaluations for n in one.numbers] == ["0.41"]
    assert any("naver/splade-v3" in sentence for sentence in plan.unused)


@pytest.fixture
def readme(tmp_path):
    path = tmp_path / "README.md"
    path.write_text(nano("NanoNQ", "NanoMSMARCO", "NanoBEIR_mean"), encoding="utf-8")
    return str(path)


def test_only_keeps_what_is_asked_for_with_the_parts_of_a_mean(readme):
    plan = make_plan(readme, Chosen(only=("NanoNQ",)))
    assert [one.label for one in plan.evaluations] == ["NanoNQ"]
    assert set(plan.left_out) == {"NanoMSMARCO", "NanoBEIR_mean"}
    plan = make_plan(readme, Chosen(only=("nanobeir mean",)))
    assert len(plan.evaluations) == 3


def test_the_cheapest_comes_first_and_a_mean_last(readme):
    plan = make_plan(readme)
    assert [one.label for one in plan.evaluations] == ["NanoNQ", "NanoMSMARCO", "NanoBEIR_mean"]
    assert [one.documents for one in plan.evaluations] == [5_035, 5_043, None]


def test_results_have_names_of_their_own(readme):
    names = [one.experiment.name for one in make_plan(readme).evaluations if not one.parts]
    assert len(set(names)) == 2
    assert all("nano-beir" in name for name in names)


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        (Chosen(only=("nothing",)), "has no evaluation 'nothing'; it has NanoNQ, NanoMSMARCO"),
        (Chosen(collection="sampler"), "2 are asked for: choose one by --only"),
    ],
)
def test_what_is_asked_for_and_is_not_there_is_a_sentence(readme, chosen, told):
    with pytest.raises(InputError, match=told):
        make_plan(readme, chosen)


def test_a_collection_that_the_user_names_is_no_guess(readme):
    plan = make_plan(readme, Chosen(collection="sampler", only=("NanoNQ",)))
    (one,) = plan.evaluations
    assert (one.collection, one.guessed, one.queries) == ("sampler", False, None)
