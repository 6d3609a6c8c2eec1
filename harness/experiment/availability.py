"""What an experiment needs before it can run: the sources of its model and of its collection."""

from harness.assets import Source
from harness.checkpoint.sources import resolve_model
from harness.collection import Collection
from harness.collection.sources import resolve_collection
from harness.experiment.spec import Experiment
from harness.system.hub import Snapshot


def needs(experiment: Experiment) -> tuple[Source[Snapshot], Source[Collection]]:
    """The experiment's model and its collection; nothing is opened or fetched.

    Raises:
        InputError: one of their names can mean nothing here.
    """
    return (
        resolve_model(experiment.model.id, experiment.model.revision),
        resolve_collection(experiment.collection.id),
    )
