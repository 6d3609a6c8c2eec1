"""Measure names: values whose printed form is their key, their column header and their input.

One grammar reads every spelling that sources, options and experiments use:

    [similarity_]name[@cutoff][unit]    Dot Ndcg@10, R@1k, ndcg_at_10, success@5, NDCG@10 (%)
    [similarity_]rbp(p=0.8)             and rbp.80, as ranx writes it

Names and their other spellings are those of `harness.measures.definitions`.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from harness.errors import InputError
from harness.measures.definitions import TABLE

RETRIEVAL: Final = tuple(TABLE)
"""Measures of the ranking."""

SPARSITY: Final = (
    "query_active_dims",
    "query_sparsity_ratio",
    "corpus_active_dims",
    "corpus_sparsity_ratio",
    "avg_flops",
)
"""Measures of the vectors and not of the ranking: they take no cutoff."""

SIMILARITIES: Final = ("dot", "cosine", "euclidean", "manhattan")
"""How a score was computed, where sentence-transformers puts that before a measure's name."""

DEEPEST: Final = 10**12
"""No cutoff is larger."""

LEAST_PERSISTENCE: Final = 1e-4
"""Of rbp; a reader who goes on that seldom reads the first document only."""

_SIMILARITY = {name: name for name in SIMILARITIES} | {"cos": "cosine"}
_NAME = {name: name for name in TABLE} | {
    spelling: name for name, row in TABLE.items() for spelling in row.spellings
}
_PREFIX = rf"(?:(?P<similarity>{'|'.join(_SIMILARITY)})_)?"
_PLAIN = re.compile(
    _PREFIX + r"(?P<name>[a-z][a-z0-9_]*)(?:@(?P<cutoff>[1-9][0-9]{0,12})(?P<thousand>k?))?"
)
_WITH_P = re.compile(
    _PREFIX + r"(?P<name>[a-z][a-z0-9_]*)"
    r"(?:\(_?p_?=_?(?P<p>0?\.[0-9]{1,30})_?\)|(?:@0?)?(?P<decimals>\.[0-9]{1,30}))"
)
_PERCENT = re.compile(r"_?(?:\(_?(?:%|in_%|in_percent)_?\)|\[_?%_?\]|%|in_%|in_percent)$")


@dataclass(frozen=True)
class Measure:
    """A retrieval measure, printed as `ndcg@10`, `r_precision` or `rbp(p=0.8)`.

    Attributes:
        name: of `RETRIEVAL`.
        cutoff: how many documents of a ranking are looked at; None: all.
        p: the persistence of `rbp`, LEAST_PERSISTENCE to below 1; else None.

    Raises:
        InputError: no such name, or a cutoff or persistence that it does not have.
    """

    name: str
    cutoff: int | None = None
    p: float | None = None

    def __post_init__(self) -> None:
        row = TABLE.get(self.name)
        if row is None:
            raise InputError(explain(self.name))
        if self.cutoff is None and row.cutoff == "needed":
            raise InputError(f"'{self.name}' needs a cutoff: write {self.name}@10.")
        if self.cutoff is not None and row.cutoff == "none":
            raise InputError(f"'{self.name}' takes no cutoff: it is of the whole ranking.")
        if self.cutoff is not None and not 1 <= self.cutoff <= DEEPEST:
            raise InputError(f"The cutoff of {self.name} is {self.cutoff}; it is 1 to {DEEPEST:,}.")
        if row.persistence is (self.p is None):
            needs = "needs a persistence: write" if row.persistence else "takes no persistence, as"
            raise InputError(f"'{self.name}' {needs} rbp(p=0.8).")
        if self.p is not None and not LEAST_PERSISTENCE <= self.p < 1:
            raise InputError(
                f"The persistence of {self.name} is {self.p}; it lies between "
                f"{LEAST_PERSISTENCE} and 1."
            )

    def __str__(self) -> str:
        if self.p is not None:
            return f"{self.name}(p={float(self.p)!r})"
        return self.name if self.cutoff is None else f"{self.name}@{self.cutoff}"

    @classmethod
    def parse(cls, text: str) -> "Measure":
        """Read a measure from any of its spellings; the inverse of `str`.

        A similarity function or a percent sign in the text is understood and left out: a score is
        a fraction, whatever computed the ranking.

        Raises:
            InputError: the text names no measure of rankings, with the one that was meant.
        """
        found = parse_name(text)
        if found is None or not isinstance(found.measure, cls):
            raise InputError(explain(text))
        return found.measure


class ParsedName(NamedTuple):
    """What a spelling of a measure says.

    Attributes:
        similarity: one of `SIMILARITIES`, or "".
        measure: a measure of the ranking, or a name of `SPARSITY`.
        unit: `percent` where the spelling says so, else None.
    """

    similarity: str
    measure: Measure | str
    unit: Literal["percent"] | None

    @property
    def key(self) -> str:
        """The printed form: `dot_ndcg@10`, `mrr@10`, `corpus_active_dims`."""
        return f"{self.similarity}_{self.measure}" if self.similarity else str(self.measure)


def parse_name(text: str) -> ParsedName | None:
    """Read any usual spelling of a measure of ours; None where the text names none.

    `Dot Ndcg@10`, `dot_ndcg@10` and `**dot_ndcg@10**` are ndcg@10 of dot products; `NDCG@10`,
    `nDCG @ 10` and `ndcg_at_10` are ndcg@10; `R@1k` is recall@1000; `MRR@10 (%)` is mrr@10 in
    percent; `Corpus Active Dims` is corpus_active_dims. The name of a data set before a measure is
    not understood here.
    """
    if len(text) > 200:
        return None
    plain = _normal(text)
    stripped = _PERCENT.sub("", plain)
    unit: Literal["percent"] | None = None if stripped == plain else "percent"
    if stripped in SPARSITY:
        # A count of dimensions has no percentage; a share of them has.
        countable = unit is None or stripped.endswith("_ratio")
        return ParsedName("", stripped, unit) if countable else None
    match = _PLAIN.fullmatch(stripped) or _WITH_P.fullmatch(stripped)
    if match is None:
        return None
    measure = _measure(match.groupdict())
    if measure is None or (unit is not None and TABLE[measure.name].unbounded):
        return None
    return ParsedName(_SIMILARITY.get(match["similarity"], ""), measure, unit)


def _normal(text: str) -> str:
    """Lower-case, words joined by underscores, without markup."""
    plain = re.sub(r"[\s_*`\\-]+", "_", text.lower()).strip("_")
    return re.sub(r"_?@_?|_at_", "@", plain)


def _measure(parts: dict[str, str | None]) -> Measure | None:
    """The measure of a name and its cutoff or persistence; None where they do not fit."""
    digits, persistence = parts.get("cutoff"), parts.get("p") or parts.get("decimals")
    cutoff = int(digits) * (1000 if parts.get("thousand") else 1) if digits else None
    try:
        return Measure(
            _NAME.get((parts["name"] or "").rstrip("_"), ""),
            cutoff,
            float(persistence) if persistence else None,
        )
    except InputError:
        return None


def explain(text: str) -> str:
    """One sentence on why a text is no measure of rankings, and what was probably meant."""
    shown = f"'{text if len(text) <= 80 else f'{text[:80]}...'}' is"
    plain = _normal(text[:200])
    stripped = _PERCENT.sub("", plain)
    name, at, cutoff = stripped.partition("@")
    if name in SPARSITY and stripped != plain and not name.endswith("_ratio"):
        return f"{shown} not a measure: {name} is a count, so it has no percentage."
    if name in SPARSITY:
        return (
            f"{shown} a measure of the vectors, which `eval` always gives and `score` cannot (it "
            "has no vectors); leave it out."
        )
    known = _NAME.get(name)
    near = [] if known else difflib.get_close_matches(name, _NAME, 1)
    if near:
        return f"{shown} not a measure. Did you mean '{_NAME[near[0]]}{at}{cutoff}'?"
    lacking = _lacking(known, at, in_percent=stripped != plain) if known else ""
    if lacking:
        return f"{shown} not a measure: {lacking}."
    cut = ", ".join(name for name, row in TABLE.items() if row.cutoff != "none")
    whole = ", ".join(
        f"{name}(p=0.8)" if row.persistence else name
        for name, row in TABLE.items()
        if row.cutoff == "none"
    )
    return f"{shown} not a measure: write one of {cut} with a cutoff, such as ndcg@10, or {whole}."


def _lacking(name: str, at: str, *, in_percent: bool) -> str:
    """What is missing or too much beside the name of a measure; "" where that is not known."""
    row = TABLE[name]
    if row.persistence:
        return f"write its persistence, such as {name}(p=0.8)"
    if row.cutoff == "none":
        return f"{name} takes no cutoff"
    if row.unbounded and in_percent:
        return f"{name} is a sum and no share, so it has no percentage"
    return "" if at else f"write its cutoff, such as {name}@10"


CARD: Final = tuple(
    Measure(name, cutoff)
    for name, cutoffs in (
        ("accuracy", (1, 3, 5, 10)),
        ("precision", (1, 3, 5, 10)),
        ("recall", (1, 3, 5, 10)),
        ("ndcg", (10,)),
        ("mrr", (10,)),
        ("map", (100,)),
    )
    for cutoff in cutoffs
)
"""The fifteen measures of sentence-transformers' evaluator, in the order of its cards."""


def parse_measures(text: str) -> tuple[Measure, ...]:
    """Measures from a comma-separated list, each once.

    Raises:
        InputError: one is not a measure.
    """
    return tuple(dict.fromkeys(Measure.parse(part) for part in text.split(",")))


def deepest(measures: Iterable[Measure]) -> int:
    """The largest cutoff among measures; 0 where none has one."""
    return max((measure.cutoff or 0 for measure in measures), default=0)
