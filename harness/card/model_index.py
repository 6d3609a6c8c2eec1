"""The results of a `model-index`, however they were read: each group of type, value and name.

The hub's specification: https://github.com/huggingface/hub-docs/blob/main/modelcard.md
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final, NamedTuple

from harness.card import PublishedEvaluation
from harness.card.markdown import printable
from harness.card.turns import Claim, in_turn
from harness.claims.published import (
    PublishedNumber,
    Unit,
    bare,
    digits,
    own_unit,
    read,
    unit_of,
)
from harness.errors import InputError
from harness.measures.names import parse_name

MOST_GROUPS: Final = 20_000
"""More metrics than a card of one model holds; a full MTEB card has near 6,000."""

Group = Mapping[str, tuple[str, ...]]
"""One metric: every value that the source gives to each of its keys, normally one."""


@dataclass(frozen=True)
class IndexResult:
    """One result of a model-index: a task, a data set and the metrics on it."""

    task: Mapping[str, str] = field(default_factory=dict)
    dataset: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()

    @property
    def data_set(self) -> str:
        """The data set's name, else its type, safe to print."""
        return printable(self.dataset.get("name") or self.dataset.get("type", ""), 200)


class Index(NamedTuple):
    """A model-index as it was found: the model's name and its results."""

    name: str = ""
    results: tuple[IndexResult, ...] = ()


def merged(results: Iterable[IndexResult]) -> tuple[IndexResult, ...]:
    """The results, those of one task and data set as one: some writers give each metric its own."""
    found: dict[tuple[tuple[str, str], ...], list[IndexResult]] = {}
    for result in results:
        dataset = sorted(result.dataset.items())
        identity = (("task", result.task.get("type", "")), *dataset)
        found.setdefault(identity, []).append(result)
    return tuple(
        replace(same[0], groups=tuple(chain.from_iterable(one.groups for one in same)))
        for same in found.values()
    )


def evaluations(
    result: IndexResult, where: str
) -> tuple[tuple[PublishedEvaluation, ...], tuple[str, ...]]:
    """The evaluations of one result in their order, and a sentence for each unusable group.

    sentence-transformers writes every evaluation of one name into one result, key after key: a key
    that comes again belongs to the next evaluation. In a front matter that has lost lines it may
    as well belong to another data set, and is then not used.
    """
    claims, refused = _claims(result.groups, where)
    whole = all(len(values) == 1 for group in result.groups for values in group.values())
    turns = in_turn(claims)
    if not whole and len(turns) > 1:
        again = sorted({c.key for c in claims if len({t.get(c.key, c.text) for t in turns}) > 1})
        refused += [
            f"{where}: {k} is given twice with different values; neither is used." for k in again
        ]
        turns = [
            {
                key: text
                for turn in reversed(turns)
                for key, text in turn.items()
                if key not in again
            }
        ]
    unit = unit_of("", [claim.text for claim in claims if own_unit(claim.key) is None])
    found: list[PublishedEvaluation] = []
    for order, turn in enumerate(turns, start=1):
        place = f"{where}, evaluation {order}" if order > 1 else where
        published, outside = _numbers(turn, place, unit)
        refused += outside
        found += [_evaluation(result, place, published, order)] if published else []
    return tuple(found), tuple(refused)


def _evaluation(
    result: IndexResult, where: str, published: tuple[PublishedNumber, ...], order: int
) -> PublishedEvaluation:
    return PublishedEvaluation(
        dataset=result.data_set,
        where=where,
        published=published,
        full_precision=True,
        task=printable(result.task.get("type", "")),
        dataset_type=printable(result.dataset.get("type", ""), 200),
        config=printable(result.dataset.get("config", ""), 200),
        split=printable(result.dataset.get("split", "")),
        revision=printable(result.dataset.get("revision", ""), 200),
        order=order,
    )


def _claims(groups: Sequence[Group], where: str) -> tuple[list[Claim], list[str]]:
    """What the groups claim, in their order, and a sentence for each that cannot be used."""
    claims: list[Claim] = []
    refused: list[str] = []
    foreign: list[str] = []
    for group in groups:
        claim = _claim(group)
        if claim is None and not _one(group, "type") + _one(group, "name"):
            refused.append(f"{where}: a metric has neither type nor name; it is not used.")
        elif claim is None:
            foreign.append(printable(_one(group, "type") or _one(group, "name")))
        elif isinstance(claim, str):
            refused.append(f"{where}: {claim}")
        else:
            claims.append(claim)
    if foreign:
        names = ", ".join(foreign[:5]) + (", ..." if len(foreign) > 5 else "")
        refused.append(f"{where}: {len(foreign)} metrics are no measures of ours: {names}.")
    return claims, refused


def _numbers(
    claims: Mapping[str, str], where: str, unit: Unit
) -> tuple[tuple[PublishedNumber, ...], tuple[str, ...]]:
    """Claims of one scale as published numbers, and a sentence for each impossible one."""
    published: list[PublishedNumber] = []
    refused: list[str] = []
    for key, text in claims.items():
        try:
            published.append(read(key, text, where, own_unit(key) or unit))
        except InputError as error:
            refused.append(str(error))
    return tuple(published), tuple(refused)


def _claim(group: Group) -> Claim | str | None:
    """What a group claims; a sentence where it cannot be used; None where it is no measure."""
    names = dict.fromkeys((*group.get("type", ()), *group.get("name", ())))
    found = [name for name in map(parse_name, names) if name is not None]
    keys = [name.key for name in found]
    if not keys:
        return None
    values = tuple(dict.fromkeys(group.get("value", ())))
    if len({bare(key) for key in keys}) > 1:
        return f"a group names both {keys[0]} and {keys[1]}; it is not used."
    if not values:
        return f"{keys[0]} has no value; it is not used."
    if len(values) > 1:
        return f"{keys[0]} has {len(values)} values; it is not used."
    text = digits(values[0])
    if text is None:
        return f"{keys[0]} is '{printable(values[0])}', which is not a number; it is not used."
    percent = "%" if any(name.unit for name in found) and "%" not in text else ""
    return Claim(max(keys, key=len), text + percent)


def _one(group: Group, key: str) -> str:
    return next(iter(group.get(key, ())), "")


def count(results: Sequence[IndexResult], source: str) -> None:
    """Refuse a model-index of more metrics than a card can mean.

    Raises:
        InputError: there are more than MOST_GROUPS.
    """
    total = sum(len(result.groups) for result in results)
    if total > MOST_GROUPS:
        raise InputError(
            f"{source}: the model-index has {total:,} metrics, more than {MOST_GROUPS:,}; give a "
            "card of one model."
        )
