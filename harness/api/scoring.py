"""Score a run, in one call."""

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

from harness.data.inputs import as_qrels, as_run
from harness.data.qrels import Qrels
from harness.data.run import Run
from harness.errors import InputError
from harness.measures import Policy, Scores
from harness.measures import score as score_run
from harness.measures.names import CARD, Measure, parse_measures
from harness.measures.policy import ST

if TYPE_CHECKING:
    from harness.data.inputs import DataFrame

Measures = str | Iterable["str | Measure"]
"""Names, in a list or separated by commas, in any spelling: `nDCG@10`, `R@1k`, `success@5`."""


def score(
    run: "Run | str | PathLike[str] | Mapping[str, Any] | DataFrame",
    qrels: "Qrels | str | PathLike[str] | Mapping[str, Any] | DataFrame",
    measures: Measures = CARD,
    policy: Policy | str = ST.name,
) -> Scores:
    """Retrieval measures of a run, as sentence-transformers (`st`) or trec_eval (`trec`) has them.

    Args:
        run: a TREC file, `{query: {doc: score}}`, a DataFrame with a row for each document, or a
            `Run`.
        qrels: a TREC or BEIR file, `{query: {doc: grade}}`, a DataFrame, or `Qrels`; they alone
            decide which queries are evaluated.
        measures: what to compute; the fifteen of sentence-transformers' cards unless given.
        policy: ties, denominators and gains; a `Policy` also says which grade is relevant.

    Returns:
        `.means["ndcg@10"]`, `.per_query["ndcg@10"]`, `.counts`, `.to_frame()`.

    Raises:
        InputError: a file, a value or a measure that cannot be read, or no query to evaluate.
        UnreachableError: a file that cannot be read from the disk.
    """
    wanted = as_measures(measures)
    convention = policy if isinstance(policy, Policy) else Policy(policy)
    return score_run(as_run(run), as_qrels(qrels), wanted, convention)


def as_measures(given: Measures) -> tuple[Measure, ...]:
    """Measures from names, each once.

    Raises:
        InputError: one is not a measure, or there is none.
    """
    if isinstance(given, str):
        return parse_measures(given)
    named = (m if isinstance(m, Measure) else Measure.parse(m) for m in given)
    wanted = tuple(dict.fromkeys(named))
    if not wanted:
        raise InputError("There is no measure to compute: name one such as ndcg@10.")
    return wanted
