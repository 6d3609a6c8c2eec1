"""One printed number of a table, and the measure and data set that a heading names."""

from typing import NamedTuple

from harness.card import same_name
from harness.claims.published import Unit, own_unit
from harness.measures.names import ParsedName, parse_name


class Cell(NamedTuple):
    """One printed number and whose it is."""

    model: str
    dataset: str
    key: str
    text: str
    unit: Unit | None


def split_measure(text: str) -> tuple[str, ParsedName] | None:
    """The data set and the measure in a heading that names both; None where it names no measure.

    `NanoMSMARCO_dot_ndcg@10` gives (NanoMSMARCO, dot_ndcg@10); `MRR@10 (dev)` gives (dev, mrr@10);
    `Recall@10 (%) ↑` gives recall@10 in percent.
    """
    plain = text[:150].strip(" ↑↓\t")
    whole = parse_name(plain)
    if whole is not None:
        return ("", whole)
    name, paren, inner = plain.replace("(%)", "").partition("(")
    dataset = inner.rstrip(") ") if paren and same_name(inner) != "dot" else ""
    starts = [0, *(at + 1 for at, letter in enumerate(name) if letter in " _:/")]
    for start in starts:
        found = parse_name(name[start:]) if "@" in name[start:] or start == 0 else None
        if found is not None:
            if "%" in plain and own_unit(found.key) != "count":
                found = found._replace(unit="percent")
            return (name[:start].strip(" _:/") or dataset, found)
    return None
