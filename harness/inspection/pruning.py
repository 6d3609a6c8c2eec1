"""Prunings: what is kept of sparse vectors, on which side, by which rule.

======  =====================================================================================
top     the k largest weights of each text, as `max_active_dims` of an encoder keeps them
weight  the weights that are at least so large
mass    the fewest largest weights of each text that have this share of the sum of its weights
======  =====================================================================================

Of equal weights the lower dimension is kept first.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

import numpy as np
import numpy.typing as npt

from harness.checkpoint.modules import Role
from harness.data.vectors import SparseVectors
from harness.encoder.steps import largest
from harness.errors import InputError

Where = Literal["documents", "queries", "both"]
Rule = Literal["top", "weight", "mass"]

DEFAULT: Final = (
    "documents:top=8,16,32,64,128,256",
    "queries:top=2,4,8,16,32",
    "documents:mass=0.5,0.7,0.8,0.9,0.95",
    "documents:weight=0.25,0.5,0.75,1",
)
"""What is tried where nothing is asked for."""


@dataclass(frozen=True)
class Pruning:
    """One way to make vectors sparser.

    Attributes:
        where: which side is pruned.
        rule: how.
        value: how far: dimensions, a weight, or a share.

    Raises:
        InputError: no such side or rule, or a value that makes no sense of it.
    """

    where: Where
    rule: Rule
    value: float

    def __post_init__(self) -> None:
        if self.where not in get_args(Where) or self.rule not in get_args(Rule):
            raise InputError(
                f"'{self.where}:{self.rule}' is no pruning: write SIDE:RULE=VALUES with a side of "
                f"{', '.join(get_args(Where))} and a rule of {', '.join(get_args(Rule))}, such as "
                "documents:top=32,64."
            )
        whole = float(self.value).is_integer()
        sound = (
            math.isfinite(self.value)
            and {
                "top": self.value >= 1 and whole,
                "weight": self.value > 0,
                "mass": 0 < self.value < 1,
            }[self.rule]
        )
        if not sound:
            needed = {
                "top": "a whole number of 1 or more",
                "weight": "a number above 0",
                "mass": "a share between 0 and 1",
            }[self.rule]
            raise InputError(f"{self.where}:{self.rule}={self.value:g}: {needed} is needed.")

    @property
    def label(self) -> str:
        """The rule with its value."""
        return f"{self.rule} {self.value:g}"

    def of(self, role: Role) -> bool:
        """Whether the texts of a role are pruned."""
        return self.where in ("both", "queries" if role == "query" else "documents")

    def __call__(self, rows: SparseVectors) -> SparseVectors:
        """The rows with what is kept of each."""
        return RULES[self.rule](rows, self.value)


def parse_prunings(texts: Iterable[str]) -> tuple[Pruning, ...]:
    """Prunings from texts such as `documents:top=32,64`, each once.

    Raises:
        InputError: one is none, or there is none.
    """
    found: dict[Pruning, None] = {}
    for text in texts:
        where, _, rest = text.partition(":")
        rule, _, values = rest.partition("=")
        for value in values.split(","):
            found[Pruning(cast("Where", where), cast("Rule", rule), _number(value, text))] = None
    if not found:
        raise InputError(f"There is no pruning to try: name one such as {DEFAULT[0]}.")
    return tuple(found)


def _number(value: str, text: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise InputError(
            f"'{text[:80]}' is no pruning: '{value[:40]}' is no number; write SIDE:RULE=VALUES, "
            "such as documents:top=32,64."
        ) from None


def _top(rows: SparseVectors, value: float) -> SparseVectors:
    return largest(rows, int(value))


def _weight(rows: SparseVectors, value: float) -> SparseVectors:
    return _kept(rows, rows.values >= np.float32(value))


def _mass(rows: SparseVectors, value: float) -> SparseVectors:
    """A weight is kept while the larger ones before it have less than the share."""
    row = np.repeat(np.arange(len(rows)), rows.active_dims)
    order = np.lexsort((rows.indices, -rows.values, row))
    running = np.concatenate(([0.0], np.cumsum(rows.values[order], dtype=np.float64)))
    starts, ends = running[rows.indptr[:-1]], running[rows.indptr[1:]]
    before = running[:-1] - starts[row]
    keep = np.empty(len(order), bool)
    keep[order] = before < value * (ends - starts)[row]
    return _kept(rows, keep)


def _kept(rows: SparseVectors, keep: npt.NDArray[np.bool_]) -> SparseVectors:
    ends = np.concatenate(([0], np.cumsum(keep)))[rows.indptr]
    return SparseVectors(ends, rows.indices[keep], rows.values[keep], rows.vocab_size)


RULES: Final[dict[Rule, Callable[[SparseVectors, float], SparseVectors]]] = {
    "top": _top,
    "weight": _weight,
    "mass": _mass,
}
"""What each rule keeps."""
