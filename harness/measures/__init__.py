"""Scores of a run against judgements: measures, policies, and what computes them.

Read `policy` (the conventions), `definitions` (the measures), `names` (how they are spelled), then
`scoring`, whose `hits` are what all kernels see; `ranx_kernels` and `small_runs` compute the same
numbers, the second without a compiler. `sparsity` stands apart: it measures the vectors and not the
ranking. `near_ties` and `intervals` say within what another machine may print each number.

What is named here is loaded when it is asked for: the command line shows the names of policies and
measures without numpy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.measures.policy import Policy
    from harness.measures.scoring import Counts, Scores, score

__all__ = ["Counts", "Policy", "Scores", "score"]

_HOMES = {"Counts": "scoring", "Policy": "policy", "Scores": "scoring", "score": "scoring"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a class or a function
    """Load a name of this package from its module (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
