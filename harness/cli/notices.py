"""What is said on stderr beside the output: licence terms (of an asset once), and alarms."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from harness.cli.say import say_beside

if TYPE_CHECKING:  # `harness score` says its alarms without the reader of experiments
    from harness.experiment.spec import Experiment


def show_notices(experiment: "Experiment") -> None:
    """Say the terms of the experiment's model and collection, as far as they are to be said now."""
    from harness.experiment.availability import needs

    for source in sorted(needs(experiment), key=lambda source: bool(source.asset)):
        if notice := source.due_notice():
            say_beside(f"Notice ({source.asset or source.name}): {notice}")


class AlarmsOnce:
    """Says alarms as they become known, and none of them again at the end."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def __call__(self, *alarms: str) -> None:
        """Say those that were not said."""
        show_alarms(alarm for alarm in alarms if alarm not in self._said)
        self._said.update(alarms)


def show_alarms(alarms: Iterable[str]) -> None:
    """Say what looks wrong although every number is right; whatever stdout holds."""
    for sentence in alarms:
        say_beside(f"Alarm: {sentence}")
