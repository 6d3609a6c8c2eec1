"""Where the judged documents stand in their rankings: all that a measure has to know of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.data.qrels import Qrels
from harness.why.tables import ABSENT, RankingTable


@dataclass(frozen=True, eq=False)
class Judgements:
    """Judgements of all queries in columns, a query's together.

    Attributes:
        query_ids: all queries that are asked or judged.
        query: int64 [n]; the number of the query of each judgement, ascending.
        document: int64 [n]; the number of its document, -1 for one that was never seen.
        grade: int64 [n].
        first: bool [n]; not a second mention of a document for a query (of two, the one of the
            higher grade is the first).
        own: int64 [queries]; the number of the document whose id is the query's, -1: there is none.
        asked: bool [queries]; whether the collection has the query.
        row: int64 [queries]; the query's row in a table of rankings, -1: it has none.
        unknown: bool [queries]; the query was asked, and nobody ranked anything for it here.
    """

    query_ids: tuple[str, ...]
    query: npt.NDArray[np.int64]
    document: npt.NDArray[np.int64]
    grade: npt.NDArray[np.int64]
    first: npt.NDArray[np.bool_]
    own: npt.NDArray[np.int64]
    asked: npt.NDArray[np.bool_]
    row: npt.NDArray[np.int64]
    unknown: npt.NDArray[np.bool_]

    @property
    def judged(self) -> npt.NDArray[np.bool_]:
        """Bool [queries]: whether there is a judgement."""
        return np.bincount(self.query, minlength=len(self.query_ids)) > 0

    def gains(self, table: RankingTable) -> npt.NDArray[np.int64]:
        """int64 [rows, depth]: the grade of each ranked document, 0 where not judged or below."""
        ranks = self.ranks(table)
        grades = np.zeros(table.documents.shape, np.int64)
        found = self.first & (ranks < ABSENT)
        grades[self.row[self.query[found]], ranks[found]] = np.maximum(self.grade[found], 0)
        return grades

    def ranks(self, table: RankingTable) -> npt.NDArray[np.int64]:
        """int64 [n]: the rank of each judged document, from 0; `ABSENT` of a second mention too."""
        document = np.where(self.first, self.document, -1)
        return _lookup(table, self.row[self.query], document)


@dataclass(frozen=True, eq=False)
class Placed:
    """Where one order of the rankings puts what is judged.

    Attributes:
        ranks: int64 [judgements]; from 0, `ABSENT` where not ranked.
        lengths: int64 [queries]; documents ranked.
        matched: int64 [queries]; of them with a score above 0.
        own: int64 [queries]; the rank of the document whose id is the query's.
    """

    ranks: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]
    matched: npt.NDArray[np.int64]
    own: npt.NDArray[np.int64]

    def under(
        self, judgements: Judgements, *, leave_own: bool, drop_zeros: bool, depth: int
    ) -> "Placed":
        """The same with own documents left out, zero scores not ranked, and cut at a depth."""
        ranks, lengths, matched = self.ranks, self.lengths, self.matched
        if leave_own:
            own = self.own[judgements.query]
            is_own = judgements.document == judgements.own[judgements.query]
            after = (ranks > own) & (ranks < ABSENT)
            ranks = np.where(is_own & (judgements.document >= 0), ABSENT, ranks - after)
            lengths = lengths - (self.own < ABSENT)
            matched = matched - (self.own < matched)
        if drop_zeros:
            ranks = np.where(ranks >= matched[judgements.query], ABSENT, ranks)
            lengths = np.minimum(lengths, matched)
        ranks = np.where(ranks >= depth, ABSENT, ranks)
        return Placed(ranks, np.minimum(lengths, depth), matched, self.own)

    @property
    def key(self) -> bytes:
        """Equal for placements that no measure can tell apart."""
        return self.ranks.tobytes() + self.lengths.tobytes()


def judgements_of(
    qrels: Qrels,
    asked: Sequence[str],
    ranked: Sequence[str],
    evaluated: Sequence[str],
    numbers: Mapping[str, int],
) -> Judgements:
    """Judgements in columns.

    Args:
        qrels: the judgements.
        asked: ids of all queries of the collection.
        ranked: ids of the queries of a table of rankings, in the order of its rows.
        evaluated: ids of those that were searched, answered or not.
        numbers: of the documents, by id.
    """
    ids = tuple(dict.fromkeys((*qrels, *asked)))
    rows = {query_id: row for row, query_id in enumerate(ranked)}
    query: list[int] = []
    document: list[int] = []
    grade: list[int] = []
    first: list[bool] = []
    for number, query_id in enumerate(ids):
        judged = qrels.by_query.get(query_id, ())
        best: dict[str, int] = {}
        for place, (doc_id, its_grade) in enumerate(judged):
            if doc_id not in best or its_grade > judged[best[doc_id]].grade:
                best[doc_id] = place
        query += [number] * len(judged)
        document += [numbers.get(doc_id, -1) for doc_id, _ in judged]
        grade += [its_grade for _, its_grade in judged]
        first += [best[doc_id] == place for place, (doc_id, _) in enumerate(judged)]
    searched, known = set(evaluated), set(asked)
    return Judgements(
        ids,
        np.array(query, np.int64),
        np.array(document, np.int64),
        np.array(grade, np.int64),
        np.array(first, bool),
        np.array([numbers.get(query_id, -1) for query_id in ids], np.int64),
        np.array([query_id in known for query_id in ids], bool),
        np.array([rows.get(query_id, -1) for query_id in ids], np.int64),
        np.array([query_id in known and query_id not in searched for query_id in ids], bool),
    )


def placed(table: RankingTable, judgements: Judgements) -> Placed:
    """Find the judged documents in a table of rankings."""
    rows = judgements.row
    has_row = rows >= 0
    lengths = np.where(has_row, table.counts[rows], 0)
    matched = np.where(has_row, table.matched[rows], 0)
    own = _lookup(table, rows, judgements.own)
    return Placed(judgements.ranks(table), lengths, matched, own)


def _lookup(
    table: RankingTable, row: npt.NDArray[np.int64], document: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """The rank of a document in a row, `ABSENT` where it has none; both int64 [n].

    The same (row, document) may be wanted more than once.
    """
    ranks = np.full(len(row), ABSENT, np.int64)
    asked = np.flatnonzero((row >= 0) & (document >= 0))
    if not len(asked) or not table.filled.any():
        return ranks
    width = max(int(table.documents.max()), int(document.max())) + 1
    wanted, back = np.unique(row[asked] * width + document[asked], return_inverse=True)
    of_any = np.zeros(width, bool)  # most documents of a table are wanted for no query at all
    of_any[document[asked]] = True
    rows, places = np.nonzero(table.filled & of_any[table.documents])
    keys = rows * width + table.documents[rows, places]
    at = np.minimum(np.searchsorted(wanted, keys), len(wanted) - 1)
    hit = wanted[at] == keys
    found = np.full(len(wanted), ABSENT, np.int64)
    found[at[hit]] = places[hit]
    ranks[asked] = found[back.reshape(-1)]
    return ranks
