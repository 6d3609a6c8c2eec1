"""Several systems: adjusted p of all pairs, and groups of systems that nothing tells apart."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from harness.significance.paired import Floats


def holm(p: Sequence[float]) -> Floats:
    """Holm's step-down adjustment: controls the chance of one false alarm or more.

    Source: Holm 1979, A simple sequentially rejective multiple test procedure, Scandinavian Journal
    of Statistics 6(2).

    Args:
        p: of each test, any number of them.

    Returns:
        float64, in the order of `p`.
    """
    found = np.asarray(p, np.float64)
    order = np.argsort(found, kind="stable")
    raised = np.maximum.accumulate(found[order] * np.arange(len(found), 0, -1))
    adjusted = np.empty_like(found)
    adjusted[order] = np.minimum(raised, 1.0)
    return adjusted


def benjamini_hochberg(p: Sequence[float]) -> Floats:
    """Benjamini and Hochberg's adjustment: controls the share of false alarms among the alarms.

    Source: Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x.

    Args:
        p: of each test, any number of them.

    Returns:
        float64, in the order of `p`.
    """
    found = np.asarray(p, np.float64)
    count = len(found)
    order = np.argsort(-found, kind="stable")
    lowered = np.minimum.accumulate(found[order] * count / np.arange(count, 0, -1))
    adjusted = np.empty_like(found)
    adjusted[order] = np.minimum(lowered, 1.0)
    return adjusted


def groups(systems: Sequence[str], apart: set[frozenset[str]]) -> tuple[tuple[str, ...], ...]:
    """The largest groups of systems of which no two are told apart.

    A system may be in several groups: being not told apart goes from neighbour to neighbour and no
    further. It is the compact letter display of Piepho 2004, doi:10.1198/1061860043515 (insert and
    absorb).

    Args:
        systems: best first.
        apart: pairs that differ.

    Returns:
        The groups in the order of their best system, each in the order of `systems`.
    """
    found: list[frozenset[str]] = [frozenset(systems)]
    for one, other in combinations(systems, 2):
        if frozenset((one, other)) not in apart:
            continue
        split = [part for group in found for part in _without_both(group, one, other)]
        unlike = list(dict.fromkeys(split))
        found = [group for group in unlike if not any(group < larger for larger in unlike)]
    place = {system: number for number, system in enumerate(systems)}
    listed = [tuple(sorted(group, key=place.__getitem__)) for group in found]
    return tuple(sorted(listed, key=lambda group: [place[system] for system in group]))


def _without_both(group: frozenset[str], one: str, other: str) -> tuple[frozenset[str], ...]:
    """A group that has both of two systems as two that have one each."""
    return (group - {one}, group - {other}) if {one, other} <= group else (group,)
