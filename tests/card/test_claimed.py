"""Evaluations of a card's own model: told apart, joined from their places, never mixed."""

import pytest

from harness.card.chosen import of_dataset
from harness.card.claimed import of_model
from harness.card.read import read_card
from harness.errors import InputError


def card_of(*results, body="", name="toy"):
    """A card with a model-index: pairs of a data set's lines and metrics (key, text)."""
    listed = ""
    for dataset, metrics in results:
        lines = "".join(f"      {line}\n" for line in dataset.split("\n"))
        listed += "  - task:\n      type: sparse-information-retrieval\n    dataset:\n" + lines
        listed += "    metrics:\n"
        listed += "".join(f"    - type: {key}\n      value: {text}\n" for key, text in metrics)
    front = f"---\nmodel-index:\n- name: {name}\n  results:\n{listed}---\n" if listed else ""
    return read_card(f"{front}# {name}\n\n{body}", "README.md")


def table(*rows, heading="Sparse Information Retrieval", dataset="", given=""):
    named = f"* Dataset: `{dataset}`\n" if dataset else ""
    block = f"  ```json\n  {given}\n  ```\n" if given else ""
    listed = "".join(f"| {key} | {text} |\n" for key, text in rows)
    return f"#### {heading}\n\n{named}{block}\n| Metric | Value |\n|:--|:--|\n{listed}\n"


def said(one):
    return {number.measure: number.text for number in one.numbers}


NQ = "name: NQ\ntype: NQ"
BEFORE = (("dot_ndcg@10", "0.31234567890123456"), ("dot_mrr@10", "0.25"))
AFTER = (("dot_ndcg@10", "0.41234567890123456"), ("dot_mrr@10", "0.35"))


def test_a_data_set_evaluated_twice_gives_two_evaluations_each_with_its_table():
    body = table(("dot_ndcg@10", "0.3123"), ("dot_recall@10", "0.5"), dataset="NQ") + table(
        ("dot_ndcg@10", "0.4123"), ("dot_recall@10", "0.6"), dataset="NQ"
    )
    first, second = of_model(card_of((NQ, BEFORE + AFTER), body=body), "a/toy")
    assert said(first) == {**dict(BEFORE), "dot_recall@10": "0.5"}
    assert said(second) == {**dict(AFTER), "dot_recall@10": "0.6"}
    assert (first.order, second.order) == (1, 2)
    assert [len(one.where) for one in (first, second)] == [2, 2]


def test_digits_and_not_the_order_tell_which_evaluation_a_table_is_of():
    """sentence-transformers writes the later of two evaluations into the column of the first."""
    body = table(("dot_ndcg@10", "0.4123"), ("dot_recall@10", "0.6"), dataset="NQ")
    card = card_of((NQ, BEFORE + AFTER), body=body)
    first, second = of_model(card, "a/toy")
    assert said(first) == dict(BEFORE)
    assert said(second) == {**dict(AFTER), "dot_recall@10": "0.6"}
    assert card.disagreements == ()


def test_a_table_that_contradicts_its_metadata_fills_nothing_in():
    body = table(("dot_ndcg@10", "0.9"), ("dot_recall@10", "0.6"), dataset="NQ")
    card = card_of((NQ, BEFORE), body=body)
    (one,) = of_model(card, "a/toy")
    assert said(one) == dict(BEFORE)
    assert len(card.disagreements) == 1


def test_an_evaluation_of_fewer_measures_does_not_take_those_of_the_next():
    """Keys in the evaluator's order: accuracy before ndcg, so `accuracy@1` begins the second."""
    first = (("dot_ndcg@10", "0.5"), ("query_active_dims", "20.5"))
    second = (("dot_accuracy@1", "0.25"), ("dot_ndcg@10", "0.625"), ("query_active_dims", "30.5"))
    found = of_model(card_of((NQ, first + second)), "a/toy")
    assert [said(one) for one in found] == [dict(first), dict(second)]
    by_hand = (("dot_ndcg@10", "0.5"), ("dot_accuracy@1", "0.25"))
    again = (("dot_ndcg@10", "0.625"), ("dot_accuracy@1", "0.75"))
    found = of_model(card_of((NQ, by_hand + again)), "a/toy")
    assert [said(one) for one in found] == [dict(by_hand), dict(again)]


def test_each_metric_in_a_result_of_its_own_is_one_evaluation():
    (one,) = of_model(card_of(*((NQ, (metric,)) for metric in BEFORE)), "a/toy")
    assert said(one) == dict(BEFORE)


def test_dot_and_cosine_of_one_table_are_two_evaluations_with_the_same_vectors():
    rows = (("dot_ndcg@10", "0.31"), ("cosine_ndcg@10", "0.29"), ("query_active_dims", "20.5"))
    dot, cosine = of_model(card_of(body=table(*rows, dataset="NQ")), "a/toy")
    assert (dot.similarity, said(dot)) == (
        "dot",
        {"dot_ndcg@10": "0.31", "query_active_dims": "20.5"},
    )
    assert (cosine.similarity, said(cosine)) == (
        "cosine",
        {"cosine_ndcg@10": "0.29", "query_active_dims": "20.5"},
    )
    mixed = of_model(
        card_of(body=table(*rows[:2], ("ndcg@10", "0.3"), ("mrr@10", "0.2"), dataset="NQ")),
        "a/toy",
    )
    assert [one.similarity for one in mixed] == ["dot", "cosine", ""]
    assert said(mixed[2]) == {"ndcg@10": "0.3", "mrr@10": "0.2"}


def test_split_config_and_revision_tell_evaluations_apart():
    found = of_model(
        card_of(
            (f"{NQ}\nsplit: dev\nrevision: abc", BEFORE),
            (f"{NQ}\nsplit: test", AFTER),
            (f"{NQ}\nconfig: de\nsplit: test", (("dot_ndcg@10", "0.2"),)),
        ),
        "a/toy",
    )
    assert [(one.split, one.config, one.revision, one.order) for one in found] == [
        ("dev", "", "abc", 1),
        ("test", "", "", 1),
        ("test", "de", "", 1),
    ]
    assert [said(one)["dot_ndcg@10"] for one in found] == [BEFORE[0][1], AFTER[0][1], "0.2"]


def test_an_evaluator_s_parameters_belong_to_their_table_and_its_metadata():
    keys = (("dot_ndcg@10", "0.31234567890123456"), ("dot_ndcg@10", "0.41234567890123456"))
    body = table(("dot_ndcg@10", "0.3123"), given='{"max_active_dims": 16}') + table(
        ("dot_ndcg@10", "0.4123"), given='{"max_active_dims": 64, "query_prompt": "query: "}'
    )
    first, second = of_model(card_of(("name: Unknown\ntype: unknown", keys), body=body), "a/toy")
    assert (first.parameters, said(first)) == ({"max_active_dims": "16"}, dict(keys[:1]))
    assert (second.parameters, said(second)) == (
        {"max_active_dims": "64", "query_prompt": "query: "},
        dict(keys[1:]),
    )


def test_tables_of_two_unnamed_data_sets_are_not_put_together():
    body = table(("MRR@10", "0.3"), heading="MS MARCO") + table(("Recall@10", "0.5"), heading="NQ")
    assert [said(one) for one in of_model(card_of(body=body), "a/toy")] == [
        {"mrr@10": "0.3"},
        {"recall@10": "0.5"},
    ]


def test_tables_of_one_data_set_are_put_together_while_they_agree():
    """34.1 % and 0.341 are the same claim; 0.36 is another evaluation."""
    body = (
        "| Model | NQ MRR@10 |\n|--|--|\n| toy | 34.1 |\n\n"
        "| Model | NQ MRR@10 | NQ Recall@10 |\n|--|--|--|\n| a/toy | 0.341 | 0.6 |\n\n"
        "| Model | NQ MRR@10 |\n|--|--|\n| toy | 0.36 |\n"
    )
    found = of_model(card_of(body=body), "a/toy")
    assert [said(one) for one in found] == [
        {"mrr@10": "34.1", "recall@10": "0.6"},
        {"mrr@10": "0.36"},
    ]


@pytest.mark.parametrize(
    ("row", "model_id"),
    [
        ("acme/tiny-sparse", "acme/tiny-sparse"),
        ("tiny-sparse", "acme/tiny-sparse"),
        ("acme/tiny-sparse", "/models/copy"),  # the card's title is tiny-sparse
        ("Tiny Sparse", "./tiny_sparse"),
    ],
)
def test_the_own_row_with_and_without_its_owner(row, model_id):
    body = f"| Model | MRR@10 |\n|--|--|\n| {row} | 0.3 |\n| other/big-sparse | 0.4 |\n"
    (one,) = of_model(card_of(body=body, name="tiny-sparse"), model_id)
    assert said(one) == {"mrr@10": "0.3"}


def test_a_card_with_other_people_s_rows_only_names_them():
    body = "| Model | MRR@10 |\n|--|--|\n| BM25 | 0.2 |\n| other/big | 0.4 |\n"
    with pytest.raises(InputError, match=r"no number of a/b.*\(it has numbers of BM25, other/big"):
        of_dataset(card_of(body=body), "a/b")


def test_of_two_evaluations_of_a_data_set_the_last_is_taken_and_that_is_said():
    card = card_of((NQ, BEFORE + AFTER))
    for dataset in (None, "NQ", "nq"):
        choice = of_dataset(card, "a/toy", dataset)
        assert said(choice.evaluation) == dict(AFTER)
        assert "2 evaluations" in choice.note
        assert "number 2" in choice.note
    assert said(of_dataset(card, "a/toy", "NQ", 1).evaluation) == dict(BEFORE)
    with pytest.raises(InputError, match=r"no evaluation 3; the card has 2: 1 is NQ, dot, 2 is"):
        of_dataset(card, "a/toy", "NQ", 3)


def test_evaluations_that_differ_in_more_than_their_order_are_asked_for():
    rows = (("dot_ndcg@10", "0.31"), ("cosine_ndcg@10", "0.29"))
    with pytest.raises(InputError, match=r"--evaluation N: 1 is NQ, dot, 2 is NQ, cosine"):
        of_dataset(card_of(body=table(*rows, dataset="NQ")), "a/toy", "NQ")
    splits = card_of((f"{NQ}\nsplit: dev", BEFORE), (f"{NQ}\nsplit: test", AFTER))
    with pytest.raises(InputError, match=r"1 is NQ, dev, dot, 2 is NQ, test, dot"):
        of_dataset(splits, "a/toy", "NQ")


def test_a_front_matter_that_lost_lines_gives_no_data_set_the_numbers_of_the_next():
    text = (
        "---\nmodel-index:\n- name: toy\nresults:\n- task:\ntype: r\ndataset:\nname: NQ\nmetrics:\n"
        "- type: ndcg@10\nvalue: 0.5\n- type: mrr@10\nvalue: 0.4\nvalue: 0.4\nname: FiQA\n"
        "- type: ndcg@10\nvalue: 0.3\n---\n# toy\n"
    )
    card = read_card(text, "R")
    (one,) = of_model(card, "toy")
    assert said(one) == {"mrr@10": "0.4"}
    assert any("ndcg@10 is given twice" in sentence for sentence in card.refused)
