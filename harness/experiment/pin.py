"""Pins: the revision and the weights that an experiment is about, in its own file.

`[model]` of a pinned file has `revision`, the hub's commit, and `weights_sha256` (and
`query_weights_sha256` where queries have an encoder of their own), as a result has them. A
checkpoint with other weights is refused when it is opened, before the work.

A file is pinned by an edit of those lines and no other byte. That nothing else has changed is not
hoped for but compared: the new text must parse to the old tables with these values in them.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE
from typing import Any, Final

from harness.checkpoint import Checkpoint
from harness.errors import HarnessError, InputError, UnreachableError
from harness.experiment.parts import ModelInfo
from harness.experiment.sections import ModelSpec
from harness.experiment.spec import SHIPPED, open_experiment
from harness.system.atomic import write_bytes
from harness.system.foreign_files import EXPERIMENT, read_bytes
from harness.system.json_files import parse_toml
from harness.system.paths import expand

_TABLE: Final = re.compile(r"[ \t]*\[[ \t]*model[ \t]*\][ \t]*(#.*)?\r?")
_HEADER: Final = re.compile(r"[ \t]*\[")
_ID: Final = re.compile(r"[ \t]*id[ \t]*=")
_VALUE: Final = r"""([ \t]*{key}[ \t]*=[ \t]*)("[^"\\]*"|'[^']*')(?P<rest>[ \t]*(#.*)?\r?)"""


def check_pinned(model: ModelSpec, checkpoint: Checkpoint) -> None:
    """Refuse a checkpoint with other weights than the experiment's file demands.

    Raises:
        InputError: with both hashes.
    """
    for key, one in (
        ("weights_sha256", checkpoint),
        ("query_weights_sha256", checkpoint.of("query")),
    ):
        demanded = getattr(model, key)
        if demanded not in (None, one.weights_sha256):
            names = ", ".join(dict.fromkeys(path.name for path in one.weights))[:200]
            raise InputError(
                f"The weights of {checkpoint.id} ({names}) are not those that the experiment is "
                f"pinned to: their SHA-256 is {one.weights_sha256}, and {key} is {demanded}. Give "
                "the checkpoint it was pinned to (and --weights, if that was a pickle), or take "
                "the key out and pin again with --pin."
            )


def own_file(experiment: str) -> Path:
    """The file of an experiment, found fit to be pinned; nothing is written.

    Args:
        experiment: as on the command line.

    Raises:
        InputError: it is a shipped experiment, there is none, or its [model] is no table of its
            own lines.
        UnreachableError: the file cannot be written.
    """
    path = expand(experiment)
    if not experiment.endswith(".toml") or path.resolve().is_relative_to(SHIPPED.resolve()):
        raise InputError(
            f"'{experiment}' comes with the package, which is not written to: copy "
            f"{SHIPPED / path.stem}.toml to a file of yours, and pin that."
        )
    open_experiment(experiment)
    values = {"revision": "0" * 40, "weights_sha256": "0" * 64, "query_weights_sha256": "0" * 64}
    _pinned(path, values)
    target = path.resolve()
    trial = target.with_name(f".harness-trial-{os.getpid()}.tmp")
    try:
        with target.open("r+b"):  # a file that may not be written is not replaced either
            trial.write_bytes(b"harness")
    except OSError as error:
        raise UnreachableError(f"{path} cannot be written ({error.strerror}).") from error
    finally:
        with suppress(OSError):
            trial.unlink()
    return path


def pin(path: Path, model: ModelInfo) -> bool:
    """Write what was evaluated into an experiment's file; whether anything has changed.

    Args:
        path: the file, as it is now.
        model: of the result.

    Raises:
        InputError: the file was changed meanwhile so that it cannot be pinned.
        UnreachableError: it cannot be written.
    """
    values = {"weights_sha256": model.weights_sha256}
    if model.revision:
        values = {"revision": model.revision} | values
    if model.queries is not None:
        values |= {"query_weights_sha256": model.queries.weights_sha256}
    before, after = _pinned(path, values)
    if before == after:
        return False
    mode = S_IMODE(path.stat().st_mode)
    write_bytes(path, after)
    path.chmod(mode)
    return True


def _pinned(path: Path, values: Mapping[str, str]) -> tuple[bytes, bytes]:
    """A file's bytes before and after."""
    before = read_bytes(path, EXPERIMENT)
    text = before.decode()
    wanted = _tables(text, path)
    wanted["model"] = dict(wanted["model"]) | dict(values)
    for changed in _edits(text, values):
        try:
            if _tables(changed, path) == wanted:
                return before, changed.encode()
        except HarnessError:  # the edit hit a text of several lines, say
            continue
    lines = "; ".join(f'{key} = "…"' for key in values)
    raise InputError(
        f"{path}: the model is not a table of its own ([model], then a line for each key), so "
        f"that lines could be put into it: write it so, or write them yourself ({lines})."
    )


def _tables(text: str, path: Path) -> dict[str, Any]:
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return parse_toml(plain, str(path))


def _edits(text: str, values: Mapping[str, str]) -> Iterator[str]:
    """The text with the values in each place that looks like [model]."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if _TABLE.fullmatch(line.removeprefix("\ufeff")):
            end = next(
                (n for n in range(number + 1, len(lines)) if _HEADER.match(lines[n])), len(lines)
            )
            own = lines[number + 1 : end]
            edited = _edited(own, values, "\r" if line.endswith("\r") else "")
            yield "\n".join((*lines[: number + 1], *edited, *lines[end:]))


def _edited(lines: list[str], values: Mapping[str, str], end: str) -> list[str]:
    """The lines of a table: values replaced where they stand, else put behind the id."""
    edited, new = list(lines), []
    for key, value in values.items():
        pattern = re.compile(_VALUE.format(key=key))
        found = [(n, match) for n, line in enumerate(edited) if (match := pattern.fullmatch(line))]
        for number, match in found:
            edited[number] = f'{match[1]}"{value}"{match["rest"]}'
        if not found:
            new.append(f'{key} = "{value}"{end}')
    behind = next((n + 1 for n, line in enumerate(edited) if _ID.match(line)), 0)
    if behind == len(edited) and edited and end:  # the file ends there, without a line's end
        edited[-1] = edited[-1].removesuffix(end) + end
        new[-1:] = [line.removesuffix(end) for line in new[-1:]]
    return [*edited[:behind], *new, *edited[behind:]]
