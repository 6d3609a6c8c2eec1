"""Figures of a comparison as text; what is not known is a dash, never NaN."""

from typing import Final

from harness.report.tables import Style
from harness.significance.difference import MeanDifference
from harness.system import inert

NONE: Final = "-"


def interval(one: MeanDifference) -> str:
    """The 95 % interval."""
    if one.low is None or one.high is None:
        return "too few" if one.too_few else NONE
    return f"{signed(one.low)} to {signed(one.high)}"


def p_value(p: float | None) -> str:
    """A p-value, which is never 0."""
    if p is None:
        return NONE
    return f"{p:.4f}" if p >= 0.001 else f"{p:.1e}"


def signed(value: float) -> str:
    """Four decimals; a difference is never rounded to nothing."""
    if value == 0:
        return "0"
    return f"{value:+.4f}" if abs(value) >= 5e-5 else f"{value:+.1e}"


def number(value: float | None) -> str:
    """Six digits."""
    return NONE if value is None else f"{value:.6g}"


def shown(part: str, style: Style) -> str:
    """A paragraph as it is; foreign names in its sentences are text in markdown, too."""
    if style != "markdown" or part.lstrip().startswith("|"):
        return part
    head, gap, table = part.partition("\n\n")
    return f"{inert.markdown(head)}{gap}{table}"
