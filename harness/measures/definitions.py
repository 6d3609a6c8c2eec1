"""Every retrieval measure as one row: what it is, what computes it, and on which documents.

To add a measure: a row here, and a function of the same name in `tests/support/oracle.py`, where it
is written again in plain Python. A kernel that is neither in `ranx.metrics` nor here yet needs its
few lines of numpy too: in `harness.measures.small_runs`, where each kernel of ranx has its twin, or
in `harness.measures.judged`.
"""

from typing import Literal, NamedTuple

Documents = Literal["relevant", "graded", "capped", "judged"]
"""Which documents a kernel is given for each query.

relevant    those of the policy's relevance level or more, each of gain 1: R of them
graded      where the policy has graded gains those of a grade above 0, whatever the level, with the
            grade as gain; elsewhere as `relevant`
capped      as `relevant`; where the policy caps map, of these the best ranked k only, so that a
            kernel that divides by their number divides by min(k, R)
judged      every judged document; computed by `harness.measures.judged` on all paths
"""

Cutoff = Literal["needed", "possible", "none"]
"""Whether the measure's name ends with a cutoff (`@10`)."""

JARVELIN = "Järvelin and Kekäläinen 2002, doi:10.1145/582415.582418"
BURGES = "Burges et al. 2005, doi:10.1145/1102351.1102363"
BPREF = "Buckley and Voorhees 2004, doi:10.1145/1008992.1009000, as trec_eval has it since 8.0"
RBP = "Moffat and Zobel 2008, doi:10.1145/1416950.1416952"


class Definition(NamedTuple):
    """One measure at cutoff k; R is the number of relevant documents of a query.

    Attributes:
        text: what it is, for people, with its source where that is not a textbook.
        kernel: the function of `ranx.metrics` that computes it, or of `harness.measures.judged`.
        documents: the documents given to the kernel.
        cutoff: whether it is taken at a cutoff.
        persistence: whether it takes a persistence p, as `rbp(p=0.8)`.
        unbounded: whether it is a sum without an upper end and not a share of 0 to 1; a published
            value above 1 is then no percentage.
        exponential: whether gains are powers of two.
        spellings: other names of the same definition, lower-case, words joined by underscores.
    """

    text: str
    kernel: str
    documents: Documents = "relevant"
    cutoff: Cutoff = "needed"
    persistence: bool = False
    unbounded: bool = False
    exponential: bool = False
    spellings: tuple[str, ...] = ()


TABLE = {
    "accuracy": Definition(
        "1 if a relevant document is among the first k, else 0 (sentence-transformers; hit rate in "
        "ranx, success in trec_eval)",
        "hit_rate",
        spellings=("acc", "hit", "hits", "hit_rate", "hitrate", "success"),
    ),
    "precision": Definition(
        "relevant documents among the first k, divided by k",
        "precision",
        spellings=("p", "prec"),
    ),
    "recall": Definition(
        "relevant documents among the first k, divided by R",
        "recall",
        spellings=("r",),
    ),
    "ndcg": Definition(
        f"dcg@k divided by that of the ideal ranking ({JARVELIN}, with linear gains)",
        "ndcg",
        documents="graded",
    ),
    "mrr": Definition(
        "1 / rank of the first relevant document among the first k, else 0",
        "reciprocal_rank",
        spellings=("rr",),
    ),
    "map": Definition(
        "sum of the precision at each relevant document among the first k, divided by R "
        "(trec_eval: map_cut) or by min(k, R) (sentence-transformers)",
        "average_precision",
        documents="capped",
        spellings=("ap",),
    ),
    "f1": Definition(
        "harmonic mean of precision@k and recall@k (van Rijsbergen 1979); trec_eval's set_F where "
        "every ranking has k documents",
        "f1",
    ),
    "dcg": Definition(
        f"sum of gain / log2(rank + 1) over the first k ({JARVELIN}, with linear gains)",
        "dcg",
        documents="graded",
        unbounded=True,
    ),
    "dcg_burges": Definition(
        f"sum of (2^gain - 1) / log2(rank + 1) over the first k ({BURGES})",
        "dcg_burges",
        documents="graded",
        unbounded=True,
        exponential=True,
    ),
    "ndcg_burges": Definition(
        f"dcg_burges@k divided by that of the ideal ranking ({BURGES})",
        "ndcg_burges",
        documents="graded",
        exponential=True,
    ),
    "r_precision": Definition(
        "relevant documents among the first R, divided by R (trec_eval: Rprec)",
        "r_precision",
        cutoff="none",
        spellings=("r_prec", "rprec", "rprecision"),
    ),
    "rbp": Definition(
        # ranx weighs by grade, so that a query may score above 1 (3 for a first document of grade
        # 3 at p = 0); by the definition a document is relevant or not, so it is given gains of 1.
        f"(1 - p) times the sum of p^(rank - 1) over the relevant documents ({RBP})",
        "rank_biased_precision",
        cutoff="none",
        persistence=True,
        spellings=("rank_biased_precision",),
    ),
    "num_rel_ret": Definition(
        # Not `hits`, as ranx calls it: on model cards that is the hit rate.
        "relevant documents in the ranking, or among its first k (trec_eval: num_rel_ret, of which "
        "its summary gives the sum and this the mean over the queries)",
        "hits",
        cutoff="possible",
        unbounded=True,
    ),
    "bpref": Definition(
        # Not by ranx: where no document is judged and not relevant its kernel divides 0 by 0 (NaN
        # where trec_eval gives the share of relevant documents retrieved), where none is relevant
        # too, and it takes grades below 0 for judged where trec_eval does not.
        "sum over the retrieved relevant documents of 1 - min(n, R) / min(N, R), divided by R: of "
        "the N documents judged and not relevant (grade 0 up to the level) n are ranked before it "
        f"({BPREF})",
        "bpref",
        documents="judged",
        cutoff="none",
    ),
    "judged": Definition(
        # ranx has it not. Grades below 0 count as judged, as in ir_measures.
        "documents with a judgement among the first k, divided by k or by the length of the "
        "ranking where that is less (ir_measures: Judged@k)",
        "judged",
        documents="judged",
    ),
}
