"""Who made the numbers: a definition binds only those whose tool has it.

======================  ============================================================================
sentence-transformers   binary gains, one ranking for all measures, MAP over min(k, R)
mteb                    pytrec_eval's precision, recall and MAP (over R); nDCG with graded gains;
                        MRR and hit rate in an order of ties of their own; means over subsets
trec_eval               one ranking for all measures; nDCG with graded gains; MAP over R
unknown                 any of these, or capped recall, or something else
======================  ============================================================================
"""

import re
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from harness.card import PublishedEvaluation
from harness.claims.published import PublishedNumber, similarity
from harness.collection.printed_names import collection_of
from harness.measures.names import Measure, parse_name

MakerName = Literal["sentence-transformers", "mteb", "trec_eval", "unknown"]


class Maker(NamedTuple):
    """Who made numbers, how that is known, and which definitions bind them.

    Attributes:
        name: the tool.
        why: what shows it.
        laws: measures that are held against each other, by name.
        hull: those that are held against everything that one query can give.
        certain: whether what breaks a law is impossible; otherwise it is suspicious.
        counts: whether the numbers are counts of one set: without that, no count rules them out.
        vectors: whether active dims are averaged as sentence-transformers does.
        rounds: how far a number may be off because it is a mean of rounded ones: mteb rounds those
            of each subset to five places, authors their tables to four.
    """

    name: MakerName
    why: str
    laws: frozenset[str]
    hull: frozenset[str]
    certain: bool
    counts: bool
    vectors: bool
    rounds: float = 0.0


_ALL: Final = frozenset({"accuracy", "precision", "recall", "map", "mrr", "ndcg"})
_MTEB_CUTOFFS: Final = frozenset({1, 3, 5, 10, 20, 100, 1000})
_TREC_CUTOFFS: Final = frozenset({15, 30, 200, 500})
_MEAN: Final = re.compile(r"(?<![a-z])(?:mean|avg|average|overall|macro|micro|all)(?![a-z])")
_NANO: Final = re.compile(r"nanobeir_(?!r\d)([a-z]+)")

SENTENCE_TRANSFORMERS: Final = Maker(
    "sentence-transformers",
    "its evaluators alone put a score function before a measure",
    _ALL,
    _ALL,
    certain=True,
    counts=True,
    vectors=True,
)
_UNKNOWN: Final = Maker(
    "unknown",
    "no score function stands before a measure, and no other tool prints this choice of measures",
    frozenset({"accuracy", "precision", "recall"}),
    frozenset({"accuracy", "precision", "recall"}),
    certain=False,
    counts=False,
    vectors=False,
    rounds=0.5e-5,
)
_MTEB: Final = _UNKNOWN._replace(
    name="mteb",
    laws=frozenset({"precision", "recall", "map"}),
    hull=frozenset({"precision", "recall"}),
    certain=True,
)
_TREC_EVAL: Final = _UNKNOWN._replace(
    name="trec_eval",
    laws=_ALL - {"ndcg"},
    hull=_ALL - {"ndcg", "map"},
    certain=True,
)


def maker_of(one: PublishedEvaluation, numbers: Iterable[PublishedNumber]) -> Maker:
    """Who made the numbers of an evaluation.

    Args:
        one: the evaluation, with its name and its type.
        numbers: those of its numbers that are asked about.
    """
    listed = list(numbers)
    if any(similarity(number.measure) for number in listed):
        return SENTENCE_TRANSFORMERS
    if any(re.match(r"mteb[ /_:-]", name.lower()) for name in (one.dataset, one.dataset_type)):
        return _MTEB._replace(why="the card's name for the data set begins with mteb's")
    cutoffs = _cutoffs(listed)
    every = frozenset().union(*cutoffs.values())
    if len(cutoffs) > 2 and every <= _MTEB_CUTOFFS and {3, 1000} <= every:
        return _MTEB._replace(why="these measures are at mteb's cutoffs")
    if every & _TREC_CUTOFFS and cutoffs.get("precision"):
        return _TREC_EVAL._replace(why="these measures are at trec_eval's cutoffs")
    return _UNKNOWN


def _cutoffs(numbers: Iterable[PublishedNumber]) -> dict[str, set[int]]:
    """The cutoffs of each measure of the ranking."""
    found: dict[str, set[int]] = {}
    for number in numbers:
        parsed = parse_name(number.name)
        if parsed is not None and isinstance(parsed.measure, Measure) and parsed.measure.cutoff:
            found.setdefault(parsed.measure.name, set()).add(parsed.measure.cutoff)
    return found


def aggregate(one: PublishedEvaluation, maker: Maker) -> tuple[Maker, str]:
    """The maker with what binds a mean over several sets, and why the numbers are one.

    Every law that is linear holds of a mean of means. A mean over sets has no one number of
    queries, and no mean over its own texts. What else may be made of several sets (their median:
    `aggregate_fn` of NanoBEIREvaluator) is bound by nothing.

    Returns:
        The maker itself and "" where the name tells of no aggregate.
    """
    name = one.dataset.lower()
    nano = _NANO.match(name)
    sets = next((meant.ids for meant in collection_of(one.dataset) if len(meant.ids) > 1), ())
    if nano is not None and nano[1] != "mean":
        none = frozenset[str]()
        bare = maker._replace(laws=none, hull=none, counts=False, vectors=False)
        return bare, f"'{one.dataset}' is made of several sets, and not by their mean"
    if nano is None and not sets and not _MEAN.search(name):
        return maker, ""
    why = f"'{one.dataset}' is a mean over several sets, by its name"
    # A dump of NanoBEIREvaluator's means is one of full doubles.
    rounds = 0.0 if maker is SENTENCE_TRANSFORMERS and one.full_precision else 0.5e-4
    return maker._replace(counts=False, vectors=False, rounds=rounds), why
