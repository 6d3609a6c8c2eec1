"""A result: what was measured, on what, with what, as one file that reads well in a diff."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from harness.atomic import write_text
from harness.errors import InputError

SCHEMA = 1


@dataclass(frozen=True)
class Result:
    """A score never travels without what it was measured on.

    Attributes:
        name: of the experiment, or of the model and the collection.
        scores: measures by the key that a card prints, at full precision.
        counts: how many queries were evaluated, left unanswered and so on.
        model: id, revision, hashes and how it was run.
        collection: id, counts and hash.
        evaluation: policy, depth and options.
        examples: usage examples and whether they were reproduced.
        alarms: sentences on what looks wrong with the model or the collection.
        provenance: when, where and how long; all that may differ between two equal results.
    """

    name: str
    scores: Mapping[str, float]
    counts: Mapping[str, int]
    model: Mapping[str, Any]
    collection: Mapping[str, Any]
    evaluation: Mapping[str, Any]
    examples: tuple[Mapping[str, Any], ...] = ()
    alarms: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)


def to_json(result: Result) -> str:
    """The result as JSON, in the order of its fields; a number a line, so that a diff shows it."""
    return json.dumps({"schema": SCHEMA} | asdict(result), indent=2, ensure_ascii=False) + "\n"


def write_result(result: Result, path: Path) -> None:
    """Write a result file whole.

    Raises:
        UnreachableError: it can not be written.
    """
    write_text(path, to_json(result))


def read_result(path: Path) -> Result:
    """Read a result file.

    Raises:
        InputError: it is missing, damaged, or of another schema.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"There is no result {path}: make it with `harness eval`.") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not a readable result ({error}); evaluate again.") from error
    if not isinstance(content, dict) or content.pop("schema", None) != SCHEMA:
        raise InputError(f"{path} is not a result of this version of harness; evaluate again.")
    scores = content.get("scores")
    if not isinstance(scores, dict) or not all(
        isinstance(v, int | float) and not isinstance(v, bool) for v in scores.values()
    ):
        raise InputError(f"{path}: `scores` must map measures to numbers; evaluate again.")
    try:
        return Result(
            **content
            | {
                "examples": tuple(content.get("examples", ())),
                "alarms": tuple(content.get("alarms", ())),
            }
        )
    except TypeError as error:
        raise InputError(f"{path} is not a whole result ({error}); evaluate again.") from error
