"""Does a card's table round what its front matter gives in full?"""

from collections.abc import Mapping

from harness.card.audit.counts import U64
from harness.card.audit.intervals import Interval
from harness.card.audit.verdict import WRITER, Finding


def check(card: Mapping[str, Interval], table: Mapping[str, Interval]) -> list[Finding]:
    """Hold each number of the table against the front matter's, either way of rounding ties.

    The writer rounds every number to the same decimals and drops trailing zeros, so that a short
    number in a longer table claims as many decimals as its neighbours. What does not round is
    suspicious: one of them was changed, or the table is of another evaluation of the same name.
    """
    common = [name for name in table if name in card]
    if not common:
        return []
    # The writer's table has four decimals; a finer number in it was pasted.
    finest = max(min(number.half for number in table.values()), 0.5e-4)
    findings = []
    for name in common:
        gap = abs(table[name].value - card[name].value)
        rounding = card[name].half + 4 * U64 * (1 + card[name].value)
        if gap <= finest + rounding:
            continue
        findings.append(
            Finding(
                "table",
                (name,),
                "suspicious",
                f"the table prints {table[name].value!r}, the front matter {card[name].value!r}",
                "the table is the front matter rounded",
                WRITER,
            )
        )
    return findings or [
        Finding(
            "table",
            tuple(common),
            "consistent",
            f"all {len(common)} numbers are roundings of the front matter's",
            "the table is the front matter rounded",
            WRITER,
        )
    ]
