"""CrowdRAG-25: questions and MS MARCO v2.1 passages, with citations as relevance judgements.

Source: Gienapp et al., SIGIR 2025 (arXiv 2504.15689), `responses.jsonl.gz`: 1,806 answers to 301
questions, written by people and by language models in three styles. Of each line we read

====================  ======================================================================
`topic`, `query`      the question's id and text
`kind`, `style`       `human` or `llm`; `bullet`, `essay` or `news`
`references_ids`,     the passages the writer was given; the same id always has the same text
`references_texts`
`statements`          the answer's sentences, each with the ids of the passages it `citations`
====================  ======================================================================

The judgements are derived, not given: a passage is relevant to a question when a human writer used
it, and its grade is in how many of the three styles. MS MARCO's own `is_selected` has the same
meaning. A passage that was offered and never cited stays unjudged.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from harness.assets import fetch
from harness.collection import Collection, Doc, Query
from harness.data.qrels import Judgement, Qrels
from harness.data.text_lines import blocks, naming
from harness.errors import InputError
from harness.system.json_files import parse_json

NAME = "crowdrag-25"
_COUNTS = {"passages": 6011, "questions": 301, "grade 1": 2050, "grade 2": 1028, "grade 3": 521}


def load() -> Collection:
    """The collection; its passages and judgements stand in the order of their first appearance.

    Raises:
        UnreachableError: the answers are not in the cache and cannot be fetched.
        InputError: what was read is not what the paper's data give.
    """
    collection = from_answers(_answers(fetch(NAME) / "responses.jsonl.gz"))
    grades = Counter(j.grade for judged in collection.qrels.by_query.values() for j in judged)
    counts = {
        "passages": sum(1 for _ in collection.corpus),
        "questions": len(collection.queries),
        **{f"grade {grade}": count for grade, count in sorted(grades.items())},
    }
    if counts != _COUNTS:
        raise InputError(f"{NAME} should have {_COUNTS} and has {counts}; please report this.")
    return collection


def _answers(path: Path) -> Iterator[dict[str, Any]]:
    for first, block in blocks(path):
        for number, line in enumerate(block.split(b"\n")[:-1], first):
            with naming(path, number):
                answer: dict[str, Any] = parse_json(line)
            yield answer


def from_answers(answers: Iterable[dict[str, Any]]) -> Collection:
    """Make the collection of the parsed lines.

    Raises:
        InputError: one passage id has two texts, or one topic two questions.
    """
    passages: dict[str, str] = {}
    questions: dict[str, str] = {}
    styles: dict[str, dict[str, set[str]]] = {}
    for answer in answers:
        topic = answer["topic"]
        _put(questions, topic, answer["query"])
        for doc_id, text in zip(answer["references_ids"], answer["references_texts"], strict=True):
            _put(passages, doc_id, text)
        if answer["kind"] == "human":
            used = styles.setdefault(topic, {})
            for statement in answer["statements"]:
                for doc_id in statement["citations"]:
                    used.setdefault(doc_id, set()).add(answer["style"])
    return Collection(
        id=NAME,
        corpus=tuple(Doc(*passage) for passage in passages.items()),
        queries=tuple(Query(*question) for question in questions.items()),
        qrels=Qrels(
            {
                topic: tuple(Judgement(doc_id, len(by)) for doc_id, by in used.items())
                for topic, used in styles.items()
            }
        ),
        facts=(
            "Judgements are derived: a passage is relevant when a human writer cited it, "
            "its grade is the number of answer styles that did.",
        ),
    )


def _put(texts: dict[str, str], key: str, text: str) -> None:
    if texts.setdefault(key, text) != text:
        raise InputError(f"{NAME}: '{key}' has two texts; please report this.")
