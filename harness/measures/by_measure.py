"""Scores by measure: a mapping that any spelling of a measure finds its way in."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from harness.errors import InputError
from harness.measures.names import Measure

Value = TypeVar("Value")


class ByMeasure(Mapping[str, Value]):
    """Values by the printed names of measures, in the order in which these were asked for.

    It answers to a `Measure` and to every spelling of it: `["ndcg@10"]`, `["nDCG@10"]`, `["R@1k"]`.

    Args:
        values: one for each measure.
    """

    def __init__(self, values: Mapping[Measure, Value]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: Measure | str) -> Value:
        """The value of a measure.

        Raises:
            KeyError: it is not here, or no measure; the text says what there is.
        """
        try:
            return self._values[Measure.parse(name) if isinstance(name, str) else name]
        except (KeyError, InputError, TypeError):
            raise KeyError(f"no {name} here; there is {', '.join(self)}") from None

    def __contains__(self, name: object) -> bool:
        try:
            self[name]  # type: ignore[index]  # whatever is no measure is not here
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        return map(str, self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"{dict(self.items())!r}"
