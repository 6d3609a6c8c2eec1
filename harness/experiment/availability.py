"""What an experiment needs before it can run, and whether it is here already."""

from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from harness.assets import ASSETS, is_cached
from harness.collection import irds
from harness.collection.msmarco_pool import hub, qna
from harness.collection.open import OWN
from harness.experiment.spec import Experiment
from harness.system.hub import has_snapshot

_SIZES = MappingProxyType({"msmarco-passage": "1.1 GB"})
"""Of one download that serves every part of a dataset (ir_datasets says 1,057,717,952 bytes)."""


class Need(NamedTuple):
    """One thing that an experiment needs.

    Attributes:
        what: the model or the collection, and where it comes from.
        size: of the download, as text; `?` where it is not known before, "" where there is none.
        here: `yes`, `no`, or `?` where only the library that keeps it knows.
    """

    what: str
    size: str
    here: str


def needs(experiment: Experiment) -> tuple[Need, Need]:
    """The experiment's model and its collection; looks at the disk and not at the network."""
    return _model(experiment), _collection(experiment)


def _model(experiment: Experiment) -> Need:
    name = experiment.model.id
    if name.startswith("asset:"):
        return _asset(name.removeprefix("asset:"))
    if Path(name).is_dir():
        return Need(f"model {name}", "", "yes")
    here = has_snapshot(name, experiment.model.revision, ("config.json", "*.safetensors"))
    return Need(f"model {name}@{experiment.model.revision[:12]} (hub)", "?", _yes(here))


def _collection(experiment: Experiment) -> Need:
    name = experiment.collection.id
    asset, pool = name.partition("/")[0], name.partition(":")[0]
    if asset in ASSETS:
        return _asset(asset)
    if pool == hub.NAME:
        here = any(has_snapshot(hub.DATASET, "main", (files,), "dataset") for files in hub.FILES)
        return Need(f"collection {name} (hub data set {hub.DATASET})", "?", _yes(here))
    if pool == qna.NAME:
        here = irds.has_download(qna.DATASET, qna.PART)
        return Need(f"collection {name} (ir_datasets)", f"{qna.SIZE / 1e6:.0f} MB", _yes(here))
    if name in OWN or Path(name).is_dir():
        return Need(f"collection {name}", "", "yes")
    known = irds.has_documents(name)
    size = _SIZES.get(asset, "?")
    return Need(f"collection {name} (ir_datasets)", size, "?" if known is None else _yes(known))


def _yes(here: bool) -> str:
    return "yes" if here else "no"


def _asset(name: str) -> Need:
    asset = ASSETS[name]
    size = f"{asset.size / 1e6:.0f} MB"
    return Need(f"{name} ({asset.requirement})", size, _yes(is_cached(name)))
