"""Two systems against original runs of theirs: does the improvement come again?"""

from dataclasses import dataclass

from harness.comparison.align import common_measures, pair
from harness.comparison.systems import System
from harness.significance.rankings import effect_ratio, rmse


@dataclass(frozen=True)
class Repeated:
    """One measure of a repetition.

    Attributes:
        measure: its name.
        base_rmse, new_rmse: root mean square of the per-query differences to the original run.
        effect_ratio: the improvement of new over base divided by the original one; None where that
            is 0.
    """

    measure: str
    base_rmse: float
    new_rmse: float
    effect_ratio: float | None


@dataclass(frozen=True)
class Repetition:
    """A repetition of two original runs (Breuer et al. 2020, doi:10.1145/3397271.3401036).

    Attributes:
        base, new: the names of the original runs.
        measures: each with its figures.
    """

    base: str
    new: str
    measures: tuple[Repeated, ...]


def repetition(base: System, new: System, originals: tuple[System, System]) -> Repetition:
    """Hold two systems against their original runs, on the same queries.

    Raises:
        InputError: the originals are of other queries, or have no measure in common with them.
    """
    names = common_measures((base, new, *originals))
    of_base, of_new = pair(originals[0], base), pair(originals[1], new)
    found = []
    for name in names:
        one, other = of_base.place(name), of_new.place(name)
        was, now = of_base.base[:, one], of_base.new[:, one]
        was_new, now_new = of_new.base[:, other], of_new.new[:, other]
        ratio = effect_ratio((was, was_new), (now, now_new))
        found.append(Repeated(name, rmse(was, now), rmse(was_new, now_new), ratio))
    return Repetition(originals[0].name, originals[1].name, tuple(found))
