"""One printed number of a table, and the measure and data set that a heading names."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from harness.card import same_name
from harness.card.dataset_names import is_set
from harness.claims.published import Unit, digits, own_unit
from harness.measures.names import ParsedName, parse_name

VALUE: Final = {"", "value", "values", "score", "scores", "result", "results"}
"""Heads of a column of numbers that says nothing of them."""

DATASET: Final = {
    *("dataset", "datasets", "dataset name", "data set", "task", "tasks", "benchmark", "corpus"),
    *("collection", "test set", "eval set", "evaluation set"),
}
MODEL: Final = {
    *("model", "models", "model name", "method", "methods", "system", "systems"),
    *("checkpoint", "encoder", "retriever", "approach", "model id"),
}
SPLIT: Final = {"split", "splits", "subset"}
LIMIT: Final = {"max active dims", "max_active_dims", "maximum active dims", "active dims limit"}
NOTHING: Final = {"", "-", "--", "–", "—", "n/a", "na", "x", "?", "tbd", "todo", "..."}
"""What a cell says that has no number."""

OURS: Final = {"ours", "our", "ourmodel", "thismodel", "this", "thischeckpoint"}
"""What authors call their own model, as `same_name` gives it."""

_AVERAGE = re.compile(r"(avg|average|mean)\b\.?\s*", re.IGNORECASE)
_MARKS = frozenset("†‡§*_~+↑↓↗↘•")
_WITHOUT_CUTOFF = re.compile(
    r"\b(n?dcg|mrr|map|recall|precision|hit rate|success)\b(?!\s*@)", re.IGNORECASE
)


_OF_VECTORS = ("active_dims", "active dims", "sparsity_ratio", "sparsity ratio", "avg_flops")


class Cell(NamedTuple):
    """One printed number and whose it is; `limit` is a max_active_dims that its row names."""

    model: str
    dataset: str
    key: str
    text: str
    unit: Unit | None
    split: str = ""
    limit: str = ""


@lru_cache(maxsize=8192)  # the same heads and labels are asked again and again
def split_measure(text: str) -> tuple[str, ParsedName] | None:
    """The data set and the measure in a heading that names both; None where it names no measure.

    `NanoMSMARCO_dot_ndcg@10` gives (NanoMSMARCO, dot_ndcg@10); `MRR@10 (dev)` gives (dev, mrr@10);
    `Recall@10 (%) ↑` gives recall@10 in percent; `Avg. NDCG@10` gives (Average, ndcg@10).
    """
    plain = text[:150].strip(" ↑↓\t").removesuffix("(↑)").removesuffix("(↓)").strip()
    whole = parse_name(plain)
    if whole is not None:
        return ("", whole)
    average = _AVERAGE.match(plain)
    if average and (found := split_measure(plain[average.end() :])):
        return (" ".join(part for part in ("Average", found[0]) if part), found[1])
    name, paren, inner = plain.replace("(%)", "").partition("(")
    dataset = inner.rstrip(") ") if paren and same_name(inner) != "dot" else ""
    if paren and (inside := parse_name(inner.rstrip(") "))) is not None:
        label = name.strip()
        return ("" if label.lower() in DATASET | MODEL | VALUE | {"metric"} else label, inside)
    starts = [0, *(at + 1 for at, letter in enumerate(name) if letter in " _:/-")]
    for start in starts:
        rest = name[start:]
        telling = start == 0 or "@" in rest or rest.lower().endswith(_OF_VECTORS)
        found_name = parse_name(rest) if telling else None
        if found_name is not None:
            if "%" in plain and own_unit(found_name.key) != "count":
                found_name = found_name._replace(unit="percent")
            return (name[:start].strip(" _:/-") or dataset, found_name)
    return _data_set_behind(plain)


def _data_set_behind(plain: str) -> tuple[str, ParsedName] | None:
    """`nDCG@10 on NQ`, `MRR@10 MS MARCO dev`: the measure first."""
    words = plain.split()
    for at in range(1, min(len(words), 4)):
        found = parse_name(" ".join(words[:at]))
        behind = " ".join(words[at:]).removeprefix("on ").strip(" -:()")
        if found is not None and is_set(behind):
            return (behind, found)
    return None


def without_cutoff(texts: Iterable[str]) -> str:
    """The first text that names a measure without its cutoff; "" where none does."""
    named = (text for text in texts if len(text) < 100 and _WITHOUT_CUTOFF.search(text))
    return next((text for text in named if split_measure(text) is None), "")


def number_in(text: str) -> str | None:
    """The number of a cell, without the marks beside it (an emoji, an arrow, a dagger); or None."""
    found = digits(text)
    if found is not None or len(text) > 100:
        return found
    begin, end = 0, len(text)
    while begin < end and _is_mark(text[begin]):
        begin += 1
    while end > begin and _is_mark(text[end - 1]):
        end -= 1
    return digits(text[begin:end])


def _is_mark(letter: str) -> bool:
    if letter.isascii():
        return letter in "*_~ "
    return letter in _MARKS or unicodedata.category(letter) in {"So", "Sk", "Mn", "Cf", "Zs"}


def of_set(text: str) -> bool:
    """Whether a label is a data set: its name as it is known, or the average of several."""
    return is_set(text) or is_average(text)


def is_average(text: str) -> bool:
    """Whether a label is an average over data sets: `Avg.`, `BEIR average`, `Mean (13)`."""
    words = re.sub(r"[^a-z]+", " ", text[:60].lower()).split()
    return bool(words) and bool({"avg", "average", "mean"} & set(words)) and len(words) < 4


def column(rows: Sequence[tuple[str, ...]], at: int) -> list[str]:
    """One column of a table; "" where a row is too short."""
    return [row[at] if at < len(row) else "" for row in rows]


def has_number(texts: Iterable[str]) -> bool:
    """Whether a text among them is a number."""
    return any(number_in(text) is not None for text in texts)
