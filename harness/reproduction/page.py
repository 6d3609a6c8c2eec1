"""A plan and a reproduction as people and programs read them."""

from collections.abc import Iterator
from typing import Any, Final

from harness.claims.compare import Comparison
from harness.errors import UnreachableError
from harness.report.tables import COLUMNS, Style, as_text, comparison_row
from harness.reproduction import (
    JudgedEvaluation,
    Plan,
    PlannedEvaluation,
    Reproduction,
    ReproductionVerdict,
)
from harness.reproduction.calibrate import Calibration
from harness.system import inert

SCHEMA: Final = 1
"""Of the object that `harness reproduce --format json` prints."""

_PLANNED = ("evaluation", "numbers", "collection", "documents", "here", "needs")


def plan_text(plan: Plan, style: Style = "table") -> str:
    """What is claimed, on what, and what it takes to judge it."""
    numbers = sum(len(one.numbers) for one in plan.evaluations)
    rows = [
        {
            "evaluation": one.label or "(unnamed)",
            "numbers": str(len(one.numbers)),
            "collection": one.collection or ("the mean of the above" if one.parts else "?"),
            "documents": f"{one.documents:,}" if one.documents else "",
            "here": {True: "yes", False: "no", None: ""}[one.here],
            "needs": _needs(one),
        }
        for one in plan.evaluations
    ]
    head = (
        f"Plan: {plan.model} at {plan.revision}, as the {plan.kind} {plan.source} claims: "
        f"{_plural(len(plan.evaluations), 'evaluation')}, {_plural(numbers, 'number')}."
    )
    why = "is out of reach" if plan.exit_code == UnreachableError.exit_code else "cannot be run"
    notes = [f"The model {why}: {plan.obstacle}"] if plan.obstacle else []
    for one in plan.evaluations:
        notes += [f"{one.label or '(unnamed)'}: {sentence}" for sentence in _open(one)]
    notes += [f"Not asked for: {', '.join(plan.left_out)}."] if plan.left_out else []
    notes += [f"Not judged: {sentence}" for sentence in plan.unused]
    return "\n\n".join(
        part
        for part in (inert.sentence(head), as_text(rows, _PLANNED, style), _listed(notes, style))
        if part
    )


def calibration_text(plan: Plan, found: Calibration) -> str:
    """How long each evaluation will take, as far as the size of its corpus is known."""
    known = [one for one in plan.evaluations if one.documents and one.collection]
    total = sum(found.seconds(one.documents or 0) for one in known)
    unknown = sum(1 for one in plan.evaluations if one.collection and not one.documents)
    beside = f", and {unknown} of unknown size" if unknown else ""
    return (
        f"{found.rate:,.0f} documents of {found.collection} are encoded here in a second: about "
        f"{_duration(total)} for {_plural(len(known), 'evaluation')}{beside}, less what the "
        "vector cache has."
    )


def reproduction_text(found: Reproduction, style: Style = "table") -> str:
    """The checkpoint, one table of all numbers, a line for each evaluation, and the verdict."""
    rows = [
        {"evaluation": one.planned.label or "(unnamed)"} | comparison_row(row)
        for one in found.evaluations
        for row in one.comparisons
        if row.published or not one.planned.numbers
    ]
    some = any(row["float32"] for row in rows)
    columns = [name for name in COLUMNS if some or name != "float32"]
    if len(found.evaluations) > 1:  # of one, the plan has said which
        columns = ["evaluation", *columns]
    parts = (
        _listed(list(found.identity), style),
        as_text(rows, columns, style) if rows else "",
        _listed([_line(one) for one in found.evaluations], style),
        inert.sentence(verdict_sentence(found)),
    )
    return "\n\n".join(part for part in parts if part)


def verdict_sentence(found: Reproduction) -> str:
    """The one verdict, and how many numbers it is of."""
    judged = [one for one in found.evaluations if one.verdict is ReproductionVerdict.REPRODUCED]
    total = len(found.evaluations)
    numbers = sum(len(one.planned.numbers) for one in judged)
    if found.verdict is ReproductionVerdict.REPRODUCED:
        return (
            f"{found.plan.model}: REPRODUCED, {_plural(numbers, 'number')} of "
            f"{_plural(total, 'evaluation')}."
        )
    off = [one for one in found.evaluations if one.verdict is ReproductionVerdict.NOT_REPRODUCED]
    if off:
        return (
            f"{found.plan.model}: NOT reproduced, {len(off)} of {_plural(total, 'evaluation')}: "
            f"{off[0].because}."
        )
    open_ = [one for one in found.evaluations if one.verdict is ReproductionVerdict.NOT_JUDGED]
    because = f": {open_[0].because.rstrip('.')}" if open_ else ""
    beside = f"; {len(judged)} of {total} are reproduced" if judged else ""
    return f"{found.plan.model}: cannot be judged{because}{beside}."


def reproduction_data(found: Reproduction) -> dict[str, Any]:
    """The stable object of `--format json`."""
    return plan_data(found.plan) | {
        "verdict": str(found.verdict),
        "exit_code": found.exit_code,
        "because": verdict_sentence(found),
        "identity": found.identity,
        "evaluations": [
            _planned_data(one.planned)
            | {
                "verdict": str(one.verdict),
                "because": one.because,
                "exit_code": one.exit_code,
                "numbers": [_number(row) for row in one.comparisons if row.published],
                "result": one.path or None,
            }
            for one in found.evaluations
        ],
        "alarms": found.alarms,
    }


def plan_data(plan: Plan) -> dict[str, Any]:
    """The same before anything was run: no verdict in it."""
    return {
        "schema": SCHEMA,
        "source": plan.source,
        "kind": plan.kind,
        "model": plan.model,
        "revision": plan.revision,
        "obstacle": plan.obstacle or None,
        "evaluations": [
            _planned_data(one)
            | {"numbers": [{"measure": n.measure, "published": n.text} for n in one.numbers]}
            for one in plan.evaluations
        ],
        "left_out": plan.left_out,
        "not_judged": plan.unused,
    }


def _planned_data(one: PlannedEvaluation) -> dict[str, Any]:
    return {
        "evaluation": one.label,
        "collection": one.collection or None,
        "guessed": one.guessed,
        "assumed": one.assumed,
        "obstacle": one.obstacle or None,
        "documents": one.documents,
        "here": one.here,
        "origin": one.origin or None,
        "size": one.size or None,
        "mean_of": one.parts or None,
    }


def _number(row: Comparison) -> dict[str, Any]:
    return {
        "measure": row.measure,
        "published": row.published.text if row.published else None,
        "measured": row.measured,
        "delta": row.delta,
        "verdict": str(row.verdict),
        "because": row.because,
        "low": row.interval.low if row.interval else None,
        "high": row.interval.high if row.interval else None,
    }


def _line(one: JudgedEvaluation) -> str:
    label = one.planned.label or "(unnamed)"
    on = f" (on {one.planned.collection})" if one.planned.collection not in ("", label) else ""
    because = f": {one.because.rstrip('.')}" if one.because else ""
    written = f"; {one.path}" if one.path else ""
    return f"{label}{on}: {one.verdict}{because}{written}."


def _open(one: PlannedEvaluation) -> Iterator[str]:
    if one.obstacle:
        yield one.obstacle
    yield from one.assumed


def _needs(one: PlannedEvaluation) -> str:
    if one.obstacle:
        return "cannot be run"
    if one.here is not False or not one.origin:
        return ""
    size = "" if one.size in ("", "?") else f"{one.size} "
    return f"{size}from {one.origin}"


def _listed(sentences: list[str], style: Style) -> str:
    safe = inert.markdown if style == "markdown" else inert.sentence
    mark = "- " if style == "markdown" else ""
    return "\n".join(f"{mark}{safe(sentence)}" for sentence in sentences)


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
