"""What an experiment needs before it can run, and whether it is here already."""

from pathlib import Path
from typing import NamedTuple

from harness.assets import ASSETS, cached
from harness.collection.open import OWN
from harness.experiment import Experiment
from harness.hub import has_snapshot


class Need(NamedTuple):
    """One thing that an experiment needs.

    Attributes:
        what: the model or the collection, and where it comes from.
        size: of the download, as text; "" where it is not known before.
        here: `yes`, `no`, or `?` where only the library that keeps it knows.
    """

    what: str
    size: str
    here: str


def needs(experiment: Experiment) -> tuple[Need, Need]:
    """The experiment's model and its collection; looks at the disk and not at the network."""
    return _model(experiment), _collection(experiment)


def _model(experiment: Experiment) -> Need:
    name = experiment.model
    if name.startswith("asset:"):
        return _asset(name.removeprefix("asset:"))
    if Path(name).is_dir():
        return Need(f"model {name}", "", "yes")
    here = "yes" if has_snapshot(name, experiment.revision) else "no"
    return Need(f"model {name}@{experiment.revision[:12]} (hub)", "", here)


def _collection(experiment: Experiment) -> Need:
    name = experiment.collection
    asset = name.partition("/")[0]
    if asset in ASSETS:
        return _asset(asset)
    if name in OWN or Path(name).is_dir():
        return Need(f"collection {name}", "", "yes")
    return Need(f"collection {name} (ir_datasets)", "", "?")


def _asset(name: str) -> Need:
    asset = ASSETS[name]
    size = f"{asset.size / 1e6:.0f} MB"
    return Need(f"{name} ({asset.requirement})", size, "yes" if cached(name) else "no")
