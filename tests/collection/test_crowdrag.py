"""How judgements are derived from answers, on answers small enough to count by hand."""

import pytest

from harness.collection import Doc, Query, crowdrag
from harness.data.qrels import Judgement
from harness.errors import InputError


def answer(topic, kind, style, cited, references=("p1", "p2")):
    return {
        "topic": topic,
        "query": f"question {topic}",
        "kind": kind,
        "style": style,
        "references_ids": list(references),
        "references_texts": [f"text of {doc_id}" for doc_id in references],
        "statements": [{"text": "...", "citations": list(citations)} for citations in cited],
    }


ANSWERS = [
    answer("t1", "human", "bullet", [["p1"], [], ["p1", "p2"]]),
    answer("t1", "llm", "bullet", [["p3"]], references=("p3", "p1")),
    answer("t1", "human", "essay", [["p1"]]),
    answer("t2", "human", "news", [["p4"]], references=("p4",)),
    answer("t1", "human", "news", [["p1"]]),
]


def test_a_grade_counts_the_styles_of_human_writers():
    collection = crowdrag.from_answers(ANSWERS)
    assert collection.qrels.by_query == {
        "t1": (Judgement("p1", 3), Judgement("p2", 1)),
        "t2": (Judgement("p4", 1),),
    }


def test_passages_and_questions_stand_in_the_order_of_their_first_appearance():
    collection = crowdrag.from_answers(ANSWERS)
    assert collection.corpus == tuple(Doc(p, f"text of {p}") for p in ("p1", "p2", "p3", "p4"))
    assert collection.queries == (Query("t1", "question t1"), Query("t2", "question t2"))


@pytest.mark.parametrize(
    "change", [{"query": "another"}, {"references_texts": ["text of p1", "another"]}]
)
def test_one_id_with_two_texts_is_refused(change):
    with pytest.raises(InputError, match=r"'(t1|p2)' has two texts"):
        crowdrag.from_answers([*ANSWERS, {**ANSWERS[0], **change}])
