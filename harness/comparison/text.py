"""Comparisons for people: a terminal or markdown."""

from collections.abc import Iterator, Sequence
from typing import Final

from harness.comparison.budgets import BudgetOutcome, BudgetVerdict
from harness.comparison.compare import SystemComparison
from harness.comparison.figures import NONE, interval, number, p_value, shown, signed
from harness.comparison.gate import Gate
from harness.comparison.moved import MovedQuery
from harness.comparison.overlap import PERSISTENCE, Overlap
from harness.comparison.repetition import Repetition
from harness.comparison.sameness import Same, Sameness
from harness.report.tables import Style, as_text
from harness.significance import LEAST_CHANGED
from harness.significance.difference import MeanDifference
from harness.significance.non_inferiority import Answer, NonInferiority

_TEXT: Final = 80  # characters of a query in a table


def comparison_text(found: SystemComparison, style: Style = "table") -> str:
    """All of a comparison of two systems, as paragraphs."""
    first = f"{found.new} against {found.base}: {found.queries:,} queries."
    parts = [first, *same_lines(found.same)]
    if found.same.answer is not Sameness.UNCHANGED:
        parts += [differences_table(found.differences, style), *_notes(found)]
        parts += [_moved(found, style)] if found.moved else []
        parts += [_rankings(found.rankings)] if found.rankings else []
    if found.repetition is not None:
        parts += [_repetition(found.repetition, style)]
    parts += [budgets_table(found.budgets, style)] if found.budgets else []
    parts += [margin_sentence(one) for one in found.margins]
    if found.budgets or found.margins:
        parts += [verdict(found.budgets, found.margins, kept=found.holds)]
    return "\n\n".join(shown(part, style) for part in parts)


def same_lines(same: Same) -> Iterator[str]:
    """The first question, and how the two are told apart."""
    if same.differences:
        yield f"They differ in {'; '.join(same.differences)}."
    elif not same.known:
        yield "Of one of them or both only scores are known, and not what was evaluated how."
    elif not same.unknown:
        yield "Model, settings, collection and evaluation are the same."
    if same.unknown:
        yield f"Not known of both: {', '.join(same.unknown)}."
    answers = {
        Sameness.UNCHANGED: "Unchanged",
        Sameness.FLOAT32: "The same within float32",
        Sameness.CHANGED: "Changed",
    }
    yield f"{answers[same.answer]}: {same.because}."


def differences_table(differences: Sequence[MeanDifference], style: Style = "table") -> str:
    """A line for each measure: means, their difference and what is sure of it."""
    rows = [
        {
            "measure": one.measure,
            "base": f"{one.base:.4f}",
            "new": f"{one.new:.4f}",
            "difference": signed(one.difference),
            "95 % interval": interval(one),
            "p": p_value(one.p),
            "adjusted p": p_value(one.adjusted_p),
            "d_z": NONE if one.effect_size is None else f"{one.effect_size:+.2f}",
            "better/same/worse": f"{one.wins}/{one.ties}/{one.losses}",
            "detectable": NONE if one.detectable is None else f"{one.detectable:.4f}",
        }
        for one in differences
    ]
    numbers = set(rows[0]) - {"measure"}
    return as_text(rows, list(rows[0]), style, numbers)


def budgets_table(budgets: Sequence[BudgetOutcome], style: Style = "table") -> str:
    """A line for each budget."""
    rows = [
        {
            "on these queries": one.name,
            "measured": number(one.measured),
            "baseline": number(one.base),
            "from": number(one.low),
            "to": number(one.high),
            "verdict": str(one.verdict) + (f": {one.because}" if one.because else ""),
        }
        for one in budgets
    ]
    return as_text(rows, list(rows[0]), style, {"measured", "baseline", "from", "to"})


def margin_sentence(one: NonInferiority) -> str:
    """The third question for one measure, in one sentence."""
    told = (
        f"On queries like these, {one.measure} by no more than {one.margin:g} worse: "
        f"{one.answer} (difference {signed(one.difference)}, N {one.queries}, "
        f"{one.changed} changed; {one.because})"
    )
    if one.answer is not Answer.UNDECIDED:
        return f"{told}."
    if one.deciding_queries is None:
        more = "no number of queries is known that would decide"
    else:
        more = f"about {one.deciding_queries:,} queries would decide, if they are like these"
    if one.deciding_margin is not None:
        more += f"; a margin above {one.deciding_margin:.4f} is held by these"
    return f"{told}: {more}."


def gate_text(found: Gate, style: Style = "table") -> str:
    """What a check says of its baseline: the three questions, one after the other."""
    parts = [] if found.same is None else list(same_lines(found.same))
    changed = found.same is not None and found.same.answer is not Sameness.UNCHANGED
    if changed and found.judges_baseline:
        parts += [differences_table(found.differences, style)]
    parts += [budgets_table(found.budgets, style)] if found.budgets else []
    parts += [margin_sentence(one) for one in found.margins]
    if found.budgets or found.margins:
        parts += [verdict(found.budgets, found.margins, kept=found.holds)]
    return "\n\n".join(shown(part, style) for part in parts)


def verdict(
    budgets: Sequence[BudgetOutcome], margins: Sequence[NonInferiority], *, kept: bool
) -> str:
    """Whether a budget or a margin is broken, in one sentence."""
    broken = [one.name for one in budgets if one.verdict is BudgetVerdict.BROKEN]
    regressed = [one.measure for one in margins if one.answer is Answer.REGRESSED]
    undecided = [one.measure for one in margins if one.answer is Answer.UNDECIDED]
    parts = [
        *([f"the budget of {', '.join(broken)} is broken"] if broken else []),
        *([f"{', '.join(regressed)} regressed"] if regressed else []),
        *([f"{', '.join(undecided)} is undecided"] if undecided else []),
    ]
    ends = "it holds" if kept else "it does NOT hold"
    return f"{'; '.join(parts) or 'Every judged budget and margin is kept'}: {ends}."


def _notes(found: SystemComparison) -> Iterator[str]:
    few = [one for one in found.differences if one.too_few]
    if few:
        named = ", ".join(f"{one.measure} ({one.changed})" for one in few)
        yield (
            f"Too few to test, since fewer than {LEAST_CHANGED} queries changed: {named}. Only "
            "their means are compared."
        )
    if any(one.p is not None for one in found.differences):
        yield (
            "p by sign flips, two-sided, adjusted over all tested measures (max-T); detectable: "
            "the least true change that so many queries show in 80 % of cases at 5 %."
        )


def _moved(found: SystemComparison, style: Style) -> str:
    rows = [_row(one) for one in found.moved]
    columns = [name for name in rows[0] if name != "text" or any(row["text"] for row in rows)]
    said = "All queries that changed" if found.few else "Queries that moved most"
    table = as_text(rows, columns, style, {"base", "new", "difference"})
    return f"{said}, by {found.primary}:\n\n{table}"


def _row(one: MovedQuery) -> dict[str, str]:
    text = one.text if len(one.text) <= _TEXT else f"{one.text[: _TEXT - 1]}…"
    return {
        "query": one.query_id,
        "base": f"{one.base:.4f}",
        "new": f"{one.new:.4f}",
        "difference": signed(one.difference),
        "text": text,
    }


def _rankings(found: Overlap) -> str:
    return (
        f"Rankings: RBO (p {PERSISTENCE}) {found.mean_rbo:.4f} in the mean, {found.least_rbo:.4f} "
        f"at least; the first ten are equal for {found.equal_top:.1%} of the queries, the whole "
        f"ranking for {found.equal:.1%}."
    )


def _repetition(found: Repetition, style: Style) -> str:
    rows = [
        {
            "measure": one.measure,
            "RMSE of base": f"{one.base_rmse:.4f}",
            "RMSE of new": f"{one.new_rmse:.4f}",
            "effect ratio": NONE if one.effect_ratio is None else f"{one.effect_ratio:.3f}",
        }
        for one in found.measures
    ]
    table = as_text(rows, list(rows[0]), style, set(rows[0]) - {"measure"})
    return f"Against the original runs {found.base} and {found.new}:\n\n{table}"
