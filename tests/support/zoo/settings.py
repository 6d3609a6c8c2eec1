"""What the files of a checkpoint may say, and sentence-transformers would obey."""

from typing import Any

from tests.support.zoo import Row
from tests.support.zoo.made import Make, changed, splade

_TRANSFORMER = "sentence_bert_config.json"
_MODEL = "config_sentence_transformers.json"


def _says(**values: Any) -> Make:
    return splade("Bert", then=changed(_TRANSFORMER, **values))


def _is(**values: Any) -> Make:
    return splade("Bert", then=changed(_MODEL, **values))


BY_ROLE = [
    Row("query_length", "by role", _says(query_length=6)),
    Row("document_length", "by role", _says(document_length=20)),
    Row("both lengths", "by role", _says(query_length=5, document_length=20)),
    Row(
        "both lengths and max_seq_length",
        "by role",
        splade(
            "Roberta",
            settings={"max_seq_length": 24},
            then=changed(_TRANSFORMER, query_length=8, document_length=40),
        ),
    ),
    Row("no room for a token", "by role", _says(query_length=2), refused="query_length is 2"),
]

REQUIRES = [
    Row(
        "what is not installed",
        "requires",
        _is(requirements={"no-such-package": ">=1"}),
        refused="requires no-such-package",
        theirs="refuses",
    ),
    Row(
        "another version",
        "requires",
        _is(requirements={"transformers": "<4"}),
        refused="requires transformers <4",
        theirs="refuses",
    ),
    Row(
        "what is there",
        "requires",
        _is(requirements={"transformers": ">=4.46", "python": ">=3.11"}),
    ),
]

SIMILARITY = [
    Row("Bert, cosine", "cosine", _is(similarity_fn_name="cosine")),
    Row(
        "Bert, cosine, 12 dims",
        "cosine",
        splade("Bert", similarity_fn_name="cosine", max_active_dims=12),
    ),
    Row(
        "Roberta, sum, cosine",
        "cosine",
        splade("Roberta", pooling=("sum", "relu"), similarity_fn_name="cosine"),
    ),
    *(
        Row(
            name,
            "other similarity",
            _is(similarity_fn_name=name),
            refused=f"similarity is '{name}'",
        )
        for name in ("euclidean", "manhattan")
    ),
]


ROWS = [*BY_ROLE, *REQUIRES, *SIMILARITY]
