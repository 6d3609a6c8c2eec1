"""NanoBEIR's data sets by the names that sentence-transformers prints.

Its evaluator puts limits behind a name: `NanoMSMARCO_16` is NanoMSMARCO with 16 active dims.
"""

import re
from typing import Final, NamedTuple

from harness.card import same_name

_NANO = {
    f"nano{same_name(name)}": f"nano-beir/{name}"
    for name in (
        "arguana",
        "climate-fever",
        "dbpedia-entity",
        "fever",
        "fiqa",
        "hotpotqa",
        "msmarco",
        "nfcorpus",
        "nq",
        "quora",
        "scidocs",
        "scifact",
        "webis-touche2020",
    )
} | {
    "nanodbpedia": "nano-beir/dbpedia-entity",
    "nanofiqa2018": "nano-beir/fiqa",
    "nanoquoraretrieval": "nano-beir/quora",
    "nanotouche2020": "nano-beir/webis-touche2020",
}
"""ir_datasets' id of each NanoBEIR set, by the name that sentence-transformers prints."""

_MEAN: Final = "nanobeirmean"

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
    plain = same_name(name)
    return plain in _NANO or plain == _MEAN


def is_mean(name: str) -> bool:
    """Whether a name is that of the mean over NanoBEIR's sets."""
    return same_name(parted(name).name) == _MEAN


def nano_beir(name: str) -> str:
    """The id that ir_datasets has for a NanoBEIR set; "" for any other data set."""
    return _NANO.get(same_name(parted(name).name), "")
