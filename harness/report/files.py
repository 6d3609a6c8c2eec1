"""What is written for each experiment: result, run, scores of each query, tables."""

import gzip
import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from harness.claims.compare import Comparison, Verdict
from harness.data.run import Run
from harness.data.trec import write_run
from harness.errors import InputError, UnreachableError
from harness.experiment.parts import ModelInfo, QueryEncoderInfo, RecipeInfo
from harness.experiment.result import Result, read_result, to_json
from harness.measures import Scores
from harness.report.own_files import ENDS, marked, refuse_foreign
from harness.report.tables import (
    comparison_csv,
    comparison_table,
    per_query_csv,
    scores_table,
)
from harness.system import inert
from harness.system.atomic import write_bytes, write_together


def write_all(
    folder: Path,
    result: Result,
    comparisons: tuple[Comparison, ...],
    run: Run,
    ranked: Scores,
) -> Path:
    """Write the files of one result, all of them or none; the result itself is there last.

    Returns:
        The path of the result.

    Raises:
        InputError: a file of that name was not made by harness.
        UnreachableError: something cannot be written.
    """
    refuse_foreign(folder / f"{result.name}{end}" for end in ENDS)
    make_folder(folder)
    contents = {
        ".json": to_json(result).encode(),
        ".run.gz": compressed_run(run),
        ".per-query.csv": per_query_csv(ranked).encode(),
    } | _tables(result, comparisons)
    write_together({folder / f"{result.name}{end}": it for end, it in contents.items()})
    return folder / f"{result.name}.json"


def is_written(folder: Path, result: Result) -> bool:
    """Whether the same result lies there with all its files, provenance aside.

    Provenance is the machine, the time, the versions, and what multiplied and computed the head: a
    committed result is not to change on every machine that finds it true.
    """
    try:
        kept = read_result(folder / f"{result.name}.json")
    except InputError:
        return False
    alike = replace(
        kept,
        provenance=result.provenance,
        model=replace(kept.model, head=result.model.head, products=result.model.products),
    )
    return alike == result and all((folder / f"{result.name}{end}").is_file() for end in ENDS)


def write_tables(stem: Path, result: Result, comparisons: tuple[Comparison, ...]) -> None:
    """Write the comparison as markdown and as CSV: `stem` with .md and .csv after it."""
    for end, content in _tables(result, comparisons).items():
        write_bytes(stem.with_name(f"{stem.name}{end}"), content)


def _tables(result: Result, comparisons: tuple[Comparison, ...]) -> dict[str, bytes]:
    return {
        ".md": marked(markdown(result, comparisons)).encode(),
        ".csv": comparison_csv(comparisons).encode(),
    }


def make_folder(folder: Path) -> None:
    """Make a folder that results go to.

    Raises:
        UnreachableError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnreachableError(f"The folder {folder} cannot be made ({error.strerror}).") from error


def compressed_run(run: Run) -> bytes:
    """The run as a gzipped TREC file; equal runs give equal bytes (no time, no name inside)."""
    text = io.StringIO()
    write_run(run, text)
    return gzip.compress(text.getvalue().encode(), mtime=0)


def markdown(result: Result, comparisons: Iterable[Comparison]) -> str:
    """One page on one result."""
    rows = tuple(comparisons)
    parts = [
        f"# {inert.markdown(result.claims.title or result.name)}",
        "\n".join(map(inert.markdown, measured_on(result).splitlines())),
        verdict_sentence(rows, result),
        comparison_table(rows, "markdown"),
        _sources(result, rows),
        "\n".join(f"- {sentence}" for sentence in _notes(rows, result)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def measured_on(result: Result) -> str:
    """What the scores were measured on, in two lines of plain text."""
    model, collection, evaluation = result.model, result.collection, result.evaluation
    revision = f" at {model.revision[:12]}" if model.revision else ""
    cosine = ", similarity cosine" if evaluation.similarity == "cosine" else ""
    lines = [
        f"Model {model.id}{revision} ({_weights(model)}), "
        f"{_encoding(model.recipe)}, {model.precision}.",
        f"Collection {collection.id}: {collection.documents:,} documents, "
        f"{result.counts.queries:,} queries evaluated (content {collection.sha256[:12]}); "
        f"policy {evaluation.policy}, relevant from grade {evaluation.relevance_level}, "
        f"depth {evaluation.depth}{cosine}.",
    ]
    if model.queries is not None:
        told = _encoding(model.queries.recipe)
        weights = _weights(model.queries)
        lines.insert(1, f"Its queries have an encoder of their own ({weights}): {told}.")
    return "\n".join(map(inert.sentence, lines))


def _weights(encoder: ModelInfo | QueryEncoderInfo) -> str:
    """The hash of the weights, and what is not as usual: their type, a pickle."""
    stored = f", stored in {encoder.stored_dtype}" if encoder.stored_dtype else ""
    read = f", read from the pickle {encoder.weights_file}" if encoder.weights_file else ""
    return f"weights {encoder.weights_sha256[:12]}{stored}{read}"


def _encoding(recipe: RecipeInfo) -> str:
    """How texts become vectors, in a few words."""
    told = f"{recipe.max_length} tokens, {recipe.pooling} pooling"
    if recipe.kind == "static":
        told = "a weight for each term from a table, without a model"
    elif recipe.kind == "sentence-transformers":
        told = "encoded by sentence-transformers"
    return ", then ".join((told, *(recipe.steps or ())))


def summary(result: Result, comparisons: tuple[Comparison, ...]) -> str:
    """A result for a terminal: what it was measured on, the table, the verdict."""
    claimed = any(comparison.published for comparison in comparisons)
    table = comparison_table(comparisons) if claimed else scores_table(result.scores)
    return f"{measured_on(result)}\n\n{table}\n\n{verdict_sentence(comparisons, result)}"


def verdict_sentence(comparisons: tuple[Comparison, ...], result: Result) -> str:
    """What the comparison says, in one sentence."""
    told = counts_sentence(comparisons, result)
    if all(comparison.published is None for comparison in comparisons):
        return f"{told}."
    ends = "it holds" if result.holds_by(comparisons) else "it does NOT hold"
    return f"{told}: {ends}."


def counts_sentence(comparisons: tuple[Comparison, ...], result: Result) -> str:
    """How many published numbers match, without a full stop and without a verdict."""
    counts = dict.fromkeys(Verdict, 0)
    for comparison in comparisons:
        counts[comparison.verdict] += 1
    claimed = len(comparisons) - counts[Verdict.UNPUBLISHED]
    if not claimed:
        return f"{len(comparisons)} measures; nothing is published to compare them with"
    declared = sum(comparison.declared for comparison in comparisons)
    float32 = counts[Verdict.CLOSE] - declared
    close = f", {float32} within what float32 leaves open" if float32 else ""
    close += f", {declared} within a declared deviation" if declared else ""
    off = counts[Verdict.OFF] + counts[Verdict.UNMEASURED]
    told = f"{counts[Verdict.MATCH]} of {claimed} published numbers match{close}"
    examples = [example.holds for example in result.examples]
    shown = f"; {sum(examples)} of {len(examples)} usage examples reproduced" if examples else ""
    return f"{told}, {off} off{shown}"


def _sources(result: Result, comparisons: tuple[Comparison, ...]) -> str:
    sources = dict.fromkeys(c.published.source for c in comparisons if c.published)
    told = f"Published: {inert.markdown('; '.join(sources))}." if sources else ""
    return " ".join(part for part in (told, inert.markdown(result.claims.note)) if part)


def _notes(comparisons: tuple[Comparison, ...], result: Result) -> Iterator[str]:
    for comparison in comparisons:
        if comparison.because:
            state = "deviates:" if comparison.declared else "is"
            yield inert.markdown(f"{comparison.measure} {state} {comparison.because}")
    for example in result.examples:
        state = (
            "reproduced" if example.holds else f"NOT reproduced: {inert.markdown(example.differs)}"
        )
        yield f"Usage example ({inert.markdown(example.source)}): {state}."
    for sentence in result.alarms:
        yield f"Alarm: {inert.markdown(sentence)}"
    for sentence in result.collection.facts:
        yield inert.markdown(sentence)
