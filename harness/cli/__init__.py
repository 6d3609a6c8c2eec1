"""The command line: a thin skin over the package; one module for each command.

Nothing heavy is imported before a command runs, so that `harness --help` answers at once.
"""

import difflib
import errno
import importlib
import logging
import os
import sys

import click

from harness.cli import streams
from harness.cli.say import InertFormatter, say_beside
from harness.errors import HarnessError
from harness.system import network
from harness.system.environment import check_environment, unset_empty_folders
from harness.system.foreign_files import refusal

COMMANDS = (
    "list",
    "fetch",
    "eval",
    "reproduce",
    "score",
    "check",
    "compare",
    "why",
    "explain",
    "terms",
    "sweep",
    "mean",
    "report",
    "card",
    "audit",
    "encode",
    "cache",
)
"""Each is `command` in the module of its name here (with an underscore after Python's words)."""

OLD_SPELLINGS = {
    "despite-examples": "ignore-examples",
    "drop-query-itself": "ignore-identical-ids",
    "allow-dangling": "allow-missing-docs",
}
"""Options of harness 0.1.0 by their names of today; accepted, and shown in no help."""

DEFECT = 70
"""The exit code of a defect of ours (EX_SOFTWARE); most others stand in `harness.errors`."""

READER_GONE = 141
"""The exit code when the reader of the output has gone: 128 + SIGPIPE, as shells have it."""

EPILOG = """\b
Exit codes:
  0  it holds
  1  a number is off
  2  the input is wrong: an option, a file, a model, a collection
  3  something needed could not be reached or used: network, hub, disk
 70  a defect of harness itself
130  interrupted
141  the reader of the output (head, less) went away before all was said"""


class Commands(click.Group):
    """Finds commands in their modules, and suggests the one that was meant."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """In the order in which they are used."""
        return list(COMMANDS)

    def get_command(  # click's signature
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        """Import a command's module when it is asked for."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"harness.cli.{cmd_name}_command")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say what was probably meant by a command that does not exist."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            hint = f"Did you mean '{near[0]}'?" if near else f"There are {', '.join(COMMANDS)}."
            raise click.UsageError(f"There is no command '{args[0]}'. {hint}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=Commands,
    epilog=EPILOG,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "token_normalize_func": lambda name: OLD_SPELLINGS.get(name, name),
    },
)
@click.version_option(package_name="harness")
@click.option("-v", "--verbose", is_flag=True, help="Say on stderr what is done.")
@click.option(
    "--offline",
    is_flag=True,
    help="Start no connection (as HF_HUB_OFFLINE=1): what is here is used.",
)
@click.pass_context
def group(ctx: click.Context, *, verbose: bool, offline: bool) -> None:
    """Reproduce the reported metrics of SPLADE sparse encoders.

    \b
    harness list                    what can be run
    harness eval                    run the default experiment
    harness eval --model DIR --collection DIR
    harness score --run R --qrels Q --policy trec
    harness card rasyosef/splade-mini
    """
    if offline:
        ctx.with_resource(network.offline())
    to_stderr = logging.StreamHandler(sys.stderr)
    to_stderr.setFormatter(InertFormatter("%(message)s"))
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[to_stderr])


def main() -> None:
    """Run the command line and end the process with a documented exit code."""
    streams.prepare()
    code = run(sys.argv[1:])
    lost = streams.end()
    if lost is not None and code in (0, 1):  # a verdict that has not been said is none
        code = READER_GONE if lost.errno == errno.EPIPE else _system(lost)
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command line; every expected failure becomes one sentence and an exit code."""
    try:
        _refuse_empty(arguments)
        unset_empty_folders()
        check_environment()
        code = group.main(arguments, prog_name="harness", standalone_mode=False)
    except click.ClickException as error:
        code = _misused(error)
    except click.exceptions.Exit as done:
        code = done.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = _told("Interrupted; what was finished is kept, the next start goes on.", 130)
    except HarnessError as error:
        code = _told(str(error), error.exit_code)
    except MemoryError:
        code = _memory()
    except SystemExit:
        # click ends so when stdout is a pipe that nobody reads any more. What would have been said
        # is unknown to whoever asked, so it is neither 0 nor 1 but what the shell calls SIGPIPE.
        code = READER_GONE
    except OSError as error:
        code = _system(error)
    except Exception as error:  # noqa: BLE001 - the last resort: a sentence instead of a traceback
        # A GPU's memory; torch, whose class it is, need not be loaded to know it.
        full = type(error).__name__ == "OutOfMemoryError"
        code = _memory() if full else _defect(error)
    return code if isinstance(code, int) else 0


def _refuse_empty(arguments: list[str]) -> None:
    """Refuse empty arguments: they come from a variable that is not set, and mean no default."""
    for place, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if equals and name.startswith("--") and not value.strip():
            raise click.UsageError(f"{name} is empty; is a variable not set?")
        if not argument.strip():
            before = arguments[place - 1] if place else ""
            what = before if before.startswith("-") else "an argument"
            raise click.UsageError(f"{what} is empty; is a variable not set?")


def _misused(error: click.ClickException) -> int:
    """An option or argument that click refuses: one sentence, and where help is to be had."""
    if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):
        error.show()  # a group without its command
        return error.exit_code
    told = " ".join(error.format_message().split()).removesuffix(".")
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "harness"
    return _told(f"{told}. See '{command} --help'.", error.exit_code)


def _system(error: OSError) -> int:
    # Windows knows no quota by this name.
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return _told(f"The disk is full ({error.filename or 'while writing'}).", 3)
    # What a place of its own would have told better: the machine's fault, or that of a path.
    told = refusal(error.filename or "Something that was needed", error)
    return _told(str(told), told.exit_code)


def _memory() -> int:
    return _told("The memory does not suffice: take a smaller --batch-tokens.", 3)


def _told(sentence: str, code: int) -> int:
    say_beside(f"Error: {sentence}")
    return code


def _defect(error: Exception) -> int:
    if os.environ.get("HARNESS_DEBUG"):
        raise error
    return _told(
        f"This is a defect of harness ({type(error).__name__}: {error}); "
        "set HARNESS_DEBUG=1 to see where, and please report it.",
        DEFECT,
    )
