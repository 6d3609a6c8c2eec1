"""All rankings of a result: in each order of equal scores, from cached vectors or a kept run."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from harness.why.grid import Order
from harness.why.placed import Judgements, placed
from harness.why.rules import Aspect
from harness.why.tables import Chains, RankingTable, chained


@dataclass(frozen=True, eq=False)
class Rankings:
    """What is known of a system's rankings.

    Attributes:
        source: where they are from, for people.
        tables: by the name of each order of equal scores that is known.
        extremes: two tables whose orders of equal scores have the judged documents first, and last.
        judgements: of all queries, with documents by the numbers of the tables.
        weights: float64 [rows]; the sum of each query vector; None: not known.
        depths: that can be tried.
        rules: of an aspect by its name, where not all of its rules can be tried.
        notes: sentences on what cannot be, and why.
    """

    source: str
    tables: Mapping[str, RankingTable]
    extremes: tuple[RankingTable, RankingTable]
    judgements: Judgements
    weights: npt.NDArray[np.float64] | None
    depths: tuple[int, ...]
    rules: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...]

    @cached_property
    def orders(self) -> Mapping[str, Order]:
        """The placements under each order of equal scores."""
        known: dict[int, Order] = {}
        for table in self.tables.values():
            if id(table) not in known:
                known[id(table)] = self._order(table)
        return {name: known[id(table)] for name, table in self.tables.items()}

    def any_order(self, ties: str) -> Order:
        """As it is under one rule, with the worst and the best order of equal scores as ends."""
        first, last = self.extremes
        return Order(
            placed(self.tables[ties], self.judgements),
            placed(self._chained(last, "any", best=False), self.judgements),
            placed(self._chained(first, "any", best=True), self.judgements),
        )

    def limited(self, aspect: Aspect) -> Aspect:
        """The aspect with the rules that can be tried."""
        names = self.rules.get(aspect.name)
        if names is None:
            return aspect
        kept = tuple(rule for rule in aspect.rules if rule.name in names)
        return Aspect(aspect.name, aspect.about, kept)

    def _order(self, table: RankingTable) -> Order:
        as_is = placed(table, self.judgements)
        if self.weights is None:
            return Order(as_is, as_is, as_is)
        return Order(
            as_is,
            placed(self._chained(table, "near", best=False), self.judgements),
            placed(self._chained(table, "near", best=True), self.judgements),
        )

    def _chained(self, table: RankingTable, chains: Chains, *, best: bool) -> RankingTable:
        gains = self.judgements.gains(table)
        return chained(table, gains, chains, self.weights, best=best)
