"""Several evaluations of one name in one list of metrics, told apart.

sentence-transformers puts every evaluation of a name into one result of a model-index, all keys of
the first and then all keys of the next.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Final, NamedTuple

from harness.claims.published import bare, similarity
from harness.measures.names import SIMILARITIES, SPARSITY

MOST_COPIES: Final = 16
"""Evaluations of one name that a further one is looked for among."""

_ORDER = {
    name: at
    for at, name in enumerate(("accuracy", "precision", "recall", "ndcg", "mrr", "map", *SPARSITY))
}
"""The order in which sentence-transformers' evaluator writes its measures."""


class Claim(NamedTuple):
    """A measure and its digits, before the scale of the whole result is known."""

    key: str
    text: str


def in_turn(claims: Sequence[Claim]) -> list[dict[str, str]]:
    """Claims of several evaluations, written one after the other, by evaluation.

    A key that comes again begins the next one. Where that has keys of its own before, they stand
    behind the last step back in the evaluator's order of measures, and go over with it. An
    evaluation that says nothing new is left out.
    """
    turns: list[dict[str, str]] = []
    begin, at, seen = 0, 0, dict[str, int]()
    while at < len(claims):
        if claims[at].key in seen:
            step = _last_step_back(claims[begin:at])
            following = _until_repeat(claims, at)
            own = {claim.key for claim in claims[begin + step : at]} if step else set()
            end = begin + step if own and own.isdisjoint(following) else at
            turns.append({claim.key: claim.text for claim in claims[begin:end]})
            begin, seen = end, {claim.key: 0 for claim in claims[end:at]}
        seen[claims[at].key] = at
        at += 1
    turns.append({claim.key: claim.text for claim in claims[begin:]})
    kept: list[dict[str, str]] = []
    for turn in turns:
        if not any(turn.items() <= earlier.items() for earlier in kept[:MOST_COPIES]):
            kept.append(turn)
    return kept


def _last_step_back(claims: Sequence[Claim]) -> int:
    """Where claims go back in the order in which the evaluator writes; 0: nowhere, or not its."""
    ranks: list[tuple[int, int]] = []
    functions: dict[str | None, int] = {}
    for claim in claims:
        function, name = similarity(claim.key), bare(claim.key)
        if function is None and name not in SPARSITY:
            return 0
        first = (
            len(SIMILARITIES)
            if name in SPARSITY
            else functions.setdefault(function, len(functions))
        )
        ranks.append((first, _ORDER.get(name.partition("@")[0], 0)))
    return max((at for at in range(1, len(ranks)) if ranks[at] < ranks[at - 1]), default=0)


def _until_repeat(claims: Sequence[Claim], begin: int) -> set[str]:
    """The keys from `begin` on, up to the first that comes again."""
    keys: set[str] = set()
    for claim in islice(claims, begin, None):
        if claim.key in keys:
            break
        keys.add(claim.key)
    return keys
