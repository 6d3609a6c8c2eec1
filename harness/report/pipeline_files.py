"""The files that pipelines read: only reports of ours are replaced; all is tried before the work.

A report of an earlier run is taken away before the work: if that cannot be done, a pipeline that
uploads what lies there must not show the verdict of another day.
"""

import os
from pathlib import Path

from harness.errors import InputError, UnreachableError
from harness.report.own_files import try_folder
from harness.report.pipelines import MADE, XML_START
from harness.system.atomic import write_text
from harness.system.foreign_files import is_file, is_folder, read_text
from harness.system.json_files import parse_json


def check_report_path(path: Path) -> None:
    """Refuse, before the work, a path at which something else lies, or that cannot be written.

    Raises:
        InputError: what lies there was not made by harness.
        UnreachableError: its folder cannot be made or written.
    """
    if is_folder(path) or (is_file(path) and not _is_own(path)):
        raise InputError(
            f"{path} is there already and is no report of harness: move it away, or give another "
            "name."
        )
    try_folder(path.absolute().parent)


def remove_report(path: Path) -> None:
    """Take away what an earlier run left at a path that `check_report_path` found fit.

    Raises:
        UnreachableError: it cannot be removed.
    """
    try:
        Path(os.path.realpath(path)).unlink(missing_ok=True)
    except OSError as error:
        raise UnreachableError(
            f"{path} of an earlier run cannot be removed ({error.strerror})."
        ) from error


def write_report(path: Path, text: str) -> None:
    """Write one of these files, and the folder that it is to lie in; only such a file is replaced.

    Raises:
        InputError: what lies there was not made by harness.
        UnreachableError: it cannot be written.
    """
    check_report_path(path)
    try:
        path.absolute().parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnreachableError(f"{path.parent} cannot be made ({error.strerror}).") from error
    write_text(path, text)


def append_summary(path: Path, text: str) -> None:
    """Add to the step summary's file, which other steps share; "" tries whether that can be done.

    Raises:
        UnreachableError: it cannot be written.
    """
    try:
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise UnreachableError(
            f"GITHUB_STEP_SUMMARY names {path}, which cannot be written ({error.strerror})."
        ) from error


def _is_own(path: Path) -> bool:
    text = read_text(path)
    if not text.strip() or text.startswith(XML_START):
        return True
    try:
        found = parse_json(text)
    except ValueError:
        return False
    return isinstance(found, list) and all(
        isinstance(one, dict) and str(one.get("check_name", "")).startswith(f"{MADE}/")
        for one in found
    )
