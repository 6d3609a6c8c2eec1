"""Several systems for people: a terminal or markdown."""

from harness.comparison.figures import interval, p_value, shown, signed
from harness.comparison.several import SeveralSystems
from harness.report.tables import Style, as_text


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
            "difference": signed(one.difference.difference),
            "95 % interval": interval(one.difference),
            "p": p_value(one.difference.p),
            "Holm": p_value(one.holm_p),
            "BH": p_value(one.bh_p),
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
    return "\n\n".join((shown(first, style), *tables))
