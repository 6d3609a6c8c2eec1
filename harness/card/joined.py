"""Which places of a card speak of the same evaluation: metadata and the tables that round it.

The n-th evaluation that the metadata has of a name belongs to the n-th table of that name, unless
digits show that it belongs to another: sentence-transformers writes the later of two evaluations
over the earlier one's column when it groups data sets into one table.
"""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Final, NamedTuple

from harness.card import PublishedEvaluation, same_name
from harness.claims.published import PublishedNumber, similarity

MOST_ALIKE: Final = 16
"""Evaluations of one name that a table is held against; later ones stand alone."""

MOST_REPEATED: Final = 30
"""Evaluations of other names that a place without a name is looked for among."""

Places = tuple[PublishedEvaluation, ...]
"""What says the same evaluation: its metadata first where it has any, then tables."""


def joined(
    evaluations: Iterable[PublishedEvaluation], own: frozenset[str] = frozenset()
) -> tuple[Places, ...]:
    """The places of a card by evaluation, in the order of their first.

    Args:
        evaluations: of a card.
        own: names of the card's model as `same_name` gives them: rows of the model itself.
    """
    named: dict[tuple[str, str], list[list[PublishedEvaluation]]] = {}
    everything: list[list[PublishedEvaluation]] = []
    with_names: list[list[PublishedEvaluation]] = []
    known = _Known()
    for one in sorted(evaluations, key=lambda one: not one.full_precision):
        model = same_name(one.model)
        groups = named.setdefault(("" if model in own else model, same_name(one.dataset)), [])
        home = _home(one, groups[:MOST_ALIKE], known)
        if not home and not same_name(one.dataset):
            home = _repeated(one, with_names[:MOST_REPEATED], own, known)
            if home:
                home.append(one)
                continue
        if all(home is not group for group in groups[:MOST_ALIKE]):
            groups.append(home)
            everything.append(home)
            if same_name(one.dataset):
                with_names.append(home)
        home.append(one)
    return tuple(map(tuple, everything))


def agrees(one: PublishedEvaluation, other: PublishedEvaluation) -> bool | None:
    """Whether all numbers that both give round to each other; None where they give none."""
    return _agree(_digits(one), _digits(other))


class _Digits(NamedTuple):
    """One number, its similarity function, and its value and half unit as floats."""

    function: str | None
    value: float
    half: float
    number: PublishedNumber


ByName = dict[str, list[_Digits]]


def _digits(one: PublishedEvaluation) -> ByName:
    """The numbers of a place by their measures without similarity functions."""
    found: ByName = {}
    for number in one.published:
        digits = _Digits(similarity(number.measure), number.value, float(number.half_unit), number)
        found.setdefault(number.name, []).append(digits)
    return found


def _agree(known: ByName, other: ByName) -> bool | None:
    shared = None
    for name, numbers in other.items():
        for number, same in product(numbers, known.get(name, ())):
            if None not in (number.function, same.function) and number.function != same.function:
                continue
            if not _equal(number, same):
                return False
            shared = True
    return shared


def _equal(one: _Digits, other: _Digits) -> bool:
    """Whether one of two numbers rounds to the other; by floats where they are far apart."""
    apart = abs(one.value - other.value)
    if apart > 2 * max(one.half, other.half) + 1e-6 * max(one.value, other.value):
        return False
    return one.number.holds(other.value) or other.number.holds(one.value)


class _Known:
    """The digits of places, computed once each."""

    def __init__(self) -> None:
        self._of: dict[int, ByName] = {}

    def agree(self, one: PublishedEvaluation, other: PublishedEvaluation) -> bool | None:
        """As `agrees`; the places must live as long as this."""
        return _agree(self._digits(one), self._digits(other))

    def _digits(self, one: PublishedEvaluation) -> ByName:
        found = self._of.get(id(one))
        if found is None:
            found = self._of[id(one)] = _digits(one)
        return found


def _home(
    one: PublishedEvaluation, groups: Sequence[list[PublishedEvaluation]], known: _Known
) -> list[PublishedEvaluation]:
    """The evaluation that a place speaks of: one of `groups`, or a new one."""
    alike = [group for group in groups if _fits(group[0], one)]
    if one.full_precision:
        return next((group for group in alike if _copies(group[0], one)), [])
    said = [known.agree(group[0], one) for group in alike]
    free = [group[0].full_precision and len(group) == 1 for group in alike]
    turn = one.order - 1
    order = sorted(range(len(alike)), key=lambda at: (not free[at], at != turn))
    for at in order:
        if said[at]:
            if free[at] or alike[at][-1].parameters == one.parameters:
                return alike[at]
            return alike[at][:1] if alike[at][0].full_precision else []
    if None in said and len(alike) == 1 and same_name(one.dataset):
        return alike[0]
    # A table that is no rounding of its metadata contradicts it, if it is in its turn.
    return next((alike[at] for at in order if free[at] and at == turn), [])


def _repeated(
    one: PublishedEvaluation,
    groups: Sequence[list[PublishedEvaluation]],
    own: frozenset[str],
    known: _Known,
) -> list[PublishedEvaluation]:
    """The one evaluation of the model whose numbers a place without a data set says again."""
    names = {number.name for number in one.published}
    models = [("" if (name := same_name(g[0].model)) in own else name) for g in groups]
    mine = same_name(one.model)
    found = [
        group
        for group, model in zip(groups, models, strict=True)
        if model == ("" if mine in own else mine)
        and names <= {number.name for place in group[:MOST_ALIKE] for number in place.published}
        and _fits(group[0], one)
        and all(known.agree(place, one) is not False for place in group[:MOST_ALIKE])
    ]
    return found[0] if len(found) == 1 else []


def _fits(one: PublishedEvaluation, other: PublishedEvaluation) -> bool:
    """Whether nothing that both places say of an evaluation differs."""
    return all(
        not (first and second) or first == second
        for first, second in (
            (one.split, other.split),
            (one.config, other.config),
            (one.revision, other.revision),
        )
    ) and (_kind(one.task) == _kind(other.task) or "" in (one.task, other.task))


def _kind(task: str) -> str:
    """Whether an evaluation ranks candidates that were given to it; "" is a search."""
    return next((kind for kind in ("rerank", "fusion") if kind in task.lower()), "")


def _copies(one: PublishedEvaluation, other: PublishedEvaluation) -> bool:
    return {n.measure: n.text for n in one.published} == {
        n.measure: n.text for n in other.published
    }
