"""Comparisons as JSON: stable, versioned, every number at full precision (docs/compare.md)."""

from dataclasses import asdict
from typing import Any, Final

from harness.comparison.budgets import BudgetOutcome
from harness.comparison.compare import SystemComparison
from harness.comparison.gate import Gate
from harness.comparison.sameness import Same
from harness.comparison.several import SeveralSystems
from harness.significance.non_inferiority import NonInferiority

SCHEMA: Final = 1
"""Of the object; a key is added without a new number, and never taken away or changed."""


def comparison_json(found: SystemComparison) -> dict[str, Any]:
    """The object of `harness compare A B --format json`."""
    return {
        "schema": SCHEMA,
        "kind": "comparison",
        "base": found.base,
        "new": found.new,
        "queries": found.queries,
        "same": same_json(found.same),
        "primary": found.primary,
        "measures": {one.measure: _without_name(asdict(one)) for one in found.differences},
        "too_few": [one.measure for one in found.differences if one.too_few],
        "budgets": [budget_json(one) for one in found.budgets],
        "margins": [margin_json(one) for one in found.margins],
        "moved": [asdict(one) | {"difference": one.difference} for one in found.moved],
        "rankings": None if found.rankings is None else asdict(found.rankings),
        "repetition": None if found.repetition is None else asdict(found.repetition),
        "holds": found.holds,
    }


def several_json(found: SeveralSystems) -> dict[str, Any]:
    """The object of `harness compare A B C --format json`."""
    return {
        "schema": SCHEMA,
        "kind": "systems",
        "queries": found.queries,
        "primary": found.primary,
        "systems": found.means,
        "pairs": [
            {
                "better": one.new,
                "worse": one.base,
                "holm_p": one.holm_p,
                "bh_p": one.bh_p,
                "difference": asdict(one.difference),
            }
            for one in found.pairs
        ],
        "groups": found.groups,
        "holds": True,
    }


def gate_json(found: Gate) -> dict[str, Any]:
    """What `harness check --format json` says beside its verdicts on published numbers."""
    return {
        "schema": SCHEMA,
        "same": None if found.same is None else same_json(found.same),
        "measures": {one.measure: _without_name(asdict(one)) for one in found.differences},
        "budgets": [budget_json(one) for one in found.budgets],
        "margins": [margin_json(one) for one in found.margins],
    }


def same_json(same: Same) -> dict[str, Any]:
    """The first question."""
    return {
        "answer": str(same.answer),
        "differences": same.differences,
        "unknown": same.unknown,
        "because": same.because,
    }


def budget_json(one: BudgetOutcome) -> dict[str, Any]:
    """One budget."""
    return asdict(one) | {"verdict": str(one.verdict)}


def margin_json(one: NonInferiority) -> dict[str, Any]:
    """One margin."""
    return asdict(one) | {"answer": str(one.answer)}


def _without_name(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "measure"}
