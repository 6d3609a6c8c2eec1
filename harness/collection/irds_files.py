"""Where ir_datasets keeps its files, for those who need not wait for its imports (0.2 s).

`harness list` asks of every shipped experiment whether its collection is here.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple


class _Known(NamedTuple):
    """What one download gives: its size for people, and the file of the documents it becomes."""

    size: str
    documents: str


_KNOWN: Mapping[str, _Known] = MappingProxyType(
    {"msmarco-passage": _Known("1.1 GB", "collection.tsv")}
)
"""Downloads that serve every part of a dataset (this one has 1,057,717,952 bytes). Where the file
is missing, ir_datasets need not be asked; where it is there, only that knows its version."""

_OF_SETS: Mapping[str, str] = MappingProxyType(
    {"beir": "source.zip", "nano-beir": "corpus.parquet"}
)
"""Datasets of many data sets, each with a folder of its own: the download in it, whose documents
become `docs.pklz4` beside it."""

_NESTED = ("cqadupstack", "webis-touche2020")
"""Sets with folders of further sets, which are not looked for here."""

_SIZES: Mapping[str, str] = MappingProxyType(
    {
        "beir/arguana": "3.8 MB",
        "beir/fiqa": "18 MB",
        "beir/nfcorpus": "2.4 MB",
        "beir/scidocs": "142 MB",
        "beir/scifact": "2.8 MB",
    }
)
"""The `size_hint` of ir_datasets for what the shipped experiments fetch one by one."""


def home() -> Path:
    """Where ir_datasets keeps its files; unlike its own `home_path` this makes no folder."""
    return Path(os.environ.get("IR_DATASETS_HOME", Path.home() / ".ir_datasets"))


def are_here(name: str) -> bool | None:
    """Whether a dataset's documents are on this machine; None where ir_datasets must be asked."""
    dataset, _, rest = name.partition("/")
    if dataset in _KNOWN and not (home() / dataset / _KNOWN[dataset].documents).exists():
        return False
    part = rest.partition("/")[0]
    if dataset in _OF_SETS and part and part not in _NESTED:
        files = ("docs.pklz4", _OF_SETS[dataset])
        return any((home() / dataset / part / file).exists() for file in files)
    return None


def download_size(name: str) -> str:
    """The size of the download that serves a dataset, for people; "?" where we do not know it."""
    dataset, _, rest = name.partition("/")
    if dataset in _KNOWN:
        return _KNOWN[dataset].size
    return _SIZES.get(f"{dataset}/{rest.partition('/')[0]}", "?")
