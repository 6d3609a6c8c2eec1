"""Evaluation conventions one by one: what can be done in more than one way, and who does it how.

An *aspect* is one decision between a ranking and its score; a *rule* is one way to take it. A whole
convention takes one rule of each aspect. `docs/why.md` shows this table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from harness.measures.policy import CONVENTIONS

CHUNKS: Final = (50_000, 10_000, 5_000, 2_048, 1_000)
"""Values of sentence-transformers' corpus_chunk_size that are tried: its default, and what cards
and training scripts name."""

DEPTHS: Final = (10, 100, 1_000)
"""Depths of a ranking that are tried beside the result's own."""


@dataclass(frozen=True)
class Rule:
    """One way to take a decision.

    Attributes:
        name: short, unlike any other of its aspect.
        text: what is done, for people.
        whose: who does it so, with a source where that is not the tool's own manual.
    """

    name: str
    text: str
    whose: str


@dataclass(frozen=True)
class Aspect:
    """One decision that evaluators take in more than one way.

    Attributes:
        name: short: `ties`, `map`.
        about: what is decided, for people.
        rules: the ways.
    """

    name: str
    about: str
    rules: tuple[Rule, ...]

    def __getitem__(self, name: str) -> Rule:
        """The rule of a name.

        Raises:
            KeyError: there is none.
        """
        return next((rule for rule in self.rules if rule.name == name), None) or _absent(name)

    def index(self, name: str) -> int:
        """The place of a rule."""
        return [rule.name for rule in self.rules].index(name)


def _absent(name: str) -> Rule:
    raise KeyError(name)


OWN: Final = Aspect(
    "own",
    "a document whose id is the query's",
    (
        Rule("kept", "it is ranked like any other", "sentence-transformers, trec_eval"),
        Rule("left out", "it is taken out of the ranking", "BEIR; mteb (ignore_identical_ids)"),
    ),
)
ZEROS: Final = Aspect(
    "zeros",
    "documents that share no term with the query",
    (
        Rule("ranked", "they follow the others", "sentence-transformers (scores densely)"),
        Rule("not ranked", "they are no part of the ranking", "inverted indexes: Anserini, PISA"),
    ),
)
REPEATS: Final = Aspect(
    "repeats",
    "a document that is listed twice among the relevant",
    (
        Rule(
            "counted",
            "it counts twice in every denominator",
            "sentence-transformers with relevant_docs as lists",
        ),
        Rule("once", "it counts once", "sets and dicts: mteb, BEIR, ranx"),
    ),
)
QUERIES: Final = Aspect(
    "queries",
    "the queries that the mean is over",
    (
        Rule("relevant", "those with a relevant document", "sentence-transformers"),
        Rule("judged", "all that are judged, relevant or not", "trec_eval -c"),
        Rule(
            "answered",
            "those with a relevant document and a ranking",
            "trec_eval without -c, with qrels of relevant documents only",
        ),
        Rule("judged and answered", "those judged that have a ranking", "trec_eval without -c"),
        Rule("asked", "all queries, judged or not", "scripts that divide by the queries asked"),
    ),
)
GAINS: Final = Aspect(
    "gains",
    "the gain of a document in nDCG and DCG",
    (
        Rule("binary", "1 for each relevant document", "sentence-transformers"),
        Rule("grades", "its grade", "trec_eval, mteb, BEIR (Järvelin and Kekäläinen 2002)"),
        Rule("exponential", "2^grade - 1", "Burges et al. 2005: LightGBM, ranx ndcg_burges"),
    ),
)
MAP: Final = Aspect(
    "map",
    "what average precision is divided by",
    (
        Rule(
            "min(k, R)", "the cutoff or the relevant documents, the fewer", "sentence-transformers"
        ),
        Rule("R", "the relevant documents", "trec_eval map_cut, mteb, BEIR, ranx"),
        Rule("found", "the relevant documents found", "torchmetrics RetrievalMAP(top_k)"),
    ),
)
RECALL: Final = Aspect(
    "recall",
    "what recall is",
    (
        Rule("R", "relevant documents found, divided by all", "sentence-transformers, trec_eval"),
        Rule("min(k, R)", "divided by the cutoff where that is less", "BEIR R_cap"),
        Rule("any", "1 if one is found", "DPR, whose top-k accuracy is often called recall"),
    ),
)
MRR: Final = Aspect(
    "mrr",
    "where the reciprocal rank stops",
    (
        Rule("k", "at the cutoff", "sentence-transformers, MS MARCO"),
        Rule("depth", "at the end of the ranking", "trec_eval recip_rank"),
    ),
)
PRECISION: Final = Aspect(
    "precision",
    "what precision is divided by",
    (
        Rule("k", "the cutoff", "sentence-transformers, trec_eval"),
        Rule(
            "retrieved",
            "the documents retrieved where these are fewer",
            "torchmetrics RetrievalPrecision(adaptive_k=True)",
        ),
    ),
)

ANY: Final = Rule(
    "any order",
    "equal scores in some order that no rule here gives",
    "sentence-transformers before its commit 110bb37e (2026-07-31): torch.topk's, which depends on "
    "device and corpus_chunk_size",
)
"""Of `ties`; it is no single order, so it is tried only where none fits."""


def ties(chunks: Sequence[int], *, corpus: bool) -> Aspect:
    """The orders of documents of equal score.

    Args:
        chunks: sizes of chunks for torch.topk's order.
        corpus: whether the order of the corpus is known.
    """
    rules = [
        Rule(
            convention.name,
            f"by document id, {convention.ties.doc_ids}; scores as {convention.ties.scores}",
            convention.after,
        )
        for convention in CONVENTIONS.values()
    ]
    if corpus:
        rules += [
            Rule("corpus", "the first of the corpus first", "stable sorts over a score matrix"),
            Rule("corpus reversed", "the last of the corpus first", "numpy argsort()[::-1]"),
        ]
    rules += [
        Rule(
            f"topk {size}",
            f"as torch.topk on a CPU and a heap leave it with corpus_chunk_size {size:,}",
            "sentence-transformers before its commit 110bb37e (2026-07-31)",
        )
        for size in chunks
    ]
    return Aspect("ties", "documents of equal score", tuple(rules))


def depth(depths: Sequence[int]) -> Aspect:
    """How many documents of a ranking are kept."""
    return Aspect(
        "depth",
        "how deep the ranking goes",
        tuple(Rule(str(n), f"{n:,} documents", "a setting of every tool") for n in depths),
    )


def level(levels: Sequence[int]) -> Aspect:
    """The lowest relevant grade."""
    return Aspect(
        "level",
        "the lowest grade that is relevant",
        tuple(
            Rule(str(n), f"grade {n} or more", "trec_eval -l; 2 for TREC Deep Learning")
            for n in levels
        ),
    )
