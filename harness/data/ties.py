"""Tie-break: when two scores are equal, and which of the two documents is ranked first then.

Without one a ranking is not defined, and the rules in use change reported numbers. Which rule
belongs to which evaluator is the table of `harness.measures.policy`. This module imports nothing
heavy, so that the command line can show the names of the policies at once.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from harness.errors import InputError

Direction = Literal["ascending", "descending"]
Width = Literal["float32", "float64"]


@dataclass(frozen=True)
class Ties:
    """A tie-break rule: scores descending, then document ids one way or the other.

    Attributes:
        doc_ids: which end of the order of ids goes first. Ids compare by code point, which is the
            byte order of their UTF-8.
        scores: as what numbers scores are compared; two that differ in float64 may tie as float32.

    Raises:
        InputError: another word in either place.
    """

    doc_ids: Direction
    scores: Width = "float64"

    def __post_init__(self) -> None:
        if self.doc_ids not in get_args(Direction):
            raise InputError(
                f'Ties are resolved "ascending" or "descending", not "{self.doc_ids}".'
            )
        if self.scores not in get_args(Width):
            raise InputError(f'Scores are compared as float32 or float64, not "{self.scores}".')

    @property
    def descending(self) -> bool:
        """Whether the last id goes first."""
        return self.doc_ids == "descending"
