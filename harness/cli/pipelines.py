"""Options and environment of pipelines: JUnit, code quality, annotations, step summary."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from harness.cli import options
from harness.cli.say import in_github, say_workflow_command

if TYPE_CHECKING:
    from harness.report.pipelines import PipelineReport

_FILE = options.HomePath(path_type=Path)

_ROOTS: Final = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""Where GitHub and GitLab keep the repository, from whose root they count paths."""

reports = options.together(
    click.option("--junit", type=_FILE, help="Write the verdicts as JUnit XML as well."),
    click.option("--code-quality", type=_FILE, help="Write what is off for GitLab as well (JSON)."),
)
"""Options of the commands that judge."""


def check_reports(
    given: Mapping[str, Any], outputs: Iterable[Path] = (), *, keep: bool = False
) -> None:
    """Refuse before the work what could not be written after it, and remove earlier reports.

    Args:
        given: the options.
        outputs: files that the command itself writes.
        keep: earlier reports, since nothing will be judged.

    Raises:
        click.UsageError: one path is given for two files.
        InputError: something else lies at one of the paths.
        UnreachableError: one cannot be written, or the step summary of GitHub.
    """
    from harness.report.pipeline_files import append_summary, check_report_path, remove_report

    taken = {os.path.realpath(path) for path in outputs}
    paths = [path for path in (given["junit"], given["code_quality"]) if path is not None]
    for path in paths:
        if os.path.realpath(path) in taken:
            raise click.UsageError(f"{path} is the name of two files: give each one of its own.")
        taken.add(os.path.realpath(path))
        check_report_path(path)
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        append_summary(Path(summary), "")
    if not keep:
        for path in paths:
            remove_report(path)


def write_reports(given: Mapping[str, Any], report: "PipelineReport") -> None:
    """Write what was asked for, and what GitHub's environment asks for by itself.

    Raises:
        InputError: something else lies at one of the paths.
        UnreachableError: something cannot be written.
    """
    from harness.report import pipelines
    from harness.report.pipeline_files import append_summary, write_report

    report = replace(report, file=_from_root(report.file))
    if given["junit"] is not None:
        write_report(given["junit"], pipelines.junit(report))
    if given["code_quality"] is not None:
        write_report(given["code_quality"], pipelines.code_quality(report))
    if in_github():
        for command in pipelines.annotations(report):
            say_workflow_command(command)
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        append_summary(Path(summary), pipelines.summary(report))


@contextmanager
def refusal_reported(given: Mapping[str, Any], name: str, file: str) -> Iterator[None]:
    """Tell a pipeline of a verdict that forbids to go on, before it ends the command.

    Args:
        given: the options.
        name: of the experiment.
        file: what an annotation points at.
    """
    from harness.errors import NotReproducedError
    from harness.report.answers import report_of_refusal

    try:
        yield
    except NotReproducedError as error:
        write_reports(given, report_of_refusal(name, file, error))
        raise


def pointed_at(experiment: str | None, path: Path) -> str:
    """What an annotation points at: the experiment's own file, else the result at `path`."""
    return experiment if experiment and experiment.endswith(".toml") else str(path)


def _from_root(file: str) -> str:
    """A file's path from the root of the repository, where it lies below that; else as it is."""
    if not os.path.exists(file):  # noqa: PTH110 - a model's id is no path, and may be anything
        return file
    given = [os.environ[name] for name in _ROOTS if os.environ.get(name)]
    path = Path(os.path.realpath(file))
    for root in (*given, os.curdir):
        above = Path(os.path.realpath(root))
        if path.is_relative_to(above) and path != above:
            return path.relative_to(above).as_posix()
    return file
