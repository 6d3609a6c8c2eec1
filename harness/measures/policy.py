"""Evaluation policy: which convention a number follows; one ranking scores differently under each.

==================  ===================================  =====================================
.                   st                                   trec
==================  ===================================  =====================================
after               sentence-transformers 6.2            trec_eval 9 with -c -M cutoff
ties                doc id ascending                     float32 scores, doc id descending
score 0 and below   ranked like any other                not ranked by a search
evaluated queries   those with a relevant document       all that are judged, relevant or not
relevant            grade >= level                       grade >= level (its -l)
a doc listed twice  counts twice in every denominator    refused
gains of ndcg, dcg  1 for each relevant document         the grade of any document above 0
map divides by      min(cutoff, relevant documents)      relevant documents
==================  ===================================  =====================================

`trec10` is `trec` as trec_eval 10.0 has it: since its commit dc0c991 scores are compared as double
and not as float, so that 20.000000001 is ranked before 20.0 and not tied with it.

Under each of them, an evaluated query that the run leaves unanswered scores 0 and is counted:
leaving it out, as trec_eval does without -c, rewards a system for giving up. A ranking shorter than
the cutoff is not excused either (precision divides by the cutoff).

A measure that sentence-transformers does not have reads the qrels under `st` as its others do:
every gain is 1, and the mean is over the queries with a relevant document. So `dcg`, `dcg_burges`
and `ndcg_burges` weigh all relevant documents alike there, and `ndcg_burges` is `ndcg`.

The facts of the table are data here, and no other module asks a policy for its name; nothing heavy
is imported, so that the command line can show the names at once.
"""

from dataclasses import dataclass, replace
from typing import Final

from harness.data.ties import Ties
from harness.errors import InputError


@dataclass(frozen=True)
class Convention:
    """One column of the table above, as facts.

    Attributes:
        name: what it is called by.
        after: the evaluator that it follows.
        ties: the order of documents of equal score.
        ranks_unmatched: whether a search ranks documents that share no term with the query (score
            0) behind those that do, as far as its depth goes.
        graded_gains: whether cumulative gain takes grades, of any document above 0, and not 1 for
            each relevant one.
        caps_map: whether average precision is divided by min(cutoff, relevant documents).
        evaluates_all_judged: whether the mean is over every judged query, and not only over those
            with a relevant document.
        refuses_repeats: whether a document judged twice for one query is an error; where it is
            not, it counts twice in every denominator.
    """

    name: str
    after: str
    ties: Ties
    ranks_unmatched: bool
    graded_gains: bool
    caps_map: bool
    evaluates_all_judged: bool
    refuses_repeats: bool


ST: Final = Convention(
    name="st",
    after="sentence-transformers 6.2",
    ties=Ties("ascending", "float64"),  # since its commit 110bb37e of 2026-07-31
    ranks_unmatched=True,
    graded_gains=False,
    caps_map=True,
    evaluates_all_judged=False,
    refuses_repeats=False,
)
TREC: Final = Convention(
    name="trec",
    after="trec_eval 9 with -c -M cutoff",
    ties=Ties("descending", "float32"),
    ranks_unmatched=False,
    graded_gains=True,
    caps_map=False,
    evaluates_all_judged=True,
    refuses_repeats=True,
)
TREC10: Final = replace(
    TREC,
    name="trec10",
    after="trec_eval 10.0 with -c -M cutoff",
    ties=Ties("descending", "float64"),
)

CONVENTIONS: Final = {convention.name: convention for convention in (ST, TREC, TREC10)}
NAMES: Final = tuple(CONVENTIONS)
"""What `--policy` and an experiment's `policy` can say."""


@dataclass(frozen=True)
class Policy:
    """A convention and the relevance level: all that turns a ranking and judgements into a score.

    Attributes:
        name: one of `NAMES`.
        level: the lowest grade that is relevant; 2 for the binary measures of TREC Deep Learning.

    Raises:
        InputError: another name, or a level below 1.
    """

    name: str = ST.name
    level: int = 1

    def __post_init__(self) -> None:
        if self.name not in CONVENTIONS:
            raise InputError(f"'{self.name}' is no policy: choose one of {', '.join(NAMES)}.")
        if self.level < 1:
            raise InputError(f"The relevance level is {self.level}; it must be 1 or more.")

    def __str__(self) -> str:
        return self.name if self.level == 1 else f"{self.name}, relevant from grade {self.level}"

    @property
    def convention(self) -> Convention:
        """The facts that the name stands for."""
        return CONVENTIONS[self.name]
