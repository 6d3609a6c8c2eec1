"""An output that is an input: refused, since what is read would be gone."""

from collections.abc import Iterable
from pathlib import Path

from harness.errors import InputError


def refuse_input_as_output(output: Path, inputs: Iterable[Path]) -> None:
    """Refuse to write over a file that was given to be read, by whatever link or spelling.

    A device or a pipe (`/dev/stdout`) is no such file.

    Raises:
        InputError: with both names.
    """
    for given in inputs:
        try:
            same = output.is_file() and given.is_file() and output.samefile(given)
        except OSError:  # what cannot be looked at is told by whoever opens it
            same = False
        if same:
            raise InputError(f"{output} is {given}, which is read: write to another file.")
