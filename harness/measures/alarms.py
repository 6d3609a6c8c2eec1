"""Alarms of a scored run: what looks wrong with run and qrels although every score is right."""

import re
from collections.abc import Iterator

from harness.data.qrels import Qrels
from harness.data.run import Run
from harness.measures.scoring import Scores

OWN_SHARE = 0.05
"""Of the queries: this many that find the document of their own id first are no accident."""


def run_alarms(run: Run, qrels: Qrels, found: Scores, level: int) -> tuple[str, ...]:
    """Sentences for a reader of the scores; none where nothing looks wrong.

    A run without one judged document scores 0 in every measure, and so does one whose ids are
    spelled otherwise than those of the qrels. The first may be true of a small run, so it is an
    alarm and no error.

    Args:
        run: what was scored.
        qrels: the judgements it was scored with.
        found: what came of it.
        level: the lowest grade that is relevant.
    """
    return (
        *_without_judged(run, qrels, found.query_ids),
        *identical_ids(run, qrels, found.query_ids, level),
    )


def identical_ids(
    run: Run, qrels: Qrels, query_ids: tuple[str, ...], level: int
) -> tuple[str, ...]:
    """The hint at --ignore-identical-ids: query ids that are document ids, found first.

    In ArguAna and Quora a query is itself a document, which no judgement calls relevant; BEIR takes
    it out of the ranking, and a score with it is too low.

    Args:
        run: the rankings.
        qrels: the judgements.
        query_ids: the evaluated queries.
        level: the lowest grade that is relevant.
    """
    own = sum(
        query_id in run.docs(query_id)[:1] and query_id not in qrels.relevant(query_id, level)
        for query_id in query_ids
    )
    if not own or own < OWN_SHARE * len(query_ids):
        return ()
    return (
        f"{own:,} of {len(query_ids):,} queries find the document of their own id first, and it is "
        "not relevant: where queries are documents themselves (ArguAna, Quora), BEIR takes these "
        "out of the rankings, as `harness eval --ignore-identical-ids` does.",
    )


def _without_judged(run: Run, qrels: Qrels, query_ids: tuple[str, ...]) -> Iterator[str]:
    answered = [query_id for query_id in query_ids if len(run.docs(query_id))]
    lacking = []
    for query_id in answered:
        judged = {judgement.doc_id for judgement in qrels.by_query[query_id]}
        if judged.isdisjoint(run.docs(query_id)):
            lacking.append(query_id)
    if not lacking:
        return
    count = "None" if len(lacking) == len(answered) else f"{len(answered) - len(lacking):,}"
    yield (
        f"{count} of {len(answered):,} answered queries has a judged document in its ranking; the "
        f"others (first: '{lacking[0]}') score 0.{_spelling(run, qrels)}"
    )


def _spelling(run: Run, qrels: Qrels) -> str:
    """What tells the ids of a run from those of the qrels, where only spelling does."""
    judged = {j.doc_id for judged in qrels.by_query.values() for j in judged}
    ranked = set(run.doc_ids)
    if not ranked.isdisjoint(judged):
        return ""
    mine, theirs = min(ranked), min(judged)
    for what, plain in (
        ("case", str.casefold),
        ("white space", lambda text: "".join(text.split())),
        ("what stands before or after a number", _number),
    ):
        same = {plain(text): text for text in judged if plain(text)}
        both = next((text for text in sorted(ranked) if plain(text) in same), None)
        if both is not None:
            return (
                f" Run and qrels have no document id in common, and '{both}' and "
                f"'{same[plain(both)]}' differ only in {what}: are these ids spelled two ways?"
            )
    return (
        f" Run and qrels have no document id in common ('{mine}' and '{theirs}', say): are they of "
        "one collection?"
    )


def _number(text: str) -> str:
    """The last digits of an id, without zeros before them: `7` of `msmarco_passage_07`."""
    found = re.findall(r"[0-9]+", text)
    return found[-1].lstrip("0") if found else ""
