"""What is special about the weights beside a card: their type of numbers, or that they are pickled.

No card says it, and both decide whether its numbers can be had again. Of a folder the headers of
its files are read; of a repository the hub is asked, and no weight is fetched.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from harness.checkpoint.files import read_object
from harness.checkpoint.modules import all_modules
from harness.checkpoint.number_types import told
from harness.checkpoint.stored import FLOATS, stored_tensors
from harness.checkpoint.tensors import StoredTensor
from harness.checkpoint.weights import PICKLE, weight_files
from harness.errors import HarnessError
from harness.system import hub
from harness.system.foreign_files import is_file, is_folder
from harness.system.paths import expand

_CONFIG: Final = "config.json"
_PICKLES: Final = (PICKLE, f"{PICKLE}.index.json")


def stored_weights(source: str, revision: str) -> tuple[str, ...]:
    """Sentences on the weights of a model; none where nothing is special, or nothing is known.

    Args:
        source: as for `open_card`.
        revision: the hub's commit.
    """
    path = expand(source)
    found: list[str] = []
    with suppress(HarnessError):  # a card is read whatever lies beside it
        if is_folder(path):
            found += _of_folder(path)
        elif not is_file(path):
            found += _of_repository(source, revision)
    return tuple(found)


def _of_folder(folder: Path) -> Iterator[str]:
    for place in dict.fromkeys((folder, *(module.folder for module in all_modules(folder)))):
        files = weight_files(place)
        names = [name for name in _PICKLES if is_file(place / name)]
        if names and not files:
            yield _only(names[0])
        config = read_object(place / _CONFIG) if is_file(place / _CONFIG) else {}
        yield from told(stored_tensors(files), stored_tensors(files[:1]), config)


def _of_repository(name: str, revision: str) -> Iterator[str]:
    known = hub.about(name, revision)
    pickles = [one for one in _PICKLES if one in known.files]
    if pickles and not any(file.endswith(".safetensors") for file in known.files):
        yield _only(pickles[0])
    if _CONFIG in known.files:
        folder, _ = hub.snapshot(name, revision, (_CONFIG,))
        yield from _of_numbers(known.numbers, read_object(folder / _CONFIG))


def _of_numbers(numbers: Mapping[str, int], config: dict[str, Any]) -> Iterator[str]:
    """Which of several types comes first, the hub does not say; config.json mostly decides."""
    frequent = sorted(numbers, key=lambda kind: -numbers[kind])
    types = [FLOATS[kind] for kind in frequent if kind in FLOATS]
    tensors = [StoredTensor(dtype, dtype, ()) for dtype in types]
    if len(types) > 1 and not (config.get("dtype") or config.get("torch_dtype")):
        yield f"The weights are stored in {' and '.join(types)}."
    else:
        yield from told(tensors, tensors, config)


def _only(name: str) -> str:
    return (
        f"There is only {name}, a pickle: harness reads it by --weights {PICKLE} (tensors only), "
        "and not without."
    )
