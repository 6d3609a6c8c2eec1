"""Which experiment a command line means: a shipped one, a file, or a model and a collection."""

import re

import click

from harness.experiment import DEFAULT, Experiment, open_experiment
from harness.measure import CARD, Measure, parse
from harness.measures.policy import Policy


def chosen_experiment(
    experiment: str | None, model: str | None, collection: str | None, revision: str
) -> Experiment:
    """The experiment that is named, or one made of a model and a collection.

    Raises:
        click.UsageError: both were given, or half of one.
        InputError: there is no such experiment.
    """
    if experiment and (model or collection):
        raise click.UsageError("Give an experiment, or --model with --collection, not both.")
    if bool(model) != bool(collection):
        raise click.UsageError("--model and --collection go together.")
    if not model or not collection:
        return open_experiment(experiment or DEFAULT)
    return Experiment(
        name=f"{slug(collection)}-{slug(model)}",
        title=f"{model} on {collection}",
        model=model,
        revision=revision,
        max_length=None,
        collection=collection,
        policy=Policy(),
        depth=max(measure.cutoff for measure in CARD),
        measures=CARD,
        drop_query_itself=False,
        note="",
        published=(),
        examples=(),
        deviations=(),
    )


def slug(name: str) -> str:
    """A name as part of a file's name: `./my/Model_v2` gives `my-model_v2`."""
    plain = re.sub(r"[^a-z0-9._]+", "-", name.lower().removeprefix("asset:")).strip("-.")
    return plain[-60:].strip("-.") or "unnamed"


def chosen_measures(text: str | None) -> tuple[Measure, ...]:
    """Measures from a comma-separated list; None gives the fifteen of the cards.

    Raises:
        InputError: one is not a measure.
    """
    if text is None:
        return CARD
    return tuple(dict.fromkeys(parse(part) for part in text.split(",")))
