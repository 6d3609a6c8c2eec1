"""What the command line says: every text of it goes through here, and is made inert on the way."""

import logging
import os

import click

from harness.system import inert

_LONGEST = 5_000
"""Characters of a line on stdout that is no table: more than a path has."""


def in_github() -> bool:
    """Whether a runner of GitHub reads every line, and obeys those that are commands."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def say(sentence: str = "") -> None:
    """One line on stdout, whatever a name in it holds."""
    click.echo(_log(inert.line(sentence, _LONGEST)))


def say_page(text: str) -> None:
    """Text of several lines on stdout, whose cells have been made inert; it ends in one newline."""
    click.echo("\n".join(map(_log, inert.block(text.removesuffix("\n")).split("\n"))))


def say_json(value: object) -> None:
    """A value on stdout, as one line of JSON."""
    text = inert.json(value)
    # Number signs of JSON stand in texts, where it has an escape for them.
    click.echo(text.replace("##[", "\\u0023#[") if in_github() else text)


def say_beside(sentence: str) -> None:
    """A sentence on stderr, as one line of bounded length, whatever stdout holds."""
    click.echo(_log(inert.sentence(sentence)), err=True)


def say_workflow_command(command: str) -> None:
    """A workflow command of GitHub on stderr, whose parts have been escaped; never cut."""
    click.echo(inert.line(command, None), err=True)


def _log(line: str) -> str:
    return inert.log_line(line) if in_github() else line


class InertFormatter(logging.Formatter):
    """Log records as one line each."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's message, and the sentence of its error where there is one."""
        return _log(inert.sentence(super().format(record)))
