"""The tables of an experiment's file on what may change: [budgets] and [margin]."""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from harness.errors import InputError
from harness.measures.names import SPARSITY, parse_name
from harness.system.records import CLOSED

SHARES: Final = ("truncated_queries", "truncated_documents", "empty_queries", "empty_documents")
"""Shares of texts, 0 to 1: those cut at the length limit, and those without an active dimension."""

OTHERS: Final = (*SPARSITY, *SHARES, "postings")
"""What a budget can be of beside measures of the ranking."""


@dataclass(frozen=True, kw_only=True)
class Budgets:
    """`[budgets]`: within what measured numbers have to lie, on the queries that were measured.

    Attributes:
        change: how far a number may lie from the baseline's, either way.
        between: the least and the most that a number may be.
        documents_per_second: the least ratio to a reference that is measured in the same run.

    Raises:
        InputError: a name that is no quantity of a result, a budget that is no finite number of 0
            or more, or a range whose ends are the wrong way round.
    """

    __pydantic_config__ = CLOSED

    change: Mapping[str, float] = field(default_factory=dict)
    between: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    documents_per_second: float | None = None

    def __post_init__(self) -> None:
        for name, most in self.change.items():
            _check_name("budgets.change", name)
            _check_number(f"budgets.change.{name}", most)
        for name, ends in self.between.items():
            _check_name("budgets.between", name)
            if not all(map(math.isfinite, ends)) or ends[0] > ends[1]:
                raise InputError(
                    f"the key 'budgets.between.{name}' is {list(ends)}; the least and then the "
                    "most are needed."
                )
        if self.documents_per_second is not None:
            _check_number("budgets.documents_per_second", self.documents_per_second)

    def __bool__(self) -> bool:
        return bool(self.change or self.between or self.documents_per_second is not None)


def check_margin(margin: Mapping[str, float]) -> None:
    """Refuse a `[margin]` of what has no score for each query, or that is no number of 0 or more.

    Raises:
        InputError: with the key.
    """
    for name, most in margin.items():
        _check_name("margin", name, ())
        _check_number(f"margin.{name}", most)


def _check_name(table: str, name: str, others: tuple[str, ...] = OTHERS) -> None:
    found = parse_name(name)
    measure = "" if found is None or isinstance(found.measure, str) else str(found.measure)
    if name in (measure, *others):
        return
    near = [measure] if measure else difflib.get_close_matches(name, others, 1)
    known = ", ".join(("measures of rankings such as ndcg@10", *others))
    hint = f"did you mean '{near[0]}'?" if near else f"known are {known}."
    raise InputError(f"the key '{name}' in [{table}] is unknown; {hint}")


def _check_number(key: str, value: float) -> None:
    if not math.isfinite(value) or value < 0:
        raise InputError(f"the key '{key}' is {value}; a finite number of 0 or more is needed.")
