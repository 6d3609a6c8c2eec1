"""Files as a git commit has them, by the git command: no shell, no option that a name could be."""

import os
import re
import subprocess
from pathlib import Path
from typing import Final

from harness.errors import InputError, UnreachableError
from harness.system.foreign_files import SETTINGS, check_start

_REF: Final = re.compile(r"[A-Za-z0-9_@][A-Za-z0-9_./@{}^~+-]{0,199}")
"""A branch, tag or commit; it cannot begin as an option does, and names no path."""

_PATIENCE: Final = 60
"""Seconds for one answer of git."""

_ENVIRONMENT: Final = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",  # what a partial clone lacks is missing, and fetched by nobody
    "LC_ALL": "C",
}


def read_committed(ref: str, path: Path, most: int = SETTINGS) -> bytes:
    """A file's content at a commit.

    Args:
        ref: a branch, a tag, or a commit.
        path: where the file lies or would lie in the work tree, from the current folder.
        most: bytes that it may have.

    Raises:
        InputError: that is no ref, there is no repository, no such commit, or no such file in it.
        UnreachableError: git is not installed or does not answer.
    """
    if not _REF.fullmatch(ref):
        raise InputError(f"{ref[:80]!r} is no branch, tag or commit of git.")
    top = _git("rev-parse", "--show-toplevel")
    if top is None:
        raise InputError("git:REF is read from a repository, and the current folder is in none.")
    root = Path(os.fsdecode(top).removesuffix("\n"))
    inside = Path(os.path.relpath(os.path.realpath(path), os.path.realpath(root)))
    if inside.parts[:1] == (os.pardir,):
        raise InputError(f"{path} lies outside of the repository {root}, so no commit has it.")
    commit = _git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    if commit is None:
        raise InputError(f"There is no commit '{ref}' here: fetch it, or name another.")
    name = f"{commit.decode().strip()}:{inside.as_posix()}"
    size = _git("cat-file", "-s", name)
    if size is None or _git("cat-file", "-t", name) != b"blob\n":
        raise InputError(f"The commit '{ref}' has no file {inside.as_posix()}.")
    if int(size) > most:
        raise InputError(f"{path} of '{ref}' is larger than {most / 1e6:g} MB.")
    content = _git("cat-file", "blob", name)
    if content is None:
        raise UnreachableError(f"git does not give {path} of '{ref}'.")
    check_start(path, content[:64])
    return content


def _git(*arguments: str) -> bytes | None:
    """What git prints; None where it refuses."""
    try:
        done = subprocess.run(
            ["git", *arguments],
            check=False,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_PATIENCE,
            env=os.environ | _ENVIRONMENT,
        )
    except FileNotFoundError:
        raise UnreachableError("git is not installed here, and git:REF needs it.") from None
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise UnreachableError(f"git does not answer ({type(error).__name__}).") from error
    return done.stdout if done.returncode == 0 else None
