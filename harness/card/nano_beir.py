"""NanoBEIR's data sets by the names that sentence-transformers prints.

Its evaluator puts limits behind a name: `NanoMSMARCO_16` is NanoMSMARCO with 16 active dims.
"""

import re
from typing import Final, NamedTuple

from harness.card import same_name
from harness.collection.printed_names import collection_of

_LIMITED: Final = re.compile(r"(.{1,100}?[A-Za-z0-9])((?:[ _-][1-9][0-9]{0,6}){1,2})")


class NanoName(NamedTuple):
    """A name without the limits behind it, in their order."""

    name: str
    limits: tuple[int, ...] = ()


def parted(name: str) -> NanoName:
    """The name of a NanoBEIR set (or of their mean) and the limits behind it; any other whole."""
    found = _LIMITED.fullmatch(name)
    if found is None or not is_nano(found[1]) or is_nano(name):
        return NanoName(name)
    return NanoName(found[1], tuple(map(int, re.findall("[0-9]+", found[2]))))


def is_nano(name: str) -> bool:
    """Whether a name is that of a NanoBEIR set, or of their mean."""
    return bool(_meant(name))


def is_mean(name: str) -> bool:
    """Whether a name is that of the mean over NanoBEIR's sets."""
    return len(_meant(parted(name).name)) > 1


def nano_beir(name: str) -> str:
    """The id that ir_datasets has for a NanoBEIR set; "" for any other data set, and the mean."""
    found = _meant(parted(name).name)
    return found[0] if len(found) == 1 else ""


def _meant(name: str) -> tuple[str, ...]:
    """Ids of the NanoBEIR sets that a name without limits means."""
    found = collection_of(name) if same_name(name).startswith("nano") else ()
    return found[0].ids if found else ()
