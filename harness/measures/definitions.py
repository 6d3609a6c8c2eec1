"""Every retrieval measure as one row: what it is, which kernel computes it, on which documents.

To add a measure: add its name to `harness.measures.names.RETRIEVAL`, a row here, and a function of
the same name to `tests/support/oracle.py`, where it is written again in plain Python.
"""

from typing import Literal, NamedTuple

Documents = Literal["relevant", "graded", "within cutoff"]
"""Which documents a kernel is given for each query.

relevant        those of the policy's relevance level or more, each of gain 1: R of them
graded          those of a grade above 0, whatever the level, with the grade as gain
within cutoff   of the relevant ones the best ranked k, so that a kernel that divides by their
                number divides by min(k, R)
"""


class Definition(NamedTuple):
    """One measure at cutoff k; R is the number of relevant documents of a query.

    Attributes:
        text: what it is, for people.
        kernel: the function of `ranx.metrics` that computes it.
        st: the documents given to the kernel under the policy `st`.
        trec: the documents given to the kernel under the policy `trec`.
    """

    text: str
    kernel: str
    st: Documents = "relevant"
    trec: Documents = "relevant"


TABLE = {
    "accuracy": Definition(
        "1 if a relevant document is among the first k, else 0 (trec_eval: success)",
        "hit_rate",
    ),
    "precision": Definition(
        "relevant documents among the first k, divided by k",
        "precision",
    ),
    "recall": Definition(
        "relevant documents among the first k, divided by R",
        "recall",
    ),
    "ndcg": Definition(
        "sum of gain / log2(rank + 1) over the first k, divided by that of the ideal ranking "
        "(Järvelin and Kekäläinen 2002, with linear gains)",
        "ndcg",
        trec="graded",
    ),
    "mrr": Definition(
        "1 / rank of the first relevant document among the first k, else 0",
        "reciprocal_rank",
    ),
    "map": Definition(
        "sum of the precision at each relevant document among the first k, divided by R "
        "(trec: map_cut) or by min(k, R) (st)",
        "average_precision",
        st="within cutoff",
    ),
}
