"""Rankings from a kept run: as deep as that goes, and no deeper."""

from collections.abc import Sequence

import numpy as np

from harness.collection import Collection
from harness.data.run import Run
from harness.errors import InputError
from harness.experiment.parts import EvaluationInfo
from harness.measures.policy import CONVENTIONS
from harness.why.conventions import own_rules
from harness.why.placed import judgements_of
from harness.why.rankings import Rankings
from harness.why.rules import DEPTHS
from harness.why.tables import RankingTable


def kept_rankings(
    run: Run,
    collection: Collection,
    evaluated: Sequence[str],
    evaluation: EvaluationInfo,
    deepest: int,
) -> Rankings:
    """What a kept run says.

    Args:
        run: of the result.
        collection: whose queries and judgements they are.
        evaluated: ids of the queries that were searched.
        evaluation: how the run was made.
        deepest: the deepest published cutoff.

    Raises:
        InputError: the run is of none of these queries.
    """
    if not any(query_id in run for query_id in evaluated):
        raise InputError("The run answers none of the collection's queries: it is another's.")
    wanted = {doc for judged in collection.qrels.by_query.values() for doc, _ in judged}
    numbers = {doc_id: n for n, doc_id in enumerate(dict.fromkeys((*run.doc_ids, *wanted)))}
    tables = {
        convention.name: _table(run.ordered(convention.ties), numbers)
        for convention in CONVENTIONS.values()
    }
    own = own_rules(evaluation)
    base = tables[own["ties"]]
    rules: dict[str, tuple[str, ...]] = {}
    notes = [
        f"Only the kept run is known, {int(base.counts.max(initial=0)):,} documents deep: deeper "
        "rankings, the order of torch.topk, and which documents tie with the last one cannot be "
        "tried."
    ]
    short = (base.counts < evaluation.depth).any()
    if own["zeros"] == "not ranked" and short:
        rules["zeros"] = ("not ranked",)
        notes.append("The run has no documents of score 0, so they cannot be ranked.")
    asked = [query.query_id for query in collection.queries]
    if any(query_id in numbers for query_id in asked) and (
        own["own"] == "left out" or deepest >= evaluation.depth
    ):
        rules["own"] = (own["own"],)
        notes.append(
            "A query's own document cannot be put in or taken out: ranks would be missing."
        )
    depths = {depth for depth in DEPTHS if depth < evaluation.depth} | {evaluation.depth}
    return Rankings(
        "the kept run",
        tables,
        (base, base),
        judgements_of(collection.qrels, asked, run.query_ids, evaluated, numbers),
        None,
        tuple(sorted(depths)),
        rules,
        tuple(notes),
    )


def _table(run: Run, numbers: dict[str, int]) -> RankingTable:
    counts = np.diff(run.offsets)
    shape = (len(run), int(counts.max(initial=1)))
    filled = np.arange(shape[1]) < counts[:, None]
    documents = np.full(shape, -1, np.int64)
    scores = np.zeros(shape, np.float64)
    documents[filled] = [numbers[doc_id] for doc_id in run.doc_ids]
    scores[filled] = run.scores
    return RankingTable(documents, scores, counts.astype(np.int64))
