"""What pipelines read: JUnit XML, GitHub annotations and step summary, GitLab code quality.

One list of answers, one for each number, budget, margin or usage example that is judged, and four
ways to write it. A broken answer is a failure; one that cannot be judged is skipped, and passes
nowhere in silence: its reason stands beside it.

Sources: JUnit as Jenkins reads it (github.com/jenkinsci/xunit-plugin, junit-10.xsd); GitHub,
"Workflow commands" and "Adding a job summary"; GitLab, "Code Quality report format".
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from harness.errors import InputError, UnreachableError
from harness.system import inert
from harness.system.atomic import write_text
from harness.system.foreign_files import is_file, read_text
from harness.system.json_files import parse_json

MADE: Final = "harness"
"""The name of the suites and checks, by which a file is known to be ours."""

MOST_ANNOTATIONS: Final = 10
"""GitHub shows no more errors of one step."""


class LineState(StrEnum):
    """What became of one question."""

    HELD = "held"
    BROKEN = "broken"
    OPEN = "not judged"


@dataclass(frozen=True)
class PipelineLine:
    """One question of a gate and its answer.

    Attributes:
        group: what it belongs to: an experiment's name, or an evaluation of a card.
        name: of the number, budget or margin.
        state: what became of it.
        sentence: why, in one sentence; "" where it held.
    """

    group: str
    name: str
    state: LineState
    sentence: str = ""


@dataclass(frozen=True)
class PipelineReport:
    """All answers of one command.

    Attributes:
        answers: in their order.
        lines: the step summary: five lines at most, what moved, whether it matters, which queries.
        file: what an annotation points at: the experiment's file, the card, or the result.
        holds: the one verdict.
    """

    answers: tuple[PipelineLine, ...]
    lines: tuple[str, ...]
    file: str
    holds: bool


def junit(report: PipelineReport) -> str:
    """The answers as JUnit XML: a suite for each group, a case for each answer."""
    root = ET.Element("testsuites", name=MADE)
    for group in dict.fromkeys(answer.group for answer in report.answers):
        mine = [answer for answer in report.answers if answer.group == group]
        suite = ET.SubElement(
            root,
            "testsuite",
            name=_xml(group),
            tests=str(len(mine)),
            failures=str(_count(mine, LineState.BROKEN)),
            errors="0",
            skipped=str(_count(mine, LineState.OPEN)),
        )
        for answer in mine:
            case = ET.SubElement(
                suite, "testcase", classname=_xml(f"{MADE}.{group}"), name=_xml(answer.name)
            )
            if answer.state is LineState.BROKEN:
                failed = ET.SubElement(case, "failure", message=_xml(answer.sentence))
                failed.text = _xml(answer.sentence)
            elif answer.state is LineState.OPEN:
                ET.SubElement(case, "skipped", message=_xml(answer.sentence))
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def code_quality(report: PipelineReport) -> str:
    """The broken answers as GitLab's code quality report: a JSON list, empty where all hold."""
    found = [
        {
            "description": inert.sentence(f"{one.group}, {one.name}: {one.sentence}"),
            "check_name": f"{MADE}/{inert.line(one.name, 100)}",
            "fingerprint": hashlib.sha256(f"{one.group}\0{one.name}".encode()).hexdigest(),
            "severity": "major",
            "location": {"path": _path(report.file), "lines": {"begin": 1}},
        }
        for one in report.answers
        if one.state is LineState.BROKEN
    ]
    return inert.json(found, indent=2) + "\n"


def annotations(report: PipelineReport) -> tuple[str, ...]:
    """Workflow commands that GitHub shows at the file: an error for each broken answer."""
    broken = [one for one in report.answers if one.state is LineState.BROKEN]
    shown = [_command("error", report.file, one) for one in broken[:MOST_ANNOTATIONS]]
    if len(broken) > MOST_ANNOTATIONS:
        more = len(broken) - MOST_ANNOTATIONS
        last = PipelineLine(
            broken[-1].group, f"{more:,} more", LineState.BROKEN, "see the log of this step"
        )
        shown[-1] = _command("error", report.file, last)
    open_ = [one for one in report.answers if one.state is LineState.OPEN]
    return (*shown, *(_command("warning", report.file, one) for one in open_[:MOST_ANNOTATIONS]))


def summary(report: PipelineReport) -> str:
    """The step summary as markdown."""
    return "\n".join(f"- {inert.markdown(line)}" for line in report.lines) + "\n"


def write_report(path: Path, text: str) -> None:
    """Write one of these files; only such a file is replaced.

    Raises:
        InputError: what lies there was not made by harness.
        UnreachableError: it cannot be written.
    """
    check_report_path(path)
    write_text(path, text)


def check_report_path(path: Path) -> None:
    """Refuse, before the work, a path at which something else lies.

    Raises:
        InputError: what lies there was not made by harness.
        UnreachableError: its folder is not there.
    """
    if path.is_dir() or (is_file(path) and not _is_own(path)):
        raise InputError(
            f"{path} is there already and is no report of harness: move it away, or give another "
            "name."
        )
    if not path.absolute().parent.is_dir():
        raise UnreachableError(f"{path.parent} is no folder, so {path.name} cannot be written.")


def append_summary(path: Path, text: str) -> None:
    """Add to the step summary's file, which other steps share.

    Raises:
        UnreachableError: it cannot be written.
    """
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UnreachableError(
            f"GITHUB_STEP_SUMMARY names {path}, which cannot be written ({error.strerror})."
        ) from error


def _is_own(path: Path) -> bool:
    text = read_text(path)
    if not text.strip() or text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites'):
        return not text.strip() or f'name="{MADE}"' in text[:200]
    try:
        found = parse_json(text)
    except ValueError:
        return False
    return isinstance(found, list) and all(
        isinstance(one, dict) and str(one.get("check_name", "")).startswith(f"{MADE}/")
        for one in found
    )


def _count(answers: Sequence[PipelineLine], state: LineState) -> int:
    return sum(answer.state is state for answer in answers)


def _xml(text: str) -> str:
    """A text that XML can hold, in one line."""
    return inert.sentence(text)


def _command(kind: str, file: str, answer: PipelineLine) -> str:
    title = _property(f"{answer.group}: {answer.name}")
    return f"::{kind} file={_property(_path(file))},title={title}::{_data(answer.sentence)}"


def _path(file: str) -> str:
    return inert.line(file.removeprefix("./"), 500)


def _data(text: str) -> str:
    """As @actions/core escapes a message."""
    return inert.sentence(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """As @actions/core escapes a property."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def states(answers: Iterable[PipelineLine]) -> str:
    """`18 held, 1 broken, 1 not judged`."""
    listed = list(answers)
    counts = [(state, _count(listed, state)) for state in LineState]
    return ", ".join(f"{count} {state}" for state, count in counts if count) or "nothing judged"
