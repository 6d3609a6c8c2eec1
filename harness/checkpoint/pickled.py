"""What a pickle of weights holds, found out without running anything of it, and without torch.

`torch.save` writes a program for Python's pickle machine. Here it is allowed the few instructions
and names that a dictionary of tensors needs, and the names stand for functions of ours that only
note a type and a shape. Whatever else it asks for is refused before torch is given the file, and
torch then loads it with `weights_only=True`, which is its own list of what is allowed.

Layouts: a zip file of uncompressed members (torch 1.6 and later), or pickles one after another
with the numbers behind them (before).
"""

import io
import pickle
import pickletools
import re
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from harness.checkpoint.foreign_code import refused
from harness.checkpoint.tensors import StoredTensor
from harness.errors import InputError
from harness.system.foreign_files import check_regular, open_regular

_PROGRAM: Final = 8_000_000
"""Bytes of the program; a model of 1,000 tensors has 0.2 million."""

_PLAIN: Final = re.compile(
    "PROTO|STOP|GLOBAL|REDUCE|BUILD|BINPERSID|MARK|NONE|NEWTRUE|NEWFALSE|BININT[12]?|LONG1|BINFLOAT"
    "|BINUNICODE|SHORT_BINSTRING|(LONG_)?BIN(PUT|GET)|EMPTY_(TUPLE|LIST|DICT)|TUPLE[123]?|APPENDS?"
    "|SETITEMS?"
)
"""Of the pickle machine's instructions (protocol 2), those that torch.save writes for tensors."""

_KINDS: Final = {
    "FloatStorage": ("float32", 4),
    "HalfStorage": ("float16", 2),
    "BFloat16Storage": ("bfloat16", 2),
    "DoubleStorage": ("float64", 8),
    "LongStorage": ("int64", 8),
    "IntStorage": ("int32", 4),
    "ShortStorage": ("int16", 2),
    "CharStorage": ("int8", 1),
    "ByteStorage": ("uint8", 1),
    "BoolStorage": ("bool", 1),
}
"""The storages of torch: the type of their numbers, and its bytes."""

_SHARED: Final = 2
"""How many times a file's numbers may be used: the embeddings are often the head's weights, too."""


class _Storage(NamedTuple):
    """Numbers in a row: their type and its bytes, where they lie, and how many they are."""

    dtype: str
    width: int
    key: str
    numbers: int


class _View(NamedTuple):
    """A tensor: the part of a storage that it shows."""

    storage: _Storage
    shape: tuple[int, ...]


def read_pickle(path: Path) -> tuple[StoredTensor, ...]:
    """The tensors of a pickle by their names, in the order of the file.

    Raises:
        InputError: it is damaged, asks for more than tensors, or its tensors are larger than it.
    """
    check_regular(path)
    size = path.stat().st_size
    with refused(f"{path} cannot be read as a pickle of tensors"), open_regular(path) as stream:
        zipped = stream.peek(4)[:4] == b"PK\x03\x04"  # as torch looks at it
        found, kept = _zipped(path, stream, size) if zipped else _legacy(path, stream, size)
    if not isinstance(found, dict) or not found:
        raise InputError(f"{path} holds {type(found).__name__}, and no dictionary of tensors.")
    views = [view for view in found.values() if isinstance(view, _View)]
    other = [name for name, view in found.items() if not isinstance(view, _View)]
    if other or not all(isinstance(name, str) for name in found):
        raise InputError(
            f"{path} holds {str((other or list(found))[0])[:80]!r}, which is no tensor with a "
            "name: save the model's state_dict alone, or as safetensors."
        )
    needed = sum(prod(view.shape) * view.storage.width for view in views)
    if any(
        view.storage.numbers * view.storage.width > kept.get(view.storage.key, 0) for view in views
    ):
        raise InputError(f"{path} is damaged: a tensor has more numbers than are stored.")
    if needed > _SHARED * size:
        raise InputError(
            f"{path} has {size:,} bytes and asks for {needed:,} of memory: a bomb, or damaged."
        )
    return tuple(StoredTensor(name, v.storage.dtype, v.shape) for name, v in found.items())


def _zipped(path: Path, stream: BinaryIO, size: int) -> tuple[Any, dict[str, int]]:
    """What the program of a zip file gives, and the bytes of each storage."""
    with zipfile.ZipFile(stream) as archive:
        members = archive.infolist()
        packed = any(member.compress_type != zipfile.ZIP_STORED for member in members)
        if len({member.filename.lower() for member in members}) < len(members):
            raise InputError(f"{path} is damaged: two members of it have one name.")
        if packed or sum(member.file_size for member in members) > size:
            raise InputError(
                f"{path} is a compressed zip file; torch.save writes none: a bomb, or damaged."
            )
        programs = [member for member in members if member.filename.endswith("/data.pkl")]
        if len(programs) != 1 or programs[0].file_size > _PROGRAM:
            raise InputError(f"{path} is a zip file, and none that torch.save writes.")
        begin = programs[0].filename.removesuffix(".pkl")
        kept = {m.filename.removeprefix(f"{begin}/"): m.file_size for m in members}
        return _run(path, io.BytesIO(archive.read(programs[0]))), kept


def _legacy(path: Path, stream: BinaryIO, size: int) -> tuple[Any, dict[str, int]]:
    """The same of the layout before torch 1.6: three pickles, the program, keys, numbers."""
    for _ in ("magic number", "protocol", "sizes of the machine"):
        _run(path, stream)
    found, keys = _run(path, stream), _run(path, stream)
    values = found.values() if isinstance(found, dict) else ()
    stored = {v.storage.key: v.storage for v in values if isinstance(v, _View)}
    counted = sum(8 + one.numbers * one.width for one in stored.values())
    if not isinstance(keys, list) or stream.tell() + counted > size:
        raise InputError(f"{path} is damaged: a tensor has more numbers than are stored.")
    return found, dict.fromkeys(stored, size)


def _run(path: Path, stream: BinaryIO) -> Any:  # noqa: ANN401 - what the program makes
    """Run one program, after every instruction of it has been looked at."""
    begin = stream.tell()
    # In memory and of bounded size: an instruction may ask for more bytes than there can be.
    program = io.BytesIO(stream.read(_PROGRAM))
    for instruction, argument, _ in pickletools.genops(program):
        if not _PLAIN.fullmatch(instruction.name):
            raise _refusal(path, f"the instruction {instruction.name}")
        # The machine makes room for as many as the largest number says.
        if "PUT" in instruction.name and int(str(argument)) > _PROGRAM:
            raise _refusal(path, f"{argument} places")
    stream.seek(begin + program.tell())
    program.seek(0)
    return _Machine(path, program).load()


class _Machine(pickle.Unpickler):
    """The pickle machine with names of ours behind the names that a state dict needs."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        super().__init__(stream)
        self._path = path
        self._known: Mapping[str, object] = {
            "collections.OrderedDict": OrderedDict,
            "torch._utils._rebuild_tensor": self._tensor,
            "torch._utils._rebuild_tensor_v2": self._tensor,
            "torch._utils._rebuild_parameter": lambda view, *_: view,
        } | {f"torch.{name}": kind for name, kind in _KINDS.items()}

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - ours, by its name
        """What stands behind a name.

        Raises:
            InputError: nothing of ours does.
        """
        asked = f"{module}.{name}"
        if asked not in self._known:
            raise _refusal(self._path, asked[:80])
        return self._known[asked]

    def persistent_load(self, pid: Any) -> _Storage:  # noqa: ANN401 - what the program makes
        """A storage, of which nothing is read."""
        kind, (dtype, width), key, _, numbers, *_ = pid
        if kind != "storage" or not isinstance(key, str) or not _whole(numbers):
            raise _refusal(self._path, f"{str(kind)[:80]} as a storage")
        return _Storage(dtype, width, key, numbers)

    def _tensor(
        self, storage: object, offset: object, shape: object, strides: object, *_: object
    ) -> _View:
        """A tensor that lies inside of its storage."""
        if not (
            isinstance(storage, _Storage)
            and isinstance(shape, tuple)
            and isinstance(strides, tuple)
            and len(shape) == len(strides) <= 8
            and all(map(_whole, (offset, *shape, *strides)))
        ):
            raise _refusal(self._path, "a tensor that is none")
        last = sum((side - 1) * stride for side, stride in zip(shape, strides, strict=True))
        if prod(shape) and int(str(offset)) + last >= storage.numbers:
            raise InputError(f"{self._path} is damaged: a tensor leads out of its storage.")
        return _View(storage, shape)


def _whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**63


def _refusal(path: Path, asked: str) -> InputError:
    return InputError(
        f"{path} asks for {asked}, which is none of the few names that weights need: it is not "
        "loaded, and nothing of it was run."
    )
