"""What pipelines read: JUnit XML, GitHub annotations and step summary, GitLab code quality.

One list of answers, one for each number, budget, margin or usage example that is judged, and four
ways to write it. A broken answer is a failure; one that cannot be judged is skipped, and passes
nowhere in silence: its reason stands beside it.

Sources: JUnit as Jenkins reads it (github.com/jenkinsci/xunit-plugin, junit-10.xsd); GitHub,
"Workflow commands" and "Adding a job summary"; GitLab, "Code Quality report format".
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from xml.etree import ElementTree as ET

from harness.system import inert

MADE: Final = "harness"
"""The name of the suites and checks, by which a file is known to be ours."""

XML_START: Final = f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="{MADE}"'
"""How a JUnit file of ours begins."""

MOST_ANNOTATIONS: Final = 10
"""GitHub shows no more errors of one step."""

MOST_LINES: Final = 5
"""Of a step summary."""

_CHECK_NAME: Final = 100  # characters


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
    named = list(_named(report.answers))
    root = ET.Element("testsuites", {"name": MADE} | _counts(report.answers))
    for group in dict.fromkeys(group for group, _, _ in named):
        mine = [(name, answer) for other, name, answer in named if other == group]
        answers = [answer for _, answer in mine]
        counts = _counts(answers) | {"skipped": str(_count(answers, LineState.OPEN))}
        suite = ET.SubElement(root, "testsuite", {"name": group} | counts)
        for name, answer in mine:
            case = ET.SubElement(suite, "testcase", classname=f"{MADE}.{group}", name=name)
            told = inert.sentence(answer.sentence)
            if answer.state is LineState.BROKEN:
                ET.SubElement(case, "failure", message=told, type=str(answer.state)).text = told
            elif answer.state is LineState.OPEN:
                ET.SubElement(case, "skipped", message=told)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def code_quality(report: PipelineReport) -> str:
    """The broken answers as GitLab's code quality report: a JSON list, empty where all hold."""
    found = [
        {
            "description": inert.sentence(f"{group}, {name}: {one.sentence}"),
            "check_name": f"{MADE}/{inert.line(name, _CHECK_NAME)}",
            # Of what is asked and not of what came out, so that a later run finds it again.
            "fingerprint": hashlib.sha256(f"{group}\0{name}".encode()).hexdigest(),
            "severity": "major",
            "location": {"path": _path(report.file), "lines": {"begin": 1}},
        }
        for group, name, one in _named(report.answers)
        if one.state is LineState.BROKEN
    ]
    return inert.json(found, indent=2) + "\n"


def annotations(report: PipelineReport) -> tuple[str, ...]:
    """Workflow commands that GitHub shows at the file: an error for each broken answer.

    What could not be judged is a warning.
    """
    kinds = (("error", LineState.BROKEN), ("warning", LineState.OPEN))
    return tuple(
        _command(kind, report.file, one)
        for kind, state in kinds
        for one in _shown([answer for answer in report.answers if answer.state is state])
    )


def summary(report: PipelineReport) -> str:
    """The step summary as markdown: one item of a list for each line."""
    lines = report.lines[:MOST_LINES]
    return "".join(f"- {inert.markdown(inert.sentence(line))}\n" for line in lines)


def _named(answers: Iterable[PipelineLine]) -> Iterator[tuple[str, str, PipelineLine]]:
    """Each answer with its group and its name as they are written, of which no two are alike.

    GitLab reads the first of several cases, and of several fingerprints, of one name.
    """
    taken: set[tuple[str, str]] = set()
    for one in answers:
        group, first = inert.sentence(one.group), inert.sentence(one.name)
        name, number = first, 1
        while (group, name) in taken:
            number += 1
            name = f"{first} ({number})"
        taken.add((group, name))
        yield group, name, one


def _counts(answers: Sequence[PipelineLine]) -> dict[str, str]:
    broken = _count(answers, LineState.BROKEN)
    return {"tests": str(len(answers)), "failures": str(broken), "errors": "0"}


def _count(answers: Sequence[PipelineLine], state: LineState) -> int:
    return sum(answer.state is state for answer in answers)


def _shown(answers: list[PipelineLine]) -> list[PipelineLine]:
    """All of them, or as many as GitHub shows, of which the last says how many more there are."""
    if len(answers) <= MOST_ANNOTATIONS:
        return answers
    first, rest = answers[: MOST_ANNOTATIONS - 1], answers[MOST_ANNOTATIONS - 1 :]
    told = f"{len(rest):,} more"
    return [*first, replace(rest[0], name=told, sentence=f"{told}: see the log of this step.")]


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
