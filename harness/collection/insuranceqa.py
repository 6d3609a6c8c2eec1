"""InsuranceQA: questions to an insurance website, and the answers its experts gave.

Source: Feng et al., 2015 (arXiv 1508.01585), in the English half of Wang's bilingual edition of
2017. Every question is to be answered out of all 27,413 answers; the edition's own lists of 200
`negatives` for each question are not used.

The English text is taken as it is, which is odd: every question is in Title Case with two spaces
between its words ("What  Happens  When  Term  Life  Insurance  Is  Paid  Up?"), and every answer
starts with a space. An uncased BERT tokenizer does not see any of it.
"""

import json
from pathlib import Path
from typing import Any, Literal

from harness.assets import fetch
from harness.collection import Collection, Doc, Query
from harness.data.qrels import Judgement, Qrels
from harness.data.text_lines import blocks, naming
from harness.errors import InputError

_COUNTS = {"test": (27_413, 2_000, 3_308), "valid": (27_413, 2_000, 3_354)}
"""Answers, questions and correct pairs of each split."""


_LARGEST = 200_000_000  # bytes of a line; all records stand in one


def load(split: Literal["test", "valid"]) -> Collection:
    """The collection of one split; all its judgements are of grade 1.

    Raises:
        UnreachableError: the data are not in the cache and cannot be fetched.
        InputError: the counts are not those of the edition.
    """
    folder = fetch("insuranceqa")
    answers = _read(folder / "answers.json.gz")
    questions = _read(folder / f"{split}.json.gz")
    counts = (len(answers), len(questions), sum(len(q["answers"]) for q in questions.values()))
    if counts != _COUNTS[split]:
        raise InputError(
            f"insuranceqa/{split} should have {_COUNTS[split]} answers, questions and correct "
            f"pairs and has {counts}; please report this."
        )
    return Collection(
        id="insuranceqa" if split == "test" else f"insuranceqa/{split}",
        corpus=tuple(Doc(doc_id, answer["en"]) for doc_id, answer in answers.items()),
        queries=tuple(Query(query_id, question["en"]) for query_id, question in questions.items()),
        qrels=Qrels(
            {
                query_id: tuple(Judgement(doc_id, 1) for doc_id in question["answers"])
                for query_id, question in questions.items()
            }
        ),
        facts=("Questions are in Title Case with double spaces; the text is taken as it is.",),
    )


def _read(path: Path) -> dict[str, dict[str, Any]]:
    whole = b"".join(block for _, block in blocks(path, _LARGEST))
    with naming(path, 1):
        records: dict[str, dict[str, Any]] = json.loads(whole)
    return records
