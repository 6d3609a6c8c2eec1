"""Can this model be run, and is it the published one?

The first is asked of its small files before a weight is fetched; the second of its weights and of
the usage example, before an hour goes into a collection.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from harness.checkpoint import Checkpoint
from harness.checkpoint.masked_lm import check_model
from harness.checkpoint.recipe import read_routes
from harness.checkpoint.sources import resolve_model
from harness.checkpoint.weights import PICKLE
from harness.encoder.encoder import Encoder
from harness.encoder.open import open_encoder
from harness.encoder.vector_cache import VectorCache
from harness.errors import HarnessError, InputError
from harness.experiment.spec import Experiment
from harness.pipeline.run_experiment import Settings, open_model
from harness.pipeline.usage_examples import reproduce
from harness.reproduction import Plan
from harness.system import hub

SMALL = ("*.json", "*.txt", "*.model", "*/*.json")
"""The files of a repository that say what its model is: kilobytes, and no weights."""


def with_model_checked(plan: Plan, settings: Settings) -> Plan:
    """The plan, with the obstacle that its model is; its small files are looked at, no weight."""
    if settings.encoder.encoder != "harness" or all(
        one.experiment is None for one in plan.evaluations
    ):
        return plan
    try:
        _refuse_foreign(plan, settings)
    except HarnessError as error:
        return replace(plan, obstacle=str(error), exit_code=error.exit_code)
    return plan


def _refuse_foreign(plan: Plan, settings: Settings) -> None:
    folder, commit = resolve_model(plan.model, plan.revision, SMALL).load()
    routes = read_routes(folder)
    for route in {routes.query, routes.document}:
        if route.recipe.kind != "static":
            check_model(route.folder, masked_lm=route.recipe.kind == "masked-lm")
    files = hub.about(plan.model, commit).files if commit else ()
    names = {name.rpartition("/")[2] for name in files}
    if (
        PICKLE in names
        and not settings.weights
        and not any(n.endswith(".safetensors") for n in names)
    ):
        raise InputError(
            f"The weights of {plan.model} are stored in {PICKLE} alone, a pickle: --weights "
            f"{PICKLE} reads it (tensors only), and without it nothing is fetched."
        )


@dataclass(frozen=True)
class Identity:
    """Whether a checkpoint is the published one.

    Attributes:
        told: sentences on what was compared and how it came out.
        differs: why it is not the published one; "" where nothing speaks against it.
        doubt: the same where only numbers that are off as well would show it, since the usage
            example loads a model of another name.
        encoder: the opened model.
    """

    told: tuple[str, ...]
    differs: str
    encoder: Encoder
    doubt: str = ""


def identity(plan: Plan, experiment: Experiment, settings: Settings) -> Identity:
    """Hold a checkpoint against what its source says of it: hashes, and the usage examples.

    Args:
        plan: of the source.
        experiment: one of its evaluations, with the usage examples.
        settings: how this machine runs it.

    Raises:
        InputError: the model cannot be run.
        UnreachableError: it cannot be fetched.
    """
    checkpoint = open_model(experiment, settings)
    store = VectorCache(settings.cache)
    encoder = open_encoder(checkpoint, settings.encoder, store)
    hashes, others = _hashes(plan, checkpoint)
    told, differs, doubt = [*hashes], next(iter(others), ""), ""
    examples = () if differs else experiment.examples
    for example in reproduce(examples, encoder, store, checkpoint.similarity):
        other = f", which loads {plan.example_of}," if plan.example_of else ""
        shown = "is reproduced" if example.holds else f"is NOT reproduced: {example.differs}"
        told.append(f"The usage example in {example.source}{other} {shown}.")
        if not example.holds:
            why = f"of the usage example in {example.source}{other} {example.differs}"
            differs, doubt = (differs, doubt or why) if other else (differs or why, doubt)
    if not told:
        told.append(
            "Nothing in the source tells this checkpoint from another: neither a hash nor a usage "
            "example with its output."
        )
    return Identity(tuple(told), differs, encoder, doubt)


def _hashes(plan: Plan, checkpoint: Checkpoint) -> tuple[tuple[str, ...], tuple[str, ...]]:
    told: list[str] = []
    others: list[str] = []
    for what, demanded, one in _demanded(plan, checkpoint):
        if one.weights_sha256 == demanded:
            told.append(f"{what} are the published ones (SHA-256 {demanded[:12]}).")
        else:
            others.append(
                f"{what} have the SHA-256 {one.weights_sha256[:12]}… and not {demanded[:12]}…"
            )
    return tuple(told), tuple(others)


def _demanded(plan: Plan, checkpoint: Checkpoint) -> Iterator[tuple[str, str, Checkpoint]]:
    if plan.weights_sha256:
        yield "the weights", plan.weights_sha256, checkpoint
    if plan.query_weights_sha256:
        yield "the weights that encode queries", plan.query_weights_sha256, checkpoint.of("query")


def first_with_model(experiments: Iterable[Experiment | None]) -> Experiment | None:
    """The first experiment there is, whose model and examples are those of all."""
    return next((one for one in experiments if one is not None), None)
