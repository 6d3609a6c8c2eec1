"""A result: what was measured, on what, with what, as one file that reads well in a diff."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.claims.claims import Claims, from_plain
from harness.errors import InputError
from harness.system.atomic import write_text

SCHEMA = 2

_KINDS: Mapping[str, type] = MappingProxyType(
    {
        "name": str,
        "scores": dict,
        "counts": dict,
        "model": dict,
        "collection": dict,
        "evaluation": dict,
        "claims": dict,
        "examples": list,
        "alarms": list,
        "provenance": dict,
    }
)
_PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "counts": ("queries",),
        "model": ("id", "revision", "weights_sha256", "recipe", "precision"),
        "collection": ("id", "documents", "sha256"),
        "evaluation": ("policy", "relevance_level", "depth"),
        "provenance": ("when", "machine", "seconds", "peak_memory_gb"),
    }
)
_EXAMPLE = ("source", "holds", "differs")
"""What a report can not do without."""


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
        claims: what it is compared with.
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
    claims: Claims = field(default_factory=Claims)
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
    try:
        _check(content)
        kept = {
            "claims": from_plain(content["claims"]),
            "examples": tuple(content["examples"]),
            "alarms": tuple(content["alarms"]),
        }
        return Result(**content | kept)
    except (InputError, KeyError, TypeError) as error:
        raise InputError(f"{path} is not a whole result ({error}); evaluate again.") from error


def model_and_collection(path: Path) -> tuple[str, str] | None:
    """The model and the collection of a result file of any version; None where it tells neither."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return str(content["model"]["id"]), str(content["collection"]["id"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _check(content: Mapping[str, Any]) -> None:
    """Raise KeyError or TypeError where something that reports rely on is missing or no such."""
    for key, kind in _KINDS.items():
        if not isinstance(content[key], kind):
            raise TypeError(f"{key} is no {kind.__name__}")
    for key, parts in _PARTS.items():
        if lacking := set(parts) - set(content[key]):
            raise TypeError(f"{key} lacks {min(lacking)}")
    for name, value in (*content["scores"].items(), *content["counts"].items()):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"{name} is no number")
    if not all(isinstance(e, dict) and set(_EXAMPLE) <= set(e) for e in content["examples"]):
        raise TypeError("an example is not whole")
