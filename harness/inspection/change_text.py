"""What has changed between two results, as text."""

from collections.abc import Sequence

from harness.inspection.against import Change
from harness.inspection.explanation import Difference, RankExplanation
from harness.inspection.words import Words, signed


def change_text(change: Change, found: RankExplanation, words: Words, top: int) -> list[str]:
    """What another result has of an explained document, part by part.

    Args:
        change: against the other result.
        found: the explanation.
        words: for which medium, and how wide.
        top: lines of the table.
    """
    before, now = change.before, found.document
    places = [_place(one.ranked.rank) for one in (before, now)]
    lines = [
        f"Against {change.name}: {places[0]} there and {places[1]} here; score "
        f"{before.ranked.score:.6f} there and {now.ranked.score:.6f} here "
        f"({signed(now.ranked.score - before.ranked.score)}).",
        f"Of the first {change.top}, {change.kept} are the same."
        + _moved("New", change.came, "there")
        + _moved("Gone", change.went, "here"),
    ]
    if not change.comparable:
        lines.append(
            "The dimensions of the two models have no common names, so contributions cannot be "
            "compared."
        )
        return [words.paragraphs(lines)]
    if not change.changed:
        return [words.paragraphs([*lines, "Not one contribution has changed."])]
    columns = ("there", "here", "change")
    names = ("what has changed", "here", "there", "change")
    rows = difference_rows(change.changed, top, names)
    ordered = [{name: row[name] for name in (names[0], *columns)} for row in rows]
    return [f"{words.paragraphs(lines)}\n\n{words.table(ordered, right=columns)}"]


def _moved(what: str, listed: Sequence[tuple[str, int | None]], where: str) -> str:
    if not listed:
        return ""
    shown = ", ".join(
        f"{doc} ({f'rank {at:,}' if at else 'unranked'} {where})" for doc, at in listed[:3]
    )
    more = f" and {len(listed) - 3:,} more" if len(listed) > 3 else ""
    return f" {what}: {shown}{more}."


def difference_rows(
    found: Sequence[Difference], top: int, names: tuple[str, str, str, str]
) -> list[dict[str, str]]:
    """Rows of a table of differences; all behind the first so many are one row.

    Args:
        found: the largest first.
        top: how many have a row of their own.
        names: the columns: of the dimension, the one, the other, and their difference.
    """
    first, one, other, by = names
    rows = [
        {first: d.name, one: f"{d.one:.4f}", other: f"{d.other:.4f}", by: signed(d.by)}
        for d in found[:top]
    ]
    rest = found[top:]
    if rest:
        sums = sum(d.one for d in rest), sum(d.other for d in rest)
        rows.append(
            {
                first: f"({len(rest):,} more)",
                one: f"{sums[0]:.4f}",
                other: f"{sums[1]:.4f}",
                by: signed(sums[0] - sums[1]),
            }
        )
    return rows


def _place(rank: int | None) -> str:
    return f"rank {rank:,}" if rank else "unranked"
