"""An experiment without claims: the card's measures of any model on any collection."""

import re

from harness.experiment.spec import Experiment
from harness.measures import Policy
from harness.measures.names import CARD, deepest


def experiment_of(model: str, collection: str, revision: str = "main") -> Experiment:
    """An experiment without claims: the card's measures of any model on any collection.

    Args:
        model: a hub id, a folder, or `asset:<name>`.
        collection: what `harness.collection.open` understands.
        revision: of the model, on the hub.
    """
    return Experiment(
        name=f"{_slug(collection)}-{_slug(model)}",
        title=f"{model} on {collection}",
        model=model,
        revision=revision,
        max_length=None,
        collection=collection,
        policy=Policy(),
        depth=deepest(CARD),
        measures=CARD,
        drop_query_itself=False,
        note="",
        published=(),
        examples=(),
        deviations=(),
    )


def _slug(name: str) -> str:
    """A name as part of a file's name: `./my/Model_v2` gives `my-model_v2`."""
    plain = re.sub(r"[^a-z0-9._]+", "-", name.lower().removeprefix("asset:")).strip("-.")
    return plain[-60:].strip("-.") or "unnamed"
