"""Reads a model card: the one place that knows every part of it.

It fetches nothing and runs nothing. Whatever the text, it takes time linear in its length and ends
in a card or in an InputError.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from harness.card import (
    Card,
    Disagreement,
    PublishedEvaluation,
    UsageExample,
    front_matter,
    markdown,
    model_index,
    same_name,
)
from harness.card.architecture import read_architecture
from harness.card.front_matter import FrontMatter
from harness.card.joined import joined
from harness.card.markdown import Line
from harness.card.pipe_tables import Table, tables
from harness.card.printed_lines import read_lists, read_logs
from harness.card.prose import read_prose
from harness.card.tables import MOST_NUMBERS, TableFacts, read_table
from harness.card.training import read_training
from harness.card.usage import read_usage
from harness.claims.published import PublishedNumber, bare
from harness.errors import InputError

MOST_SENTENCES: Final = 50
MOST_LINES: Final = 10
"""Numbers of lines in one sentence."""


def read_card(text: str, source: str) -> Card:
    """Read the text of a model card.

    Args:
        text: the whole README.md, front matter included.
        source: what to call it in messages and in the source of every number: `README.md`.

    Raises:
        InputError: the text is empty, no text, or larger than the card of any model.
    """
    parts = markdown.split(markdown.lines_of(text, source))
    fronts = [front_matter.read(front) for front in parts.fronts]
    front = next((f for f in fronts if f.model_index.results), next(iter(fronts), FrontMatter()))
    blocks, prose = markdown.fences(parts.body)
    usage = read_usage(blocks, source)
    name = front.model_index.name or _title(prose)
    indexed, unused = _indexed(fronts, source)
    own = _own(name, usage.example)
    found = tuple(tables(prose, source, blocks))
    facts = [read_table(table, source, own) for table in found]
    logs, lists = read_logs(blocks, source), read_lists(prose, source)
    in_tables = chain.from_iterable(t.evaluations for t in facts)
    printed = (*indexed, *_in_order(chain(in_tables, logs.evaluations, lists.evaluations)))
    running = read_prose(prose, source, printed)
    evaluations = (*printed, *running.evaluations)
    total = sum(len(one.published) for one in evaluations)
    if total > MOST_NUMBERS:
        raise InputError(
            f"{source}: the card has {total:,} numbers, more than {MOST_NUMBERS:,}; give the card "
            "of one model."
        )
    repairs = [sentence for one in fronts for sentence in one.recovered]
    return Card(
        name=markdown.printable(name, 200),
        source=source,
        evaluations=evaluations,
        usage=usage.example,
        architecture=read_architecture(blocks, prose),
        training=read_training(front, blocks, prose),
        disagreements=_disagreements(evaluations, own),
        recovered=_at_most(chain(parts.recovered, repairs, *(t.recovered for t in facts))),
        refused=_at_most(
            chain(
                unused,
                usage.refused,
                *(t.refused for t in facts),
                *(t.refused for t in (logs, lists, running)),
                _measureless(facts, found),
            )
        ),
    )


def _title(prose: Sequence[Line]) -> str:
    return next((title for line in prose if (title := markdown.heading(line.text))), "")


def _own(name: str, usage: UsageExample | None) -> frozenset[str]:
    """What the card's own model may be called at the head of a column."""
    names = [name, *([usage.model_id, usage.model_id.rpartition("/")[2]] if usage else [])]
    return frozenset(plain for n in names if (plain := same_name(n)))


def _indexed(
    fronts: Sequence[FrontMatter], source: str
) -> tuple[tuple[PublishedEvaluation, ...], tuple[str, ...]]:
    """The evaluations of every block of front matter that have a number, and what was refused."""
    evaluations: list[PublishedEvaluation] = []
    refused: list[str] = []
    for block, front in enumerate(fronts, start=1):
        place = "front matter" if block == 1 else f"front matter block {block}"
        model_index.count(front.model_index.results, f"{source} {place}")
        for result in model_index.merged(front.model_index.results):
            named = f" of {shown}" if same_name(shown := result.data_set) else ""
            where = f"{source} {place}, model-index{named}"
            found, troubles = model_index.evaluations(result, where)
            evaluations += found
            refused += troubles
    return tuple(evaluations), tuple(refused)


def _measureless(facts: Sequence[TableFacts], found: Sequence[Table]) -> Iterator[str]:
    """One sentence on all tables with numbers that name no measure: sizes, settings, statistics."""
    lines = [table.line for fact, table in zip(facts, found, strict=True) if fact.measureless]
    if lines:
        shown = ", ".join(map(str, lines[:MOST_LINES])) + (
            ", ..." if len(lines) > MOST_LINES else ""
        )
        yield f"Tables with numbers that name no measure (lines {shown}) were not used."


def _in_order(evaluations: Iterable[PublishedEvaluation]) -> tuple[PublishedEvaluation, ...]:
    """The tables' evaluations, each told which one of its name it is."""
    seen = Counter[tuple[str, str, str]]()
    found: list[PublishedEvaluation] = []
    for one in evaluations:
        name = (same_name(one.model), same_name(one.dataset), one.task)
        seen[name] += 1
        found.append(replace(one, order=seen[name]))
    return tuple(found)


def _disagreements(
    evaluations: Iterable[PublishedEvaluation], own: frozenset[str]
) -> tuple[Disagreement, ...]:
    """Each number that is no rounding of the first one printed for the same measure.

    A table says `ndcg@10` where the metadata says `dot_ndcg@10`: both are the same measure of the
    same evaluation, unless each names a similarity function and they differ.
    """
    found: list[Disagreement] = []
    for places in joined(evaluations, own):
        first: dict[str, PublishedNumber] = {}
        for number in chain.from_iterable(one.published for one in places):
            earlier = first.setdefault(number.measure, number)
            if earlier is number:
                earlier = first.setdefault(bare(number.measure), number)
            loose = {earlier.measure, number.measure}
            if len(loose) == 2 and bare(number.measure) not in loose:
                continue
            if not (number.holds(earlier.value) or earlier.holds(number.value)):
                found.append(Disagreement(places[0].dataset, earlier, number))
    return tuple(found)


def _at_most(sentences: Iterable[str]) -> tuple[str, ...]:
    listed = list(sentences)
    if len(listed) <= MOST_SENTENCES:
        return tuple(listed)
    return (*listed[:MOST_SENTENCES], f"... and {len(listed) - MOST_SENTENCES:,} more.")
