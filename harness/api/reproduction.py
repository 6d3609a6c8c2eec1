"""Judge the numbers of a model card, in one call."""

from pathlib import Path
from typing import Any

from harness.api.evaluation import machine_settings
from harness.reproduction import Reproduction
from harness.reproduction.checkpoint_check import with_model_checked
from harness.reproduction.plans import Chosen, make_plan
from harness.reproduction.run import Watching, reproduce_plan
from harness.system.progress import no_progress, show_progress


def reproduce_card(
    source: str | Path,
    *,
    model: str | None = None,
    revision: str = "main",
    collection: str | None = None,
    only: tuple[str, ...] = (),
    results: str | Path | None = None,
    ignore_examples: bool = False,
    progress: bool = False,
    **machine: Any,  # noqa: ANN401 - the fields of Settings, checked there
) -> Reproduction:
    """Evaluate all that a model card claims, and judge each number.

    Args:
        source: a hub id, a folder or a README file; a result's `.json` or an experiment as well.
        model: a folder or hub id to judge in place of the one that the source names.
        revision: of the model, on the hub.
        collection: what the one evaluation was made on, where the card does not say.
        only: names of the evaluations to judge; () for all.
        results: a folder that results are written to; None: nothing is written.
        ignore_examples: go on where a usage example is not reproduced.
        progress: show the stages on stderr.
        machine: as for `harness.evaluate`.

    Returns:
        `.verdict`, `.exit_code`, `.evaluations` with their comparisons, `.to_frame()`.

    Raises:
        InputError: there is no such source, or it claims nothing.
        UnreachableError: its card cannot be fetched, or results cannot be written.
    """
    settings = machine_settings(machine)
    asked = Chosen(model, revision, collection, only)
    plan = with_model_checked(make_plan(str(source), asked), settings)
    return reproduce_plan(
        plan,
        settings,
        results=None if results is None else Path(results),
        watching=Watching(show_progress if progress else no_progress),
        ignore_examples=ignore_examples,
    )
