"""Diagnostics: what looks wrong with an evaluation although every number in it is right."""

from collections.abc import Iterator

from harness.pipeline.evaluate import EncodingStats, Evaluation

DEAD_SHARE = 0.5
"""Of all dimensions active on average: a SPLADE vector has under 2 % (sentence-transformers issue
3431 met a collapsed model with all of them)."""

DENSE_SHARE = 0.1
"""Active on average: no sparse encoder that works is this dense; it is being run as a dense one, or
its regularization has failed."""

TRUNCATED_SHARE = 0.05
UNKNOWN_SHARE = 0.05


def alarms(evaluation: Evaluation, vocab_size: int) -> tuple[str, ...]:
    """Sentences for a reader of the scores; none where nothing looks wrong."""
    return (
        *_side("queries", evaluation.queries, vocab_size),
        *_side("documents", evaluation.documents, vocab_size),
        *_unmatched(evaluation),
    )


def _side(name: str, texts: EncodingStats, vocab_size: int) -> Iterator[str]:
    share = texts.activity.active / texts.texts / vocab_size
    if share > DEAD_SHARE:
        yield f"Dead model: on average {share:.0%} of all dimensions of the {name} are active."
    elif share > DENSE_SHARE:
        yield f"Hardly sparse: on average {share:.0%} of all dimensions of the {name} are active."
    if texts.empty:
        yield f"{texts.empty:,} of {texts.texts:,} {name} have no active dimension: no match."
    if texts.truncated is None or texts.unknown is None or texts.tokens is None:
        return
    if texts.truncated > TRUNCATED_SHARE * texts.texts:
        part = texts.truncated / texts.texts
        yield f"{texts.truncated:,} {name} ({part:.1%}) were cut at the length limit of the model."
    if texts.unknown > UNKNOWN_SHARE * texts.tokens:
        part = texts.unknown / texts.tokens
        yield f"{part:.1%} of the tokens of the {name} are unknown to the tokenizer."


def _unmatched(evaluation: Evaluation) -> Iterator[str]:
    asked = evaluation.queries.texts
    if evaluation.unmatched:
        yield f"{evaluation.unmatched:,} of {asked:,} queries share no dimension with any document."
