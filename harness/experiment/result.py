"""A result: what was measured, on what, with what, as one file that reads well in a diff."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.claims.claims import Claims
from harness.claims.compare import Comparison, compare, holds
from harness.errors import HarnessError, InputError
from harness.experiment.history import BaselineChange
from harness.experiment.parts import (
    CollectionInfo,
    EvaluationInfo,
    ExampleOutcome,
    ModelInfo,
    ResultCounts,
)
from harness.measures.intervals import Float32Interval
from harness.system import inert
from harness.system.atomic import write_text
from harness.system.foreign_files import is_file, read_text
from harness.system.json_files import parse_json, read_json
from harness.system.provenance import Provenance
from harness.system.records import CLOSED, plain, read

SCHEMA = 2


@dataclass(frozen=True, kw_only=True)
class Result:
    """The record of one evaluation: scores, and all that they were measured on.

    Attributes:
        name: of the experiment, or of the model and the collection.
        scores: measures by the key that a card prints, at full precision.
        intervals: within what another processor, library or batch may print a score; a score that
            is not among them has one value. None: a file that does not say.
        counts: how many queries were evaluated, left unanswered and so on.
        model: id, revision, hashes and how it was run.
        collection: id, counts and hash.
        evaluation: policy, depth and options.
        claims: what it is compared with.
        examples: usage examples and whether they were reproduced.
        alarms: sentences on what looks wrong with the model or the collection.
        provenance: when, where and how long; all that may differ between two equal results.
        baseline_history: why it became a baseline, and what it replaced, oldest first; None: it
            was not made one by `harness check --update-baseline`.

    Raises:
        InputError: there is no score, or one is NaN or infinite, or lies outside its interval.
    """

    __pydantic_config__ = CLOSED

    name: str
    scores: Mapping[str, float]
    intervals: Mapping[str, Float32Interval] | None = None
    counts: ResultCounts
    model: ModelInfo
    collection: CollectionInfo
    evaluation: EvaluationInfo
    claims: Claims
    examples: tuple[ExampleOutcome, ...]
    alarms: tuple[str, ...]
    provenance: Provenance
    baseline_history: tuple[BaselineChange, ...] | None = None

    def __post_init__(self) -> None:
        if not self.scores:  # every comparison with nothing would hold
            raise InputError("the key 'scores' is empty; a result has one score or more.")
        for key, score in self.scores.items():
            if not math.isfinite(score):
                raise InputError(f"the key 'scores.{key}' is {score}; a finite number is needed.")
        for key, interval in (self.intervals or {}).items():
            if not interval.low <= self.scores.get(key, math.nan) <= interval.high:
                raise InputError(f"the key 'intervals.{key}' is not around a score of that name.")

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Measured against what it claims."""
        return compare(
            self.scores, self.claims.published, self.claims.deviations, self.intervals or {}
        )

    @property
    def holds(self) -> bool:
        """The one verdict, on its own claims."""
        return self.holds_by(self.comparisons)

    def holds_by(self, comparisons: Iterable[Comparison]) -> bool:
        """The one verdict: no published number is off or unmeasured, each example is reproduced."""
        return holds(comparisons) and all(example.holds for example in self.examples)


def as_json(result: Result) -> dict[str, Any]:
    """What stands in the file, in its order. A key that the result's own file lacked stays out."""
    content: dict[str, Any] = {"schema": SCHEMA} | plain(result)
    for part in ("intervals", "baseline_history"):
        if content[part] is None:
            del content[part]
    for part in ("counts", "model", "collection", "evaluation", "provenance"):
        content[part] = {k: value for k, value in content[part].items() if value is not None}
    queries = content["model"].get("queries")
    if queries is not None:
        queries = {key: value for key, value in queries.items() if value is not None}
        content["model"]["queries"] = queries
    for encoder in (content["model"], queries):
        for key in ("kind", "steps", "normalized"):
            if encoder is not None and encoder["recipe"][key] is None:
                del encoder["recipe"][key]
    return content


def to_json(result: Result) -> str:
    """The result as JSON, in the order of its fields; a number a line, so that a diff shows it."""
    return inert.json(as_json(result), indent=2, allow_nan=False) + "\n"


def write_result(result: Result, path: Path) -> None:
    """Write a result file whole.

    Raises:
        UnreachableError: it cannot be written.
    """
    write_text(path, to_json(result))


def read_result(path: Path) -> Result:
    """Read a result file.

    Raises:
        InputError: it is missing, damaged, or of another schema.
        UnreachableError: it may not be read.
    """
    if not is_file(path) and not path.is_dir():
        raise InputError(f"There is no result {path}: make it with `harness eval`.")
    return parse_result(read_text(path), str(path))


def parse_result(text: str, source: str) -> Result:
    """The result of a file's text.

    Args:
        text: JSON.
        source: where it came from, for the sentence.

    Raises:
        InputError: it is damaged, or of another schema.
    """
    try:
        content = parse_json(text, finite=False)
    except ValueError as error:
        raise InputError(f"{source} is not a readable result ({error}); evaluate again.") from error
    if not isinstance(content, dict) or content.pop("schema", None) != SCHEMA:
        raise InputError(f"{source} is not a result of this version of harness; evaluate again.")
    try:
        return read(Result, content)
    except InputError as error:
        told = str(error).removesuffix(".")
        raise InputError(f"{source} is not a whole result ({told}); evaluate again.") from error


def model_and_collection(path: Path) -> tuple[str, str] | None:
    """The model and the collection of a result file of any version; None where it tells neither."""
    try:
        content = read_json(path)
        return str(content["model"]["id"]), str(content["collection"]["id"])
    except (HarnessError, KeyError, TypeError):
        return None
