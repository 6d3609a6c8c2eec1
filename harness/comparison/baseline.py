"""The baseline of a check: an earlier result from a file or a git commit, and its replacement."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from harness.comparison.per_query import MOST, PerQuery, beside, parse_per_query, read_per_query
from harness.comparison.systems import require_result
from harness.errors import InputError
from harness.experiment.history import BaselineChange
from harness.experiment.result import Result, parse_result, read_result, to_json
from harness.report.own_files import refuse_foreign
from harness.system.atomic import write_together
from harness.system.foreign_files import is_file, read_bytes
from harness.system.git_files import read_committed
from harness.system.paths import expand

GIT: Final = "git:"
"""Before a ref where a baseline is not a file."""


@dataclass(frozen=True, eq=False)
class Baseline:
    """An earlier result.

    Attributes:
        source: where it is from, as it was asked for.
        result: what it says.
        scores: of its queries; None: they are not beside it.
        path: its file; None: it is from a commit.
    """

    source: str
    result: Result
    scores: PerQuery | None
    path: Path | None


def open_baseline(given: str, checked: Path) -> Baseline:
    """Open a baseline.

    Args:
        given: a result's file, or `git:REF` or `git:REF:PATH`.
        checked: the result that is checked, whose path is that of `git:REF`.

    Raises:
        InputError: there is none, or it is no result, or the scores beside it are of another one.
        UnreachableError: it cannot be read.
    """
    if given.startswith(GIT):
        return _committed(given, checked)
    path = expand(given)
    result = read_result(path)
    queries = beside(path)
    scores = read_per_query(queries) if is_file(queries) else None
    return _sound(Baseline(given, result, scores, path), str(queries))


def per_query_of(path: Path, result: Result) -> PerQuery | None:
    """The scores of a result's queries; None where they are not beside it.

    Raises:
        InputError: they are damaged, or of another result.
        UnreachableError: they cannot be read.
    """
    queries = beside(path)
    if not is_file(queries):
        return None
    scores = read_per_query(queries)
    require_result(scores, result, str(queries))
    return scores


def _committed(given: str, checked: Path) -> Baseline:
    ref, colon, named = given.removeprefix(GIT).partition(":")
    path = Path(named) if colon else checked
    if not ref or (colon and not named):
        raise InputError(f"{given} names no commit or no file: write git:main or git:main:PATH.")
    result = parse_result(_text(read_committed(ref, path), given), given)
    queries = beside(path)
    try:
        content = read_committed(ref, queries, MOST)
    except InputError:  # the commit lacks it: what needs it says so
        return Baseline(given, result, None, None)
    scores = parse_per_query(_text(content, f"{given} ({queries})"), f"{given} ({queries})")
    return _sound(Baseline(given, result, scores, None), f"{given} ({queries})")


def _text(content: bytes, source: str) -> str:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{source} is no UTF-8 text.") from error


def _sound(baseline: Baseline, source: str) -> Baseline:
    if baseline.scores is not None:
        require_result(baseline.scores, baseline.result, source)
    return baseline


def update_baseline(path: Path, before: Baseline | None, checked: Path, because: str) -> None:
    """Put the checked result in the place of a baseline, with the reason and what it replaces.

    Its file is a result like any other, which tells in `baseline_history` when and why it was
    replaced, and with which scores before. The scores of the queries and the run come with it.

    Args:
        path: of the baseline.
        before: what lies there; None: nothing yet.
        checked: the result that takes its place.
        because: why.

    Raises:
        InputError: no reason, the two are one file, or what lies there was not made by harness.
        UnreachableError: it cannot be written.
    """
    if not because.strip():
        raise InputError("--because is empty: say why the baseline is replaced.")
    if path.suffix != ".json":
        raise InputError(f"{path} is no name of a result: a baseline is a .json file.")
    if path.exists() and path.samefile(checked):
        raise InputError(f"{path} is the very result that is checked, and no baseline of it.")
    result = read_result(checked)
    past = () if before is None else before.result.baseline_history or ()
    change = BaselineChange(
        when=datetime.now(UTC).isoformat(timespec="seconds"),
        because=because.strip(),
        replaced_weights_sha256=None if before is None else before.result.model.weights_sha256,
        replaced=None if before is None else dict(before.result.scores),
    )
    kept = replace(result, baseline_history=(*past, change))
    stem = (path.name.removesuffix(".json"), checked.name.removesuffix(".json"))
    contents = {path: to_json(kept).encode()}
    for end, most in ((".per-query.csv", MOST), (".run.gz", MOST)):
        source = checked.with_name(f"{stem[1]}{end}")
        if is_file(source):
            contents[path.with_name(f"{stem[0]}{end}")] = read_bytes(source, most)
    refuse_foreign(contents)
    write_together(contents)
