"""Which result a command line means: a file, or a name in the results folder."""

from pathlib import Path

from harness.system.foreign_files import is_file
from harness.system.paths import expand


def result_file(named: str, results: Path) -> Path:
    """The path of a result's JSON file.

    Args:
        named: a path, or the name of a result without its ending.
        results: the folder where a name is looked up.
    """
    path = expand(named)
    if named.endswith(".json") or is_file(path):
        return path
    return results / f"{named}.json"
