"""Known retrieval sets: how many queries, documents and relevant judgements each has.

The table (known_sets.tsv) is made of mteb's descriptive statistics, of what ir_datasets documents
and of our own collections; its head says of which versions, and `python -m benchmarks.known_sets`
remakes it. Only numbers and names: nothing is opened here.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).parent / "known_sets.tsv"


@dataclass(frozen=True)
class KnownSet:
    """The facts of a retrieval set, and everything known that has these very numbers.

    Attributes:
        queries: with a judgement, as far as the source tells.
        documents: in the corpus.
        relevant: judgements of grade 1 or better over all queries; None where not counted.
        most: an upper bound of the relevant judgements of one query; None where not known.
        ids: what `harness.collection.open` opens, in alphabetical order.
        tasks: names in mteb, `Task:split` or `Task:split:subset,subset`.
    """

    queries: int
    documents: int
    relevant: int | None
    most: int | None
    ids: tuple[str, ...]
    tasks: tuple[str, ...]

    @property
    def mean_relevant(self) -> float | None:
        """Relevant judgements per query."""
        return None if self.relevant is None else self.relevant / self.queries

    @property
    def histogram(self) -> dict[int, int] | None:
        """How many queries have how many relevant documents, where the facts leave no choice.

        That every query has one at least is what the evaluators demand that leave the others out.
        """
        if self.relevant is None or self.most is None:
            return None
        if self.relevant == self.queries:
            return {1: self.queries}
        if self.relevant == self.most * self.queries:
            return {self.most: self.queries}
        twice = self.relevant - self.queries
        return {1: self.queries - twice, 2: twice} if self.most == 2 else None


@cache
def known_sets() -> tuple[KnownSet, ...]:
    """Every known set, by the number of queries; sets with the same numbers are one."""
    lines = _TABLE.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")][1:]
    return tuple(
        KnownSet(
            int(queries),
            int(documents),
            int(relevant) if relevant else None,
            int(most) if most else None,
            tuple(ids.split()),
            tuple(tasks.split()),
        )
        for queries, documents, relevant, most, ids, tasks in rows
    )


@cache
def _by_id() -> dict[str, KnownSet]:
    return {name: one for one in known_sets() for name in one.ids}


def facts_of(collection: str) -> KnownSet | None:
    """The facts of a collection that can be opened; None where they are not known.

    Args:
        collection: its id: `nano-beir/msmarco`.
    """
    return _by_id().get(collection)
