"""Which convention a number follows: the same ranking scores differently under each.

==================  ===================================  =====================================
.                   st                                   trec
==================  ===================================  =====================================
after               sentence-transformers 6.2            trec_eval 9 with -c -M cutoff
ties                doc id ascending                     float32 scores, doc id descending
evaluated queries   those with a relevant document       all that are judged, relevant or not
relevant            grade >= level                       grade >= level (its -l)
a doc listed twice  counts twice in every denominator    refused
gains of ndcg       1 for each relevant document         the grade of any document above 0
map divides by      min(cutoff, relevant documents)      relevant documents
==================  ===================================  =====================================

Under both, an evaluated query that the run leaves unanswered scores 0 and is counted: leaving it
out, as trec_eval does without -c, rewards a system for giving up. A ranking shorter than the cutoff
is not excused either (precision divides by the cutoff).
"""

from dataclasses import dataclass
from typing import get_args

from harness.data.run import Ties
from harness.errors import InputError


@dataclass(frozen=True)
class Policy:
    """A convention of the table above.

    Attributes:
        name: `st` or `trec`.
        level: the lowest grade that is relevant; 2 for the binary measures of TREC Deep Learning.

    Raises:
        InputError: another name, or a level below 1.
    """

    name: Ties = "st"
    level: int = 1

    def __post_init__(self) -> None:
        if self.name not in get_args(Ties):
            raise InputError(
                f"'{self.name}' is no policy: choose one of {', '.join(get_args(Ties))}."
            )
        if self.level < 1:
            raise InputError(f"The relevance level is {self.level}; it must be 1 or more.")

    def __str__(self) -> str:
        return self.name if self.level == 1 else f"{self.name}, relevant from grade {self.level}"
