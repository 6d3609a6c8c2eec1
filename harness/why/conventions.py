"""Whole conventions: the rules that a result was scored by, and those of well-known evaluators."""

from collections.abc import Mapping

from harness.experiment.parts import EvaluationInfo
from harness.measures.policy import CONVENTIONS, ST, Policy
from harness.why.rules import ANY, CHUNKS

_WITH_C = "with -c -M cutoff"


def own_rules(evaluation: EvaluationInfo) -> Mapping[str, str]:
    """The rule of each aspect that a result was scored by.

    Raises:
        InputError: its policy is none of ours.
    """
    convention = Policy(evaluation.policy, evaluation.relevance_level).convention
    return {
        "own": "left out" if evaluation.ignore_identical_ids else "kept",
        "ties": convention.name,
        "zeros": "ranked" if convention.ranks_unmatched else "not ranked",
        "depth": str(evaluation.depth),
        "level": str(evaluation.relevance_level),
        "repeats": "once" if convention.refuses_repeats else "counted",
        "queries": "judged" if convention.evaluates_all_judged else "relevant",
        "gains": "grades" if convention.graded_gains else "binary",
        "map": "min(k, R)" if convention.caps_map else "R",
        "recall": "R",
        "mrr": "k",
        "precision": "k",
    }


def tools() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Evaluators as wholes: the rules that each can take of every aspect that it decides."""
    whole = {
        convention.after: {
            aspect: (rule,)
            for aspect, rule in own_rules(
                EvaluationInfo(policy=convention.name, relevance_level=1, depth=100)
            ).items()
            if aspect not in ("depth", "level")
        }
        for convention in CONVENTIONS.values()
    }
    topk = tuple(f"topk {size}" for size in CHUNKS)
    before = whole[ST.after] | {"ties": (*topk, ANY.name)}
    without_c = {
        name.replace(_WITH_C, "without -c"): decided | {"queries": ("judged and answered",)}
        for name, decided in whole.items()
        if _WITH_C in name
    }
    beir = next(iter(without_c.values())) | {"own": ("left out",)}
    return (
        whole
        | {"sentence-transformers before 2026-07-31": before}
        | without_c
        | {"mteb and BEIR (by pytrec_eval)": beir}
    )
