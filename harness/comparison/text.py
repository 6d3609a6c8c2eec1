"""Comparisons for people: a terminal or markdown. What is not known is a dash, never NaN."""

from collections.abc import Iterator, Sequence
from typing import Final

from harness.comparison.budgets import BudgetOutcome, BudgetVerdict
from harness.comparison.compare import SystemComparison
from harness.comparison.moved import MovedQuery
from harness.comparison.overlap import PERSISTENCE, Overlap
from harness.comparison.repetition import Repetition
from harness.comparison.sameness import Same, Sameness
from harness.comparison.several import SeveralSystems
from harness.report.tables import Style, as_text
from harness.significance import LEAST_CHANGED
from harness.significance.difference import MeanDifference
from harness.significance.non_inferiority import Answer, NonInferiority
from harness.system import inert

_NONE: Final = "-"
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
        parts += [verdict(found)]
    return "\n\n".join(_shown(part, style) for part in parts)


def same_lines(same: Same) -> Iterator[str]:
    """The first question, and how the two are told apart."""
    if same.differences:
        yield f"They differ in {'; '.join(same.differences)}."
    elif not same.known:
        yield "Of one of them only scores are known: what differs in the models is not said."
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
            "difference": _signed(one.difference),
            "95 % interval": _interval(one),
            "p": _p(one.p),
            "adjusted p": _p(one.adjusted_p),
            "d_z": _NONE if one.effect_size is None else f"{one.effect_size:+.2f}",
            "better/same/worse": f"{one.wins}/{one.ties}/{one.losses}",
            "detectable": _NONE if one.detectable is None else f"{one.detectable:.4f}",
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
            "measured": _number(one.measured),
            "baseline": _number(one.base),
            "from": _number(one.low),
            "to": _number(one.high),
            "verdict": str(one.verdict) + (f": {one.because}" if one.because else ""),
        }
        for one in budgets
    ]
    return as_text(rows, list(rows[0]), style, {"measured", "baseline", "from", "to"})


def margin_sentence(one: NonInferiority) -> str:
    """The third question for one measure, in one sentence."""
    told = (
        f"On queries like these, {one.measure} by no more than {one.margin:g} worse: "
        f"{one.answer} (difference {_signed(one.difference)}, N {one.queries}, "
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


def verdict(found: SystemComparison) -> str:
    """Whether a budget or a margin is broken, in one sentence."""
    broken = [one.name for one in found.budgets if one.verdict is BudgetVerdict.BROKEN]
    regressed = [one.measure for one in found.margins if one.answer is Answer.REGRESSED]
    undecided = [one.measure for one in found.margins if one.answer is Answer.UNDECIDED]
    parts = [
        *([f"the budget of {', '.join(broken)} is broken"] if broken else []),
        *([f"{', '.join(regressed)} regressed"] if regressed else []),
        *([f"{', '.join(undecided)} is undecided"] if undecided else []),
    ]
    ends = "it holds" if found.holds else "it does NOT hold"
    return f"{'; '.join(parts) or 'Every budget and margin is kept'}: {ends}."


def several_text(found: SeveralSystems, style: Style = "table") -> str:
    """A table of several systems with the groups that nothing tells apart, and one of the pairs."""
    letters = {
        name: "".join(
            chr(ord("a") + place) if place < 26 else f"({place + 1})"
            for place, group in enumerate(found.groups)
            if name in group
        )
        for name in found.means
    }
    rows = [
        {"system": name, "group": letters[name]}
        | {measure: f"{value:.4f}" for measure, value in means.items()}
        for name, means in found.means.items()
    ]
    pairs = [
        {
            "better": one.new,
            "worse": one.base,
            "difference": _signed(one.difference.difference),
            "95 % interval": _interval(one.difference),
            "p": _p(one.difference.p),
            "Holm": _p(one.holm_p),
            "BH": _p(one.bh_p),
        }
        for one in found.pairs
    ]
    first = (
        f"{len(found.means)} systems by {found.primary}, {found.queries:,} queries. Systems that "
        "share a letter are not told apart (5 %, Holm over all pairs)."
    )
    numbers = set(rows[0]) - {"system", "group"}
    tables = (
        as_text(rows, list(rows[0]), style, numbers),
        as_text(pairs, list(pairs[0]), style, set(pairs[0]) - {"better", "worse"}),
    )
    return "\n\n".join((_shown(first, style), *tables))


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
        "difference": _signed(one.difference),
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
            "effect ratio": _NONE if one.effect_ratio is None else f"{one.effect_ratio:.3f}",
        }
        for one in found.measures
    ]
    table = as_text(rows, list(rows[0]), style, set(rows[0]) - {"measure"})
    return f"Against the original runs {found.base} and {found.new}:\n\n{table}"


def _interval(one: MeanDifference) -> str:
    if one.low is None or one.high is None:
        return "too few" if one.too_few else _NONE
    return f"{_signed(one.low)} to {_signed(one.high)}"


def _p(p: float | None) -> str:
    if p is None:
        return _NONE
    return f"{p:.4f}" if p >= 0.001 else f"{p:.1e}"


def _signed(value: float) -> str:
    """Four decimals; a difference is never rounded to nothing."""
    if value == 0:
        return "0"
    return f"{value:+.4f}" if abs(value) >= 5e-5 else f"{value:+.1e}"


def _number(value: float | None) -> str:
    return _NONE if value is None else f"{value:.6g}"


def _shown(part: str, style: Style) -> str:
    """A paragraph as it is; foreign names in its sentences are text in markdown, too."""
    if style != "markdown" or part.lstrip().startswith("|"):
        return part
    head, gap, table = part.partition("\n\n")
    return f"{inert.markdown(head)}{gap}{table}"
