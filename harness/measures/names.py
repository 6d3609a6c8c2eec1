"""The name of a measure: a value whose printed form is its key, its column header and its input."""

import re
from typing import NamedTuple

from harness.errors import InputError

RETRIEVAL = ("accuracy", "precision", "recall", "ndcg", "mrr", "map")
SPARSITY = (
    "query_active_dims",
    "query_sparsity_ratio",
    "corpus_active_dims",
    "corpus_sparsity_ratio",
    "avg_flops",
)
"""Measures of the vectors and not of the ranking: they take no cutoff."""


class Measure(NamedTuple):
    """A retrieval measure at a cutoff, printed as `ndcg@10`."""

    name: str
    cutoff: int

    def __str__(self) -> str:
        return f"{self.name}@{self.cutoff}"


CARD = tuple(
    Measure(name, cutoff)
    for name, cutoffs in (
        ("accuracy", (1, 3, 5, 10)),
        ("precision", (1, 3, 5, 10)),
        ("recall", (1, 3, 5, 10)),
        ("ndcg", (10,)),
        ("mrr", (10,)),
        ("map", (100,)),
    )
    for cutoff in cutoffs
)
"""The fifteen measures of sentence-transformers' evaluator, in the order of its cards."""


def parse(text: str) -> Measure:
    """Read a measure from its printed form, the inverse of `str`.

    Raises:
        InputError: the text names no measure we have, or its cutoff is not a whole number above 0.
    """
    match = re.fullmatch(r"([a-z]+)@([1-9][0-9]{0,8})", text.strip().lower())
    if match is None or match[1] not in RETRIEVAL:
        raise InputError(
            f"'{text}' is not a measure: write one of {', '.join(RETRIEVAL)} with a cutoff, "
            "such as ndcg@10."
        )
    return Measure(match[1], int(match[2]))
