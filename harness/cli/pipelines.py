"""Options and environment of pipelines: JUnit, code quality, annotations, step summary."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli import options
from harness.cli.say import say_workflow_command

if TYPE_CHECKING:
    from harness.report.pipelines import PipelineReport

_FILE = options.HomePath(path_type=Path)

reports = options.together(
    click.option("--junit", type=_FILE, help="Write the verdicts as JUnit XML as well."),
    click.option("--code-quality", type=_FILE, help="Write what is off for GitLab as well (JSON)."),
)
"""Options of the commands that judge."""


def check_reports(given: Mapping[str, Any]) -> None:
    """Refuse before the work what could not be written after it.

    Raises:
        InputError: something else lies at one of the paths.
        UnreachableError: a folder is not there.
    """
    from harness.report.pipelines import check_report_path

    for path in (given["junit"], given["code_quality"]):
        if path is not None:
            check_report_path(path)


def write_reports(given: Mapping[str, Any], report: "PipelineReport") -> None:
    """Write what was asked for, and what GitHub's environment asks for by itself.

    Raises:
        InputError: something else lies at one of the paths.
        UnreachableError: something cannot be written.
    """
    from harness.report import pipelines

    if given["junit"] is not None:
        pipelines.write_report(given["junit"], pipelines.junit(report))
    if given["code_quality"] is not None:
        pipelines.write_report(given["code_quality"], pipelines.code_quality(report))
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for command in pipelines.annotations(report):
            say_workflow_command(command)
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        pipelines.append_summary(Path(summary), pipelines.summary(report))
