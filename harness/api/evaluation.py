"""Evaluate a model, and reproduce an experiment, in one call each."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.api.encoders import encoder_options
from harness.api.scoring import Measures, as_measures
from harness.collection import Collection
from harness.errors import InputError
from harness.experiment.spec import Experiment, open_experiment, shipped
from harness.measures.names import CARD, deepest
from harness.measures.policy import ST, Policy
from harness.pipeline.outcome import Outcome
from harness.pipeline.run_experiment import Settings, run_experiment
from harness.system.progress import no_progress, show_progress

_OWN = ("cache", "queries", "allow_missing_docs", "weights")
"""Of the keyword arguments, those that are not the encoder's."""


def evaluate(
    model: str,
    collection: str | Collection,
    measures: Measures = CARD,
    policy: Policy | str = ST.name,
    *,
    revision: str = "main",
    depth: int | None = None,
    ignore_identical_ids: bool = False,
    progress: bool = False,
    **machine: Any,  # noqa: ANN401 - the fields of Settings, checked there
) -> Outcome:
    """Encode a collection with a model, search it, and score the rankings.

    Args:
        model: a folder, a hub id, or `asset:splade-tiny`.
        collection: a BEIR folder, an id of ir_datasets, a name of ours, or a `Collection`.
        measures: what to compute of the rankings; the fifteen of the cards unless given.
        policy: ties, denominators and gains; a `Policy` also says which grade is relevant.
        revision: the model's, on the hub.
        depth: documents kept for each query; None: 100, or the deepest cutoff.
        ignore_identical_ids: take a document whose id is the query's out of its ranking, as BEIR
            does.
        progress: show the stages on stderr.
        machine: how this machine runs it: `cache`, `queries` (only the first so many),
            `allow_missing_docs`, `weights` (`pytorch_model.bin`: that pickle, tensors only),
            `device`, `head`, `products`, `precision`, `threads`, `batch_tokens`, `encoder` (see
            `harness.pipeline.run_experiment.Settings` and `harness.encoder.EncoderOptions`).

    Returns:
        `.scores["ndcg@10"]`, `.to_frame()`, `.write(folder)`, `.evaluation.run`.

    Raises:
        InputError: the model or the collection cannot be evaluated, or an argument is unknown.
        UnreachableError: something cannot be fetched or written.
    """
    given = collection if isinstance(collection, Collection) else None
    experiment = Experiment.of(model, given.id if given else str(collection), revision)
    convention = policy if isinstance(policy, Policy) else Policy(policy)
    wanted = as_measures(measures)
    evaluation = replace(
        experiment.evaluation,
        policy=convention.name,
        relevance_level=convention.level,
        measures=wanted,
        depth=max(experiment.evaluation.depth, deepest(wanted)) if depth is None else depth,
        ignore_identical_ids=ignore_identical_ids,
    )
    return _run(
        replace(experiment, evaluation=evaluation),
        machine_settings(machine),
        given,
        watch=show_progress if progress else no_progress,
    )


def reproduce(
    experiment: Experiment | str | Path,
    *,
    ignore_examples: bool = False,
    progress: bool = False,
    **machine: Any,  # noqa: ANN401 - the fields of Settings, checked there
) -> Outcome:
    """Run an experiment and compare every number with what its source publishes.

    Args:
        experiment: the name of a shipped one, a TOML file, or an `Experiment`.
        ignore_examples: evaluate even where a usage example is not reproduced.
        progress: show the stages on stderr.
        machine: as for `evaluate`.

    Returns:
        `.holds`, `.scores`, `.comparisons`, `.to_frame()`, `.write(folder)`.

    Raises:
        InputError: there is no such experiment, it is a model card (see `reproduce_card`), or its
            model or collection cannot be evaluated.
        NotReproducedError: a usage example comes out differently.
        UnreachableError: something cannot be fetched or written.
    """
    return _run(
        experiment if isinstance(experiment, Experiment) else _opened(str(experiment)),
        machine_settings(machine),
        watch=show_progress if progress else no_progress,
        ignore_examples=ignore_examples,
    )


def _opened(name: str) -> Experiment:
    """The experiment of a name; what is a model or its card is told apart."""
    if name not in shipped() and not name.endswith(".toml"):
        path = Path(name)
        if path.is_dir() or path.suffix.lower() == ".md" or name.count("/") == 1:
            raise InputError(
                f"'{name}' is a model or its card, and an experiment is needed: "
                f"reproduce_card({name!r}) judges what a card claims, and `harness card {name} "
                "--to-experiment > mine.toml` writes an experiment of it."
            )
    return open_experiment(name)


def machine_settings(machine: dict[str, Any]) -> Settings:
    """Settings from keyword arguments: those of `Settings`, and the encoder's.

    Args:
        machine: by name.

    Raises:
        InputError: there is none of a name, or a value is not one of its kind.
    """
    own = {name: machine[name] for name in _OWN if name in machine}
    options = {name: value for name, value in machine.items() if name not in _OWN}
    if "cache" in own:
        if not str(own["cache"]).strip():
            raise InputError("cache is empty: give a folder, or leave it out.")
        own["cache"] = Path(own["cache"])
    return Settings(encoder=encoder_options(options, _OWN), **own)


def _run(
    experiment: Experiment,
    settings: Settings,
    collection: Collection | None = None,
    **how: Any,  # noqa: ANN401 - of run_experiment
) -> Outcome:
    """A part of the queries is another thing than the whole, on the command line as here."""
    if settings.queries is not None:
        experiment = experiment.first(settings.queries)
    return run_experiment(experiment, settings, collection=collection, **how)
