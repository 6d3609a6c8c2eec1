"""Which experiment a command line means: a shipped one, a file, or a model and a collection."""

import click

from harness.experiment.spec import DEFAULT, Experiment, open_experiment
from harness.measures.names import CARD, Measure, parse_measures


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
    return Experiment.of(model, collection, revision)


def chosen_measures(text: str | None) -> tuple[Measure, ...]:
    """Measures from a comma-separated list; None gives the fifteen of the cards.

    Raises:
        InputError: one is not a measure.
    """
    return CARD if text is None else parse_measures(text)
