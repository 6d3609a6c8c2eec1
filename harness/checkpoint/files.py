"""JSON files of a checkpoint, and paths that its files name."""

from pathlib import Path
from typing import Any

from harness.errors import InputError
from harness.system import json_files
from harness.system.foreign_files import is_file, is_folder


def read_json(path: Path) -> Any:  # noqa: ANN401 - JSON is any of six types until looked at
    """Parse a JSON file.

    Raises:
        InputError: it is missing or does not parse.
        UnreachableError: it may not be read.
    """
    if not is_file(path) and not path.is_dir():
        raise InputError(f"{path} is missing: the checkpoint is incomplete.")
    return json_files.read_json(path)


def read_object(path: Path) -> dict[str, Any]:
    """Parse a JSON file that holds one object.

    Raises:
        InputError: it is missing, does not parse, or holds something else.
        UnreachableError: it may not be read.
    """
    config = read_json(path)
    if not isinstance(config, dict):
        raise InputError(f"{path}: expected an object.")
    return config


def is_there(path: Path) -> bool:
    """Whether there is a file, or a folder of its name, which reading then refuses."""
    return is_file(path) or is_folder(path)


def inside(folder: Path, relative: object, source: Path) -> Path:
    """The folder or file that `source` names, which must lie in `folder`.

    Raises:
        InputError: the name is no path, or leads out of the folder.
    """
    try:
        target = (folder / str(relative)).resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"{source}: {str(relative)[:100]!r} is no path ({error}).") from error
    if not isinstance(relative, str) or not target.is_relative_to(folder.resolve()):
        raise InputError(f"{source}: the path {str(relative)[:100]!r} leads out of the folder.")
    return folder / relative
