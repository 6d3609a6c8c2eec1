"""Static weights of terms: one number for each entry of the vocabulary, without a model.

`SparseStaticEmbedding` of sentence-transformers keeps them as the tensor `weight` of a safetensors
file, or as JSON that maps terms to numbers (a term that is not in it weighs nothing).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from harness.checkpoint.files import inside, read_object
from harness.checkpoint.weights import PICKLE
from harness.errors import InputError
from harness.system.foreign_files import is_file

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_FILE: Final = "model.safetensors"
_TENSOR: Final = "weight"


def table(folder: Path, *, pickled: bool = False) -> Path:
    """The file that holds the weights.

    Args:
        folder: of the SparseStaticEmbedding.
        pickled: whether a pickle goes before safetensors, instead of never being read.

    Raises:
        InputError: there is none, or config.json names one outside of the folder.
    """
    path = folder / "config.json"
    named = (read_object(path) if is_file(path) else {}).get("path")
    if named is not None:
        found = inside(folder, named, path)
        if not str(named).endswith(".json") or not is_file(found):
            raise InputError(
                f"{path}: the static weights {str(named)[:100]!r} are no JSON file beside it."
            )
        return found
    if pickled and is_file(folder / PICKLE):
        return folder / PICKLE
    if not is_file(folder / _FILE):
        raise InputError(
            f"{folder}: there are no static weights ({_FILE} is missing; where {PICKLE} is all "
            f"that there is, --weights {PICKLE} loads it, tensors only)."
        )
    return folder / _FILE


def check_static(folder: Path, *, pickled: bool = False) -> None:
    """Look at the files of a SparseStaticEmbedding.

    Args:
        folder: of the SparseStaticEmbedding.
        pickled: as for `table`.

    Raises:
        InputError: the weights are missing, or a setting is not one of sentence-transformers'.
    """
    table(folder, pickled=pickled)
    path = folder / "config.json"
    config = read_object(path) if is_file(path) else {}
    other = [key for key, value in config.items() if value and key not in ("frozen", "path")]
    if other:
        raise InputError(f"{path}: {other[0][:80]!r} is no setting of SparseStaticEmbedding.")


def read_static(
    folder: Path, tokenizer: "Tokenizer", *, pickled: bool = False
) -> npt.NDArray[np.float32]:
    """The weights, float32 [entries of the vocabulary].

    Args:
        folder: of the SparseStaticEmbedding.
        tokenizer: whose entries they are of.
        pickled: as for `table`.

    Raises:
        InputError: they are damaged, as many as the vocabulary has not, negative (search takes
            products of weights that are not), or not finite.
    """
    path = table(folder, pickled=pickled)
    vocabulary = tokenizer.get_vocab(with_added_tokens=True)
    found = _of_terms(path, vocabulary, tokenizer) if path.suffix == ".json" else _of_tensor(path)
    largest = max(vocabulary.values(), default=-1)
    if len(found) != len(vocabulary) or largest >= len(found):
        raise InputError(
            f"{path}: there are {len(found)} static weights and {len(vocabulary)} entries of the "
            f"vocabulary, numbered up to {largest}: they do not belong together."
        )
    if not np.isfinite(found).all():
        raise InputError(f"{path}: the static weights hold NaN or infinite numbers.")
    if (found < 0).any():
        raise InputError(
            f"{path}: {int((found < 0).sum())} static weights are negative; only weights of 0 or "
            "more are evaluated."
        )
    return found


def _of_tensor(path: Path) -> npt.NDArray[np.float32]:
    from harness.checkpoint.tensors import read_tensors

    tensors = read_tensors(path)
    if set(tensors) != {_TENSOR}:
        raise InputError(
            f"{path}: the tensors {', '.join(sorted(tensors))[:200] or '(none)'}; static weights "
            f"are one, {_TENSOR!r}."
        )
    found = tensors[_TENSOR]
    if found.ndim != 1:
        raise InputError(f"{path}: the static weights have the shape {found.shape}, not one side.")
    return found


def _of_terms(
    path: Path, vocabulary: Mapping[str, int], tokenizer: "Tokenizer"
) -> npt.NDArray[np.float32]:
    """A term that the vocabulary lacks counts as the unknown one: sentence-transformers' way."""
    terms = read_object(path)
    wrong = [t for t, w in terms.items() if isinstance(w, bool) or not isinstance(w, int | float)]
    if wrong:
        raise InputError(f"{path}: the weight of {wrong[0][:80]!r} is no number.")
    unknown = vocabulary.get(getattr(tokenizer.model, "unk_token", None) or "")
    found = np.zeros(len(vocabulary), np.float32)
    for term, weight in terms.items():
        entry = vocabulary.get(term, unknown)
        if entry is None or entry >= len(found):
            raise InputError(f"{path}: {term[:80]!r} is none of the vocabulary's entries.")
        found[entry] = weight
    return found
